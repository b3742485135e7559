#pragma once
#include <QWidget>

class QVBoxLayout;
class QAction;

namespace slook::gui {

class EmptyState;

/// What is shown while no project is open: the ways to begin, and the projects of last time.
class StartPage final : public QWidget {
    Q_OBJECT
public:
    StartPage(const QList<QAction*>& actions, QWidget* parent = nullptr);
    void setRecent(const QStringList& files);

signals:
    void chosen(const QString& file);

private:
    QVBoxLayout* m_recent;
};

} // namespace slook::gui
