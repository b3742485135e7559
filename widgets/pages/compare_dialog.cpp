#include "pages/compare_dialog.h"
#include "models/text_table_model.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/off_thread.h"
#include "parts/tables.h"
#include "plots/plot.h"
#include "services/print.h"
#include <QApplication>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QListWidget>
#include <QPushButton>
#include <QSplitter>
#include <QTabWidget>
#include <QTimer>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

constexpr int afterMilliseconds = 200;

QString contenderKind(const workbench::ContenderScore& score)
{
    if (!score.trained)
        return CompareDialog::tr("start");
    return score.control ? CompareDialog::tr("control") : CompareDialog::tr("trained");
}

QString withInterval(const workbench::Accuracy& one)
{
    return one.n == 0 ? QStringLiteral("–")
                      : percent(one.share) + QLatin1Char(' ') + interval(one.low, one.high);
}

/// "scenes 78.3 % (n 259), easy-vqa 91 % (n 120)"
QString groupsText(const std::map<std::string, workbench::Accuracy>& groups)
{
    QStringList parts;
    for (const auto& [name, one] : groups)
        parts << CompareDialog::tr("%1 %2 (n %3)")
                     .arg(oneLine(name), percent(one.share), QString::number(one.n));
    return parts.join(QStringLiteral(", "));
}

RowTable* comparedTable(
    TextTableModel* model, const QString& name, const QList<int>& widths, int stretched)
{
    auto* table = new RowTable(28);
    table->setObjectName(name);
    table->setModel(model);
    table->setWidths(widths, stretched);
    return table;
}

} // namespace

CompareDialog::CompareDialog(Workspace& workspace, RunId run, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_pause(new QTimer(this))
    , m_runs(new QListWidget)
    , m_sentence(plainLabel())
    , m_plot(new PlotCard(tr("Right first answers, %")))
    , m_models(
          new TextTableModel({ tr("Model"), tr("Kind"), tr("Right [95 %]"), tr("n"), tr("Tokens"),
                                 tr("Pictures"), tr("Seconds"), tr("By source"), tr("By category"),
                                 tr("By kind of question"), tr("By transition") },
              this))
    , m_tests(new TextTableModel({ tr("A"), tr("B"), tr("n"), tr("B − A"), tr("fixed"),
                                     tr("broken"), tr("p"), tr("p, Holm") },
          this))
    , m_published(new TextTableModel(
          { tr("Paper"), tr("Model"), tr("Accuracy, % (by its authors)") }, this))
{
    setObjectName(QStringLiteral("compareDialog"));
    setWindowTitle(tr("Compare models"));
    resize(1180, 760);
    build();
    m_pause->setSingleShot(true);
    m_pause->setInterval(afterMilliseconds);
    connect(m_pause, &QTimer::timeout, this, &CompareDialog::compare);
    connect(m_runs, &QListWidget::itemChanged, m_pause, qOverload<>(&QTimer::start));
    m_workspace.runs(this, [this, run](const Result<std::vector<RunRow>>& runs) {
        fillRuns(runs ? *runs : std::vector<RunRow>(), run);
    });
    std::vector<TextTableModel::Row> published;
    for (const auto& row : workbench::publishedRows()) {
        QStringList values;
        for (const auto& [benchmark, value] : row.accuracy)
            values << QStringLiteral("%1 %2").arg(oneLine(benchmark), QString::number(value));
        published.push_back(
            { { oneLine(row.paper), oneLine(row.model), values.join(QStringLiteral(", ")) } });
    }
    m_published->setRows(std::move(published));
}

void CompareDialog::build()
{
    m_runs->setObjectName(QStringLiteral("compareRuns"));
    m_sentence->setObjectName(QStringLiteral("compareSentence"));
    QFont reading = m_sentence->font();
    constexpr int pixels = 14;
    reading.setPixelSize(pixels);
    m_sentence->setFont(reading);
    auto* left = new QWidget;
    auto* inLeft = new QVBoxLayout(left);
    inLeft->setContentsMargins(0, 0, 0, 0);
    inLeft->addWidget(heading(tr("Runs: all of their models")));
    inLeft->addWidget(m_runs, 1);
    auto* tabs = new QTabWidget;
    m_models->setNumeric({ 3, 4, 5, 6 });
    m_tests->setNumeric({ 2, 3, 4, 5, 6, 7 });
    tabs->addTab(comparedTable(m_models, QStringLiteral("compareModels"),
                     { 190, 76, 150, 56, 70, 70, 80, 220, 240, 240, 240 }, 10),
        tr("Models"));
    tabs->addTab(comparedTable(m_tests, QStringLiteral("compareTests"),
                     { 200, 200, 60, 80, 60, 60, 70, 70 }, 1),
        tr("Paired tests"));
    tabs->addTab(
        comparedTable(m_published, QStringLiteral("comparePublished"), { 220, 180, 400 }, 2),
        tr("Published by others"));
    m_plot->setRemark(tr("95 % Wilson; published numbers are never drawn beside ours"));
    auto* right = new QWidget;
    auto* inRight = new QVBoxLayout(right);
    inRight->setContentsMargins(8, 0, 0, 0);
    inRight->addWidget(m_sentence);
    inRight->addWidget(m_plot, 2);
    inRight->addWidget(tabs, 3);
    auto* splitter = new QSplitter;
    splitter->addWidget(left);
    splitter->addWidget(right);
    splitter->setStretchFactor(1, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    const auto add = [&](const QString& text, auto work) {
        auto* button = buttons->addButton(text, QDialogButtonBox::ActionRole);
        connect(button, &QPushButton::clicked, this, work);
    };
    add(tr("Copy as LaTeX"), [this] {
        QApplication::clipboard()->setText(
            fromUtf8(workbench::comparisonLatex(m_comparison, workbench::publishedRows())));
    });
    add(tr("Save as CSV…"), [this] {
        save(tr("Save the groups"), QStringLiteral("comparison.csv"), tr("Tables (*.csv)"),
            [this] { return workbench::comparisonCsv(m_comparison); });
    });
    add(tr("Report of a run…"), [this] { saveReport(); });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(splitter, 1);
    column->addWidget(buttons);
}

void CompareDialog::fillRuns(const std::vector<RunRow>& runs, RunId chosen)
{
    const QSignalBlocker quiet(m_runs);
    m_rows.clear();
    for (const RunRow& run : runs) {
        if (run.recipe == "embed" || run.recipe == "sweep")
            continue; // they compare no models
        auto* item = new QListWidgetItem(oneLine(run.name), m_runs);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(run.id == chosen ? Qt::Checked : Qt::Unchecked);
        m_rows.push_back(run);
    }
    compare();
}

void CompareDialog::compare()
{
    std::vector<std::string> words;
    for (int row = 0; row < m_runs->count(); ++row)
        if (m_runs->item(row)->checkState() == Qt::Checked)
            words.push_back(m_rows[static_cast<std::size_t>(row)].name);
    if (words.empty()) {
        m_sentence->setText(tr("Tick the runs whose models are to be compared."));
        return;
    }
    const int request = ++m_request;
    m_sentence->setText(tr("Comparing…"));
    m_workspace.read<workbench::ModelComparison>(
        this,
        [words](const store::Project& project) -> Result<workbench::ModelComparison> {
            const auto contenders = workbench::contendersNamed(project, words);
            if (!contenders)
                return fail(contenders.error());
            return workbench::compareModels(project, *contenders);
        },
        [this, request](const Result<workbench::ModelComparison>& comparison) {
            if (request == m_request)
                show(comparison);
        });
}

void CompareDialog::show(const Result<workbench::ModelComparison>& comparison)
{
    m_comparison = comparison ? *comparison : workbench::ModelComparison {};
    m_sentence->setText(
        clipped(fromUtf8(comparison ? m_comparison.sentence : message(comparison.error())), 4000));
    std::vector<TextTableModel::Row> models, tests;
    std::vector<BarGroup> bars;
    for (const auto& one : m_comparison.scores) {
        models.push_back({ { oneLine(one.contender.name()), contenderKind(one),
            withInterval(one.all), QString::number(one.all.n),
            QString::number(one.all.meanTokens, 'f', 1), QString::number(one.pictures),
            QString::number(one.seconds, 'f', 1), groupsText(one.bySource),
            groupsText(one.byCategory), groupsText(one.byKind), groupsText(one.byType) } });
        bars.push_back(
            { oneLine(one.contender.run.name) + QLatin1Char('\n') + oneLine(one.contender.stage),
                std::nullopt, { one.all.share, one.all.low, one.all.high } });
    }
    constexpr double level = 0.05;
    for (const auto& one : m_comparison.tests) {
        const int colour = one.holm >= level ? 0 : one.difference > 0 ? 2 : 3;
        tests.push_back({ { oneLine(m_comparison.scores[one.a].contender.name()),
                              oneLine(m_comparison.scores[one.b].contender.name()),
                              QString::number(one.change.n), points(one.difference),
                              QString::number(one.change.fixed), QString::number(one.change.broken),
                              pValue(one.change.p), pValue(one.holm) },
            { 0, 0, 0, colour, 0, 0, 0, colour } });
    }
    m_models->setRows(std::move(models));
    m_tests->setRows(std::move(tests));
    m_plot->setBars(bars);
}

void CompareDialog::save(const QString& title, const QString& name, const QString& filter,
    const std::function<std::string()>& text)
{
    const QString file = QFileDialog::getSaveFileName(this, title, name, filter);
    if (file.isEmpty())
        return;
    saveText(file, text(), this, [this, file](const Result<void>& saved) {
        emit m_workspace.said(
            saved ? tr("Saved %1.").arg(file) : fromUtf8(message(saved.error())), !saved);
    });
}

void CompareDialog::saveReport()
{
    if (m_comparison.scores.empty())
        return;
    const QString file = QFileDialog::getSaveFileName(
        this, tr("Write a report"), QStringLiteral("report.pdf"), tr("PDF (*.pdf);;HTML (*.html)"));
    if (file.isEmpty())
        return;
    const auto html = workbench::runReportHtml(m_comparison.scores.front().contender.run,
        m_comparison, workbench::publishedRows(m_comparison.scores.front().contender.run.recipe));
    m_workspace.read<bool>(
        this,
        [html, path = file.toStdString()](
            const store::Project&) { return writeReport(html, path); },
        [this, file](const Result<bool>& written) {
            emit m_workspace.said(
                written ? tr("Wrote %1.").arg(file) : fromUtf8(message(written.error())), !written);
        });
}

} // namespace slook::gui
