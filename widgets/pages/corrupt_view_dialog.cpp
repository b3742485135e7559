#include "pages/corrupt_view_dialog.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tables.h"
#include "services/queries.h"
#include "workbench/view.h"
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

constexpr int columns = 4;
constexpr std::size_t shownAtOnce = 12;
constexpr int pictureHeight = 110;

} // namespace

CorruptViewDialog::CorruptViewDialog(Workspace& workspace, const image::Corruption& corruption,
    const std::string& filter, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_said(plainLabel(tr("Corrupting twelve…")))
    , m_grid(new QGridLayout)
    , m_name(new QLineEdit)
    , m_apply(new QPushButton(tr("Add them all")))
{
    m_view.corruption = corruption;
    build();
    workspace.read<Shown>(
        this,
        [view = m_view, filter](
            const store::Project& project) { return readPreviews(project, view, filter); },
        [this](const Result<Shown>& shown) { show(shown); });
}

Result<CorruptViewDialog::Shown> CorruptViewDialog::readPreviews(
    const store::Project& project, workbench::CorruptView view, const std::string& filter)
{
    auto items = workbench::viewOf(project, filter);
    if (!items)
        return fail(items.error());
    view.items = std::move(*items);
    auto previews = workbench::previewCorruption(project, view, shownAtOnce);
    if (!previews)
        return fail(previews.error());
    Shown shown { std::move(view), std::move(*previews), {} };
    constexpr int side = 240;
    for (auto& one : shown.previews)
        for (image::Picture* picture : { &one.before, &one.after }) {
            shown.images.push_back(picture->rgb.empty() ? QImage() : toImage(*picture, side));
            *picture = {};
        }
    return shown;
}

void CorruptViewDialog::build()
{
    setObjectName(QStringLiteral("corruptViewDialog"));
    setWindowTitle(tr("Corrupt a whole view"));
    resize(1040, 760);
    auto* inside = new QWidget;
    inside->setLayout(m_grid);
    auto* area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setWidget(inside);
    m_name->setObjectName(QStringLiteral("corruptViewName"));
    m_name->setText(fromUtf8(workbench::corruptionName(m_view.corruption)));
    m_name->setToolTip(tr("What the new source is called"));
    m_said->setObjectName(QStringLiteral("corruptViewSaid"));
    m_apply->setObjectName(QStringLiteral("corruptViewApply"));
    m_apply->setProperty("primary", true);
    m_apply->setEnabled(false);
    m_apply->setToolTip(tr("One entry in the history; Ctrl+Z takes it back"));
    connect(m_apply, &QPushButton::clicked, this, &CorruptViewDialog::apply);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    buttons->addButton(m_apply, QDialogButtonBox::ActionRole);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* named = new QHBoxLayout;
    named->addWidget(heading(tr("New source")));
    named->addWidget(m_name, 1);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_said);
    column->addWidget(area, 1);
    column->addLayout(named);
    column->addWidget(buttons);
}

void CorruptViewDialog::show(const Result<Shown>& shown)
{
    if (!shown)
        return m_said->setText(fromUtf8(message(shown.error())));
    m_view = shown->view;
    int refused = 0;
    for (std::size_t i = 0; i < shown->previews.size(); ++i) {
        const auto& one = shown->previews[i];
        refused += one.refused.empty() ? 0 : 1;
        auto* cell = new QVBoxLayout;
        auto* pictures = new QHBoxLayout;
        for (const std::size_t side : { 2 * i, 2 * i + 1 }) {
            auto* picture = new PictureView;
            picture->setMostHeight(pictureHeight);
            if (shown->images[side].isNull())
                picture->setMessage(fromUtf8(one.refused));
            else
                picture->setImage(shown->images[side]);
            pictures->addWidget(picture, 1);
        }
        cell->addLayout(pictures);
        QLabel* said = mutedLabel(one.refused.empty()
                ? clipped(oneLine(one.item.question), 80)
                : tr("⚠ refused: %1").arg(clipped(fromUtf8(one.refused), 120)));
        cell->addWidget(said);
        cell->addStretch(1);
        const int at = static_cast<int>(i);
        m_grid->addLayout(cell, at / columns, at % columns);
    }
    m_said->setText(
        tr("%1 of the view's questions, each picture as it is and corrupted; %2 of them "
           "refused, since not a pixel would change. The questions are added once more "
           "with such pictures; operator, numbers, seed and both hashes stay with each.")
            .arg(shown->previews.size())
            .arg(refused));
    m_apply->setEnabled(!m_workspace.project().readOnly);
}

void CorruptViewDialog::apply()
{
    m_apply->setEnabled(false);
    m_said->setText(tr("Corrupting the view…"));
    auto view = m_view;
    view.name = m_name->text().trimmed().toStdString();
    m_workspace.change<workbench::ImportReport>(
        this, [view](store::Project& project) { return workbench::applyCorruption(project, view); },
        [this](const Result<workbench::ImportReport>& report) {
            if (!report) {
                m_apply->setEnabled(true);
                return m_said->setText(fromUtf8(message(report.error())));
            }
            emit m_workspace.said(
                tr("%1: %2 questions with corrupted pictures, %3 refused")
                    .arg(oneLine(report->source.name), QString::number(report->source.items),
                        QString::number(report->problems.size())),
                false);
            m_workspace.contentMoved();
            accept();
        });
}

} // namespace slook::gui
