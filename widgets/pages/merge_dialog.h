#pragma once
#include "workbench/audit_merge.h"
#include <QDialog>

namespace slook::gui {

/// "Left better", as the annotator saw it.
[[nodiscard]] QString choiceText(const VerdictRow& verdict, const AuditTask& task);

/// Shows what a file that came back would add, and where it says something else.
class MergeDialog final : public QDialog {
    Q_OBJECT
public:
    explicit MergeDialog(const workbench::AuditMerge& merge, QWidget* parent = nullptr);
};

} // namespace slook::gui
