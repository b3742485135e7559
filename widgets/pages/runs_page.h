#pragma once
#include "pages/page.h"
#include <QElapsedTimer>
#include <map>

class QComboBox;
class QGridLayout;
class QLabel;
class QPushButton;
class QTabWidget;

namespace slook::gui {

class Card;
class MarginPanel;
class PlotCard;
class RowTable;
class QueueStrip;
class RunInspector;
class TextTableModel;

/// The runs of the project: start one, watch its curves, stop, pause and resume it.
class RunsPage final : public Page {
    Q_OBJECT
public:
    explicit RunsPage(const PageParts& parts);
    QWidget* inspector() override;
    QString statusText() const override;
    void refresh() override;

signals:
    /// A person wants to start a run, like this one where one is given.
    void toLaunch(const slook::RunRow* like);
    void toPair(slook::PairId pair, const QString& training); ///< of the chosen run

private:
    void build();
    QWidget* buildList();
    QWidget* buildCurves();
    void show(const std::vector<RunRow>& runs);
    void readRun();
    void showRun(const RunDetail& detail);
    void drawCurves();
    void fillAgainst();
    void readAgainst();
    void showDiagnosis();
    void setCrosshair(std::optional<double> step);
    void addPlotKeys();
    void showMargins(bool evenIfJustRead); ///< where that tab is open
    void moved(const workbench::RunStatus& status);
    void updateActions();
    [[nodiscard]] const RunRow* current() const;

    QAction* m_start;
    QAction* m_similar;
    QAction* m_stop;
    QAction* m_pause;
    QAction* m_resume;
    QueueStrip* m_queue;
    TextTableModel* m_model;
    RowTable* m_table;
    QComboBox* m_training;
    QComboBox* m_against; ///< what the curves are compared with
    Card* m_strip; ///< what the curves mean
    QLabel* m_diagnosis;
    QLabel* m_state;
    QLabel* m_hint;
    std::map<std::string, PlotCard*> m_plots;
    MarginPanel* m_margins;
    QTabWidget* m_tabs;
    QElapsedTimer m_sinceMargins; ///< they take longer to read than curves
    RunInspector* m_inspector = nullptr;
    std::vector<RunRow> m_runs;
    RunDetail m_detail;
    std::map<RunId, workbench::RunStatus> m_status;
    bool m_reading = false; ///< an answer about the run is on its way
    bool m_again = false; ///< ... and is old already
    int m_smoothing = 1;
    bool m_logarithmic = false;
    MetricColumns m_againstMetrics; ///< dashed beside the curves
    std::optional<double> m_pinned; ///< step of the crosshair that stays
};

} // namespace slook::gui
