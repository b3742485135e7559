#pragma once
#include "services/workspace.h"
#include "workbench/reextract.h"
#include <QDialog>

class QLabel;
class QPlainTextEdit;
class QPushButton;
class QTimer;

namespace slook::gui {

class RowTable;
class TextTableModel;
class TextView;

/// A person's own rules for reading answers, tried on all answers of a stage while they are typed:
/// which questions would change their type, and how an answer is read. Accepted, the rules can be
/// applied as one change that undo takes back.
class RulesDialog final : public QDialog {
    Q_OBJECT
public:
    RulesDialog(Workspace& workspace, const TransitionQuery& query, QWidget* parent = nullptr);
    [[nodiscard]] std::string rules() const;

private:
    void build();
    void tryRules();
    void show(const Result<workbench::RuleTrial>& trial);
    void showRow(int row);

    Workspace& m_workspace;
    TransitionQuery m_query;
    QPlainTextEdit* m_rules;
    QLabel* m_says;
    RowTable* m_table;
    TextTableModel* m_model;
    TextView* m_answer;
    QPushButton* m_apply = nullptr;
    QTimer* m_pause;
    workbench::RuleTrial m_trial;
    int m_request = 0;
};

} // namespace slook::gui
