#pragma once
#include "services/workspace.h"
#include "workbench/comparison.h"
#include <QDialog>

class QLabel;
class QListWidget;
class QTimer;

namespace slook::gui {

class PlotCard;
class RowTable;
class TextTableModel;

/// Any models of any runs against each other: accuracies with intervals, every paired test
/// corrected for their number, what others have published beside them, and all of it as LaTeX, CSV
/// or a page for a colleague.
class CompareDialog final : public QDialog {
    Q_OBJECT
public:
    /// @param run  whose models are chosen to begin with
    CompareDialog(Workspace& workspace, RunId run, QWidget* parent = nullptr);

private:
    void build();
    void fillRuns(const std::vector<RunRow>& runs, RunId chosen);
    void compare();
    void show(const Result<workbench::ModelComparison>& comparison);
    void save(const QString& title, const QString& name, const QString& filter,
        const std::function<std::string()>& text);
    void saveReport();

    Workspace& m_workspace;
    QTimer* m_pause;
    QListWidget* m_runs;
    QLabel* m_sentence;
    PlotCard* m_plot;
    TextTableModel* m_models;
    TextTableModel* m_tests;
    TextTableModel* m_published;
    std::vector<RunRow> m_rows;
    workbench::ModelComparison m_comparison;
    int m_request = 0;
};

} // namespace slook::gui
