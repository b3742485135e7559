#include "pages/rounds_page.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tokens.h"
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QFileDialog>
#include <QGraphicsPathItem>
#include <QGraphicsScene>
#include <QGraphicsSimpleTextItem>
#include <QGraphicsView>
#include <QMouseEvent>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {
namespace {

constexpr double boxWidth = 270, boxHeight = 92, gap = 46, rowStep = 128, indent = 34, padding = 10;
constexpr int runKey = 0; ///< of an item's data: the run that it belongs to

/// Text in lines that are cut to the box, never interpreted.
void addLines(QGraphicsItem* box, const QStringList& lines, const QColor& first, const QColor& rest)
{
    QFont font = QApplication::font();
    double y = padding - 2;
    for (qsizetype i = 0; i < lines.size(); ++i) {
        font.setBold(i == 0);
        const QString cut =
            QFontMetrics(font).elidedText(lines[i], Qt::ElideRight, int(boxWidth - 2 * padding));
        auto* text = new QGraphicsSimpleTextItem(cut, box);
        text->setFont(font);
        text->setBrush(i == 0 ? first : rest);
        text->setPos(padding, y);
        text->setData(runKey, box->data(runKey));
        y += QFontMetrics(font).height() + 2;
    }
}

QString shareLine(const std::optional<workbench::Accuracy>& one)
{
    return one && one->n > 0
        ? percent(one->share) + QLatin1Char(' ') + interval(one->low, one->high)
        : QStringLiteral("–");
}

QStringList dataLines(const workbench::Round& round)
{
    int all = 0;
    for (const auto& [source, n] : round.data)
        all += n;
    QStringList lines { RoundsPage::tr("%n questions", nullptr, all) };
    for (const auto& [source, n] : round.data)
        lines << RoundsPage::tr("%1: %2").arg(oneLine(source), QString::number(n));
    constexpr int most = 4;
    return lines.mid(0, most);
}

QStringList runLines(const workbench::Round& round)
{
    QStringList lines { RoundsPage::tr("%1 · %2").arg(
        oneLine(round.run.name), stateText(round.run.state)) };
    lines
        << RoundsPage::tr("learned %1 from %n", nullptr, round.pairs).arg(oneLine(round.training));
    if (const auto& against = round.against)
        lines << RoundsPage::tr("pairs against the round before:")
              << RoundsPage::tr("%1 kept, %2 turned, %3 new, %4 gone")
                     .arg(against->kept)
                     .arg(against->turned)
                     .arg(against->came)
                     .arg(against->went);
    return lines;
}

QStringList resultLines(const workbench::Round& round)
{
    QStringList lines { RoundsPage::tr("Right first answers") };
    lines << RoundsPage::tr("before  %1").arg(shareLine(round.before));
    lines << RoundsPage::tr("after  %1").arg(shareLine(round.after));
    if (const auto& change = round.change)
        lines << RoundsPage::tr("+%1 −%2 of %3, p %4")
                     .arg(change->fixed)
                     .arg(change->broken)
                     .arg(change->n)
                     .arg(pValue(change->p));
    return lines;
}

/// An arrow from `from` to `to`, bent where they are not on one line.
void addArrow(QGraphicsScene& scene, QPointF from, QPointF to, const QColor& colour)
{
    QPainterPath path(from);
    if (qFuzzyCompare(from.y(), to.y())) {
        path.lineTo(to);
    } else {
        path.lineTo(from.x(), to.y());
        path.lineTo(to);
    }
    constexpr double head = 6;
    const double way = to.x() >= path.elementAt(path.elementCount() - 2).x ? 1 : -1;
    path.moveTo(to + QPointF(-head * way, -head));
    path.lineTo(to);
    path.lineTo(to + QPointF(-head * way, head));
    scene.addPath(path, QPen(colour, 1.6))->setZValue(-1);
}

} // namespace

RoundsPage::RoundsPage(const PageParts& parts)
    : Page(parts, QStringLiteral("rounds"), tr("Rounds"))
    , m_scene(new QGraphicsScene(this))
    , m_view(new QGraphicsView(m_scene))
{
    m_view->setObjectName(QStringLiteral("roundGraph"));
    m_view->setRenderHint(QPainter::Antialiasing);
    m_view->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_view->setDragMode(QGraphicsView::ScrollHandDrag);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->viewport()->installEventFilter(this);
    m_view->setToolTip(tr("A click chooses the run for all pages"));
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->addWidget(mutedLabel(
        tr("Each row is a run: its questions, what it learned from, and what it measured. A run "
           "that starts from another one's result stands below it.")));
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(6, 6, 6, 6);
    inside->addWidget(m_view);
    column->addWidget(card, 1);
    setContent(content,
        new EmptyState(tr("Nothing was trained yet"),
            tr("Start a run on the page Launch (Ctrl+L). To go on from it, name it as the adapter "
               "to start from: @1 for run 1; or run secondlook-cli chain.")));
    const auto add = [&](const QString& text, const QKeySequence& key, bool toClipboard) {
        auto* action = addPageAction(text, key);
        connect(action, &QAction::triggered, this, [this, toClipboard] { save(toClipboard); });
    };
    add(tr("Copy the graph as a picture"), QKeySequence::Copy, true);
    add(tr("Save the graph as a picture…"), QKeySequence::Save, false);
    connect(&parts.choice, &RunChoice::changed, this, &RoundsPage::draw);
    refresh();
}

QString RoundsPage::statusText() const
{
    return tr("%n runs that train", nullptr, static_cast<int>(m_rounds.size()));
}

void RoundsPage::refresh()
{
    const int request = ++m_request;
    workspace().read<std::vector<workbench::Round>>(
        this, [](const store::Project& project) { return workbench::roundsOf(project); },
        [this, request](const Result<std::vector<workbench::Round>>& rounds) {
            if (request == m_request)
                show(rounds ? *rounds : std::vector<workbench::Round>());
        });
}

void RoundsPage::show(const std::vector<workbench::Round>& rounds)
{
    m_rounds = rounds;
    showEmpty(rounds.empty());
    draw();
    emit statusChanged();
}

void RoundsPage::draw()
{
    m_scene->clear();
    const auto& colours = tokensOf(this);
    m_scene->setBackgroundBrush(colours.panel);
    std::map<std::string, std::pair<double, double>> resultOf; ///< where a run's result box stands
    double top = 0;
    for (const workbench::Round& round : m_rounds) {
        drawRound(round, top);
        const double left = round.depth * indent;
        if (const auto from = resultOf.find(round.from); from != resultOf.end())
            addArrow(*m_scene,
                { from->second.first + boxWidth / 2, from->second.second + boxHeight },
                { left + 2 * boxWidth + gap, top + boxHeight / 3 }, colours.accent);
        resultOf[round.run.name] = { left + 2 * (boxWidth + gap), top };
        top += rowStep;
    }
    constexpr double margin = 12;
    m_scene->setSceneRect(m_scene->itemsBoundingRect().adjusted(-margin, -margin, margin, margin));
}

void RoundsPage::drawRound(const workbench::Round& round, double top)
{
    const auto& colours = tokensOf(this);
    const bool chosen = round.run.id == parts().choice.run();
    const bool shown = round.change && round.change->p < 0.05;
    const QColor result = !shown                     ? colours.line
        : round.change->fixed > round.change->broken ? colours.gain
                                                     : colours.harm;
    const std::pair<QStringList, QColor> boxes[] = { { dataLines(round), colours.line },
        { runLines(round), chosen ? colours.accent : colours.line },
        { resultLines(round), result } };
    double left = round.depth * indent;
    for (const auto& [lines, edge] : boxes) {
        auto* box = m_scene->addRect(0, 0, boxWidth, boxHeight,
            QPen(edge, chosen || edge != colours.line ? 2 : 1),
            chosen ? colours.selection : colours.window);
        box->setPos(left, top);
        box->setData(runKey, qlonglong(round.run.id.value));
        addLines(box, lines, colours.text, colours.muted);
        if (left > round.depth * indent)
            addArrow(*m_scene, { left - gap, top + 2 * boxHeight / 3 },
                { left, top + 2 * boxHeight / 3 }, colours.muted);
        left += boxWidth + gap;
    }
}

void RoundsPage::changeEvent(QEvent* event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        draw();
}

bool RoundsPage::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_view->viewport() && event->type() == QEvent::MouseButtonRelease) {
        const auto* click = static_cast<QMouseEvent*>(event);
        if (const auto* item = m_view->itemAt(click->pos()); item && item->data(runKey).isValid())
            parts().choice.set(RunId { item->data(runKey).toLongLong() });
    }
    return Page::eventFilter(watched, event);
}

void RoundsPage::save(bool toClipboard)
{
    constexpr int scale = 2;
    QImage picture(m_scene->sceneRect().size().toSize() * scale, QImage::Format_RGB32);
    picture.fill(tokensOf(this).panel);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    m_scene->render(&painter);
    painter.end();
    if (toClipboard) {
        QApplication::clipboard()->setImage(picture);
        emit workspace().said(tr("The graph is on the clipboard."), false);
        return;
    }
    const QString file = QFileDialog::getSaveFileName(
        this, tr("Save the graph"), QStringLiteral("rounds.png"), tr("Pictures (*.png)"));
    if (!file.isEmpty())
        emit workspace().said(
            picture.save(file) ? tr("Saved %1.").arg(file) : tr("%1 cannot be written.").arg(file),
            false);
}

} // namespace slook::gui
