#include "shell/notifier.h"
#include "parts/foreign_text.h"
#include <QApplication>
#include <QSystemTrayIcon>
#include <QTimer>
#include <QWidget>

namespace slook::gui {
namespace {

constexpr int shownMilliseconds = 60'000;

} // namespace

Notifier::Notifier(QWidget* window)
    : QObject(window)
    , m_window(window)
{
}

void Notifier::runMoved(const workbench::RunStatus& status)
{
    if (!status.ended() || m_window->isActiveWindow())
        return;
    m_run = status.run.id;
    const QString name = oneLine(status.run.name);
    if (status.run.state == RunState::Done)
        say(tr("%1 is done").arg(name), tr("Its results are in the project."));
    else if (!status.run.error.empty()) // else a person has stopped it, who knows
        say(tr("%1 has ended before it was done").arg(name), oneLine(status.run.error));
}

void Notifier::say(const QString& title, const QString& text)
{
    emit said(title, text);
    QApplication::alert(m_window);
    if (!QSystemTrayIcon::isSystemTrayAvailable())
        return;
    if (!m_tray) {
        m_tray = new QSystemTrayIcon(m_window->windowIcon(), this);
        connect(m_tray, &QSystemTrayIcon::messageClicked, this, [this] {
            m_window->activateWindow();
            m_window->raise();
            emit chosen(m_run);
        });
    }
    m_tray->show();
    m_tray->showMessage(title, text, m_window->windowIcon());
    QTimer::singleShot(shownMilliseconds, m_tray, [this] { m_tray->hide(); });
}

} // namespace slook::gui
