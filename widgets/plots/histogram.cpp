#include "plots/histogram.h"
#include "parts/tokens.h"
#include <QKeyEvent>
#include <QMouseEvent>
#include <algorithm>
#include <array>
#include <cmath>
#include <qcustomplot.h>

namespace slook::gui {
namespace {

constexpr std::size_t bins = 40;
constexpr double binWidth = 1.0 / bins;

} // namespace

HistogramCard::HistogramCard(const QString& title, QWidget* parent)
    : PlotCard(title, parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(title);
    setToolTip(tr("Drag the line, or move it with ← and → (0.01), page up and down (0.1)"));
    plot()->setFocusPolicy(Qt::NoFocus); // the card has the keys
    plot()->installEventFilter(this);
    draw();
}

void HistogramCard::setScores(const std::vector<double>& scores)
{
    m_scores = scores;
    draw();
}

void HistogramCard::setThreshold(double threshold)
{
    m_threshold = std::clamp(threshold, 0.0, 1.0);
    draw();
}

void HistogramCard::moveTo(double threshold)
{
    const double old = m_threshold;
    setThreshold(threshold);
    if (m_threshold != old)
        emit thresholdChanged(m_threshold);
}

void HistogramCard::keyPressEvent(QKeyEvent* event)
{
    constexpr double fine = 0.01, coarse = 0.1;
    // To whole steps, so that ten steps right and ten left end where they began.
    const auto by = [this](double step) { moveTo(std::round((m_threshold + step) / fine) * fine); };
    switch (event->key()) {
    case Qt::Key_Left:
        return by(-fine);
    case Qt::Key_Right:
        return by(fine);
    case Qt::Key_PageDown:
        return by(-coarse);
    case Qt::Key_PageUp:
        return by(coarse);
    case Qt::Key_Home:
        return moveTo(0);
    case Qt::Key_End:
        return moveTo(1);
    default:
        QWidget::keyPressEvent(event);
    }
}

bool HistogramCard::eventFilter(QObject* watched, QEvent* event)
{
    const bool press = event->type() == QEvent::MouseButtonPress;
    if (watched == plot() && (press || event->type() == QEvent::MouseMove)) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        if (mouse->buttons() & Qt::LeftButton) {
            setFocus(Qt::MouseFocusReason);
            moveTo(plot()->xAxis->pixelToCoord(mouse->position().x()));
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void HistogramCard::draw()
{
    const Tokens& t = tokensOf(this);
    plot()->clearPlottables();
    plot()->clearItems();
    colourAxes();
    std::array<double, bins> dropped {}, kept {};
    for (const double score : m_scores) {
        const auto bin = std::min(bins - 1, static_cast<std::size_t>(std::max(0.0, score) * bins));
        (score >= m_threshold ? kept : dropped)[bin] += 1;
    }
    auto* below = new QCPBars(plot()->xAxis, plot()->yAxis); // owned by the plot
    auto* above = new QCPBars(plot()->xAxis, plot()->yAxis);
    above->moveAbove(below);
    double highest = 1;
    for (std::size_t i = 0; i < bins; ++i) {
        const double centre = (static_cast<double>(i) + 0.5) * binWidth;
        below->addData(centre, dropped[i]);
        above->addData(centre, kept[i]);
        highest = std::max(highest, dropped[i] + kept[i]);
    }
    for (auto* bars : { below, above }) {
        bars->setWidth(binWidth * 0.9);
        bars->setPen(Qt::NoPen);
        bars->setBrush(bars == above ? t.accent : t.muted);
    }
    auto* line = new QCPItemStraightLine(plot()); // owned by the plot
    line->point1->setCoords(m_threshold, 0);
    line->point2->setCoords(m_threshold, 1);
    line->setPen(QPen(t.text, 2));
    constexpr double room = 1.08;
    plot()->xAxis->setRange(-0.01, 1.01);
    plot()->yAxis->setRange(0, highest * room);
    plot()->yAxis->ticker()->setTickCount(4);
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

} // namespace slook::gui
