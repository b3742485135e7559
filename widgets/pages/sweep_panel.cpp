#include "pages/sweep_panel.h"
#include "models/text_table_model.h"
#include "pages/corruption_form.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "plots/plot.h"
#include "workbench/view.h"
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {
namespace {

constexpr int rowHeight = 28;
constexpr int rowsSeen = 6;

/// The sweep that is wanted, or the newest there is.
Result<workbench::SweepReport> readSweep(const store::Project& project, RunId wanted)
{
    const auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    const auto chosen = std::ranges::find_if(
        *runs, [&](const RunRow& run) { return run.id == wanted && workbench::isSweep(run); });
    const auto found =
        chosen != runs->end() ? chosen : std::ranges::find_if(*runs, workbench::isSweep);
    if (found == runs->end())
        return fail(ErrorKind::NotFound, "has no sweep yet", project.file().filename().string());
    return workbench::sweepReportOf(project, *found);
}

QString shareText(const workbench::Accuracy& share)
{
    return share.n == 0 ? QStringLiteral("–")
                        : percent(share.share) + QLatin1Char(' ') + interval(share.low, share.high);
}

IntervalBar barOf(const workbench::Accuracy& share)
{
    return share.n == 0 ? IntervalBar {} : IntervalBar { share.share, share.low, share.high };
}

TextTableModel::Row rowOf(const workbench::SweepLevel& level)
{
    constexpr double shown = 0.05;
    const auto& against = level.againstClean;
    const bool compared = against && against->n > 0;
    const int type = !compared || against->p >= shown ? 0
        : against->fixed > against->broken            ? 2
                                                      : 3;
    return { { fromUtf8(level.title), QString::number(level.asked), shareText(level.accuracy),
                 compared ? QStringLiteral("+%1 −%2, p %3")
                                .arg(against->fixed)
                                .arg(against->broken)
                                .arg(pValue(against->p))
                          : QStringLiteral("–"),
                 shareText(level.changed), QString::number(level.samePixels),
                 QString::number(level.missing) },
        { 0, 0, 0, type } };
}

} // namespace

SweepPanel::SweepPanel(const PageParts& parts, const CorruptionForm& form, const QLineEdit& filter,
    const QLineEdit& model)
    : m_parts(parts)
    , m_form(form)
    , m_filter(filter)
    , m_model(model)
    , m_levels(new QLineEdit)
    , m_count(new QSpinBox)
    , m_start(new QPushButton(tr("Start the sweep")))
    , m_sentence(plainLabel())
    , m_plot(new PlotCard(tr("Against severity, %")))
    , m_rows(new TextTableModel({ tr("Pictures"), tr("n"), tr("Right"), tr("Against clean"),
                                    tr("Changed answers"), tr("Same pixels"), tr("Refused") },
          this))
    , m_table(new RowTable(rowHeight))
{
    build();
}

void SweepPanel::build()
{
    constexpr int mostQuestions = 1'000'000, usualQuestions = 100;
    m_levels->setObjectName(QStringLiteral("sweepLevels"));
    m_levels->setPlaceholderText(tr("all severities; or 1,3,5; or side=20,side=40"));
    m_levels->setToolTip(tr("Severities, or numbers of the operator"));
    m_count->setObjectName(QStringLiteral("sweepCount"));
    m_count->setRange(1, mostQuestions);
    m_count->setValue(usualQuestions);
    m_count->setToolTip(tr("At most so many questions, spread evenly over those of the filter"));
    m_start->setObjectName(QStringLiteral("sweepStart"));
    m_start->setToolTip(tr(
        "Ask about the clean pictures and each level, as a run that can be stopped and resumed"));
    connect(m_start, &QPushButton::clicked, this, &SweepPanel::start);
    m_sentence->setObjectName(QStringLiteral("sweepSentence"));
    m_plot->setRemark(tr("grey: right answers · blue: answers that changed · 95 % Wilson"));
    m_rows->setNumeric({ 1, 5, 6 });
    m_table->setObjectName(QStringLiteral("sweepTable"));
    m_table->setModel(m_rows);
    m_table->setWidths({ 110, 50, 150, 150, 150, 90, 70 }, 0);
    m_table->setFixedHeight(rowHeight * (rowsSeen + 1) + 16);

    auto* top = new QHBoxLayout;
    top->addWidget(new RunBox(m_parts));
    top->addStretch(1);
    top->addWidget(heading(tr("Levels")));
    top->addWidget(m_levels, 2);
    top->addWidget(heading(tr("Questions")));
    top->addWidget(m_count);
    top->addWidget(m_start);
    auto* said = new Card;
    said->setStrip(-1);
    auto* inSaid = new QVBoxLayout(said);
    inSaid->setContentsMargins(16, 8, 10, 8);
    inSaid->addWidget(m_sentence);
    auto* card = new Card;
    auto* inCard = new QVBoxLayout(card);
    inCard->setContentsMargins(1, 1, 1, 1);
    inCard->addWidget(m_table);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(10, 10, 10, 10);
    column->setSpacing(10);
    column->addLayout(top);
    column->addWidget(said);
    column->addWidget(m_plot, 1);
    column->addWidget(card);
}

void SweepPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void SweepPanel::refresh()
{
    if (!isVisible())
        return;
    const int request = ++m_request;
    m_start->setEnabled(!m_parts.workspace.project().readOnly);
    m_parts.workspace.read<workbench::SweepReport>(
        this,
        [run = m_parts.choice.run()](
            const store::Project& project) { return readSweep(project, run); },
        [this, request](const Result<workbench::SweepReport>& report) {
            if (request == m_request)
                show(report);
        });
}

void SweepPanel::show(const Result<workbench::SweepReport>& report)
{
    const workbench::SweepReport shown = report ? *report : workbench::SweepReport {};
    m_sentence->setText(report
            ? clipped(tr("%1: %2").arg(fromUtf8(shown.run), fromUtf8(shown.sentence)), 4000)
            : tr("No sweep yet. Choose an operator on the right and start one: it asks about the "
                 "pictures as they are and at each level, and trains nothing."));
    m_plot->setTitle(report ? tr("%1, %").arg(fromUtf8(shown.op)) : tr("Against severity, %"));
    std::vector<BarGroup> bars;
    std::vector<TextTableModel::Row> rows;
    for (const auto& level : shown.levels) {
        bars.push_back({ fromUtf8(level.title), barOf(level.accuracy), barOf(level.changed) });
        rows.push_back(rowOf(level));
    }
    m_plot->setBars(bars);
    m_rows->setRows(std::move(rows));
}

void SweepPanel::start()
{
    m_start->setEnabled(false);
    m_parts.workspace.read<store::ItemFilter>(
        this,
        [words = m_filter.text().toStdString(), most = static_cast<std::size_t>(m_count->value())](
            const store::Project& project) { return workbench::viewOf(project, words, most); },
        [this](const Result<store::ItemFilter>& view) { begin(view); });
}

void SweepPanel::begin(const Result<store::ItemFilter>& view)
{
    m_start->setEnabled(true);
    if (!view) {
        emit m_parts.workspace.said(fromUtf8(message(view.error())), true);
        return;
    }
    workbench::RunOptions options;
    options.model = m_model.text().trimmed().toStdString();
    options.items = *view;
    options.set.emplace_back("op", m_form.op());
    if (const QString levels = m_levels->text().remove(QLatin1Char(' ')); !levels.isEmpty())
        options.set.emplace_back("levels", levels.toStdString());
    if (const auto corruption = m_form.corruption())
        options.seed = corruption->seed;
    m_parts.workspace.startRun("sweep", options, this, [this](const Result<RunRow>& run) {
        if (run)
            m_parts.choice.set(run->id);
        else
            emit m_parts.workspace.said(fromUtf8(message(run.error())), true);
    });
}

} // namespace slook::gui
