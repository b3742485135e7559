#pragma once
#include <QWidget>

class QPushButton;

namespace slook::gui {

class RowTable;
class TextTableModel;
class Workspace;

/// Every change of the project, newest first, also those of earlier sittings; Enter or a double
/// click goes back to a change or forward to it.
class HistoryPanel final : public QWidget {
    Q_OBJECT
public:
    explicit HistoryPanel(Workspace& workspace, QWidget* parent = nullptr);
    void refresh();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void go();
    Workspace& m_workspace;
    TextTableModel* m_model;
    RowTable* m_table;
    QPushButton* m_go;
};

} // namespace slook::gui
