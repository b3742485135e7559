#pragma once
#include "services/workspace.h"
#include <QObject>

class QTimer;

namespace slook::gui {

class MainWindow;

/// Draws pages into files as soon as their data has arrived, then ends the program: 0 when all
/// were written, 1 else.
class Grabber final : public QObject {
    Q_OBJECT
public:
    struct Target {
        QString page;
        QString file;
    };
    Grabber(MainWindow& window, Workspace& workspace, QList<Target> targets);

private:
    void look();
    void next();
    MainWindow& m_window;
    Workspace& m_workspace;
    QList<Target> m_targets;
    QTimer* m_timer;
    QString m_error;
    int m_quiet = 0;
    int m_ticks = 0;
};

} // namespace slook::gui
