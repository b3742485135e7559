#pragma once
#include "plots/plot.h"
#include <optional>
#include <vector>

namespace slook::gui {

/// A named value pair with intervals.
struct ScatterPoint {
    QString name;
    double x = 0, xLow = 0, xHigh = 0;
    double y = 0, yLow = 0, yHigh = 0;
};

/// A few named points with their intervals in both directions.
class ScatterCard final : public PlotCard {
    Q_OBJECT
public:
    explicit ScatterCard(const QString& title, QWidget* parent = nullptr);
    void setPoints(std::vector<ScatterPoint> points, const QString& x, const QString& y);

protected:
    void draw() override;

private:
    std::vector<ScatterPoint> m_points;
    QString m_x, m_y;
};

} // namespace slook::gui
