#include "plots/plot.h"
#include "parts/card.h"
#include "parts/tokens.h"
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>
#include <qcustomplot.h>

namespace slook::gui {

std::vector<double> smoothed(const std::vector<double>& values, double smoothing)
{
    std::vector<double> result;
    result.reserve(values.size());
    double mean = 0;
    double weight = 0;
    for (const double value : values) {
        if (std::isfinite(value)) {
            mean = smoothing * mean + (1 - smoothing) * value;
            weight = smoothing * weight + (1 - smoothing);
        }
        result.push_back(weight > 0 ? mean / weight : value);
    }
    return result;
}

PlotCard::PlotCard(const QString& title, QWidget* parent)
    : QWidget(parent)
    , m_title(largeLabel(title, 13))
    , m_remark(mutedLabel())
    , m_plot(new QCustomPlot(this))
{
    constexpr int least = 105;
    m_remark->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_remark->setWordWrap(false);
    m_title->setWordWrap(false);
    m_remark->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // never widens a window
    auto* top = new QHBoxLayout;
    top->addWidget(m_title);
    top->addWidget(m_remark, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 8, 8, 8);
    column->setSpacing(2);
    column->addLayout(top);
    column->addWidget(m_plot, 1);
    m_plot->setMinimumHeight(least);
    m_plot->setContextMenuPolicy(Qt::NoContextMenu); // the card's own menu opens instead
    m_plot->setAttribute(Qt::WA_TransparentForMouseEvents, false);
    colourAxes();
}

void PlotCard::setTitle(const QString& title)
{
    m_title->setText(title);
}

void PlotCard::setRemark(const QString& text)
{
    m_remark->setText(text);
}

void PlotCard::setCurves(const std::vector<Curve>& curves, double smoothing)
{
    m_curves = curves;
    m_smoothing = smoothing;
    m_bars.clear();
    draw();
}

void PlotCard::setBars(const std::vector<BarGroup>& groups)
{
    m_bars = groups;
    m_curves.clear();
    draw();
}

void PlotCard::setMarkers(const std::vector<double>& x)
{
    m_markers = x;
    draw();
}

QColor PlotCard::colourOf(const QString& name) const
{
    const Tokens& t = tokensOf(this);
    if (name == QLatin1String("chosen"))
        return t.chosen;
    if (name == QLatin1String("rejected"))
        return t.rejected;
    if (name == QLatin1String("gain"))
        return t.gain;
    return name == QLatin1String("harm") ? t.harm : t.accent;
}

void PlotCard::colourAxes()
{
    const Tokens& t = tokensOf(this);
    m_plot->setBackground(QBrush(t.panel));
    QFont small = font();
    small.setPixelSize(11);
    for (QCPAxis* axis : { m_plot->xAxis, m_plot->yAxis }) {
        axis->setBasePen(QPen(t.line));
        axis->setTickPen(QPen(Qt::NoPen));
        axis->setSubTickPen(QPen(Qt::NoPen));
        axis->setTickLabelColor(t.muted);
        axis->setTickLabelFont(small);
        axis->grid()->setPen(QPen(t.line, 1));
        axis->grid()->setZeroLinePen(QPen(t.line, 1));
    }
    QColor behind = t.panel;
    constexpr int shining = 200; // of 255: curves stay visible under the names
    behind.setAlpha(shining);
    m_plot->legend->setBrush(behind);
    m_plot->legend->setBorderPen(QPen(Qt::NoPen));
    m_plot->legend->setFont(small);
    m_plot->legend->setTextColor(t.muted);
    m_plot->legend->setMargins(QMargins(4, 1, 4, 1));
    m_plot->legend->setRowSpacing(0);
    m_plot->xAxis->grid()->setVisible(false);
    m_plot->yAxis->setBasePen(QPen(Qt::NoPen));
}

void PlotCard::draw()
{
    m_plot->clearPlottables();
    m_plot->clearItems();
    colourAxes();
    if (m_bars.empty())
        drawCurves();
    else
        drawBars();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlotCard::drawCurves()
{
    for (const Curve& curve : m_curves) {
        const QColor colour = colourOf(curve.colour);
        QColor faint = colour;
        constexpr int faintness = 90;
        faint.setAlpha(faintness);
        const QList<double> x(curve.x.begin(), curve.x.end());
        if (m_smoothing > 0) {
            QCPGraph* raw = m_plot->addGraph();
            raw->setPen(QPen(faint, 1));
            raw->setData(x, QList<double>(curve.y.begin(), curve.y.end()), true);
            raw->removeFromLegend();
        }
        const auto mean = smoothed(curve.y, m_smoothing);
        QCPGraph* line = m_plot->addGraph();
        line->setName(curve.name);
        line->setPen(QPen(colour, 2));
        line->setData(x, QList<double>(mean.begin(), mean.end()), true);
        if (curve.x.size() == 1)
            line->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, 5));
    }
    m_plot->legend->setVisible(m_curves.size() > 1);
    m_plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    m_plot->xAxis->ticker()->setTickCount(5);
    m_plot->yAxis->ticker()->setTickCount(4);
    m_plot->rescaleAxes();
    constexpr double room = 1.08;
    m_plot->yAxis->scaleRange(room);
    if (m_plot->graphCount() == 0 || m_plot->xAxis->range().size() <= 0)
        m_plot->xAxis->setRange(0, 1);
    placeLegend();
    drawMarkers();
}

/// At the right, in the third of the height where the fewest points of the curves lie.
void PlotCard::placeLegend()
{
    constexpr std::array places { Qt::AlignTop, Qt::AlignVCenter, Qt::AlignBottom };
    std::array<int, places.size()> points {};
    const QCPRange x = m_plot->xAxis->range(), y = m_plot->yAxis->range();
    for (const Curve& curve : m_curves)
        for (std::size_t i = 0; i < curve.x.size(); ++i) {
            const double below = (y.upper - curve.y[i]) / y.size() * places.size();
            if (curve.x[i] > x.center() && below >= 0 && below < places.size())
                ++points[static_cast<std::size_t>(below)];
        }
    const auto best = std::ranges::min_element(points) - points.begin();
    m_plot->axisRect()->insetLayout()->setInsetAlignment(
        0, Qt::AlignRight | places[static_cast<std::size_t>(best)]);
}

void PlotCard::drawMarkers()
{
    const Tokens& t = tokensOf(this);
    for (const double x : m_markers) {
        auto* line = new QCPItemStraightLine(m_plot); // owned by the plot
        line->point1->setCoords(x, 0);
        line->point2->setCoords(x, 1);
        line->setPen(QPen(t.muted, 1, Qt::DashLine));
    }
}

void PlotCard::drawBars()
{
    m_plot->legend->setVisible(false);
    const Tokens& t = tokensOf(this);
    const QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
    const double width = 0.32;
    const double shift = 0.18;
    QCPBars* bars[2];
    QCPErrorBars* errors[2];
    const QColor colours[2] = { t.muted, t.accent };
    for (int i = 0; i < 2; ++i) {
        bars[i] = new QCPBars(m_plot->xAxis, m_plot->yAxis);
        bars[i]->setWidth(width);
        bars[i]->setPen(Qt::NoPen);
        bars[i]->setBrush(colours[i]);
        errors[i] = new QCPErrorBars(m_plot->xAxis, m_plot->yAxis);
        errors[i]->setDataPlottable(bars[i]);
        errors[i]->setPen(QPen(t.text, 1.2));
        errors[i]->setWhiskerWidth(7);
        errors[i]->setSymbolGap(0);
    }
    double highest = 0;
    for (std::size_t at = 0; at < m_bars.size(); ++at) {
        const auto& group = m_bars[at];
        ticker->addTick(static_cast<double>(at), group.label);
        const IntervalBar* shares[2] = { group.first ? &*group.first : nullptr, &group.refined };
        for (int i = 0; i < 2; ++i) {
            if (!shares[i])
                continue;
            const IntervalBar& one = *shares[i];
            const double aside = !group.first ? 0 : i == 0 ? -shift : shift;
            bars[i]->addData(static_cast<double>(at) + aside, one.share * 100);
            errors[i]->addData((one.share - one.low) * 100, (one.high - one.share) * 100);
            highest = std::max(highest, one.high * 100);
        }
    }
    m_plot->xAxis->setTicker(ticker);
    m_plot->xAxis->setRange(-0.6, static_cast<double>(m_bars.size()) - 0.4);
    m_plot->yAxis->setRange(0, std::min(100.0, std::max(10.0, highest * 1.08)));
}

bool PlotCard::saveTo(const QString& file)
{
    constexpr double sharp = 2;
    return file.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive)
        ? m_plot->savePdf(file)
        : m_plot->savePng(file, 0, 0, sharp);
}

void PlotCard::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        draw();
}

void PlotCard::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokensOf(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(t.panel);
    painter.setPen(hasFocus() ? QPen(t.accent, 1.5) : QPen(t.line)); // some take keys
    constexpr int corner = 6;
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), corner, corner);
}

void PlotCard::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu(this);
    menu.addAction(tr("Copy plot"), this,
        [this] { QApplication::clipboard()->setPixmap(m_plot->toPixmap(0, 0, 2)); });
    menu.addAction(tr("Save plot as PNG or PDF…"), this, [this] {
        const QString file = QFileDialog::getSaveFileName(this, tr("Save plot"),
            m_title->text() + QStringLiteral(".png"), tr("Pictures (*.png);;PDF (*.pdf)"));
        if (!file.isEmpty())
            saveTo(file);
    });
    menu.exec(event->globalPos());
}

} // namespace slook::gui
