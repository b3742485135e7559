#include "pages/merge_dialog.h"
#include "models/text_table_model.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tables.h"
#include <QDialogButtonBox>
#include <QPushButton>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

QString mergeWord(workbench::MergeKind kind)
{
    switch (kind) {
    case workbench::MergeKind::New:
        return MergeDialog::tr("new");
    case workbench::MergeKind::Conflict:
        return MergeDialog::tr("conflict");
    default:
        return MergeDialog::tr("known");
    }
}

QString settlementText(const AdjudicationRow& row, const std::map<ResponseId, std::string>& answers)
{
    const auto better = answers.find(row.better);
    switch (row.outcome) {
    case Settlement::Better:
        return MergeDialog::tr("better: %1")
            .arg(better == answers.end() ? QStringLiteral("–") : oneLine(better->second));
    case Settlement::Tie:
        return MergeDialog::tr("Tie");
    case Settlement::Drop:
        return MergeDialog::tr("Drop");
    default:
        return MergeDialog::tr("rewritten: %1").arg(oneLine(row.rewrite));
    }
}

std::vector<TextTableModel::Row> linesOf(const workbench::AuditMerge& merge)
{
    std::vector<TextTableModel::Row> lines;
    for (const auto kind : { workbench::MergeKind::Conflict, workbench::MergeKind::New,
             workbench::MergeKind::Known }) { // what needs a look comes first
        for (const workbench::MergeAdjudication& one : merge.adjudications)
            if (one.kind == kind)
                lines.push_back({ { mergeWord(kind), oneLine(one.theirs.adjudicator),
                    MergeDialog::tr("settled"),
                    one.ours ? settlementText(*one.ours, one.answers) : QStringLiteral("–"),
                    settlementText(one.theirs, one.answers), oneLine(one.question) } });
        for (const workbench::MergeRow& row : merge.rows)
            if (row.kind == kind)
                lines.push_back({ { mergeWord(kind), oneLine(row.task.annotator),
                    QString::number(row.task.position + 1),
                    row.ours ? choiceText(*row.ours, row.task) : QStringLiteral("–"),
                    choiceText(row.theirs, row.task), oneLine(row.question) } });
    }
    return lines;
}

} // namespace

QString choiceText(const VerdictRow& verdict, const AuditTask& task)
{
    const bool left = verdict.better == task.left;
    switch (verdict.choice) {
    case Choice::Better:
        return left ? MergeDialog::tr("Left better") : MergeDialog::tr("Right better");
    case Choice::MuchBetter:
        return left ? MergeDialog::tr("Left much better") : MergeDialog::tr("Right much better");
    case Choice::Tie:
        return MergeDialog::tr("Tie");
    case Choice::BothBad:
        return MergeDialog::tr("Both bad");
    default:
        return MergeDialog::tr("Cannot judge");
    }
}

MergeDialog::MergeDialog(const workbench::AuditMerge& merge, QWidget* parent)
    : QDialog(parent)
{
    setObjectName(QStringLiteral("mergeDialog"));
    setWindowTitle(tr("Merge: %1").arg(oneLine(merge.batch.name)));
    constexpr int wide = 1000;
    constexpr int high = 520;
    resize(wide, high);
    constexpr int rowHeight = 28;
    auto* model = new TextTableModel({ tr("What"), tr("Annotator"), tr("Judgement"), tr("Here"),
                                         tr("In the file"), tr("Question") },
        this);
    model->setNumeric({ 2 });
    model->setRows(linesOf(merge));
    auto* table = new RowTable(rowHeight);
    table->setObjectName(QStringLiteral("mergeTable"));
    table->setModel(model);
    table->setWidths({ 80, 110, 90, 150, 150, 260 }, 5);
    auto* summary = plainLabel(oneLine(merge.sentence()));
    summary->setObjectName(QStringLiteral("mergeSummary"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    auto* accept = buttons->button(QDialogButtonBox::Ok);
    accept->setText(tr("Merge"));
    accept->setEnabled(!merge.changesNothing());
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(summary);
    column->addWidget(table, 1);
    column->addWidget(mutedLabel(tr(
        "Nothing is overwritten. Of a conflict both are kept; the one from here counts until the "
        "pair is adjudicated anew. One undo takes the merge back.")));
    column->addWidget(buttons);
}

} // namespace slook::gui
