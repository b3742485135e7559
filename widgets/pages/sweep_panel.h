#pragma once
#include "pages/page.h"
#include "workbench/sweep_report.h"

class QLineEdit;
class QPushButton;
class QSpinBox;

namespace slook::gui {

class CorruptionForm;
class PlotCard;
class RowTable;
class TextTableModel;

/// The Laboratory's sweep: the form's operator at several levels over the filter's questions.
class SweepPanel final : public QWidget {
    Q_OBJECT
public:
    SweepPanel(const PageParts& parts, const CorruptionForm& form, const QLineEdit& filter,
        const QLineEdit& model);
    void
    refresh(); ///< while it is seen, asks for the report of the chosen run, or of the newest sweep

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void start();
    void begin(const Result<store::ItemFilter>& view);
    void show(const Result<workbench::SweepReport>& report);

    PageParts m_parts;
    const CorruptionForm& m_form;
    const QLineEdit& m_filter;
    const QLineEdit& m_model;
    QLineEdit* m_levels;
    QSpinBox* m_count;
    QPushButton* m_start;
    QLabel* m_sentence;
    PlotCard* m_plot;
    TextTableModel* m_rows;
    RowTable* m_table;
    int m_request = 0;
};

} // namespace slook::gui
