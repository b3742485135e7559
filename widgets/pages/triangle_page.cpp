#include "pages/triangle_page.h"
#include "methods/triplet.h"
#include "models/text_table_model.h"
#include "pages/corner_dialog.h"
#include "pages/triangle_glyph.h"
#include "pages/triplet_judge_dialog.h"
#include "parts/answers.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "parts/tokens.h"
#include "plots/histogram.h"
#include "plots/plot.h"
#include <QAction>
#include <QComboBox>
#include <QEvent>
#include <QSignalBlocker>
#include <QSlider>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace slook::gui {

namespace {

constexpr int cornerSide = 480;
constexpr std::size_t nearestShown = 10;
constexpr std::size_t topicsShown = 5;

QString rightText(const std::optional<bool>& right)
{
    return !right ? QStringLiteral("?") : *right ? QStringLiteral("✓") : QStringLiteral("✗");
}

QString shareText(const workbench::ClusteredShare& share)
{
    return percent(share.share) + QLatin1Char(' ') + interval(share.low, share.high);
}

QString countText(std::int64_t count, std::int64_t all)
{
    return all == 0 ? QStringLiteral("–")
                    : QStringLiteral("%1 · %2").arg(count).arg(
                        percent(static_cast<double>(count) / static_cast<double>(all), 0));
}

std::int64_t countOf(const std::map<std::string, std::int64_t>& counts, const std::string& name)
{
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
}

Card* cardOf(const QList<QWidget*>& inside)
{
    auto* card = new Card;
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(12, 8, 10, 8);
    column->setSpacing(4);
    for (QWidget* one : inside)
        column->addWidget(one, qobject_cast<TextView*>(one) ? 1 : 0);
    return card;
}

} // namespace

TrianglePage::TrianglePage(const PageParts& parts)
    : Page(parts, QStringLiteral("triangle"), tr("Triangle"))
    , m_triplets(std::make_shared<const std::vector<workbench::JudgedTriplet>>())
    , m_histogram(new HistogramCard(tr("Scores")))
    , m_right(new PlotCard(tr("Right, by score, %")))
    , m_weight(new QSlider(Qt::Horizontal))
    , m_weightText(mutedLabel())
    , m_kind(new QComboBox)
    , m_counts(plainLabel())
    , m_truth(plainLabel())
    , m_table(new RowTable(28))
    , m_model(new TextTableModel({ tr("Score"), tr("Kept"), tr("Right"), tr("Question") }, this))
    , m_profile(new RowTable(24))
    , m_profileModel(
          new TextTableModel({ tr("Of the triplets"), tr("All"), tr("Kept at the line") }, this))
    , m_picture(new PictureView)
    , m_glyph(new TriangleGlyph)
    , m_questionHead(heading({}))
    , m_answerHead(heading({}))
    , m_question(new TextView)
    , m_questionAgain(new TextView)
    , m_answer(new TextView)
    , m_answerAgain(new TextView)
{
    build();
    for (const auto& [key, by] : { std::pair(Qt::Key_J, 1), std::pair(Qt::Key_K, -1) }) {
        auto* step = addPageAction(by > 0 ? tr("Next triplet") : tr("Previous triplet"), key);
        connect(step, &QAction::triggered, m_table, [this, by = by] { m_table->step(by); });
    }
    auto* move = addPageAction(tr("Move the threshold with the arrow keys"), Qt::Key_T);
    connect(move, &QAction::triggered, m_histogram, [this] { m_histogram->setFocus(); });
    auto* weight = addPageAction(tr("Weigh the edges with the arrow keys"), Qt::Key_W);
    connect(weight, &QAction::triggered, m_weight, [this] { m_weight->setFocus(); });
    auto* kind = addPageAction(tr("The next kind's line"), Qt::Key_G);
    connect(kind, &QAction::triggered, m_kind,
        [this] { m_kind->setCurrentIndex((m_kind->currentIndex() + 1) % m_kind->count()); });
    connect(&parts.choice, &RunChoice::changed, this, [this] { refresh(); });
    connect(m_kind, &QComboBox::currentIndexChanged, this, &TrianglePage::weigh);
    connect(m_histogram, &HistogramCard::thresholdChanged, this, [this](double line) {
        m_lines.set(shownKind(), line);
        showThreshold();
    });
    connect(m_weight, &QSlider::valueChanged, this, &TrianglePage::weigh);
    connect(m_table, &RowTable::rowChanged, this, &TrianglePage::showTriplet);
    refresh();
}

QWidget* TrianglePage::buildTop()
{
    constexpr int middle = 50;
    m_weight->setObjectName(QStringLiteral("questionWeight"));
    m_weight->setRange(0, 100);
    m_weight->setValue(middle);
    m_weight->setFixedWidth(140);
    m_weight->setToolTip(tr("Weight of the question's edge in the score; the answer's has the rest "
                            "(W, then ← →). The published score weighs both alike."));
    m_weight->setAccessibleName(tr("Weight of the question's edge"));
    m_weightText->setWordWrap(false);
    m_weightText->setText(tr("question 0.50 · answer 0.50"));
    auto* top = new QWidget;
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(new RunBox(parts()));
    row->addWidget(heading(tr("Weights")));
    row->addWidget(m_weight);
    row->addWidget(m_weightText);
    m_kind->setObjectName(QStringLiteral("kindBox"));
    m_kind->setToolTip(tr("Whose scores and line are shown; the line of all kinds replaces those "
                          "of each (G)"));
    m_kind->setAccessibleName(tr("Kind"));
    row->addWidget(heading(tr("Kind")));
    row->addWidget(m_kind);
    auto* corner = addPageAction(tr("Mask a corner…"), Qt::Key_M);
    connect(corner, &QAction::triggered, this, [this] { maskCorner(); });
    auto* asKept = addPageAction(tr("Lines of the run"), Qt::Key_L);
    connect(asKept, &QAction::triggered, this, [this] {
        m_lines.setAsKept(*m_triplets);
        weigh();
    });
    row->addWidget(actionButton(asKept));
    row->addStretch(1);
    auto* judge = addPageAction(tr("Judge…"), Qt::Key_A);
    judge->setToolTip(tr("Say which questions and answers are true of their pictures"));
    connect(judge, &QAction::triggered, this, [this] { judgeTriplets(); });
    row->addWidget(actionButton(judge));
    row->addWidget(actionButton(corner));
    return top;
}

QWidget* TrianglePage::buildTriangle()
{
    constexpr int mostPicture = 200;
    m_picture->setMostHeight(mostPicture);
    m_question->setObjectName(QStringLiteral("questionText"));
    m_questionAgain->setObjectName(QStringLiteral("questionAgainText"));
    m_answer->setObjectName(QStringLiteral("answerText"));
    m_answerAgain->setObjectName(QStringLiteral("answerAgainText"));
    auto* left = new QVBoxLayout;
    left->addWidget(cardOf({ m_picture }), 1);
    left->addWidget(cardOf({ m_glyph }));
    auto* question =
        cardOf({ heading(tr("Question")), m_question, m_questionHead, m_questionAgain });
    auto* answer = cardOf({ heading(tr("Answer")), m_answer, m_answerHead, m_answerAgain });
    auto* triangle = new QWidget;
    auto* row = new QHBoxLayout(triangle);
    row->setContentsMargins(4, 0, 0, 0);
    row->setSpacing(10);
    row->addLayout(left);
    row->addWidget(question, 1);
    row->addWidget(answer, 1);
    return triangle;
}

QWidget* TrianglePage::buildSet()
{
    constexpr int profileWidth = 380;
    m_profile->setObjectName(QStringLiteral("profileTable"));
    m_profile->setModel(m_profileModel);
    m_profile->setWidths({ 130, 105, 120 }, 0);
    m_profileModel->setNumeric({ 1, 2 });
    m_counts->setObjectName(QStringLiteral("countsText"));
    m_truth->setObjectName(QStringLiteral("truthText"));
    m_histogram->setObjectName(QStringLiteral("scoreHistogram"));
    auto* profile = new Card;
    profile->setMinimumWidth(profileWidth);
    auto* inside = new QVBoxLayout(profile);
    inside->setContentsMargins(1, 8, 1, 1);
    auto* counts = new QHBoxLayout;
    counts->setContentsMargins(12, 0, 12, 0);
    counts->addWidget(m_counts, 1);
    inside->addLayout(counts);
    inside->addWidget(m_profile, 1);
    auto* truth = new QVBoxLayout;
    truth->setSpacing(6);
    truth->addWidget(m_right, 1);
    truth->addWidget(m_truth);
    auto* set = new QWidget;
    auto* row = new QHBoxLayout(set);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    row->addWidget(m_histogram, 3);
    row->addWidget(profile, 2);
    row->addLayout(truth, 3);
    return set;
}

void TrianglePage::build()
{
    m_table->setObjectName(QStringLiteral("nearestTable"));
    m_table->setModel(m_model);
    m_table->setWidths({ 56, 48, 48, 160 }, 3);
    m_model->setNumeric({ 0 });
    auto* list = new Card;
    for (QLabel* head : { m_questionHead, m_answerHead })
        head->setWordWrap(true); // the score at its end is seen in a narrow window, too
    constexpr int listWidth = 300; // a question is read in it
    list->setMinimumWidth(listWidth);
    auto* listColumn = new QVBoxLayout(list);
    listColumn->setContentsMargins(1, 8, 1, 1);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(12, 0, 12, 0);
    head->addWidget(heading(tr("The ten next to the line")));
    listColumn->addLayout(head);
    listColumn->addWidget(m_table);
    auto* upper = new QSplitter;
    upper->addWidget(list);
    upper->addWidget(buildTriangle());
    upper->setStretchFactor(1, 1);
    upper->setSizes({ 330, 800 });
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(10);
    column->addWidget(buildTop());
    column->addWidget(upper, 5);
    column->addWidget(buildSet(), 4);
    column->addWidget(
        mutedLabel(tr("threshold T, then ← → · its kind G · as the run drew it L · "
                      "weights W · mask a corner M · judge A · next J · previous K")));
    setContentOfRun(content,
        new EmptyState(tr("No triplets yet"),
            tr("A run of the method SRF asks its own questions about pictures without labels and "
               "keeps what it can make again. Start one on the page Launch (Ctrl+L), or choose "
               "another run here.")));
}

QString TrianglePage::statusText() const
{
    return tr("%1 triplets").arg(std::ranges::count_if(*m_triplets, [](const auto& one) {
        return one.triplet.round > 0;
    }));
}

void TrianglePage::refresh()
{
    const int request = ++m_request;
    const RunId run = parts().choice.run();
    if (!run)
        return show({});
    using Rows = std::vector<workbench::JudgedTriplet>;
    workspace().read<Rows>(
        this,
        [run](const store::Project& project) -> Result<Rows> {
            RunRow row;
            row.id = run;
            return workbench::judgedTriplets(project, row);
        },
        [this, request](Result<Rows> rows) {
            if (request == m_request)
                show(rows ? std::move(*rows) : Rows());
        });
}

void TrianglePage::show(std::vector<workbench::JudgedTriplet> triplets)
{
    std::vector<double> scores;
    std::size_t kept = 0;
    for (const auto& one : triplets) {
        const TripletRow& row = one.triplet;
        if (row.round == 0)
            continue;
        scores.push_back(row.score);
        kept += row.kept ? 1 : 0;
    }
    const bool any = !scores.empty();
    m_triplets = std::make_shared<const std::vector<workbench::JudgedTriplet>>(std::move(triplets));
    showEmpty(!any);
    if (!any)
        return;
    // A run keeps a share of each kind: one line for all kinds begins where as many are above it.
    std::ranges::sort(scores, std::ranges::greater());
    m_lines.set({}, kept > 0 ? scores[kept - 1] : 1);
    fillKinds();
    weigh();
    emit statusChanged();
}

void TrianglePage::fillKinds()
{
    const QSignalBlocker quiet(m_kind);
    const QVariant before = m_kind->currentData();
    m_kind->clear();
    m_kind->addItem(tr("All kinds"), QString());
    for (const auto& [kind, count] : madeKinds(*m_triplets))
        m_kind->addItem(tr("%1, %2").arg(oneLine(kind), QString::number(count)), fromUtf8(kind));
    m_kind->setCurrentIndex(std::max(0, m_kind->findData(before)));
}

std::string TrianglePage::shownKind() const
{
    return m_kind->currentData().toString().toStdString();
}

bool TrianglePage::isShown(const TripletRow& row) const
{
    return row.round > 0 && (shownKind().empty() || row.kind == shownKind());
}

void TrianglePage::weigh()
{
    constexpr double hundred = 100;
    const double weight = m_weight->value() / hundred;
    m_weightText->setText(
        tr("question %1 · answer %2").arg(weight, 0, 'f', 2).arg(1 - weight, 0, 'f', 2));
    auto triplets = *m_triplets;
    std::vector<double> scores;
    for (auto& one : triplets) {
        TripletRow& row = one.triplet;
        if (row.round == 0)
            continue;
        row.score = methods::consistency(row.questionSimilarity, row.answerSimilarity, weight);
        if (isShown(row))
            scores.push_back(row.score);
    }
    m_triplets = std::make_shared<const std::vector<workbench::JudgedTriplet>>(std::move(triplets));
    m_histogram->setScores(scores);
    m_histogram->setThreshold(m_lines.of(shownKind()));
    showThreshold();
}

std::vector<bool> TrianglePage::keptNow() const
{
    std::vector<bool> kept;
    for (const auto& one : *m_triplets)
        kept.push_back(one.triplet.round > 0 && one.triplet.score >= m_lines.of(one.triplet.kind));
    return kept;
}

/// "0.63", or with lines of their own "0.63, vqa 0.71".
QString TrianglePage::linesText() const
{
    QStringList parts;
    for (const auto& [kind, line] : m_lines.own())
        parts << tr("%1 %2").arg(oneLine(kind), QString::number(line, 'f', 2));
    if (m_lines.own().size() < madeKinds(*m_triplets).size())
        parts.prepend(QString::number(m_lines.of({}), 'f', 2));
    return parts.join(QStringLiteral(", "));
}

TrianglePage::Analysis TrianglePage::analysed(
    const std::vector<workbench::JudgedTriplet>& triplets, const std::vector<bool>& kept)
{
    const std::vector<bool> all(triplets.size(), true);
    return { workbench::profileOf(triplets, all), workbench::profileOf(triplets, kept),
        workbench::truthOfKept(triplets, kept), workbench::scoreGroups(triplets) };
}

void TrianglePage::showThreshold()
{
    const auto kept = keptNow();
    std::vector<int> order;
    std::int64_t made = 0, byRun = 0;
    for (std::size_t i = 0; i < m_triplets->size(); ++i) {
        const auto& row = (*m_triplets)[i].triplet;
        if (row.round == 0)
            continue;
        ++made;
        byRun += row.kept ? 1 : 0;
        if (isShown(row))
            order.push_back(static_cast<int>(i));
    }
    const auto count = std::ranges::count(kept, true);
    m_counts->setText(tr("At %1: %2 kept, %3 dropped. The run kept %4.")
                          .arg(linesText(), QString::number(count), QString::number(made - count),
                              QString::number(byRun)));
    m_histogram->setRemark(tr("line at %1").arg(m_histogram->threshold(), 0, 'f', 2));
    std::ranges::stable_sort(order, {}, [&](int i) {
        const auto& row = (*m_triplets)[static_cast<std::size_t>(i)].triplet;
        return std::abs(row.score - m_lines.of(row.kind));
    });
    order.resize(std::min(order.size(), nearestShown));
    std::ranges::stable_sort(order, std::ranges::greater(),
        [&](int i) { return (*m_triplets)[static_cast<std::size_t>(i)].triplet.score; });
    m_nearest = order;
    std::vector<TextTableModel::Row> rows;
    for (const int i : m_nearest) {
        const auto& one = (*m_triplets)[static_cast<std::size_t>(i)];
        const TripletRow& row = one.triplet;
        rows.push_back({ { QString::number(row.score, 'f', 3),
                             row.score >= m_lines.of(row.kind) ? tr("yes") : tr("no"),
                             rightText(one.right), oneLine(row.question) },
            { 0, 0,
                !one.right       ? 0
                    : *one.right ? 1
                                 : 4,
                0 },
            row.id.value });
    }
    m_model->setRows(std::move(rows));
    if (!m_nearest.empty())
        m_table->setCurrentIndex(m_model->index(0, 3));
    showTriplet();
    const int request = ++m_analysisRequest;
    workspace().read<Analysis>(
        this,
        [triplets = m_triplets, kept](
            const store::Project&) -> Result<Analysis> { return analysed(*triplets, kept); },
        [this, request](const Result<Analysis>& analysis) {
            if (analysis && request == m_analysisRequest)
                showAnalysis(*analysis);
        });
}

void TrianglePage::showAnalysis(const Analysis& analysis)
{
    const auto& [all, kept, truth, groups] = analysis;
    std::vector<TextTableModel::Row> rows;
    const auto add = [&](const QString& name, const QString& whole, const QString& part) {
        rows.push_back({ { name, whole, part } });
    };
    add(tr("number"), QString::number(all.n), countText(kept.n, all.n));
    add(tr("words in the question"), number(all.questionWords, 3), number(kept.questionWords, 3));
    add(tr("words in the answer"), number(all.answerWords, 3), number(kept.answerWords, 3));
    for (const auto& [kind, count] : all.kinds)
        add(tr("kind %1").arg(oneLine(kind)), countText(count, all.n),
            countText(countOf(kept.kinds, kind), kept.n));
    std::vector<std::pair<std::int64_t, std::string>> topics;
    for (const auto& [topic, count] : all.topics)
        topics.emplace_back(count, topic);
    std::ranges::stable_sort(
        topics, std::ranges::greater(), [](const auto& one) { return one.first; });
    topics.resize(std::min(topics.size(), topicsShown));
    for (const auto& [count, topic] : topics)
        add(tr("“%1 …”").arg(clipped(oneLine(topic), 30)), countText(count, all.n),
            countText(countOf(kept.topics, topic), kept.n));
    m_profileModel->setRows(std::move(rows));
    std::vector<BarGroup> bars;
    for (const auto& group : groups)
        if (group.right.whole > 0)
            bars.push_back(
                { QStringLiteral("%1\nn %2").arg(group.high, 0, 'f', 2).arg(group.right.whole),
                    std::nullopt, { group.right.share, group.right.low, group.right.high } });
    m_right->setBars(bars);
    m_right->setRemark(
        truth.auc ? tr("right above wrong: %1").arg(percent(*truth.auc)) : QString());
    if (truth.kept.whole + truth.dropped.whole == 0) {
        m_truth->setText(tr("Nothing is known of what these pictures show, so nobody can say which "
                            "triplets are right; judge some of them (A)."));
        return;
    }
    const auto side = [](const QString& none, const QString& some, const auto& share) {
        return share.whole == 0 ? none : some.arg(shareText(share)).arg(share.whole);
    };
    QString text = side(tr("Nothing kept is known to be right or wrong."),
                       tr("Kept: %1 right of %2."), truth.kept)
        + QLatin1Char(' ')
        + side(tr("Nothing dropped is known to be right or wrong."), tr("Dropped: %1 right of %2."),
            truth.dropped);
    if (truth.difference)
        text += QLatin1Char(' ')
            + tr("Difference %1 points.")
                  .arg(interval(truth.difference->first, truth.difference->second));
    m_truth->setText(text);
}

const workbench::JudgedTriplet* TrianglePage::current() const
{
    const int row = m_table->currentRow();
    return row < 0 || row >= static_cast<int>(m_nearest.size())
        ? nullptr
        : &(*m_triplets)[static_cast<std::size_t>(m_nearest[static_cast<std::size_t>(row)])];
}

void TrianglePage::showTriplet()
{
    const auto* one = current();
    if (!one)
        return;
    const auto& row = one->triplet;
    m_glyph->setTriplet(row);
    m_questionHead->setText(
        tr("Again, from picture and answer · %1 %2")
            .arg(oneLine(row.questionMeasure), QString::number(row.questionSimilarity, 'f', 2)));
    m_answerHead->setText(
        tr("Again, from picture and question · %1 %2")
            .arg(oneLine(row.answerMeasure), QString::number(row.answerSimilarity, 'f', 2)));
    markTexts();
    const int request = ++m_pictureRequest;
    if (one->images.empty())
        return m_picture->setMessage(tr("This triplet has no picture."));
    workspace().picture(
        one->images.front(), cornerSide, this, [this, request](const Result<QImage>& image) {
            if (request != m_pictureRequest)
                return;
            if (image)
                m_picture->setImage(*image);
            else
                m_picture->setMessage(fromUtf8(message(image.error())));
        });
}

void TrianglePage::maskCorner()
{
    const auto* one = current();
    if (!one || !parts().choice.run())
        return;
    auto* dialog = new CornerDialog(workspace(), parts().choice.run(), *one, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void TrianglePage::judgeTriplets()
{
    if (!parts().choice.run())
        return;
    auto* dialog = new TripletJudgeDialog(workspace(), parts().choice.run(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::finished, this, [this, dialog] {
        if (dialog->judged() > 0)
            workspace().contentMoved();
    });
    dialog->open();
}

void TrianglePage::markTexts()
{
    const auto* one = current();
    if (!one)
        return;
    const Tokens& t = tokensOf(this);
    const auto mark = [&](const std::string& original, const std::string& again, TextView* first,
                          TextView* second) {
        const auto marked =
            markDifference(original, again, tint(t.chosen, t.panel), tint(t.rejected, t.panel));
        first->show(marked.first);
        second->show(marked.second);
    };
    mark(one->triplet.question, one->triplet.questionAgain, m_question, m_questionAgain);
    mark(one->triplet.answer, one->triplet.answerAgain, m_answer, m_answerAgain);
}

void TrianglePage::changeEvent(QEvent* event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        markTexts();
}

} // namespace slook::gui
