#pragma once
#include "pages/page.h"
#include "workbench/pair_margins.h"

class QLabel;
class QSlider;

namespace slook::gui {

class MarginTableModel;
class PlotCard;
class RowTable;
class SelectionTie;

/// The pairs of one training, checkpoint by checkpoint: those with the highest and the lowest
/// margins and some drawn at random, each with its picture and its margin at every checkpoint.
class MarginPanel final : public QWidget {
    Q_OBJECT
public:
    explicit MarginPanel(const PageParts& parts);
    void show(RunId run, const QString& training); ///< reads again, also what is shown already
    void step(int by); ///< to a later or an earlier checkpoint

signals:
    void toPair(slook::PairId pair, const QString& training); ///< a person wants to see it whole

private:
    void build();
    void take(RunId run, const Result<workbench::PairMargins>& margins);
    void showCheckpoint();
    void draw();
    [[nodiscard]] std::size_t checkpoint() const;

    PageParts m_parts;
    QSlider* m_slider;
    QLabel* m_says;
    MarginTableModel* m_model;
    RowTable* m_table;
    PlotCard* m_plot;
    SelectionTie* m_selection = nullptr;
    workbench::PairMargins m_margins;
    RunId m_run;
    int m_request = 0;
};

} // namespace slook::gui
