#pragma once
#include "services/workspace.h"
#include "workbench/overlap.h"
#include <QDialog>

class QComboBox;
class QLabel;
class QSpinBox;

namespace slook::gui {

class RowTable;
class ScatterCard;
class TextTableModel;

/// The figure of STIC: how far a pool without labels overlaps with benchmarks, against what a
/// training on it brought. Computed anew with every choice.
class OverlapDialog final : public QDialog {
    Q_OBJECT
public:
    OverlapDialog(Workspace& workspace, RunId run, QWidget* parent = nullptr);
    void show(const workbench::OverlapReport& report);
    using QDialog::show;

private:
    struct Choices {
        std::vector<workbench::FeatureSet> sets;
        std::vector<SourceRow> sources;
        std::vector<RunRow> runs;
    };
    void build();
    void fill(const Choices& choices);
    void compute();

    Workspace& m_workspace;
    RunId m_run;
    Choices m_choices;
    QComboBox* m_feature;
    QComboBox* m_pool;
    QComboBox* m_runs;
    QSpinBox* m_neighbours;
    ScatterCard* m_figure;
    RowTable* m_table;
    TextTableModel* m_model;
    QLabel* m_sentence;
    int m_request = 0;
};

} // namespace slook::gui
