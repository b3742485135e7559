#include "pages/accuracy_page.h"
#include "methods/extract.h"
#include "models/text_table_model.h"
#include "pages/compare_dialog.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "plots/plot.h"
#include "services/queries.h"
#include <QAction>
#include <QComboBox>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

namespace slook::gui {
namespace {

constexpr std::size_t mostCategories = 14;
constexpr std::size_t manyModels = 8;
constexpr int modelRowHeight = 30;
constexpr int headerHeight = 50; // with room for a scroll bar

IntervalBar barOf(const workbench::Accuracy& accuracy)
{
    return { accuracy.share, accuracy.low, accuracy.high };
}

QString shareText(const workbench::Accuracy& accuracy)
{
    return accuracy.n == 0
        ? QStringLiteral("–")
        : percent(accuracy.share) + QLatin1Char(' ') + interval(accuracy.low, accuracy.high);
}

QString testText(const std::optional<workbench::Comparison>& one)
{
    return one
        ? QStringLiteral("+%1 −%2, p %3").arg(one->fixed).arg(one->broken).arg(pValue(one->p))
        : QStringLiteral("–");
}

/// The colour of a change that is shown, none for one that is not.
int typeOf(const std::optional<workbench::Comparison>& one)
{
    constexpr double level = 0.05;
    if (!one || one->p >= level)
        return 0;
    return one->fixed > one->broken ? 2 : 3;
}

} // namespace

AccuracyPage::AccuracyPage(const PageParts& parts)
    : Page(parts, QStringLiteral("accuracy"), tr("Accuracy"))
    , m_compare(addPageAction(tr("Compare models…"), Qt::Key_C))
    , m_extractor(new QComboBox)
    , m_stageHead(heading(tr("Categories of")))
    , m_stage(new QComboBox)
    , m_group(new QComboBox)
    , m_sentence(plainLabel())
    , m_plot(new PlotCard({}))
    , m_byCategory(new PlotCard({}))
    , m_model(new TextTableModel({}, this))
    , m_table(new RowTable(modelRowHeight))
{
    build();
    connect(m_compare, &QAction::triggered, this, [this] {
        auto* dialog = new CompareDialog(workspace(), this->parts().choice.run(), this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    });
    connect(&parts.choice, &RunChoice::changed, this, [this] { refresh(); });
    connect(m_extractor, &QComboBox::activated, this, [this] { refresh(); });
    connect(m_stage, &QComboBox::activated, this, &AccuracyPage::showCategories);
    refresh();
}

void AccuracyPage::build()
{
    for (const std::string_view name : methods::extractorNames())
        m_extractor->addItem(fromUtf8(name));
    m_extractor->setCurrentText(QStringLiteral("ours"));
    m_stage->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_stage->setToolTip(tr("Which model the categories are shown for"));
    m_table->setObjectName(QStringLiteral("accuracyTable"));
    m_model->setNumeric({ 1, 2 });
    m_table->setModel(m_model);
    m_sentence->setObjectName(QStringLiteral("honestSentence"));
    QFont reading = m_sentence->font();
    reading.setPixelSize(14);
    m_sentence->setFont(reading);

    auto* top = new QHBoxLayout;
    top->addWidget(new RunBox(parts()));
    top->addWidget(heading(tr("Extractor")));
    top->addWidget(m_extractor);
    top->addStretch(1);
    top->addWidget(actionButton(m_compare));
    top->addWidget(m_stageHead);
    top->addWidget(m_stage);
    m_group->setObjectName(QStringLiteral("accuracyGroup"));
    m_group->addItem(tr("by category"));
    m_group->addItem(tr("by kind of question"));
    m_group->setToolTip(tr("What the right plot groups answers by (G)"));
    m_group->setAccessibleName(tr("Grouping"));
    connect(m_group, &QComboBox::currentIndexChanged, this, &AccuracyPage::askForKinds);
    auto* group = addPageAction(tr("Group by category or kind of question"), Qt::Key_G);
    connect(group, &QAction::triggered, this,
        [this] { m_group->setCurrentIndex(1 - m_group->currentIndex()); });
    top->addWidget(m_group);
    auto* said = new Card;
    said->setStrip(-1);
    auto* saidColumn = new QVBoxLayout(said);
    saidColumn->setContentsMargins(18, 12, 12, 12);
    saidColumn->addWidget(m_sentence);
    auto* plots = new QHBoxLayout;
    plots->setSpacing(10);
    plots->addWidget(m_plot, 1);
    m_byCategory->setObjectName(QStringLiteral("groupPlot"));
    plots->addWidget(m_byCategory, 1);
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(1, 1, 1, 1);
    inside->addWidget(m_table);
    setDescribing(false);
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(10);
    column->addLayout(top);
    column->addWidget(said);
    column->addLayout(plots, 1);
    column->addWidget(card);
    setContentOfRun(content,
        new EmptyState(tr("Nothing measured yet"),
            tr("A run measures the model on its test questions before and after training. The "
               "numbers appear here as soon as it has answered them. Start one on the page Launch "
               "(Ctrl+L), or choose another run here.")));
}

void AccuracyPage::setDescribing(bool describing)
{
    m_describing = describing;
    // Ten columns either way.
    m_model->setTitles(describing
            ? QStringList { tr("Trained on"), tr("Pairs"), tr("n"), tr("No invention"),
                tr("Invented objects"), tr("No invention vs. start"), tr("Answers vs. start"),
                tr("Method vs. this"), tr("Objects found"), tr("Objects / tokens") }
            : QStringList { tr("Trained on"), tr("Pairs"), tr("n"), tr("First answer"),
                tr("After review"), tr("First vs. start"), tr("Refined vs. start"),
                tr("Method vs. this"), tr("✓✓ ✗✓ ✓✗ ✗✗"), tr("Tokens first / refined") });
    m_table->setWidths({ 180, 60, 56, 160, 160, 145, 145, 150, 150, 150 }, -1);
    m_plot->setTitle(
        describing ? tr("Test descriptions, %") : tr("Right answers on test questions, %"));
    m_byCategory->setTitle(describing ? tr("Right answers, %") : tr("By category, %"));
    m_plot->setRemark(describing ? tr("grey: without an invention · blue: objects found · 95 %")
                                 : tr("grey: first answer · blue: after review · 95 % Wilson"));
    m_byCategory->setRemark(describing
            ? tr("grey: plain · blue: with its own description · 95 % Wilson")
            : tr("grey: first answer · blue: after review · 95 % Wilson"));
}

void AccuracyPage::hideWhatIsNotMeasured()
{
    constexpr std::array ofReviews { 4, 6, 8 }; // columns
    const bool reviewed = std::ranges::any_of(
        m_report.report.stages, [](const auto& stage) { return stage.refined.n > 0; });
    for (const int column : ofReviews)
        m_table->setColumnHidden(column, !m_describing && !reviewed);
    const bool categories = !m_describing && !m_report.categories.empty();
    m_stage->setVisible(categories);
    m_stageHead->setVisible(categories);
    m_group->setVisible(categories);
    m_byCategory->setVisible(m_describing || categories);
    if (!m_describing)
        m_plot->setRemark(reviewed ? tr("grey: first answer · blue: after review · 95 % Wilson")
                                   : tr("asked once · 95 % Wilson"));
}

QString AccuracyPage::statusText() const
{
    if (m_report.descriptions)
        return tr("%1 models measured").arg(m_report.descriptions->models.size());
    return tr("%1 models measured").arg(m_report.report.stages.size());
}

void AccuracyPage::refresh()
{
    const int request = ++m_request;
    if (!parts().choice.run())
        return show(AccuracyReport {});
    workspace().accuracy(parts().choice.run(), m_extractor->currentText().toStdString(), this,
        [this, request](const Result<AccuracyReport>& report) {
            if (request == m_request)
                show(report);
        });
}

void AccuracyPage::show(const Result<AccuracyReport>& report)
{
    m_report = report ? *report : AccuracyReport {};
    m_kinds.clear();
    if (m_describing != m_report.descriptions.has_value())
        setDescribing(!m_describing);
    hideWhatIsNotMeasured();
    if (m_report.descriptions)
        return showDescriptions(*m_report.descriptions);
    const auto& stages = m_report.report.stages;
    showEmpty(stages.empty());
    m_sentence->setText(clipped(fromUtf8(m_report.report.sentence), 4000));
    const QString old = m_stage->currentData().toString();
    const QSignalBlocker quiet(m_stage);
    m_stage->clear();
    std::vector<BarGroup> bars;
    for (const auto& stage : stages) {
        m_stage->addItem(oneLine(stage.title), fromUtf8(stage.stage));
        const QString label =
            oneLine(stage.title).replace(QStringLiteral(": "), QStringLiteral("\n"));
        if (stage.refined.n > 0)
            bars.push_back({ label, barOf(stage.first), barOf(stage.refined) });
        else // asked once
            bars.push_back({ label, std::nullopt, barOf(stage.first) });
    }
    const int kept = m_stage->findData(old);
    m_stage->setCurrentIndex(kept >= 0 ? kept : std::min(1, m_stage->count() - 1));
    m_plot->setBars(bars);
    showTable();
    askForKinds();
    emit statusChanged();
}

void AccuracyPage::showTable()
{
    std::vector<TextTableModel::Row> rows;
    for (const auto& stage : m_report.report.stages)
        rows.push_back(
            { { oneLine(stage.title),
                  stage.preference.empty() ? QString() : QString::number(stage.pairs),
                  QString::number(stage.first.n), shareText(stage.first), shareText(stage.refined),
                  testText(stage.firstAgainstStart), testText(stage.refinedAgainstStart),
                  testText(stage.correctnessAgainstThis),
                  QStringLiteral("%1  %2  %3  %4")
                      .arg(stage.types[0])
                      .arg(stage.types[1])
                      .arg(stage.types[2])
                      .arg(stage.types[3]),
                  QString::number(stage.first.meanTokens, 'f', 1)
                      + (stage.refined.n > 0
                              ? QStringLiteral(" / %1").arg(stage.refined.meanTokens, 0, 'f', 1)
                              : QString()) },
                { 0, 0, 0, 0, 0, typeOf(stage.firstAgainstStart), typeOf(stage.refinedAgainstStart),
                    typeOf(stage.correctnessAgainstThis) } });
    const int shown = std::max<int>(3, static_cast<int>(rows.size()));
    m_table->setFixedHeight(modelRowHeight * shown + headerHeight);
    m_model->setRows(std::move(rows));
}

void AccuracyPage::showDescriptions(const workbench::DescriptionReport& report)
{
    showEmpty(report.models.empty());
    m_sentence->setText(clipped(fromUtf8(report.sentence), 4000));
    std::vector<BarGroup> described, answered;
    std::vector<TextTableModel::Row> rows;
    for (const auto& model : report.models) {
        const auto& d = model.descriptions;
        QString label = oneLine(model.title).replace(QStringLiteral(": "), QStringLiteral("\n"));
        if (report.models.size() > manyModels) // else their names would stand on each other
            label.replace(QLatin1Char('-'), QStringLiteral("-\n"));
        described.push_back(
            { label, barOf(d.faithful), { d.recall.share, d.recall.low, d.recall.high } });
        answered.push_back({ label, barOf(model.answers), barOf(model.described) });
        rows.push_back({ { oneLine(model.title),
                             model.preference.empty() ? QString() : QString::number(model.pairs),
                             QString::number(d.faithful.n), shareText(d.faithful),
                             percent(d.hallucinated.share) + QLatin1Char(' ')
                                 + interval(d.hallucinated.low, d.hallucinated.high),
                             testText(model.faithfulAgainstStart),
                             testText(model.answersAgainstStart), testText(model.stageAgainstThis),
                             percent(d.recall.share) + QLatin1Char(' ')
                                 + interval(d.recall.low, d.recall.high),
                             QStringLiteral("%1 / %2")
                                 .arg(d.meanMentioned, 0, 'f', 1)
                                 .arg(d.faithful.meanTokens, 0, 'f', 1) },
            { 0, 0, 0, 0, 0, typeOf(model.faithfulAgainstStart), typeOf(model.answersAgainstStart),
                typeOf(model.stageAgainstThis) } });
    }
    m_plot->setBars(described);
    m_byCategory->setBars(answered);
    const int shown = std::max<int>(3, static_cast<int>(rows.size()));
    m_table->setFixedHeight(modelRowHeight * shown + headerHeight);
    m_model->setRows(std::move(rows));
    emit statusChanged();
}

void AccuracyPage::askForKinds()
{
    showCategories();
    if (m_group->currentIndex() != 1 || m_describing)
        return;
    workspace().read<std::vector<CategoryAccuracy>>(
        this,
        [run = parts().choice.run(), extractor = m_extractor->currentText().toStdString()](
            const store::Project& project) { return readKinds(project, run, extractor); },
        [this, request = m_request](const Result<std::vector<CategoryAccuracy>>& kinds) {
            if (request != m_request)
                return;
            m_kinds = kinds ? *kinds : std::vector<CategoryAccuracy>();
            showCategories();
        });
}

void AccuracyPage::showCategories()
{
    const std::string stage = m_stage->currentData().toString().toStdString();
    std::vector<BarGroup> bars;
    std::size_t all = 0;
    const bool kinds = m_group->currentIndex() == 1;
    if (!m_describing)
        m_byCategory->setTitle(kinds ? tr("By kind of question, %") : tr("By category, %"));
    for (const CategoryAccuracy& one : kinds ? m_kinds : m_report.categories) {
        if (one.stage != stage)
            continue;
        if (++all <= mostCategories)
            bars.push_back(
                { clipped(oneLine(one.category), 16) + QStringLiteral("\nn %1").arg(one.first.n),
                    barOf(one.first), barOf(one.refined) });
    }
    m_byCategory->setRemark(all > mostCategories
            ? tr("%1 of %2 groups; 95 % Wilson").arg(mostCategories).arg(all)
            : tr("grey: first answer · blue: after review · 95 % Wilson"));
    m_byCategory->setBars(bars);
}

} // namespace slook::gui
