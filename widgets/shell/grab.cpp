#include "shell/grab.h"
#include "shell/main_window.h"
#include <QCoreApplication>
#include <QPixmap>
#include <QTextStream>
#include <QTimer>

namespace slook::gui {
namespace {

constexpr int tickMilliseconds = 60;
constexpr int quietTicks = 6; // nothing on its way for so long: the page is drawn
constexpr int mostTicks = 2000; // two minutes

} // namespace

Grabber::Grabber(MainWindow& window, Workspace& workspace, QList<Target> targets)
    : QObject(&window)
    , m_window(window)
    , m_workspace(workspace)
    , m_targets(std::move(targets))
    , m_timer(new QTimer(this))
{
    connect(&workspace, &Workspace::said, this, [this](const QString& sentence, bool isError) {
        if (isError)
            m_error = sentence;
    });
    connect(m_timer, &QTimer::timeout, this, &Grabber::look);
    m_timer->start(tickMilliseconds);
    next();
}

void Grabber::next()
{
    m_quiet = 0;
    m_ticks = 0;
    if (!m_targets.isEmpty())
        m_window.goTo(m_targets.front().page);
}

void Grabber::look()
{
    m_quiet = m_workspace.busy() ? 0 : m_quiet + 1;
    const bool failed = m_workspace.project().file.isEmpty() && !m_error.isEmpty();
    if (m_quiet < quietTicks && ++m_ticks < mostTicks && !failed)
        return;
    if (failed || !m_window.grab().save(m_targets.front().file)) {
        QTextStream(stderr) << (failed
                ? m_error
                : tr("%1: cannot be written; choose another place").arg(m_targets.front().file))
                            << Qt::endl;
        m_timer->stop();
        return QCoreApplication::exit(1);
    }
    m_targets.removeFirst();
    if (!m_targets.isEmpty())
        return next();
    m_timer->stop();
    QCoreApplication::exit(0);
}

} // namespace slook::gui
