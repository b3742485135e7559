#include "pages/audit_exchange.h"
#include "pages/merge_dialog.h"
#include "parts/foreign_text.h"
#include <QFileDialog>
#include <QFileInfo>

namespace slook::gui {
namespace {

void showMerge(Workspace& workspace, QWidget* parent, const workbench::AuditMerge& merge)
{
    auto* dialog = new MergeDialog(merge, parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    QObject::connect(dialog, &QDialog::accepted, parent, [&workspace, parent, merge] {
        workspace.change<bool>(
            parent,
            [merge](store::Project& project) -> Result<bool> {
                auto merged = workbench::merge(project, merge);
                return merged ? Result<bool>(true) : Result<bool>(fail(merged.error()));
            },
            [&workspace, merge](const Result<bool>& merged) {
                emit workspace.said(
                    fromUtf8(merged ? "Merged " + merge.sentence() : message(merged.error())),
                    !merged);
                if (merged)
                    workspace.contentMoved();
            });
    });
    dialog->open();
}

} // namespace

void sendAuditFile(
    Workspace& workspace, QWidget* parent, const AuditBatchRow& batch, const std::string& annotator)
{
    const QString file = QFileDialog::getSaveFileName(parent,
        QObject::tr("Send %1 to %2")
            .arg(oneLine(batch.name),
                annotator.empty() ? QObject::tr("an adjudicator") : oneLine(annotator)),
        QStringLiteral("audit.slook"), QObject::tr("Projects (*.slook)"), nullptr,
        QFileDialog::DontConfirmOverwrite); // an existing file is never replaced
    if (file.isEmpty())
        return;
    std::vector<std::string> annotators;
    if (!annotator.empty())
        annotators.push_back(annotator);
    workspace.read<workbench::SentAudit>(
        parent,
        [batch, annotators, path = file.toStdString()](const store::Project& project) {
            return workbench::sendAudit(project, batch, annotators, path);
        },
        [&workspace, file](const Result<workbench::SentAudit>& sent) {
            emit workspace.said(sent
                    ? QObject::tr(
                        "%1 holds %2 judgements of %3 pairs with %4 pictures; merge it here when "
                        "it comes back.")
                          .arg(QFileInfo(file).fileName())
                          .arg(sent->tasks)
                          .arg(sent->pairs)
                          .arg(sent->pictures)
                    : fromUtf8(message(sent.error())),
                !sent);
        });
}

void mergeAuditFile(Workspace& workspace, QWidget* parent)
{
    const QString file = QFileDialog::getOpenFileName(
        parent, QObject::tr("Merge a file that came back"), {}, QObject::tr("Projects (*.slook)"));
    if (file.isEmpty())
        return;
    workspace.read<workbench::AuditMerge>(
        parent,
        [path = file.toStdString()](
            const store::Project& project) { return workbench::planMerge(project, path); },
        [&workspace, parent](const Result<workbench::AuditMerge>& merge) {
            if (merge)
                showMerge(workspace, parent, *merge);
            else
                emit workspace.said(fromUtf8(message(merge.error())), true);
        });
}

} // namespace slook::gui
