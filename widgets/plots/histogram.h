#pragma once
#include "plots/plot.h"
#include <vector>

namespace slook::gui {

/// Counts of scores from 0 to 1 with a line at a threshold, which the pointer drags and the arrow
/// keys move: left and right by 0.01, page up and down by 0.1, home and end. What reaches the line
/// is drawn in the accent.
class HistogramCard final : public PlotCard {
    Q_OBJECT
public:
    explicit HistogramCard(const QString& title, QWidget* parent = nullptr);
    void setScores(const std::vector<double>& scores);
    void setThreshold(double threshold); ///< 0 to 1; tells nobody
    [[nodiscard]] double threshold() const { return m_threshold; }

signals:
    void thresholdChanged(double threshold); ///< by a person

protected:
    void draw() override;
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void moveTo(double threshold);

    std::vector<double> m_scores;
    double m_threshold = 0.5;
};

} // namespace slook::gui
