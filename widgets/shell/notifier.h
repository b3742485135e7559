#pragma once
#include "services/workspace.h"

class QSystemTrayIcon;

namespace slook::gui {

/// Says that a run has ended to a person who looks at something else: by the desktop's own
/// notification where it has one, and by marking the window in the task bar.
class Notifier final : public QObject {
    Q_OBJECT
public:
    explicit Notifier(QWidget* window);
    void runMoved(const workbench::RunStatus& status);

signals:
    void said(const QString& title, const QString& text);
    void chosen(RunId run); ///< the notification was clicked

private:
    void say(const QString& title, const QString& text);
    QWidget* m_window;
    QSystemTrayIcon* m_tray = nullptr; ///< while a notification may be read
    RunId m_run;
};

} // namespace slook::gui
