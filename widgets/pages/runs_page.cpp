#include "pages/runs_page.h"
#include "models/text_table_model.h"
#include "pages/audited_training.h"
#include "pages/margin_panel.h"
#include "pages/queue_strip.h"
#include "pages/run_inspector.h"
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
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

namespace slook::gui {
namespace {

constexpr std::array smoothings { 0.0, 0.6, 0.85 };

/// One plot: which values it draws, and how.
struct PlotOf {
    const char* id;
    std::vector<std::pair<const char*, const char*>> keys; ///< value, colour
};

const std::vector<PlotOf>& plots()
{
    static const std::vector<PlotOf> all {
        { "loss", { { "loss", "accent" }, { "loss/dpo", "rejected" }, { "loss/sft", "gain" } } },
        { "rewards", { { "rewards/chosen", "chosen" }, { "rewards/rejected", "rejected" } } },
        { "margin", { { "rewards/margins", "accent" } } },
        { "accuracy", { { "rewards/accuracies", "accent" } } },
        { "logps", { { "logps/chosen", "chosen" }, { "logps/rejected", "rejected" } } },
        { "grad_norm", { { "grad_norm", "accent" }, { "lr", "gain" } } }
    };
    return all;
}

/// "rewards/chosen" is chosen, "loss/dpo" is DPO.
QString partName(const QString& key)
{
    if (key == QLatin1String("loss/dpo"))
        return QObject::tr("DPO part");
    if (key == QLatin1String("loss/sft"))
        return QObject::tr("SFT part");
    if (key == QLatin1String("grad_norm"))
        return QObject::tr("norm");
    if (key == QLatin1String("lr"))
        return QObject::tr("rate");
    return key.section(QLatin1Char('/'), -1);
}

} // namespace

RunsPage::RunsPage(const PageParts& parts)
    : Page(parts, QStringLiteral("runs"), tr("Runs"))
    , m_start(addPageAction(tr("Start a run…"), Qt::Key_N))
    , m_similar(addPageAction(tr("Start one like this…"), QKeySequence(tr("Shift+N"))))
    , m_stop(addPageAction(tr("Stop and keep"), QKeySequence(tr("Ctrl+."))))
    , m_pause(addPageAction(tr("Pause"), Qt::Key_P))
    , m_resume(addPageAction(tr("Resume"), QKeySequence(tr("Shift+P"))))
    , m_queue(new QueueStrip(parts.workspace))
    , m_model(new TextTableModel(
          { tr("Run"), tr("State"), tr("Created"), tr("Took"), tr("Remark") }, this))
    , m_table(new RowTable(30))
    , m_training(new QComboBox)
    , m_against(new QComboBox)
    , m_strip(new Card)
    , m_diagnosis(plainLabel())
    , m_state(plainLabel())
    , m_hint(mutedLabel())
    , m_margins(new MarginPanel(parts))
    , m_tabs(new QTabWidget)
{
    build();
    connect(m_start, &QAction::triggered, this, [this] { emit toLaunch(nullptr); });
    connect(m_similar, &QAction::triggered, this, [this] {
        if (const RunRow* run = current())
            emit toLaunch(run);
    });
    connect(m_stop, &QAction::triggered, this, [this] {
        if (const RunRow* run = current())
            workspace().stopRun(run->id, false);
    });
    connect(m_pause, &QAction::triggered, this, [this] {
        if (const RunRow* run = current())
            workspace().stopRun(run->id, true);
    });
    connect(m_resume, &QAction::triggered, this, [this] {
        if (const RunRow* run = current())
            workspace().resumeRun(run->id);
    });
    connect(m_table, &RowTable::rowChanged, this, [this](int row) {
        if (const auto* line = m_model->rowAt(row))
            this->parts().choice.set(RunId { line->id });
    });
    connect(&parts.choice, &RunChoice::changed, this, [this] {
        const int row = m_model->rowOf(this->parts().choice.run().value);
        if (row >= 0 && row != m_table->currentRow())
            m_table->setCurrentIndex(m_model->index(row, 0));
        readRun();
    });
    connect(&parts.workspace, &Workspace::runMoved, this, &RunsPage::moved);
    connect(m_training, &QComboBox::activated, this, [this] {
        readAgainst();
        showMargins(true);
    });
    connect(m_margins, &MarginPanel::toPair, this, &RunsPage::toPair);
    connect(m_tabs, &QTabWidget::currentChanged, this, [this] { showMargins(true); });
    auto* tab = addPageAction(tr("Curves, or pairs by their margin"), Qt::Key_V);
    connect(tab, &QAction::triggered, this, [this] {
        m_tabs->setCurrentIndex((m_tabs->currentIndex() + 1) % m_tabs->count());
        m_tabs->currentWidget()->setFocus();
    });
    for (const auto& [key, by] :
        { std::pair(Qt::Key_BracketLeft, -1), std::pair(Qt::Key_BracketRight, 1) }) {
        auto* step = addPageAction(
            by > 0 ? tr("Pairs at the next checkpoint") : tr("Pairs at the checkpoint before"),
            key);
        connect(step, &QAction::triggered, m_margins, [this, by = by] { m_margins->step(by); });
    }
    connect(m_against, &QComboBox::activated, this, &RunsPage::readAgainst);
    auto* audited = addPageAction(tr("Train on audited pairs…"), QKeySequence(tr("Ctrl+Shift+A")));
    connect(audited, &QAction::triggered, this, [this] { trainOnAuditedPairs(workspace(), this); });
    addPlotKeys();
    refresh();
}

void RunsPage::addPlotKeys()
{
    auto* smooth = addPageAction(tr("Change the smoothing"), Qt::Key_S);
    connect(smooth, &QAction::triggered, this, [this] {
        m_smoothing = (m_smoothing + 1) % static_cast<int>(smoothings.size());
        drawCurves();
    });
    auto* logarithmic = addPageAction(tr("Logarithmic axes"), Qt::Key_G);
    logarithmic->setCheckable(true);
    connect(logarithmic, &QAction::toggled, this, [this](bool on) {
        m_logarithmic = on;
        drawCurves();
    });
    auto* unpin = addPageAction(tr("Take the pinned step away"), Qt::Key_Escape);
    connect(unpin, &QAction::triggered, this, [this] {
        m_pinned.reset();
        setCrosshair({});
    });
    for (const auto& [id, plot] : m_plots) {
        connect(plot, &PlotCard::hovered, this, [this](double step) { setCrosshair(step); });
        connect(plot, &PlotCard::hoverEnded, this, [this] { setCrosshair(m_pinned); });
        connect(plot, &PlotCard::clicked, this, [this](double step) {
            m_pinned = step;
            setCrosshair(step);
        });
    }
}

void RunsPage::setCrosshair(std::optional<double> step)
{
    for (const auto& [id, plot] : m_plots)
        plot->setCrosshair(step);
}

void RunsPage::build()
{
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(10);
    column->addWidget(buildList());
    column->addWidget(buildCurves(), 1);
    auto* empty = new EmptyState(tr("No runs yet"),
        tr("A run lets a model answer the questions, review its answers, learn from its changes of "
           "mind, and measures it again."));
    empty->addAction(m_start);
    setContent(content, empty);
}

QWidget* RunsPage::buildList()
{
    constexpr int listHeight = 150;
    m_table->setObjectName(QStringLiteral("runTable"));
    m_table->setModel(m_model);
    m_table->setWidths({ 160, 90, 140, 110, 300 }, 4);
    auto* card = new Card;
    card->setFixedHeight(listHeight);
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(1, 1, 1, 1);
    inside->addWidget(m_table);
    auto* buttons = new QHBoxLayout;
    m_state->setObjectName(QStringLiteral("runState"));
    buttons->addWidget(m_state, 1);
    for (QAction* action : { m_pause, m_resume, m_stop, m_similar, m_start })
        buttons->addWidget(actionButton(action, action == m_start));
    auto* part = new QWidget;
    auto* column = new QVBoxLayout(part);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(buttons);
    column->addWidget(card);
    column->addWidget(m_queue);
    return part;
}

QWidget* RunsPage::buildCurves()
{
    const QStringList titles { tr("Loss"), tr("Rewards"), tr("Margin"), tr("Accuracy of pairs"),
        tr("Log-probabilities"), tr("Gradient and rate") };
    auto* part = new QWidget;
    auto* column = new QVBoxLayout(part);
    column->setContentsMargins(0, 0, 0, 0);
    auto* row = new QHBoxLayout;
    row->addWidget(heading(tr("Training")));
    m_training->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_training->setToolTip(tr("What the shown training prefers: correctness, or a control"));
    row->addWidget(m_training);
    row->addWidget(heading(tr("Against")));
    m_against->setObjectName(QStringLiteral("againstBox"));
    m_against->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_against->setToolTip(tr("Another training, dashed beside this one"));
    row->addWidget(m_against);
    row->addWidget(m_hint, 1);
    column->addLayout(row);
    m_strip->setObjectName(QStringLiteral("diagnosisStrip"));
    m_diagnosis->setObjectName(QStringLiteral("diagnosisText"));
    auto* inStrip = new QVBoxLayout(m_strip);
    inStrip->setContentsMargins(14, 6, 10, 6);
    inStrip->addWidget(m_diagnosis);
    column->addWidget(m_strip);
    auto* grid = new QGridLayout;
    grid->setSpacing(10);
    for (int i = 0; i < titles.size(); ++i) {
        auto* plot = new PlotCard(titles[i]);
        m_plots[plots()[static_cast<std::size_t>(i)].id] = plot;
        grid->addWidget(plot, i / 2, i % 2);
        grid->setColumnStretch(i % 2, 1);
    }
    auto* curves = new QWidget;
    grid->setContentsMargins(0, 6, 0, 0);
    curves->setLayout(grid);
    m_tabs->setObjectName(QStringLiteral("runTabs"));
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(curves, tr("Curves"));
    m_tabs->addTab(m_margins, tr("Pairs by margin"));
    m_tabs->setTabToolTip(1, tr("Best, worst and random pairs at each checkpoint (V)"));
    column->addWidget(m_tabs, 1);
    return part;
}

void RunsPage::showMargins(bool evenIfJustRead)
{
    constexpr qint64 atMostEvery = 5000; // milliseconds, while a run reports
    if (m_tabs->currentIndex() != 1
        || (!evenIfJustRead && m_sinceMargins.isValid() && m_sinceMargins.elapsed() < atMostEvery))
        return;
    m_sinceMargins.start();
    m_margins->show(m_detail.run.id, m_training->currentText());
}

QWidget* RunsPage::inspector()
{
    if (!m_inspector) {
        m_inspector = new RunInspector;
        m_inspector->show(m_detail);
    }
    return m_inspector;
}

const RunRow* RunsPage::current() const
{
    const auto found = std::ranges::find(m_runs, parts().choice.run(), &RunRow::id);
    return found == m_runs.end() ? nullptr : &*found;
}

QString RunsPage::statusText() const
{
    const RunRow* run = current();
    return run ? tr("%1 · %2 of %3 runs")
                     .arg(oneLine(run->name), QString::number(m_table->currentRow() + 1),
                         QString::number(m_runs.size()))
               : tr("%1 runs").arg(m_runs.size());
}

void RunsPage::refresh()
{
    const auto& info = workspace().project();
    m_start->setEnabled(!info.file.isEmpty() && !info.readOnly);
    m_queue->refresh();
    workspace().runs(this, [this](const Result<std::vector<RunRow>>& runs) {
        show(runs ? *runs : std::vector<RunRow>());
    });
}

void RunsPage::show(const std::vector<RunRow>& runs)
{
    m_runs = runs;
    std::vector<TextTableModel::Row> rows;
    for (const RunRow& run : runs) {
        const int colour = run.state == RunState::Failed ? 3 : run.state == RunState::Done ? 2 : 0;
        const bool timed = run.started > 0 && run.finished >= run.started;
        rows.push_back(
            { { oneLine(run.name), stateText(run.state), timeOf(run.time),
                  timed ? duration(static_cast<double>(run.finished - run.started) / 1000)
                        : QString(),
                  run.error.empty() ? oneLine(run.model) : oneLine(run.error) },
                { 0, colour }, run.id.value });
    }
    m_model->setRows(std::move(rows));
    showEmpty(runs.empty());
    if (runs.empty())
        parts().choice.set({});
    else if (!current())
        parts().choice.set(runs.front().id);
    if (const int row = m_model->rowOf(parts().choice.run().value); row >= 0)
        m_table->setCurrentIndex(m_model->index(row, 0));
    readRun();
}

void RunsPage::readRun()
{
    updateActions();
    emit statusChanged();
    m_again = m_reading;
    if (m_reading || !current())
        return;
    m_reading = true;
    workspace().run(parts().choice.run(), this, [this](const Result<RunDetail>& detail) {
        m_reading = false;
        if (detail)
            showRun(*detail);
        if (m_again)
            readRun();
    });
}

void RunsPage::showRun(const RunDetail& detail)
{
    const bool otherRun = m_detail.run.id != detail.run.id;
    m_detail = detail;
    if (m_inspector)
        m_inspector->show(detail);
    const QString old = m_training->currentText();
    QStringList trainings;
    for (const auto& [name, metrics] : detail.metrics)
        trainings << fromUtf8(name);
    if (const auto at = trainings.indexOf(QStringLiteral("correctness")); at > 0)
        trainings.move(at, 0); // the method itself before its controls
    const QSignalBlocker quiet(m_training);
    m_training->clear();
    m_training->addItems(trainings);
    m_training->setCurrentIndex(std::max<int>(0, trainings.indexOf(old)));
    m_training->setEnabled(!trainings.isEmpty());
    fillAgainst();
    drawCurves();
    showMargins(
        otherRun || m_training->currentText() != old || detail.run.state != RunState::Running);
}

void RunsPage::fillAgainst()
{
    const QSignalBlocker quiet(m_against);
    const QVariant old = m_against->currentData();
    m_against->clear();
    m_against->addItem(tr("nothing"));
    for (int i = 0; i < m_training->count(); ++i)
        m_against->addItem(tr("%1 of this run").arg(m_training->itemText(i)),
            QVariantList { qlonglong(m_detail.run.id.value), m_training->itemText(i) });
    for (const RunRow& run : m_runs)
        if (run.id != m_detail.run.id)
            m_against->addItem(tr("the same of %1").arg(oneLine(run.name)),
                QVariantList { qlonglong(run.id.value), QString() });
    m_against->setCurrentIndex(std::max(0, m_against->findData(old)));
    m_against->setEnabled(m_training->count() > 0);
}

void RunsPage::readAgainst()
{
    const QVariantList wanted = m_against->currentData().toList();
    m_againstMetrics = {};
    if (wanted.isEmpty())
        return drawCurves();
    const RunId run { wanted[0].toLongLong() };
    const QString named = wanted[1].toString();
    const auto training = (named.isEmpty() ? m_training->currentText() : named).toStdString();
    workspace().read<MetricColumns>(
        this,
        [run, training](const store::Project& project) -> Result<MetricColumns> {
            const auto rows = project.metrics(run, training);
            return rows ? Result<MetricColumns>(metricColumns(*rows)[training])
                        : fail(rows.error());
        },
        [this](const Result<MetricColumns>& metrics) {
            m_againstMetrics = metrics ? *metrics : MetricColumns();
            drawCurves();
        });
}

void RunsPage::showDiagnosis()
{
    const auto found = m_detail.findings.find(m_training->currentText().toStdString());
    std::map<std::string, std::vector<PlotRegion>> regions;
    QStringList lines;
    bool alarming = false;
    if (found != m_detail.findings.end())
        for (const workbench::Finding& finding : found->second) {
            lines << (finding.alarming ? QStringLiteral("⚠ ") : QStringLiteral("ⓘ "))
                    + fromUtf8(finding.sentence)
                    + (finding.advice.empty() ? QString()
                                              : QStringLiteral(" → ") + fromUtf8(finding.advice));
            alarming = alarming || finding.alarming;
            regions[finding.metric].push_back({ static_cast<double>(finding.firstStep),
                static_cast<double>(finding.lastStep), finding.alarming });
        }
    for (const auto& [id, plot] : m_plots)
        plot->setRegions(regions[id]);
    constexpr int harm = 3;
    m_strip->setStrip(alarming ? harm : -1);
    m_strip->setVisible(found != m_detail.findings.end());
    const auto metrics = m_detail.metrics.find(m_training->currentText().toStdString());
    const auto steps = metrics == m_detail.metrics.end() ? 0 : metrics->second.steps.size();
    if (lines.isEmpty() && steps < workbench::fewestSteps)
        lines << tr("%1 steps are too few to say what these curves mean.").arg(steps);
    else if (lines.isEmpty())
        lines << tr("Nothing unusual in these curves.");
    m_diagnosis->setText(lines.join(QLatin1Char('\n')));
}

namespace {

/// The values of one name by step; empty where there is none.
Curve curveOf(const MetricColumns& metrics, const char* key, const char* colour)
{
    Curve curve { partName(QLatin1String(key)), QLatin1String(colour), {}, {} };
    curve.rightAxis = key == std::string_view("lr");
    const auto column = metrics.values.find(key);
    if (column == metrics.values.end())
        return curve;
    for (std::size_t i = 0; i < metrics.steps.size(); ++i)
        if (std::isfinite(column->second[i])) {
            curve.x.push_back(metrics.steps[i]);
            curve.y.push_back(column->second[i]);
        }
    return curve;
}

std::vector<double> seamsOf(const MetricColumns& metrics)
{
    return curveOf(metrics, "resumed", "").x;
}

} // namespace

void RunsPage::drawCurves()
{
    const auto found = m_detail.metrics.find(m_training->currentText().toStdString());
    static const MetricColumns none;
    const MetricColumns& metrics = found == m_detail.metrics.end() ? none : found->second;
    const double smoothing = smoothings.at(static_cast<std::size_t>(m_smoothing));
    const auto seams = seamsOf(metrics);
    for (const PlotOf& plot : plots()) {
        std::vector<Curve> curves;
        QStringList newest;
        for (const auto& [key, colour] : plot.keys)
            if (auto curve = curveOf(metrics, key, colour); !curve.y.empty())
                curves.push_back(std::move(curve));
        for (const Curve& curve : curves)
            newest << (curves.size() > 1
                    ? tr("%1 %2").arg(curve.name, number(curve.y.back(), 3))
                    : tr("%1 → %2").arg(number(curve.y.front(), 3), number(curve.y.back(), 3)));
        for (const auto& [key, colour] : plot.keys)
            if (auto other = curveOf(m_againstMetrics, key, colour); !other.y.empty()) {
                other.dashed = true;
                other.name = tr("%1, other").arg(other.name);
                curves.push_back(std::move(other));
            }
        PlotCard* card = m_plots.at(plot.id);
        card->setRemark(newest.isEmpty() ? tr("no step yet") : newest.join(QStringLiteral("   ")));
        card->setMarkers(seams);
        card->setLogarithmic(m_logarithmic);
        card->setCurves(curves, smoothing);
    }
    m_hint->setText(tr("smoothing %1 (S) · log axes (G) · click pins a step").arg(smoothing));
    showDiagnosis();
}

void RunsPage::moved(const workbench::RunStatus& status)
{
    m_status[status.run.id] = status;
    const auto found = std::ranges::find(m_runs, status.run.id, &RunRow::id);
    if (found == m_runs.end())
        return;
    const bool other = found->state != status.run.state;
    found->state = status.run.state;
    if (other)
        refresh();
    else if (status.run.id == parts().choice.run() && status.eventsTaken > 0)
        readRun();
    else
        updateActions();
}

void RunsPage::updateActions()
{
    const RunRow* run = current();
    const auto status = run ? m_status.find(run->id) : m_status.end();
    const bool alive = run && (run->state == RunState::Running || run->state == RunState::Waiting);
    const bool mine = !workspace().project().readOnly;
    m_stop->setEnabled(alive);
    m_pause->setEnabled(alive && mine);
    m_resume->setEnabled(run && mine && !alive && run->state != RunState::Done);
    if (!run)
        return m_state->setText({});
    QString text = tr("%1 · %2").arg(oneLine(run->name), stateText(run->state));
    if (alive && status != m_status.end() && !status->second.stepTitle.empty()) {
        const auto& now = status->second;
        text +=
            tr(" · step %1 of %2: %3").arg(now.step + 1).arg(now.steps).arg(oneLine(now.stepTitle));
        if (now.total > 0)
            text += tr(" · %1 of %2 %3").arg(now.done).arg(now.total).arg(oneLine(now.unit));
        if (now.secondsLeft >= 0)
            text += tr(" · %1 left").arg(duration(now.secondsLeft));
    }
    m_state->setText(text);
}

} // namespace slook::gui
