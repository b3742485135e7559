#pragma once
#include "store/project.h"
#include <QObject>
#include <QThread>
#include <atomic>
#include <functional>
#include <optional>

namespace slook::gui {

/// A thread that holds one open project and does one thing after another with it.
class ProjectThread final : public QObject {
    Q_OBJECT
public:
    using Slot = std::optional<store::Project>; ///< empty: nothing is open
    using Work = std::function<void(Slot&)>;

    explicit ProjectThread(const QString& name, QObject* parent = nullptr);
    ~ProjectThread() override; ///< waits for the work at hand; what was queued behind it is dropped
    void post(Work work);
    /// Repeats `work` on the thread; once per thread.
    void every(int milliseconds, Work work);

private:
    QThread m_thread;
    QObject* m_inside; ///< lives on the thread
    Slot m_project; ///< touched on the thread only
    std::atomic<bool> m_ending = false;
};

} // namespace slook::gui
