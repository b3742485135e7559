#include "services/model_desk.h"
#include <csignal>

namespace slook::gui {

ModelDesk::ModelDesk(QObject* parent)
    : QObject(parent)
{
    std::signal(SIGPIPE, SIG_IGN); // a worker that dies is an error to report
    m_thread.setMaxThreadCount(1);
}

ModelDesk::~ModelDesk()
{
    m_trials.end();
    m_thread.waitForDone();
}

void ModelDesk::ask(const workbench::Trial& trial, const Done& done)
{
    ++m_asked;
    m_thread.start([this, trial, done] {
        QMetaObject::invokeMethod(
            this,
            [this, done, result = m_trials.run(trial)] {
                --m_asked;
                done(result);
            },
            Qt::QueuedConnection);
    });
}

void ModelDesk::corner(const workbench::CornerTrial& trial,
    const std::function<void(const Result<workbench::CornerAnswer>&)>& done)
{
    ++m_asked;
    m_thread.start([this, trial, done] {
        QMetaObject::invokeMethod(
            this,
            [this, done, answer = m_trials.corner(trial)] {
                --m_asked;
                done(answer);
            },
            Qt::QueuedConnection);
    });
}

} // namespace slook::gui
