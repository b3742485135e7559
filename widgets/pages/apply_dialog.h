#pragma once
#include "services/workspace.h"
#include "workbench/audit_apply.h"
#include <QDialog>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace slook::gui {

/// Asks what an audit shall do to its pairs, and says before what would come of it.
class ApplyDialog final : public QDialog {
    Q_OBJECT
public:
    ApplyDialog(Workspace& workspace, const workbench::AuditReport& report, QWidget* parent);
    [[nodiscard]] workbench::ApplyOptions options() const;

private:
    void preview();
    Workspace& m_workspace;
    workbench::AuditReport m_report;
    QComboBox* m_reversed;
    QComboBox* m_undecided;
    QCheckBox* m_unjudged;
    QSpinBox* m_support;
    QSpinBox* m_votes;
    QCheckBox* m_estimate;
    QDoubleSpinBox* m_smoothing;
    QLabel* m_preview;
    QPushButton* m_ok = nullptr;
    int m_request = 0;
};

} // namespace slook::gui
