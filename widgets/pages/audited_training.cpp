#include "pages/audited_training.h"
#include "parts/foreign_text.h"
#include <QInputDialog>
#include <QWidget>

namespace slook::gui {
namespace {

struct AuditedSet {
    PairSetRow set;
    RunRow run;
};

QString lineOf(const AuditedSet& one)
{
    return QObject::tr("%1 of %2: %3 pairs, label smoothing %4")
        .arg(oneLine(one.set.preference), oneLine(one.run.name), QString::number(one.set.pairs),
            QString::number(one.set.labelSmoothing, 'f', 2));
}

void chooseAndStart(Workspace& workspace, QWidget* parent, const std::vector<AuditedSet>& sets)
{
    if (sets.empty()) {
        emit workspace.said(
            QObject::tr("No audit was applied to pairs yet; do so on the Agreement page first."),
            true);
        return;
    }
    QStringList lines;
    for (const AuditedSet& one : sets)
        lines << lineOf(one);
    auto* dialog = new QInputDialog(parent);
    dialog->setObjectName(QStringLiteral("auditedTrainingDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(QObject::tr("Train on audited pairs"));
    dialog->setLabelText(
        QObject::tr("A run like the one that the pairs are of, with the audited pairs in place of "
                    "the machine's. What its start model answered is taken over."));
    dialog->setComboBoxItems(lines);
    dialog->setOkButtonText(QObject::tr("Train"));
    QObject::connect(dialog, &QDialog::accepted, parent, [&workspace, parent, dialog, sets, lines] {
        const auto index = static_cast<std::size_t>(lines.indexOf(dialog->textValue()));
        if (index >= sets.size())
            return;
        workbench::RunOptions options;
        options.audited = sets[index].run.name + ":" + sets[index].set.preference;
        workspace.startRun(
            sets[index].run.recipe, options, parent, [&workspace](const Result<RunRow>& run) {
                emit workspace.said(run ? QObject::tr("%1 is at work.").arg(oneLine(run->name))
                                        : fromUtf8(message(run.error())),
                    !run);
            });
    });
    dialog->open();
}

} // namespace

void trainOnAuditedPairs(Workspace& workspace, QWidget* parent)
{
    workspace.read<std::vector<AuditedSet>>(
        parent,
        [](const store::Project& project) -> Result<std::vector<AuditedSet>> {
            const auto sets = project.pairSets();
            if (!sets)
                return fail(sets.error());
            std::vector<AuditedSet> found;
            for (auto set = sets->rbegin(); set != sets->rend(); ++set) {
                if (set->preference == "edited")
                    continue;
                auto run = project.run(std::to_string(set->run.value));
                if (!run)
                    return fail(run.error());
                found.push_back({ *set, std::move(*run) });
            }
            return found;
        },
        [&workspace, parent](const Result<std::vector<AuditedSet>>& sets) {
            if (sets)
                chooseAndStart(workspace, parent, *sets);
            else
                emit workspace.said(fromUtf8(message(sets.error())), true);
        });
}

} // namespace slook::gui
