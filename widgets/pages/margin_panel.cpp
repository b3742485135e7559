#include "pages/margin_panel.h"
#include "analysis/intervals.h"
#include "models/margin_table_model.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "plots/plot.h"
#include "services/queries.h"
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {
namespace {

constexpr std::size_t pairsOfEachKind = 5;
constexpr int marginRowHeight = 44;

} // namespace

MarginPanel::MarginPanel(const PageParts& parts)
    : m_parts(parts)
    , m_slider(new QSlider(Qt::Horizontal))
    , m_says(plainLabel())
    , m_model(new MarginTableModel(parts.pictures, this))
    , m_table(new RowTable(marginRowHeight))
    , m_plot(new PlotCard(tr("Margin at each checkpoint")))
{
    build();
    connect(m_slider, &QSlider::valueChanged, this, &MarginPanel::showCheckpoint);
    connect(m_table, &RowTable::rowChanged, this, &MarginPanel::draw);
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& index) {
        if (const auto* one = m_model->pairAt(index.row()))
            emit toPair(one->pair.id, fromUtf8(m_margins.training));
    });
    m_selection = new SelectionTie(m_parts.view, *m_table, [this](int row) {
        const auto* one = m_model->pairAt(row);
        return one ? one->pair.item : ItemId {};
    });
}

void MarginPanel::build()
{
    constexpr int plotHeight = 200;
    m_slider->setObjectName(QStringLiteral("marginSlider"));
    m_slider->setToolTip(tr("The checkpoint: earlier [ and later ]"));
    m_slider->setTickPosition(QSlider::TicksBelow);
    m_slider->setPageStep(1);
    m_says->setObjectName(QStringLiteral("marginSays"));
    m_table->setObjectName(QStringLiteral("marginTable"));
    m_table->setModel(m_model);
    m_table->setItemDelegateForColumn(
        MarginTableModel::PictureColumn, new PictureDelegate(m_table));
    m_table->setWidths({ 70, 74, 300, 74, 320 }, MarginTableModel::QuestionColumn);
    m_table->setEmptyText(tr("No step of this training has come by a pair yet, or its preferences "
                             "are not learned from pairs."));
    m_table->setToolTip(tr("Enter or a double click shows the pair on the page Pairs; what is "
                           "selected here can be audited"));
    m_plot->setObjectName(QStringLiteral("marginPlot"));
    m_plot->setFixedHeight(plotHeight);
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(1, 1, 1, 1);
    inside->addWidget(m_table);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 6, 0, 0);
    column->addWidget(m_slider);
    column->addWidget(m_says);
    column->addWidget(card, 1);
    column->addWidget(m_plot);
}

void MarginPanel::show(RunId run, const QString& training)
{
    const int request = ++m_request;
    if (!run || training.isEmpty())
        return take({}, workbench::PairMargins {});
    m_parts.workspace.read<workbench::PairMargins>(
        this,
        [run, name = training.toStdString()](
            const store::Project& project) -> Result<workbench::PairMargins> {
            const auto row = runOf(project, run);
            if (!row)
                return fail(row.error());
            return workbench::pairMargins(project, *row, name);
        },
        [this, request, run](const Result<workbench::PairMargins>& margins) {
            if (request == m_request)
                take(run, margins);
        });
}

void MarginPanel::take(RunId run, const Result<workbench::PairMargins>& margins)
{
    const bool same = run == m_run && margins && margins->training == m_margins.training;
    const bool atEnd = m_slider->value() == m_slider->maximum();
    m_model->setRows({}, 0, {}); // it points into what is replaced
    m_run = run;
    m_margins = margins ? *margins : workbench::PairMargins {};
    const int last = std::max(0, static_cast<int>(m_margins.checkpoints.size()) - 1);
    {
        const QSignalBlocker quiet(m_slider);
        m_slider->setRange(0, last);
        if (!same || atEnd) // a run at work is followed
            m_slider->setValue(last);
    }
    m_slider->setEnabled(last > 0);
    showCheckpoint();
}

std::size_t MarginPanel::checkpoint() const
{
    return static_cast<std::size_t>(m_slider->value());
}

void MarginPanel::step(int by)
{
    m_slider->setValue(m_slider->value() + by);
}

void MarginPanel::showCheckpoint()
{
    if (m_margins.checkpoints.empty()) {
        m_model->setRows({}, 0, {});
        m_says->setText({});
        return draw();
    }
    const auto* old = m_model->pairAt(m_table->currentRow());
    const int oldRow = m_table->currentRow();
    const PairId kept = old ? old->pair.id : PairId {};
    const auto picks = workbench::picksAt(m_margins, checkpoint(), pairsOfEachKind);
    m_model->setRows(m_margins, checkpoint(), picks);
    int row = std::max(0, oldRow);
    for (int i = 0; i < m_model->rowCount(); ++i)
        if (m_model->pairAt(i)->pair.id == kept) {
            row = i;
            break;
        }
    m_selection->restore(row);
    const workbench::MarginCheckpoint& at = m_margins.checkpoints[checkpoint()];
    const auto share = analysis::wilson(at.negative, at.looked);
    m_says->setText(tr("Step %1, epoch %2 (%3 of %4): median %5, half of them between %6 and %7; "
                       "negative in %8 of %9 pairs (%10 to %11 %). A pair's margin is that of the "
                       "newest step that came by it, before that step.")
                        .arg(at.step)
                        .arg(at.epoch, 0, 'f', 2)
                        .arg(m_slider->value() + 1)
                        .arg(m_margins.checkpoints.size())
                        .arg(signedNumber(at.median), signedNumber(at.lowerQuartile),
                            signedNumber(at.upperQuartile))
                        .arg(at.negative)
                        .arg(at.looked)
                        .arg(100 * share.low, 0, 'f', 0)
                        .arg(100 * share.high, 0, 'f', 0));
    draw();
}

/// The pair that is chosen among all of them.
void MarginPanel::draw()
{
    m_plot->setVisible(m_margins.checkpoints.size() > 1);
    if (m_margins.checkpoints.size() < 2)
        return;
    Curve median { tr("median"), QStringLiteral("gain"), {}, {} };
    Curve lower { tr("lower quartile"), QStringLiteral("gain"), {}, {}, true };
    Curve upper { tr("upper quartile"), QStringLiteral("gain"), {}, {}, true };
    Curve pair { tr("this pair"), QStringLiteral("accent"), {}, {} };
    const auto* one = m_model->pairAt(m_table->currentRow());
    for (std::size_t i = 0; i < m_margins.checkpoints.size(); ++i) {
        const workbench::MarginCheckpoint& at = m_margins.checkpoints[i];
        if (at.looked == 0)
            continue;
        for (const auto& [curve, value] : { std::pair(&median, at.median),
                 std::pair(&lower, at.lowerQuartile), std::pair(&upper, at.upperQuartile) }) {
            curve->x.push_back(at.step);
            curve->y.push_back(value);
        }
        if (one && one->margins[i]) {
            pair.x.push_back(at.step);
            pair.y.push_back(*one->margins[i]);
        }
    }
    std::vector<Curve> curves { median, lower, upper };
    if (!pair.y.empty())
        curves.push_back(pair);
    m_plot->setRemark(tr("%n pairs", nullptr, static_cast<int>(m_margins.pairs.size())));
    m_plot->setCurves(curves, 0);
    m_plot->setCrosshair(m_margins.checkpoints[checkpoint()].step);
}

} // namespace slook::gui
