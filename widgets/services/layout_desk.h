#pragma once
#include "workbench/layout.h"
#include <QObject>
#include <QThreadPool>
#include <atomic>
#include <functional>
#include <memory>

namespace slook::gui {

/// Computes one layout at a time on a thread of its own, and tells how it grows.
class LayoutDesk final : public QObject {
    Q_OBJECT
public:
    explicit LayoutDesk(QObject* parent = nullptr);
    ~LayoutDesk() override; ///< ends a layout that is under way; nothing more is told
    using Done = std::function<void(const Result<LayoutRow>&)>;
    /// `done` comes later on the GUI thread, not at all once this object is gone.
    void start(std::shared_ptr<const workbench::LayoutInput> input, const Done& done);
    void stop(); ///< what there is becomes the result
    [[nodiscard]] bool busy() const { return m_busy; }

signals:
    /// Places so far, in the order of the input's points.
    void grew(int iteration, double divergence, const std::vector<QPointF>& places);

private:
    std::shared_ptr<std::atomic<bool>> m_stop;
    QThreadPool m_thread; ///< one
    bool m_busy = false;
};

} // namespace slook::gui
