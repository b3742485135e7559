#include "plots/scatter.h"
#include "parts/tokens.h"
#include <algorithm>
#include <qcustomplot.h>

namespace slook::gui {

ScatterCard::ScatterCard(const QString& title, QWidget* parent)
    : PlotCard(title, parent)
{
}

void ScatterCard::setPoints(std::vector<ScatterPoint> points, const QString& x, const QString& y)
{
    m_points = std::move(points);
    m_x = x;
    m_y = y;
    draw();
}

void ScatterCard::draw()
{
    const Tokens& t = tokensOf(this);
    plot()->clearPlottables();
    plot()->clearItems();
    colourAxes();
    plot()->xAxis->setLabel(m_x);
    plot()->yAxis->setLabel(m_y);
    for (QCPAxis* axis : { plot()->xAxis, plot()->yAxis })
        axis->setLabelColor(t.muted);
    auto* dots = plot()->addGraph(); // owned by the plot
    dots->setLineStyle(QCPGraph::lsNone);
    dots->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, t.accent, 8));
    auto* upright = new QCPErrorBars(plot()->xAxis, plot()->yAxis);
    auto* level = new QCPErrorBars(plot()->xAxis, plot()->yAxis);
    for (auto* bars : { upright, level }) {
        bars->setDataPlottable(dots);
        bars->setPen(QPen(t.muted, 1));
        bars->setWhiskerWidth(5);
        bars->setSymbolGap(0);
    }
    level->setErrorType(QCPErrorBars::etKeyError);
    QList<double> x, y;
    for (const ScatterPoint& one : m_points) {
        x << one.x;
        y << one.y;
    }
    dots->setData(x, y);
    auto sorted = m_points;
    std::ranges::stable_sort(sorted, {}, &ScatterPoint::x);
    for (const ScatterPoint& one : sorted) {
        upright->addData(one.y - one.yLow, one.yHigh - one.y);
        level->addData(one.x - one.xLow, one.xHigh - one.x);
        auto* label = new QCPItemText(plot());
        label->position->setCoords(one.x, one.y);
        label->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
        label->setPadding(QMargins(7, 2, 2, 4));
        label->setText(one.name);
        label->setColor(t.text);
    }
    plot()->legend->setVisible(false);
    plot()->rescaleAxes();
    constexpr double room = 1.25;
    plot()->xAxis->scaleRange(room);
    plot()->yAxis->scaleRange(room);
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

} // namespace slook::gui
