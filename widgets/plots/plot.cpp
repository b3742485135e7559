#include "plots/plot.h"
#include "parts/card.h"
#include "parts/tokens.h"
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QPointer>
#include <QSaveFile>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <qcustomplot.h>
#include <utility>

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
    m_plot->installEventFilter(this);
    m_plot->setMouseTracking(true);
    colourAxes();
}

void PlotCard::setTitle(const QString& title)
{
    m_title->setText(title);
}

void PlotCard::setRemark(const QString& text)
{
    m_remarkText = text;
    if (!m_crosshair)
        m_remark->setText(text);
}

void PlotCard::setCurves(const std::vector<Curve>& curves, double smoothing)
{
    m_curves = curves;
    m_smoothing = smoothing;
    m_bars.clear();
    drawSoon();
}

void PlotCard::setBars(const std::vector<BarGroup>& groups)
{
    m_bars = groups;
    m_curves.clear();
    drawSoon();
}

void PlotCard::setMarkers(const std::vector<double>& x)
{
    m_markers = x;
    drawSoon();
}

void PlotCard::setRegions(const std::vector<PlotRegion>& regions)
{
    m_regions = regions;
    drawSoon();
}

void PlotCard::setLogarithmic(bool on)
{
    m_logarithmic = on;
    drawSoon();
}

void PlotCard::setCrosshair(std::optional<double> x)
{
    if (x == m_crosshair)
        return;
    m_crosshair = x;
    m_remark->setText(x ? valuesAt(*x) : m_remarkText);
    drawCrosshair();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

/// "34: chosen 0.12  rejected -0.40": of the nearest x that each curve has.
QString PlotCard::valuesAt(double x) const
{
    QStringList parts;
    double shown = x;
    for (const Curve& curve : m_curves) {
        if (curve.x.empty() || curve.dashed)
            continue;
        auto at = std::ranges::lower_bound(curve.x, x);
        if (at == curve.x.end() || (at != curve.x.begin() && x - *(at - 1) < *at - x))
            --at;
        shown = *at;
        const double value = curve.y[static_cast<std::size_t>(at - curve.x.begin())];
        parts << (m_curves.size() > 1 ? curve.name + QLatin1Char(' ') : QString())
                + QString::number(value, 'g', 4);
    }
    return parts.isEmpty()
        ? QString()
        : QStringLiteral("%1: %2").arg(shown).arg(parts.join(QStringLiteral("   ")));
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
    for (QCPAxis* axis : { m_plot->xAxis, m_plot->yAxis, m_plot->yAxis2 }) {
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
    m_plot->yAxis2->setBasePen(QPen(Qt::NoPen));
    m_plot->yAxis2->grid()->setVisible(false);
}

namespace {

constexpr auto betweenCards = std::chrono::milliseconds(1); // 0 would be the same turn of the loop

/// Those that wait to be drawn.
QList<QPointer<PlotCard>>& waitingCards()
{
    static QList<QPointer<PlotCard>> cards;
    return cards;
}

} // namespace

void PlotCard::drawSoon()
{
    m_stale = true;
    auto& waiting = waitingCards();
    if (!isVisible() || waiting.contains(this))
        return;
    waiting << this;
    if (waiting.size() == 1)
        QTimer::singleShot(betweenCards, qApp, &PlotCard::drawNext);
}

void PlotCard::drawNext()
{
    auto& waiting = waitingCards();
    if (const auto card = waiting.takeFirst(); card && card->isVisible())
        card->drawIfStale();
    if (!waiting.isEmpty())
        QTimer::singleShot(betweenCards, qApp, &PlotCard::drawNext);
}

void PlotCard::drawIfStale()
{
    if (std::exchange(m_stale, false))
        draw();
}

void PlotCard::draw()
{
    m_plot->clearPlottables();
    m_plot->clearItems();
    m_crossLine = nullptr;
    colourAxes();
    if (m_bars.empty())
        drawCurves();
    else
        drawBars();
    m_plot->replot(QCustomPlot::rpQueuedRefresh);
}

void PlotCard::drawCurves()
{
    for (const Curve& curve : m_curves) {
        const QColor colour = colourOf(curve.colour);
        QColor faint = colour;
        constexpr int faintness = 90;
        faint.setAlpha(faintness);
        const QList<double> x(curve.x.begin(), curve.x.end());
        QCPAxis* const scale = curve.rightAxis ? m_plot->yAxis2 : m_plot->yAxis;
        const double smoothing = curve.rightAxis ? 0 : m_smoothing; // a schedule has no noise
        if (smoothing > 0 && !curve.dashed) {
            QCPGraph* raw = m_plot->addGraph(m_plot->xAxis, scale);
            raw->setPen(QPen(faint, 1));
            raw->setData(x, QList<double>(curve.y.begin(), curve.y.end()), true);
            raw->removeFromLegend();
        }
        const auto mean = smoothed(curve.y, smoothing);
        QCPGraph* line = m_plot->addGraph(m_plot->xAxis, scale);
        line->setName(curve.name);
        line->setPen(
            QPen(colour, curve.dashed ? 1.4 : 2, curve.dashed ? Qt::DashLine : Qt::SolidLine));
        line->setData(x, QList<double>(mean.begin(), mean.end()), true);
        if (curve.x.size() == 1)
            line->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, 5));
    }
    m_plot->legend->setVisible(m_curves.size() > 1);
    m_plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    m_plot->xAxis->ticker()->setTickCount(5);
    const bool positive = std::ranges::all_of(m_curves, [](const Curve& curve) {
        return curve.rightAxis || std::ranges::all_of(curve.y, [](double y) { return y > 0; });
    });
    const bool logarithmic = m_logarithmic && positive && !m_curves.empty();
    m_plot->yAxis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    m_plot->yAxis->setTicker(logarithmic ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog)
                                         : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    m_plot->yAxis->ticker()->setTickCount(4);
    m_plot->yAxis2->setVisible(
        std::ranges::any_of(m_curves, [](const Curve& curve) { return curve.rightAxis; }));
    m_plot->yAxis2->ticker()->setTickCount(4);
    m_plot->rescaleAxes();
    constexpr double room = 1.08;
    if (!logarithmic)
        m_plot->yAxis->scaleRange(room);
    m_plot->yAxis2->scaleRange(room);
    if (m_plot->graphCount() == 0 || m_plot->xAxis->range().size() <= 0)
        m_plot->xAxis->setRange(0, 1);
    placeLegend();
    drawRegions();
    drawMarkers();
    drawCrosshair();
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

void PlotCard::drawRegions()
{
    const Tokens& t = tokensOf(this);
    for (const PlotRegion& region : m_regions) {
        auto* box = new QCPItemRect(m_plot); // owned by the plot
        const double least = m_plot->xAxis->range().size() / 150; // one step is seen, too
        const double end = std::max(region.end, region.begin + least);
        box->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
        box->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
        box->topLeft->setCoords(region.begin, 0);
        box->bottomRight->setCoords(end, 1);
        QColor fill = region.alarming ? t.harm : t.accent;
        constexpr int faintness = 34;
        fill.setAlpha(faintness);
        box->setBrush(fill);
        box->setPen(Qt::NoPen);
    }
}

void PlotCard::drawCrosshair()
{
    if (m_crossLine)
        m_plot->removeItem(m_crossLine);
    m_crossLine = nullptr;
    if (!m_crosshair || m_curves.empty())
        return;
    m_crossLine = new QCPItemStraightLine(m_plot); // owned by the plot
    m_crossLine->point1->setCoords(*m_crosshair, 0);
    m_crossLine->point2->setCoords(*m_crosshair, 1);
    m_crossLine->setPen(QPen(tokensOf(this).accent, 1));
}

bool PlotCard::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_plot && !m_curves.empty()) {
        const auto place = [&] {
            return m_plot->xAxis->pixelToCoord(static_cast<QMouseEvent*>(event)->position().x());
        };
        if (event->type() == QEvent::MouseMove)
            emit hovered(place());
        else if (event->type() == QEvent::Leave)
            emit hoverEnded();
        else if (event->type() == QEvent::MouseButtonRelease
            && static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton)
            emit clicked(place());
    }
    return QWidget::eventFilter(watched, event);
}

QString PlotCard::asCsv() const
{
    const auto quoted = [](QString text) {
        return QLatin1Char('"') + text.replace(QLatin1Char('"'), QStringLiteral("\"\""))
            + QLatin1Char('"');
    };
    QString text;
    if (!m_bars.empty()) {
        text = QStringLiteral("label,first,low,high,refined,low,high\n");
        for (const BarGroup& group : m_bars) {
            const IntervalBar first = group.first.value_or(IntervalBar {});
            text += quoted(group.label)
                + (group.first ? QStringLiteral(",%1,%2,%3")
                                     .arg(first.share)
                                     .arg(first.low)
                                     .arg(first.high)
                               : QStringLiteral(",,,"))
                + QStringLiteral(",%1,%2,%3\n")
                      .arg(group.refined.share)
                      .arg(group.refined.low)
                      .arg(group.refined.high);
        }
        return text;
    }
    std::map<double, QStringList> lines; // by x
    text = QStringLiteral("x");
    for (std::size_t i = 0; i < m_curves.size(); ++i) {
        const Curve& curve = m_curves[i];
        text += QLatin1Char(',') + quoted(curve.name);
        for (std::size_t k = 0; k < curve.x.size(); ++k) {
            QStringList& cells = lines[curve.x[k]];
            while (cells.size() < static_cast<qsizetype>(i))
                cells << QString();
            cells << QString::number(curve.y[k], 'g', 9);
        }
    }
    text += QLatin1Char('\n');
    for (auto& [x, cells] : lines) {
        while (cells.size() < static_cast<qsizetype>(m_curves.size()))
            cells << QString();
        text += QString::number(x, 'g', 9) + QLatin1Char(',') + cells.join(QLatin1Char(','))
            + QLatin1Char('\n');
    }
    return text;
}

void PlotCard::saveCsv()
{
    const QString name = QFileDialog::getSaveFileName(
        this, tr("Save data"), m_title->text() + QStringLiteral(".csv"), tr("Tables (*.csv)"));
    if (name.isEmpty())
        return;
    QSaveFile file(name);
    if (file.open(QIODevice::WriteOnly)) {
        file.write(asCsv().toUtf8());
        file.commit();
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
    drawIfStale();
    return file.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive)
        ? m_plot->savePdf(file)
        : m_plot->savePng(file, 0, 0, sharp);
}

void PlotCard::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        drawSoon();
}

void PlotCard::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_stale)
        drawSoon();
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
    if (!m_curves.empty() || !m_bars.empty()) {
        menu.addAction(
            tr("Copy data as CSV"), this, [this] { QApplication::clipboard()->setText(asCsv()); });
        menu.addAction(tr("Save data as CSV…"), this, &PlotCard::saveCsv);
    }
    menu.exec(event->globalPos());
}

} // namespace slook::gui
