#pragma once
#include "workbench/audit.h"
#include <QDialog>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace slook::gui {

/// Asks for everything that a batch of an audit needs.
class AuditDialog final : public QDialog {
    Q_OBJECT
public:
    /// @param run  whose pairs are drawn; none: those of all runs
    /// @param selected  questions that are selected in the window, ascending
    AuditDialog(RunId run, std::vector<ItemId> selected, QWidget* parent = nullptr);
    [[nodiscard]] workbench::AuditSource source() const;
    [[nodiscard]] workbench::AuditOptions options() const;

private:
    void check(); ///< says what is missing, and lets OK wait for it
    [[nodiscard]] bool takesSelection() const;
    RunId m_run;
    std::vector<ItemId> m_selected;
    QLineEdit* m_name;
    QLineEdit* m_annotators;
    QSpinBox* m_pairs;
    QComboBox* m_sampling;
    QComboBox* m_strata;
    QLineEdit* m_preference;
    QLineEdit* m_filter;
    QDoubleSpinBox* m_overlap;
    QDoubleSpinBox* m_mirrored;
    QDoubleSpinBox* m_gold;
    QSpinBox* m_seed;
    QPlainTextEdit* m_rubric;
    QLabel* m_problem;
    QPushButton* m_ok = nullptr;
};

} // namespace slook::gui
