#pragma once
#include <QDialog>
#include <QList>

class QAction;
class QLineEdit;
class QListWidget;

namespace slook::gui {

/// All actions with their keys; typing words narrows them, Enter does the chosen one.
class CommandPalette final : public QDialog {
    Q_OBJECT
public:
    CommandPalette(const QList<QAction*>& actions, QWidget* parent);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fill();
    void run();
    QList<QAction*> m_actions;
    QLineEdit* m_words;
    QListWidget* m_list;
};

/// The keys of these actions as a table in a dialog.
void showKeys(const QList<QAction*>& actions, const QString& title, QWidget* parent);

} // namespace slook::gui
