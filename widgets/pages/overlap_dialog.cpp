#include "pages/overlap_dialog.h"
#include "models/text_table_model.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "plots/scatter.h"
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QSpinBox>
#include <QVBoxLayout>

namespace slook::gui {

OverlapDialog::OverlapDialog(Workspace& workspace, RunId run, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_run(run)
    , m_feature(new QComboBox)
    , m_pool(new QComboBox)
    , m_runs(new QComboBox)
    , m_neighbours(new QSpinBox)
    , m_figure(new ScatterCard(tr("Overlap with the pool and gain")))
    , m_table(new RowTable(26))
    , m_model(new TextTableModel({ tr("Benchmark"), tr("Pictures of each"), tr("Overlap, 95 %"),
                                     tr("Right before"), tr("After"), tr("Gain"), tr("p") },
          this))
    , m_sentence(plainLabel())
{
    build();
    workspace.read<Choices>(
        this,
        [](const store::Project& project) -> Result<Choices> {
            auto sets = workbench::featureSets(project);
            auto sources = project.sources();
            auto runs = project.runs();
            if (!sets || !sources || !runs)
                return fail(!sets ? sets.error() : !sources ? sources.error() : runs.error());
            return Choices { std::move(*sets), std::move(*sources), std::move(*runs) };
        },
        [this](const Result<Choices>& choices) {
            if (choices)
                fill(*choices);
            else
                m_sentence->setText(fromUtf8(message(choices.error())));
        });
}

void OverlapDialog::build()
{
    setObjectName(QStringLiteral("overlapDialog"));
    setWindowTitle(tr("Overlap of a pool with benchmarks"));
    resize(760, 720);
    m_pool->setObjectName(QStringLiteral("overlapPool"));
    m_pool->setToolTip(tr("The source whose pictures are used without labels"));
    m_runs->setObjectName(QStringLiteral("overlapRun"));
    m_runs->setToolTip(tr("Its first answers before and after its method are compared"));
    m_neighbours->setRange(1, 200);
    m_neighbours->setValue(workbench::OverlapOptions().neighbours);
    m_table->setObjectName(QStringLiteral("overlapTable"));
    m_table->setModel(m_model);
    m_table->setWidths({ 120, 100, 140, 90, 80, 90, 60 }, 0);
    m_model->setNumeric({ 1, 3, 4, 5, 6 });
    m_sentence->setObjectName(QStringLiteral("overlapSentence"));
    auto* form = new QFormLayout;
    form->addRow(tr("Pool without labels"), m_pool);
    form->addRow(tr("Gain of the run"), m_runs);
    form->addRow(tr("Feature"), m_feature);
    form->addRow(tr("Neighbours"), m_neighbours);
    auto* how = mutedLabel(
        tr("Overlap: the share of a picture's nearest neighbours that are of the other set, among "
           "as many of both, divided by the share that chance would give; 0 two islands, 1 one "
           "cloud. It has no unit (Schilling 1986). The figure's menu saves it as PNG or PDF, the "
           "table's as CSV."));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addLayout(form);
    column->addWidget(m_sentence);
    column->addWidget(m_figure, 3);
    column->addWidget(m_table, 2);
    column->addWidget(how);
    column->addWidget(buttons);
}

void OverlapDialog::fill(const Choices& choices)
{
    m_choices = choices;
    for (const auto& one : choices.sets)
        m_feature->addItem(tr("%1 of %2").arg(oneLine(one.name), oneLine(one.run.name)));
    for (const SourceRow& one : choices.sources)
        m_pool->addItem(oneLine(one.name), fromUtf8(one.name));
    m_runs->addItem(tr("none: overlap alone"), qlonglong(0));
    for (const RunRow& one : choices.runs)
        if (one.recipe != "embed")
            m_runs->addItem(oneLine(one.name), qlonglong(one.id.value));
    m_runs->setCurrentIndex(std::max(0, m_runs->findData(qlonglong(m_run.value))));
    for (QComboBox* box : { m_feature, m_pool, m_runs })
        connect(box, &QComboBox::currentIndexChanged, this, &OverlapDialog::compute);
    connect(m_neighbours, &QSpinBox::valueChanged, this, &OverlapDialog::compute);
    compute();
}

void OverlapDialog::compute()
{
    const int feature = m_feature->currentIndex();
    if (feature < 0 || m_pool->count() == 0)
        return m_sentence->setText(
            tr("There are no features yet: start the method \"Features for "
               "maps\" over pool and benchmarks on the page Launch (Ctrl+L)."));
    m_sentence->setText(tr("Comparing neighbours…"));
    const int request = ++m_request;
    workbench::OverlapOptions options;
    options.neighbours = m_neighbours->value();
    std::optional<RunRow> run;
    for (const RunRow& one : m_choices.runs)
        if (one.id.value == m_runs->currentData().toLongLong())
            run = one;
    m_workspace.read<workbench::OverlapReport>(
        this,
        [set = m_choices.sets[static_cast<std::size_t>(feature)],
            pool = m_pool->currentData().toString().toStdString(), run,
            options](const store::Project& project) {
            return workbench::overlapOf(project, { set }, pool, run, {}, options);
        },
        [this, request](const Result<workbench::OverlapReport>& report) {
            if (request != m_request)
                return;
            if (report)
                return show(*report);
            m_sentence->setText(fromUtf8(message(report.error())));
            m_model->setRows({});
            m_figure->setPoints({}, {}, {});
        });
}

void OverlapDialog::show(const workbench::OverlapReport& report)
{
    m_sentence->setText(fromUtf8(report.sentence));
    std::vector<TextTableModel::Row> rows;
    std::vector<ScatterPoint> dots;
    for (const auto& one : report.sources) {
        const auto& m = one.mixing;
        QStringList cells { oneLine(one.source), QString::number(m.n),
            QStringLiteral("%1 [%2, %3]")
                .arg(m.overlap, 0, 'f', 2)
                .arg(m.low, 0, 'f', 2)
                .arg(m.high, 0, 'f', 2) };
        ScatterPoint dot { oneLine(one.source), m.overlap, m.low, m.high, 0, 0, 0 };
        if (one.gain) {
            cells << percent(one.gain->before.share) << percent(one.gain->after.share)
                  << points(one.gain->gain()) << pValue(one.gain->change.p);
            dot.y = dot.yLow = dot.yHigh = 100 * one.gain->gain();
        } else
            cells << QString() << QString() << QString() << QString();
        rows.push_back({ cells, {}, 0 });
        if (one.gain || report.run.empty())
            dots.push_back(std::move(dot));
    }
    m_model->setRows(std::move(rows));
    m_figure->setPoints(std::move(dots), tr("overlap with %1").arg(oneLine(report.pool)),
        report.run.empty() ? QString() : tr("gain of %1, points").arg(oneLine(report.run)));
}

} // namespace slook::gui
