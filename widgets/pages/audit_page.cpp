#include "pages/audit_page.h"
#include "models/text_table_model.h"
#include "pages/audit_dialog.h"
#include "parts/answers.h"
#include "parts/card.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "parts/zoom_picture.h"
#include "services/queries.h"
#include "workbench/audit_apply.h"
#include "workbench/op_id.h"
#include <QAction>
#include <QApplication>
#include <QInputDialog>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTime>
#include <QTimer>
#include <algorithm>

// How the page works; audit_page_build.cpp says how it looks.
namespace slook::gui {
namespace {

constexpr int draftMilliseconds = 300;
constexpr int judgedPictureSide = 4096;
constexpr int stripLength = 10;

QString choiceText(const VerdictRow& verdict, const AuditTask& task)
{
    const bool left = verdict.better == task.left;
    switch (verdict.choice) {
    case Choice::Better:
        return left ? AuditPage::tr("Left better") : AuditPage::tr("Right better");
    case Choice::MuchBetter:
        return left ? AuditPage::tr("Left much better") : AuditPage::tr("Right much better");
    case Choice::Tie:
        return AuditPage::tr("Tie");
    case Choice::BothBad:
        return AuditPage::tr("Both bad");
    default:
        return AuditPage::tr("Cannot judge");
    }
}

/// The number of the verdict's button.
int buttonOf(const VerdictRow& verdict, const AuditTask& task)
{
    const bool left = verdict.better == task.left;
    switch (verdict.choice) {
    case Choice::MuchBetter:
        return left ? 0 : 4;
    case Choice::Better:
        return left ? 1 : 3;
    case Choice::Tie:
        return 2;
    case Choice::BothBad:
        return 5;
    default:
        return 6;
    }
}

} // namespace

AuditPage::AuditPage(const PageParts& parts)
    : Page(parts, QStringLiteral("audit"), tr("Audit"))
    , m_draftTimer(new QTimer(this))
{
    m_clock.start();
    m_draftTimer->setSingleShot(true);
    m_draftTimer->setInterval(draftMilliseconds);
    connect(m_draftTimer, &QTimer::timeout, this, &AuditPage::keepDraft);
    build();
    addKeys();
    connect(&parts.workspace, &Workspace::projectChanged, this, [this] {
        m_state = {};
        m_stack->setCurrentIndex(0);
    });
    connect(qApp, &QApplication::applicationStateChanged, this, [this](Qt::ApplicationState state) {
        m_attention.setFocused(state == Qt::ApplicationActive && isVisible(), now());
    });
    QApplication::instance()->installEventFilter(this); // signs of life, wherever they land
    refresh();
}

bool AuditPage::judging() const
{
    return m_stack->currentIndex() == 1 && !m_state.empty();
}

bool AuditPage::eventFilter(QObject* watched, QEvent* event)
{
    const auto type = event->type();
    if (type == QEvent::KeyPress || type == QEvent::MouseMove || type == QEvent::MouseButtonPress
        || type == QEvent::Wheel)
        m_attention.activity(now());
    return Page::eventFilter(watched, event);
}

void AuditPage::hideEvent(QHideEvent* event)
{
    if (m_draftTimer->isActive())
        keepDraft();
    m_attention.setFocused(false, now());
    Page::hideEvent(event);
}

void AuditPage::showEvent(QShowEvent* event)
{
    m_attention.setFocused(true, now());
    Page::showEvent(event);
}

void AuditPage::changeEvent(QEvent* event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && judging())
        showTexts();
}

QString AuditPage::statusText() const
{
    if (!judging())
        return tr("%n audit(s)", nullptr, static_cast<int>(m_listed.size()));
    return tr("pair %1 of %2").arg(m_state.index() + 1).arg(m_state.count());
}

// Batches

void AuditPage::refresh()
{
    const int request = ++m_request;
    workspace().read<std::vector<Listed>>(
        this,
        [](const store::Project& project) -> Result<std::vector<Listed>> {
            std::vector<Listed> rows;
            const auto batches = project.audits();
            if (!batches)
                return fail(batches.error());
            for (const AuditBatchRow& batch : *batches) {
                const auto people = workbench::auditProgress(project, batch.id);
                if (!people)
                    return fail(people.error());
                for (const auto& one : *people)
                    rows.push_back({ batch, one });
            }
            return rows;
        },
        [this, request](const Result<std::vector<Listed>>& rows) {
            if (request == m_request)
                showList(rows ? *rows : std::vector<Listed>());
        });
    if (judging() && m_pending == 0)
        readSession(m_state.session().batch.id, m_state.session().annotator);
}

void AuditPage::showList(const std::vector<Listed>& rows)
{
    m_listed = rows;
    std::vector<TextTableModel::Row> lines;
    for (const Listed& one : m_listed)
        lines.push_back({ { oneLine(one.batch.name), oneLine(one.progress.annotator),
                              QString::number(one.progress.judged),
                              QString::number(one.progress.tasks), timeOf(one.batch.time) },
            {}, static_cast<qint64>(lines.size() + 1) });
    const int row = std::max(0, m_table->currentRow());
    m_model->setRows(std::move(lines));
    if (!m_listed.empty())
        m_table->setCurrentIndex(m_model->index(std::min<int>(row, m_model->rowCount() - 1), 0));
    if (!judging())
        showEmpty(m_listed.empty());
    if (!judging() && isVisible())
        m_table->setFocus();
    emit statusChanged();
}

void AuditPage::openListed(int row)
{
    if (row >= 0 && row < static_cast<int>(m_listed.size()))
        start(m_listed[static_cast<std::size_t>(row)].batch.id,
            m_listed[static_cast<std::size_t>(row)].progress.annotator);
}

void AuditPage::makeBatch()
{
    auto* dialog = new AuditDialog(parts().choice.run(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        workspace().change<AuditBatchRow>(
            this,
            [source = dialog->source(), options = dialog->options()](
                store::Project& project) { return workbench::newAudit(project, source, options); },
            [this](const Result<AuditBatchRow>& batch) {
                if (!batch)
                    emit workspace().said(fromUtf8(message(batch.error())), true);
                else
                    emit workspace().said(tr("The audit %1 is planned: %2 judgements.")
                                              .arg(oneLine(batch->name))
                                              .arg(batch->tasks),
                        false);
                refresh();
            });
    });
    dialog->open();
}

void AuditPage::start(BatchId batch, const std::string& annotator)
{
    m_state = {};
    saySaved({});
    readSession(batch, annotator);
}

void AuditPage::readSession(BatchId batch, const std::string& annotator)
{
    workspace().read<workbench::AuditSession>(
        this,
        [batch, annotator](const store::Project& project) {
            return workbench::auditSession(project, batch, annotator);
        },
        [this](const Result<workbench::AuditSession>& session) {
            if (m_pending > 0)
                return; // what was read is older than what was judged meanwhile
            if (!session || session->views.empty()) {
                m_state = {};
                m_stack->setCurrentIndex(0);
                if (!session && session.error().kind != ErrorKind::NotFound)
                    emit workspace().said(fromUtf8(message(session.error())), true);
                return;
            }
            const TaskId shown = m_state.empty() ? TaskId {} : m_state.current().task.id;
            m_state.load(*session);
            showEmpty(false);
            m_stack->setCurrentIndex(1);
            if (m_state.current().task.id == shown) {
                showDraft();
                showProgress();
                showStrip();
                return;
            }
            showPair();
            m_left->setFocus();
        });
}

// One pair

void AuditPage::showPair()
{
    m_choosingReason = false;
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

void AuditPage::showPicture()
{
    const auto& view = m_state.current();
    if (view.images.empty())
        return m_picture->setMessage(tr("This question has no picture."));
    const int request = ++m_pictureRequest;
    const bool seen = m_view == 1;
    const auto show = [this, request, seen](const Result<QImage>& image) {
        if (request != m_pictureRequest)
            return;
        if (image)
            m_picture->setImage(*image);
        else
            m_picture->setMessage(fromUtf8(message(image.error())));
        m_pictureText->setText(
            tr("%1×%2 · %3 · zoom wheel, + and − · pan by dragging · %4 V · real "
               "size Z")
                .arg(m_picture->imageSize().width())
                .arg(m_picture->imageSize().height())
                .arg(seen ? tr("as the model saw it") : tr("original"),
                    seen ? tr("original") : tr("as the model saw it")));
    };
    if (!seen)
        return workspace().picture(view.images.front(), judgedPictureSide, this, show);
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
    for (const auto& [number, button] : m_verdicts)
        button->setChecked(verdict && buttonOf(*verdict, m_state.current().task) == number);
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
    const bool show = m_reveal && m_state.verdictOf(m_state.index());
    m_revealText->setVisible(show);
    if (show)
        m_revealText->setText(
            tr("The machine chose the %1 answer (%2).")
                .arg(m_state.current().chosen == "left" ? tr("left") : tr("right"),
                    oneLine(m_state.current().machine)));
}

// Verdicts

void AuditPage::pressed(int digit)
{
    if (!judging())
        return;
    if (m_choosingReason) {
        m_choosingReason = false;
        return toggleReason(digit == 0 ? 9 : digit - 1);
    }
    switch (digit) {
    case 1:
    case 2:
        return give(Choice::Better, digit == 1);
    case 0:
        return give(Choice::Tie, false);
    case 3:
        return give(Choice::BothBad, false);
    case 9:
        return give(Choice::CannotJudge, false);
    default:
        return;
    }
}

void AuditPage::give(Choice choice, bool left)
{
    if (!judging())
        return;
    m_draftTimer->stop();
    m_choosingReason = false;
    const VerdictRow verdict = m_state.verdict(choice, left, m_attention.seconds(now()));
    m_state.accept(verdict);
    commit(verdict);
    if (!m_reveal)
        m_state.goToNextOpen();
    showPair();
}

void AuditPage::commit(const VerdictRow& verdict)
{
    ++m_pending;
    saySaved(tr("saving…"));
    workspace().change<VerdictId>(
        this,
        [verdict, op = workbench::newOpId()](
            store::Project& project) { return project.addVerdict(verdict, op); },
        [this, task = verdict.task](const Result<VerdictId>& result) { saved(result, task); });
}

void AuditPage::saved(const Result<VerdictId>& result, TaskId task)
{
    --m_pending;
    if (result) {
        if (m_pending == 0)
            saySaved(tr("Saved %1, durable.").arg(QTime::currentTime().toString(Qt::ISODate)));
        return;
    }
    saySaved(tr("not saved"));
    emit workspace().said(fromUtf8(message(result.error())), true);
    const auto& views = m_state.session().views;
    const auto found = std::ranges::find(
        views, task, [](const workbench::AuditView& view) { return view.task.id; });
    if (found == views.end())
        return;
    m_state.retract(task);
    goTo(static_cast<int>(found - views.begin()));
}

void AuditPage::takeBack()
{
    const auto newest = judging() ? m_state.newest() : std::nullopt;
    if (!newest)
        return;
    m_state.goTo(*newest);
    VerdictRow withdrawn = m_state.verdict(Choice::Withdrawn, false, 0);
    withdrawn.note.clear();
    withdrawn.reasons.clear();
    m_state.retract(withdrawn.task);
    commit(withdrawn);
    showPair();
}

// Reasons, note, flag

void AuditPage::toggleReason(int number)
{
    if (!judging())
        return;
    auto& reasons = m_state.draft().reasons;
    const std::string& reason = verdictReasons().at(static_cast<std::size_t>(number));
    if (std::erase(reasons, reason) == 0)
        reasons.push_back(reason);
    showDraft();
    draftChanged();
}

void AuditPage::draftChanged()
{
    m_draftTimer->start();
    m_draftText->setText(tr("…"));
}

void AuditPage::keepDraft()
{
    m_draftTimer->stop();
    if (!judging())
        return;
    VerdictDraft& draft = m_state.draft();
    draft.seconds = m_attention.seconds(now());
    workspace().change<bool>(
        this,
        [draft](store::Project& project) -> Result<bool> {
            auto kept = project.keepDraft(draft);
            return kept ? Result<bool>(true) : Result<bool>(fail(kept.error()));
        },
        [this, task = draft.task](const Result<bool>& kept) {
            if (judging() && m_state.current().task.id == task)
                m_draftText->setText(kept ? tr("draft kept") : tr("draft not kept"));
        });
}

// Moving

void AuditPage::move(int by)
{
    if (judging())
        goTo(m_state.index() + by);
}

void AuditPage::goTo(int index)
{
    if (m_draftTimer->isActive())
        keepDraft();
    m_state.draft().seconds = m_attention.seconds(now());
    m_state.goTo(index);
    showPair();
}

void AuditPage::sync(TextView* from, TextView* to)
{
    if (m_syncing)
        return;
    m_syncing = true;
    const auto* source = from->verticalScrollBar();
    auto* target = to->verticalScrollBar();
    const double share = source->maximum() > 0 ? double(source->value()) / source->maximum() : 0;
    target->setValue(static_cast<int>(share * target->maximum() + 0.5));
    m_syncing = false;
}

// Correcting an answer

void AuditPage::editAnswer()
{
    if (!judging())
        return;
    const QStringList sides { tr("left"), tr("right") };
    bool chosen = false;
    const QString side = QInputDialog::getItem(
        this, tr("Fix a span"), tr("Which answer?"), sides, 0, false, &chosen);
    if (chosen)
        askForEdit(side == sides.front());
}

void AuditPage::askForEdit(bool left)
{
    const auto& view = m_state.current();
    bool accepted = false;
    const QString text = QInputDialog::getMultiLineText(this, tr("Fix a span"),
        tr("Change the wrong words; the corrected answer becomes the chosen side of a new pair."),
        fromUtf8(left ? view.leftText : view.rightText), &accepted);
    if (!accepted)
        return;
    workspace().change<PairSetRow>(
        this,
        [batch = view.task.batch, pair = view.task.pair,
            answer = left ? view.task.left : view.task.right, corrected = text.toStdString(),
            annotator = view.task.annotator](store::Project& project) {
            return workbench::fixAnswer(project, batch, pair, answer, corrected, annotator);
        },
        [this](const Result<PairSetRow>& set) {
            if (!set) {
                emit workspace().said(fromUtf8(message(set.error())), true);
                return;
            }
            emit workspace().said(tr("The corrected answer is a new pair, \"edited\"."), false);
            workspace().contentMoved();
        });
}

} // namespace slook::gui
