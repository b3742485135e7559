#pragma once
#include "services/workspace.h"
#include "workbench/audit_conflicts.h"
#include <QDialog>

class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace slook::gui {

class TextView;
class ZoomPicture;

/// The queue of conflicts: both answers as A and B, what people said and which side they saw, no
/// names. 1 and 2: an answer is better, 0 tie, D drop, W rewrite, Left and Right move.
class AdjudicationDialog final : public QDialog {
    Q_OBJECT
public:
    AdjudicationDialog(Workspace& workspace, const AuditBatchRow& batch, QWidget* parent);

private:
    void build();
    QWidget* buildButtons();
    void read();
    void show(int index);
    void settle(Settlement outcome, ResponseId better, const QString& rewritten = {});
    void rewrite();

    Workspace& m_workspace;
    AuditBatchRow m_batch;
    std::vector<workbench::ConflictView> m_queue;
    int m_index = 0;
    int m_pictureRequest = 0;
    QLabel* m_head;
    QLabel* m_question;
    ZoomPicture* m_picture;
    TextView* m_a;
    TextView* m_b;
    QLabel* m_voices;
    QLineEdit* m_note;
    QLineEdit* m_name;
};

} // namespace slook::gui
