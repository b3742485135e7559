#include "pages/pairs_page.h"
#include "analysis/intervals.h"
#include "models/item_table_model.h"
#include "models/text_table_model.h"
#include "pages/filter_bar.h"
#include "parts/answers.h"
#include "parts/card.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "parts/tokens.h"
#include "plots/plot.h"
#include <QAction>
#include <QComboBox>
#include <QEvent>
#include <QFileDialog>
#include <QInputDialog>
#include <QPushButton>
#include <QSettings>
#include <QSignalBlocker>
#include <QSplitter>
#include <QVBoxLayout>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

namespace slook::gui {
namespace {

constexpr int pictureSide = 640;

Card* cardWith(QWidget* head, QWidget* body)
{
    auto* card = new Card;
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(12, 10, 10, 10);
    column->addWidget(head);
    column->addWidget(body, 1);
    return card;
}

/// "answer after review 1", "description of a corrupted picture"
QString sideText(const std::string& stage, int turn, const workbench::SideOrigin& origin)
{
    if (turn < 0)
        return PairsPage::tr("written by a person");
    if (stage == "pool")
        return turn <= 1 ? PairsPage::tr("first answer")
                         : PairsPage::tr("answer after review %1").arg(turn - 1);
    if (!origin.corruptions.empty())
        return PairsPage::tr("of the corrupted picture");
    if (origin.response)
        return PairsPage::tr("%1, of the picture as it is").arg(oneLine(stage));
    return oneLine(stage);
}

constexpr int harm = 3; // the type whose colour it has

enum class Order { AsBuilt, LowestMargin, HighestMargin, Random }; // as in their box

/// `shown` are places in `all`. Pairs that no training has come by stay behind the others.
void sortPairs(std::vector<int>& shown, const std::vector<PairItem>& all, Order order)
{
    const auto at = [&](int i) -> const PairItem& { return all[static_cast<std::size_t>(i)]; };
    if (order == Order::Random) {
        std::mt19937 random(1); // the same order whenever it is asked for
        std::ranges::shuffle(shown, random);
    } else if (order != Order::AsBuilt) {
        std::ranges::stable_sort(shown, {}, [&](int i) {
            const auto margin = at(i).margin();
            const double lowFirst = order == Order::LowestMargin ? 1 : -1;
            return margin && std::isfinite(*margin) ? lowFirst * *margin
                                                    : std::numeric_limits<double>::infinity();
        });
    }
}

/// A corruption is claimed, and nothing shows it.
bool isDoubtful(workbench::PixelClaim claim)
{
    return claim == workbench::PixelClaim::Same || claim == workbench::PixelClaim::Unknown;
}

/// The pair's own marks, and in brackets those of its question.
QString pairMarks(const View& view, const PairRow& pair)
{
    const QString own = marksLine(view.marksOf(pair.id));
    const QString ofQuestion = marksLine(view.marksOf(pair.item));
    if (ofQuestion.isEmpty())
        return own;
    return (own.isEmpty() ? QString() : own + QLatin1Char(' '))
        + QStringLiteral("(%1)").arg(ofQuestion);
}

void colour(QLabel* label, const QColor& colour)
{
    QPalette palette = label->palette();
    palette.setColor(QPalette::PlaceholderText, colour);
    label->setPalette(palette);
}

/// What files of a form of pairs are called by the programs that read them.
QString endingOf(const QString& format)
{
    if (format.endsWith(QLatin1String("-parquet")))
        return QStringLiteral("parquet");
    const QStringList arrays { QStringLiteral("scl"), QStringLiteral("povid"),
        QStringLiteral("mdpo"), QStringLiteral("llama-factory"),
        QStringLiteral("llama-factory-alpaca"), QStringLiteral("llama-factory-kto") };
    return arrays.contains(format) ? QStringLiteral("json") : QStringLiteral("jsonl");
}

} // namespace

PairsPage::PairsPage(const PageParts& parts)
    : Page(parts, QStringLiteral("pairs"), tr("Pairs"))
    , m_model(new TextTableModel({ tr("Type"), tr("Question"), tr("Margin"), tr("Marks") }, this))
    , m_table(new RowTable(28))
    , m_preference(new QComboBox)
    , m_order(new QComboBox)
    , m_export(addPageAction(tr("Export pairs…"), QKeySequence(tr("Ctrl+E"))))
    , m_picture(new PictureView)
    , m_corrupted(new PictureView)
    , m_corruption(codeLabel())
    , m_badge(new Card)
    , m_badgeText(plainLabel())
    , m_origin(mutedLabel())
    , m_margins(mutedLabel())
    , m_rewards(new PlotCard(tr("What the training made of this pair")))
    , m_chosenHead(heading(tr("Chosen")))
    , m_rejectedHead(heading(tr("Rejected")))
    , m_prompt(new TextView(true))
    , m_chosen(new TextView)
    , m_rejected(new TextView)
    , m_filter(new FilterBar(parts))
{
    build();
    for (const auto& [key, by] : { std::pair(Qt::Key_J, 1), std::pair(Qt::Key_K, -1) }) {
        auto* step = addPageAction(by > 0 ? tr("Next pair") : tr("Previous pair"), key);
        connect(step, &QAction::triggered, m_table, [this, by = by] { m_table->step(by); });
    }
    auto* difference = addPageAction(tr("Mark the difference"), Qt::Key_X);
    difference->setCheckable(true);
    difference->setChecked(true);
    connect(difference, &QAction::toggled, this, [this](bool on) {
        m_difference = on;
        markTexts();
    });
    auto* sort = addPageAction(tr("Next order of the pairs"), Qt::Key_S);
    connect(sort, &QAction::triggered, this,
        [this] { sortBy((m_order->currentIndex() + 1) % m_order->count()); });
    auto* negative = addPageAction(tr("Select pairs whose margin is negative"), Qt::Key_N);
    connect(negative, &QAction::triggered, this, &PairsPage::chooseNegative);
    connect(m_order, &QComboBox::activated, this, &PairsPage::sortBy);
    connect(m_export, &QAction::triggered, this, &PairsPage::exportPairs);
    auto* find = addPageAction(tr("Filter"), QKeySequence(tr("Ctrl+F")));
    connect(find, &QAction::triggered, m_filter, &FilterBar::focusText);
    addMarkActions();
    m_selection = new SelectionTie(parts.view, *m_table, [this](int row) {
        return row < static_cast<int>(m_shown.size())
            ? m_all[static_cast<std::size_t>(m_shown[static_cast<std::size_t>(row)])].item.id
            : ItemId {};
    });
    connect(&parts.view, &View::changed, this, &PairsPage::filter);
    connect(&parts.choice, &RunChoice::changed, this, [this] { refresh(); });
    connect(m_preference, &QComboBox::activated, this, [this] { refresh(); });
    connect(m_table, &RowTable::rowChanged, this, &PairsPage::showPair);
    refresh();
}

void PairsPage::build()
{
    m_table->setObjectName(QStringLiteral("pairTable"));
    m_table->setModel(m_model);
    m_table->setEmptyText(tr("Nothing passes the filter. Ctrl+Shift+F clears it."));
    m_table->setWidths({ 50, 200, 64, 70 }, 1);
    m_model->setNumeric({ 2 });
    m_order->setObjectName(QStringLiteral("pairOrder"));
    m_order->addItems(
        { tr("as built"), tr("lowest margin first"), tr("highest margin first"), tr("at random") });
    m_order->setToolTip(tr("Order of the pairs (S)"));
    m_margins->setObjectName(QStringLiteral("pairMargins"));
    m_margins->setToolTip(tooltip(
        tr("The margin of a pair is beta times how much more the training has raised the chosen "
           "answer's log-probability than the rejected one's, against the reference. It is "
           "measured whenever a training step comes by the pair, before that step.")));
    m_preference->setObjectName(QStringLiteral("preferenceBox"));
    m_preference->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_preference->setToolTip(tr("What the pairs prefer: correctness, or a control in its place"));
    auto* exportButton = new QPushButton(tr("Export…"));
    exportButton->setToolTip(tr("Write these pairs for another program (Ctrl+E)"));
    connect(exportButton, &QPushButton::clicked, m_export, &QAction::trigger);
    auto* top = new QHBoxLayout;
    top->addWidget(new RunBox(parts()));
    top->addWidget(heading(tr("Preference")));
    top->addWidget(m_preference);
    top->addWidget(heading(tr("Order")));
    top->addWidget(m_order);
    top->addStretch(1);
    QLabel* keys = mutedLabel(tr("next J · previous K · difference X · order S · negative N"));
    keys->setWordWrap(false);
    top->addWidget(keys);
    top->addWidget(exportButton);

    auto* list = new Card;
    auto* listColumn = new QVBoxLayout(list);
    listColumn->setContentsMargins(1, 1, 1, 1);
    m_margins->setContentsMargins(10, 6, 8, 6);
    listColumn->addWidget(m_margins);
    listColumn->addWidget(m_table);
    auto* split = new QSplitter;
    split->addWidget(list);
    split->addWidget(buildPair());
    split->setStretchFactor(1, 1);
    split->setSizes({ 340, 800 });
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(10);
    column->addLayout(top);
    column->addWidget(m_filter);
    column->addWidget(split, 1);
    setContentOfRun(content,
        new EmptyState(tr("No pairs yet"),
            tr("A run builds pairs from answers that a review changed, or from careful and "
               "careless "
               "descriptions. Start one on the page Launch (Ctrl+L).")));
}

QWidget* PairsPage::buildPair()
{
    constexpr int mostPicture = 300;
    m_picture->setMostHeight(mostPicture);
    m_corrupted->setMostHeight(mostPicture);
    m_corrupted->setObjectName(QStringLiteral("corruptedPicture"));
    m_corruption->setObjectName(QStringLiteral("corruptionText"));
    m_chosen->setObjectName(QStringLiteral("chosenText"));
    m_rejected->setObjectName(QStringLiteral("rejectedText"));
    auto* pictureCard = new Card;
    auto* pictureColumn = new QVBoxLayout(pictureCard);
    pictureColumn->setContentsMargins(10, 10, 10, 10);
    auto* pictures = new QHBoxLayout;
    pictures->addWidget(m_picture, 1);
    pictures->addWidget(m_corrupted, 1);
    pictureColumn->addLayout(pictures);
    m_badge->setStrip(harm);
    m_badge->setObjectName(QStringLiteral("claimBadge"));
    m_badgeText->setObjectName(QStringLiteral("claimText"));
    m_badge->hide();
    auto* inBadge = new QVBoxLayout(m_badge);
    inBadge->setContentsMargins(14, 6, 8, 6);
    inBadge->addWidget(m_badgeText);
    pictureColumn->addWidget(m_badge);
    pictureColumn->addWidget(m_origin);
    pictureColumn->addWidget(m_corruption);
    pictureColumn->addStretch(1);
    auto* upper = new QHBoxLayout;
    upper->setSpacing(10);
    upper->addWidget(pictureCard, 2);
    upper->addWidget(cardWith(heading(tr("Prompt it is trained with")), m_prompt), 3);
    auto* lower = new QHBoxLayout;
    lower->setSpacing(10);
    lower->addWidget(cardWith(m_chosenHead, m_chosen), 1);
    lower->addWidget(cardWith(m_rejectedHead, m_rejected), 1);
    auto* pair = new QWidget;
    auto* column = new QVBoxLayout(pair);
    column->setContentsMargins(4, 0, 0, 0);
    column->setSpacing(10);
    column->addLayout(upper, 1);
    column->addLayout(lower, 1);
    constexpr int plotHeight = 150;
    m_rewards->setObjectName(QStringLiteral("pairRewards"));
    m_rewards->setFixedHeight(plotHeight);
    column->addWidget(m_rewards);
    return pair;
}

QString PairsPage::statusText() const
{
    return tr("pair %1 of %2").arg(m_table->currentRow() + 1).arg(m_shown.size());
}

void PairsPage::refresh()
{
    const int request = ++m_request;
    const RunId run = parts().choice.run();
    if (!run)
        return show(PairRows {});
    workspace().pairs(run, m_preference->currentText().toStdString(), this,
        [this, request](const Result<PairRows>& rows) {
            if (request == m_request)
                show(rows);
        });
}

void PairsPage::show(const Result<PairRows>& rows)
{
    const PairRows shown = rows ? *rows : PairRows {};
    const QString wanted = m_preference->currentText();
    {
        const QSignalBlocker quiet(m_preference);
        m_preference->clear();
        for (const std::string& one : shown.preferences)
            m_preference->addItem(fromUtf8(one));
        m_preference->setCurrentIndex(std::max(0, m_preference->findText(wanted)));
    }
    const bool otherRun = shown.rows.empty() && !shown.preferences.empty();
    const PairItem* old = current(); // asked while the rows are still those that are shown
    const PairId kept = old ? old->pair.id : PairId {};
    m_all = shown.rows;
    showEmpty(shown.preferences.empty());
    const PairId goal = std::exchange(m_wanted, {});
    fill(goal ? goal : kept);
    if (const int row = goal ? m_model->rowOf(goal.value) : -1; row >= 0)
        m_table->selectRow(row); // and nothing else, on all pages
    else if (goal)
        emit workspace().said(
            tr("The filter does not let that pair through; Ctrl+Shift+F clears it."), false);
    if (otherRun)
        refresh(); // the run just chosen has no pairs of the kind that was shown
}

void PairsPage::goTo(PairId pair, const QString& preference)
{
    m_wanted = pair;
    if (m_preference->findText(preference) < 0)
        m_preference->addItem(preference); // the box is filled when the pairs come
    m_preference->setCurrentIndex(m_preference->findText(preference));
    refresh();
}

void PairsPage::keep(QSettings& settings) const
{
    settings.setValue(QStringLiteral("pairs/order"), m_order->currentIndex());
}

void PairsPage::recall(const QSettings& settings)
{
    const int order = settings.value(QStringLiteral("pairs/order"), 0).toInt();
    m_order->setCurrentIndex(std::clamp(order, 0, m_order->count() - 1));
}

std::vector<PairId> PairsPage::selectedPairs() const
{
    std::vector<PairId> pairs;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows())
        if (const auto* line = m_model->rowAt(index.row()))
            pairs.push_back(PairId { line->id });
    return pairs;
}

void PairsPage::toggleMark(const std::string& name, const std::string& value)
{
    parts().view.togglePairs(selectedPairs(), name, value);
}

QString PairsPage::whatIsMarked() const
{
    return tr("%n pairs", nullptr, static_cast<int>(selectedPairs().size()));
}

void PairsPage::filter()
{
    const PairItem* old = current();
    fill(old ? old->pair.id : PairId {});
}

void PairsPage::sortBy(int order)
{
    m_order->setCurrentIndex(order);
    filter();
}

void PairsPage::fill(PairId kept)
{
    const int oldRow = std::max(0, m_table->currentRow());
    m_shown.clear();
    for (std::size_t i = 0; i < m_all.size(); ++i)
        if (parts().view.passes(m_all[i].pair))
            m_shown.push_back(static_cast<int>(i));
    sortPairs(m_shown, m_all, static_cast<Order>(m_order->currentIndex()));
    std::vector<TextTableModel::Row> lines;
    for (const int i : m_shown) {
        const PairItem& one = m_all[static_cast<std::size_t>(i)];
        const auto margin = one.margin();
        lines.push_back(
            { { one.pair.type > 0                    ? typeGlyph(one.pair.type)
                      : isDoubtful(one.origin.claim) ? QStringLiteral("⚠")
                                                     : QString(),
                  oneLine(one.item.question), margin ? signedNumber(*margin) : QString(),
                  pairMarks(parts().view, one.pair) },
                { isDoubtful(one.origin.claim) ? harm : one.pair.type, 0,
                    margin && *margin < 0 ? harm : 0 },
                one.pair.id.value });
    }
    m_model->setRows(std::move(lines));
    showMargins();
    m_export->setEnabled(!m_all.empty());
    const int row = kept ? m_model->rowOf(kept.value) : -1;
    m_selection->restore(row >= 0 ? row : oldRow);
    emit statusChanged();
}

void PairsPage::showMargins()
{
    std::vector<double> margins;
    for (const int i : m_shown)
        if (const auto margin = m_all[static_cast<std::size_t>(i)].margin())
            margins.push_back(*margin);
    const bool any = !margins.empty();
    m_margins->setVisible(any);
    m_order->setEnabled(any);
    if (!any)
        return;
    const auto negative =
        static_cast<int>(std::ranges::count_if(margins, [](double margin) { return margin < 0; }));
    const auto middle = margins.begin() + static_cast<std::ptrdiff_t>(margins.size() / 2);
    std::ranges::nth_element(margins, middle);
    const auto share = analysis::wilson(negative, static_cast<int>(margins.size()));
    m_margins->setText(tr("margin: median %1, negative in %2 of %3 (%4 to %5 %)")
                           .arg(signedNumber(*middle))
                           .arg(negative)
                           .arg(margins.size())
                           .arg(100 * share.low, 0, 'f', 0)
                           .arg(100 * share.high, 0, 'f', 0));
}

void PairsPage::chooseNegative()
{
    std::vector<ItemId> items;
    for (const int i : m_shown)
        if (const PairItem& one = m_all[static_cast<std::size_t>(i)]; one.margin().value_or(0) < 0)
            items.push_back(one.item.id);
    if (items.empty())
        return emit workspace().said(tr("No pair that is listed has a negative margin."), false);
    const auto n = static_cast<int>(items.size());
    parts().view.select(std::move(items), this);
    emit workspace().said(
        tr("%n pairs whose margin is negative are selected; an audit can take the selection.",
            nullptr, n),
        false);
}

void PairsPage::showRewards(const PairItem& one)
{
    m_rewards->setVisible(!one.rewards.empty());
    if (one.rewards.empty())
        return;
    Curve chosen { tr("chosen"), QStringLiteral("chosen"), {}, {} };
    Curve rejected { tr("rejected"), QStringLiteral("rejected"), {}, {} };
    Curve margin { tr("margin"), QStringLiteral("gain"), {}, {} };
    for (const RewardRow& reward : one.rewards) {
        for (Curve* curve : { &chosen, &rejected, &margin })
            curve->x.push_back(reward.step);
        chosen.y.push_back(reward.chosen);
        rejected.y.push_back(reward.rejected);
        margin.y.push_back(reward.margin());
    }
    m_rewards->setCurves({ chosen, rejected, margin }, 0);
    m_rewards->setRemark(tr(
        "%n looks, the newest at step %1 (epoch %2)", nullptr, static_cast<int>(one.rewards.size()))
                             .arg(one.rewards.back().step)
                             .arg(one.rewards.back().epoch, 0, 'f', 2));
}

const PairItem* PairsPage::current() const
{
    const int row = m_table->currentRow();
    return row < 0 || row >= static_cast<int>(m_shown.size())
        ? nullptr
        : &m_all[static_cast<std::size_t>(m_shown[static_cast<std::size_t>(row)])];
}

void PairsPage::showPair()
{
    emit statusChanged();
    const PairItem* pair = current();
    if (!pair)
        return;
    const PairItem& one = *pair;
    m_chosenHead->setText(
        tr("Chosen · %1")
            .arg(sideText(one.pair.chosenStage, one.pair.chosenTurn, one.origin.chosen)));
    m_rejectedHead->setText(one.pair.rejected.empty()
            ? tr("Rejected · nothing")
            : tr("Rejected · %1")
                  .arg(sideText(
                      one.pair.rejectedStage, one.pair.rejectedTurn, one.origin.rejected)));
    m_origin->setText(one.pair.type == 0
            ? oneLine(one.source)
            : tr("%1 · %2 · known answer: %3")
                  .arg(typeGlyph(one.pair.type), oneLine(one.source), oneLine(one.item.answer)));
    markTexts();
    showClaim(one.origin.claim);
    showRewards(one);
    showPictures(one);
}

void PairsPage::showClaim(workbench::PixelClaim claim)
{
    const bool same = claim == workbench::PixelClaim::Same;
    m_badge->setVisible(isDoubtful(claim));
    colour(m_badgeText, tokensOf(this).harm);
    m_badgeText->setForegroundRole(QPalette::PlaceholderText);
    m_badgeText->setText(same
            ? tr("⚠ Claimed corrupted, same pixels: the rejected text is of the clean picture.")
            : tr("⚠ Claimed corrupted, pixels not known: nothing shows that the picture was."));
}

void PairsPage::showPictures(const PairItem& one)
{
    const CorruptionRow* corruption = nullptr;
    for (const auto* side : { &one.origin.chosen, &one.origin.rejected })
        if (!side->corruptions.empty())
            corruption = &side->corruptions.front();
    m_corrupted->setVisible(corruption != nullptr);
    m_corruption->setVisible(corruption != nullptr);
    const int request = ++m_pictureRequest;
    if (one.item.images.empty())
        return m_picture->setMessage(tr("This question has no picture."));
    if (corruption) {
        m_corruption->setText(
            tr("%1\nbefore %2\nafter  %3")
                .arg(fromUtf8(workbench::corruptionText(*corruption)),
                    fromUtf8(corruption->sha256Before), fromUtf8(corruption->sha256After)));
        const auto shown = static_cast<std::size_t>(corruption->position);
        workspace().corruptedPicture(
            one.item.images.at(std::min(shown, one.item.images.size() - 1)), *corruption,
            pictureSide, this, [this, request](const Result<QImage>& image) {
                if (request != m_pictureRequest)
                    return;
                if (image)
                    m_corrupted->setImage(*image);
                else
                    m_corrupted->setMessage(fromUtf8(message(image.error())));
            });
    }
    workspace().picture(
        one.item.images.front(), pictureSide, this, [this, request](const Result<QImage>& image) {
            if (request != m_pictureRequest)
                return;
            if (image)
                m_picture->setImage(*image);
            else
                m_picture->setMessage(fromUtf8(message(image.error())));
        });
}

/// What is learned, and where a side was said to another prompt, what the model had read for it.
QString PairsPage::promptText(const PairItem& one)
{
    QString text = fromUtf8(one.pair.prompt);
    if (one.pair.type > 0)
        return text;
    if (one.origin.chosen.response)
        text += tr("\n\nThe chosen text answers:\n") + fromUtf8(one.origin.chosen.response->prompt);
    if (one.origin.rejected.response)
        text +=
            tr("\n\nThe rejected text answers:\n") + fromUtf8(one.origin.rejected.response->prompt);
    return text;
}

void PairsPage::markTexts()
{
    const PairItem* one = current();
    if (!one)
        return;
    const Tokens& t = tokensOf(this);
    const PairRow& pair = one->pair;
    colour(m_chosenHead, t.chosen);
    colour(m_rejectedHead, t.rejected);
    AnswerPair marked { { fromUtf8(pair.chosen), {} }, { fromUtf8(pair.rejected), {} } };
    if (m_difference && !pair.rejected.empty())
        marked = markDifference(
            pair.chosen, pair.rejected, tint(t.chosen, t.panel), tint(t.rejected, t.panel));
    m_prompt->show({ promptText(*one), {} });
    m_chosen->show(marked.first);
    m_rejected->show(marked.second);
}

void PairsPage::changeEvent(QEvent* event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        markTexts();
}

void PairsPage::exportPairs()
{
    QStringList formats;
    for (const std::string& format : workbench::pairFormats())
        formats << fromUtf8(format);
    bool chosen = false;
    const QString format = QInputDialog::getItem(
        this, tr("Export pairs"), tr("For which program?"), formats, 0, false, &chosen);
    if (!chosen)
        return;
    const QString file = QFileDialog::getSaveFileName(
        this, tr("Export pairs"), QStringLiteral("pairs-%1.%2").arg(format, endingOf(format)));
    if (file.isEmpty())
        return;
    workbench::ExportOptions options;
    options.format = format.toStdString();
    options.out = file.toStdString();
    options.preference = m_preference->currentText().toStdString();
    workspace().exportPairs(
        parts().choice.run(), options, this, [this](const Result<workbench::ExportReport>& report) {
            if (!report) {
                emit workspace().said(fromUtf8(message(report.error())), true);
                return;
            }
            QString text =
                tr("%1 pairs and %2 pictures written.").arg(report->rows).arg(report->pictures);
            for (const std::string& lost : report->notCarried)
                text += QLatin1Char(' ') + fromUtf8(lost);
            emit workspace().said(text, false);
        });
}

} // namespace slook::gui
