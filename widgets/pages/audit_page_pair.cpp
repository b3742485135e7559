// What the Audit page shows of one pair; audit_page.cpp says how it works.
#include "pages/audit_page.h"
#include "pages/merge_dialog.h"
#include "parts/answers.h"
#include "parts/card.h"
#include "parts/numbers.h"
#include "parts/text_view.h"
#include "parts/zoom_picture.h"
#include "services/queries.h"
#include <QLineEdit>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <algorithm>

namespace slook::gui {
namespace {

constexpr int judgedPictureSide = 4096;
constexpr int stripLength = 10;

} // namespace

void AuditPage::showPair()
{
    setChoosing(false);
    m_view = 0;
    const auto& view = m_state.current();
    QString options;
    for (const Option& option : view.options)
        options += QStringLiteral("     %1  %2").arg(oneLine(option.label), oneLine(option.text));
    m_question->setText(oneLine(view.question) + options);
    showTexts();
    for (TextView* pane : { m_left, m_right })
        pane->verticalScrollBar()->setValue(0);
    showPicture();
    showDraft();
    showProgress();
    showStrip();
    showReveal();
    m_attention.start(now(), m_state.draft().seconds);
    emit statusChanged();
}

void AuditPage::showTexts()
{
    const auto& view = m_state.current();
    AnswerPair texts { { fromUtf8(view.leftText), {} }, { fromUtf8(view.rightText), {} } };
    if (m_difference) {
        const Tokens& t = tokensOf(this);
        texts = markDifference(view.leftText, view.rightText, t.mark, t.mark);
    }
    m_left->show(texts.first);
    m_right->show(texts.second);
}

std::vector<AuditPage::PictureKind> AuditPage::pictureKinds() const
{
    std::vector<PictureKind> kinds { PictureKind::Original };
    if (m_state.current().corruption)
        kinds.push_back(PictureKind::Corrupted);
    if (!m_state.current().model.empty())
        kinds.push_back(PictureKind::Seen);
    return kinds;
}

void AuditPage::showPicture()
{
    const auto& view = m_state.current();
    const int request = ++m_pictureRequest;
    if (view.images.empty()) {
        m_pictureText->clear();
        return m_picture->setMessage(tr("This question has no picture."));
    }
    const auto nameOf = [](PictureKind kind) {
        return kind == PictureKind::Original ? tr("original")
            : kind == PictureKind::Corrupted ? tr("corrupted")
                                             : tr("as the model saw it");
    };
    const auto kinds = pictureKinds();
    const PictureKind kind = kinds.at(m_view % kinds.size());
    const QString name = nameOf(kind);
    const QString next = kinds.size() > 1
        ? tr(" · V %1").arg(nameOf(kinds.at((m_view + 1) % kinds.size())))
        : QString();
    const auto show = [this, request, name, next](const Result<QImage>& image) {
        if (request != m_pictureRequest)
            return;
        if (image)
            m_picture->setImage(*image);
        else
            m_picture->setMessage(fromUtf8(message(image.error())));
        m_pictureText->setText(tr("%1×%2 · %3%4 · zoom wheel + − · pan drag, Space or Ctrl+arrows "
                                  "· real size Z")
                                   .arg(m_picture->imageSize().width())
                                   .arg(m_picture->imageSize().height())
                                   .arg(name, next));
    };
    if (kind == PictureKind::Original)
        return workspace().picture(view.images.front(), judgedPictureSide, this, show);
    if (kind == PictureKind::Corrupted)
        return workspace().corruptedPicture(
            view.images.front(), *view.corruption, judgedPictureSide, this, show);
    workspace().read<QImage>(
        this,
        [image = view.images.front(), model = view.model](
            const store::Project& project) { return readSeen(project, image, model); },
        show);
}

void AuditPage::showDraft()
{
    const VerdictDraft& draft = m_state.draft();
    const QString note = fromUtf8(draft.note);
    if (m_note->text() != note)
        m_note->setText(note);
    for (std::size_t i = 0; i < m_reasons.size(); ++i)
        m_reasons[i]->setChecked(
            std::ranges::find(draft.reasons, verdictReasons()[i]) != draft.reasons.end());
    m_flag->setChecked(draft.flagged);
    m_draftText->setText(m_choosingReason ? tr("Reason: a digit, or Esc") : QString());
    const VerdictRow* verdict = m_state.verdictOf(m_state.index());
    for (int number = 0; number < verdictCount; ++number)
        m_verdicts.at(static_cast<std::size_t>(number))
            ->setChecked(verdict && numberOf(*verdict, m_state.current().task) == number);
}

void AuditPage::showProgress()
{
    m_title->setText(
        tr("%1 · %2 · blind")
            .arg(oneLine(m_state.session().batch.name), oneLine(m_state.session().annotator)));
    QString text = tr("%1 of %2").arg(m_state.judged()).arg(m_state.count());
    if (m_state.finished())
        text += tr(" · all are judged");
    else if (m_state.medianSeconds() > 0)
        text += tr(" · median %1 · about %2 left")
                    .arg(duration(m_state.medianSeconds()), duration(m_state.secondsLeft()));
    m_progressText->setText(text);
    m_progress->setMaximum(m_state.count());
    m_progress->setValue(m_state.judged());
}

void AuditPage::saySaved(const QString& text)
{
    if (m_savedText)
        m_savedText->setText(text);
}

void AuditPage::showStrip()
{
    if (!m_strip)
        return; // nobody took the inspector
    const std::string& rubric = m_state.session().batch.rubric;
    m_rubric->setText(rubric.empty() ? tr("This audit has no rubric.") : clipped(fromUtf8(rubric)));
    m_strip->clear();
    for (const int index : m_state.lastJudged(stripLength)) {
        const VerdictRow& verdict = *m_state.verdictOf(index);
        QString reasons;
        for (const std::string& reason : verdict.reasons)
            reasons += (reasons.isEmpty() ? QString() : QStringLiteral(", ")) + fromUtf8(reason);
        auto* item = new QListWidgetItem(
            tr("%1. %2\n%3 · %4")
                .arg(index + 1)
                .arg(choiceText(
                         verdict, m_state.session().views[static_cast<std::size_t>(index)].task),
                    reasons.isEmpty() ? QStringLiteral("–") : reasons, duration(verdict.seconds)));
        item->setData(Qt::UserRole, index);
        m_strip->addItem(item);
    }
}

void AuditPage::showReveal()
{
    const bool show = m_reveal && m_state.verdictOf(m_state.index())
        && !m_state.current().chosen.empty(); // a file that was sent does not know it
    m_revealText->setVisible(show);
    if (show)
        m_revealText->setText(
            tr("The machine chose the %1 answer (%2).")
                .arg(m_state.current().chosen == "left" ? tr("left") : tr("right"),
                    oneLine(m_state.current().machine)));
}

} // namespace slook::gui
