#pragma once
#include "workbench/laboratory.h"
#include <QObject>
#include <QThreadPool>
#include <functional>

namespace slook::gui {

/// Asks a model small questions on a thread of its own. The worker behind it starts with the first
/// question and ends with this object.
class ModelDesk final : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(const Result<workbench::TrialResult>&)>;

    explicit ModelDesk(QObject* parent = nullptr);
    ~ModelDesk() override; ///< ends a question that is under way
    /// `done` comes later on the GUI thread, not at all once this object is gone.
    void ask(const workbench::Trial& trial, const Done& done);
    void corner(const workbench::CornerTrial& trial,
        const std::function<void(const Result<workbench::CornerAnswer>&)>& done); ///< as ask()
    [[nodiscard]] bool busy() const { return m_asked > 0; }

private:
    workbench::Trials m_trials;
    QThreadPool m_thread; ///< one
    int m_asked = 0;
};

} // namespace slook::gui
