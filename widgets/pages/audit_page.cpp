#include "pages/audit_page.h"
#include "models/text_table_model.h"
#include "pages/audit_dialog.h"
#include "pages/merge_dialog.h"
#include "parts/answers.h"
#include "parts/card.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "parts/zoom_picture.h"
#include "services/queries.h"
#include "workbench/audit_apply.h"
#include "workbench/audit_merge.h"
#include "workbench/op_id.h"
#include <QAction>
#include <QApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
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
constexpr int listPlace = 0; // of the stack
constexpr int screenPlace = 1;
constexpr int endPlace = 2;

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
        m_stack->setCurrentIndex(listPlace);
    });
    connect(qApp, &QApplication::applicationStateChanged, this, [this](Qt::ApplicationState state) {
        m_attention.setFocused(state == Qt::ApplicationActive && isVisible(), now());
    });
    QApplication::instance()->installEventFilter(this); // signs of life, wherever they land
    refresh();
}

bool AuditPage::judging() const
{
    return m_stack->currentIndex() == screenPlace && !m_state.empty();
}

bool AuditPage::eventFilter(QObject* watched, QEvent* event)
{
    const auto type = event->type();
    if (type == QEvent::KeyPress || type == QEvent::MouseMove || type == QEvent::MouseButtonPress
        || type == QEvent::Wheel)
        m_attention.activity(now());
    const auto* widget = qobject_cast<QWidget*>(watched);
    if ((type == QEvent::KeyPress || type == QEvent::KeyRelease) && judging() && isVisible()
        && widget && isAncestorOf(widget) && !m_note->hasFocus()) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Space && key->modifiers() == Qt::NoModifier) {
            m_picture->setPanning(type == QEvent::KeyPress || key->isAutoRepeat());
            return true; // it scrolls no pane and presses no button
        }
    }
    return Page::eventFilter(watched, event);
}

void AuditPage::hideEvent(QHideEvent* event)
{
    m_picture->setPanning(false);
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
    if (m_stack->currentIndex() == listPlace && isVisible())
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
    auto* dialog = new AuditDialog(parts().choice.run(), parts().view.selected(), this);
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
                m_stack->setCurrentIndex(listPlace);
                if (!session && session.error().kind != ErrorKind::NotFound)
                    emit workspace().said(fromUtf8(message(session.error())), true);
                return;
            }
            const TaskId shown = m_state.empty() ? TaskId {} : m_state.current().task.id;
            m_state.load(*session);
            showEmpty(false);
            m_stack->setCurrentIndex(screenPlace);
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

// Two files, no server

void AuditPage::sendBatch()
{
    const int row = m_table->currentRow();
    if (row < 0 || row >= static_cast<int>(m_listed.size()))
        return;
    const Listed& one = m_listed[static_cast<std::size_t>(row)];
    const QString file = QFileDialog::getSaveFileName(this,
        tr("Send %1 to %2").arg(oneLine(one.batch.name), oneLine(one.progress.annotator)),
        QStringLiteral("audit.slook"), tr("Projects (*.slook)"), nullptr,
        QFileDialog::DontConfirmOverwrite); // an existing file is never replaced
    if (file.isEmpty())
        return;
    workspace().read<workbench::SentAudit>(
        this,
        [batch = one.batch, annotator = one.progress.annotator, path = file.toStdString()](
            const store::Project& project) {
            return workbench::sendAudit(project, batch, { annotator }, path);
        },
        [this, file](const Result<workbench::SentAudit>& sent) {
            emit workspace().said(sent
                    ? tr("%1 holds %2 judgements of %3 pairs with %4 pictures; merge it here when "
                         "it comes back.")
                          .arg(QFileInfo(file).fileName())
                          .arg(sent->tasks)
                          .arg(sent->pairs)
                          .arg(sent->pictures)
                    : fromUtf8(message(sent.error())),
                !sent);
        });
}

void AuditPage::mergeFile()
{
    const QString file = QFileDialog::getOpenFileName(
        this, tr("Merge a file that came back"), {}, tr("Projects (*.slook)"));
    if (file.isEmpty())
        return;
    workspace().read<workbench::AuditMerge>(
        this,
        [path = file.toStdString()](
            const store::Project& project) { return workbench::planMerge(project, path); },
        [this](const Result<workbench::AuditMerge>& merge) {
            if (merge)
                showMerge(*merge);
            else
                emit workspace().said(fromUtf8(message(merge.error())), true);
        });
}

void AuditPage::showMerge(const workbench::AuditMerge& merge)
{
    auto* dialog = new MergeDialog(merge, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, merge] {
        workspace().change<bool>(
            this,
            [merge](store::Project& project) -> Result<bool> {
                auto merged = workbench::merge(project, merge);
                return merged ? Result<bool>(true) : Result<bool>(fail(merged.error()));
            },
            [this, merge](const Result<bool>& merged) {
                emit workspace().said(
                    fromUtf8(merged ? "Merged " + merge.sentence() : message(merged.error())),
                    !merged);
                if (merged)
                    workspace().contentMoved();
            });
    });
    dialog->open();
}

// One pair

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
            ->setChecked(verdict && buttonOf(*verdict, m_state.current().task) == number);
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

// Verdicts

void AuditPage::give(Choice choice, bool left)
{
    if (!judging())
        return;
    m_draftTimer->stop();
    setChoosing(false);
    const VerdictRow verdict = m_state.verdict(choice, left, m_attention.seconds(now()));
    const bool wasOpen = !m_state.finished();
    m_state.accept(verdict);
    m_finishing = wasOpen && m_state.finished();
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
        if (m_pending == 0 && m_finishing && judging() && m_state.finished())
            showEnd();
        return;
    }
    m_finishing = false;
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
    if (m_stack->currentIndex() == endPlace)
        m_stack->setCurrentIndex(screenPlace);
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

// The end of a batch

void AuditPage::showEnd()
{
    m_finishing = false;
    const auto& session = m_state.session();
    m_stack->setCurrentIndex(endPlace);
    m_endTitle->setText(tr("%1 · %2: all %3 are judged")
                            .arg(oneLine(session.batch.name), oneLine(session.annotator))
                            .arg(m_state.count()));
    m_endText->clear();
    emit statusChanged();
    constexpr int resamples = 20; // its intervals are not shown here
    workspace().read<workbench::RaterReport>(
        this,
        [batch = session.batch, annotator = session.annotator](
            const store::Project& project) -> Result<workbench::RaterReport> {
            const auto report = workbench::auditReport(project, batch, resamples);
            if (!report)
                return fail(report.error());
            for (const auto& one : report->raters)
                if (one.name == annotator)
                    return one;
            return workbench::RaterReport();
        },
        [this](const Result<workbench::RaterReport>& own) {
            if (own)
                showEndOf(*own);
            else
                emit workspace().said(fromUtf8(message(own.error())), true);
        });
}

void AuditPage::showEndOf(const workbench::RaterReport& own)
{
    std::array<int, verdictCount> counts {};
    for (int i = 0; i < m_state.count(); ++i)
        if (const VerdictRow* verdict = m_state.verdictOf(i))
            ++counts.at(static_cast<std::size_t>(
                buttonOf(*verdict, m_state.session().views[static_cast<std::size_t>(i)].task)));
    QStringList lines;
    QStringList said;
    for (int verdict = 0; verdict < verdictCount; ++verdict)
        if (const int count = counts.at(static_cast<std::size_t>(verdict)); count > 0)
            said << tr("%1 %2").arg(verdictName(verdict)).arg(count);
    lines << said.join(QStringLiteral(" · "));
    if (own.medianSeconds > 0)
        lines << tr("Seconds a pair: median %1, quartiles %2 and %3; %4 in less than two seconds.")
                     .arg(own.medianSeconds, 0, 'f', 1)
                     .arg(own.lowerSeconds, 0, 'f', 1)
                     .arg(own.upperSeconds, 0, 'f', 1)
                     .arg(own.fast);
    const auto share = [](const workbench::Share& one) {
        return tr("%1 %2, n %3").arg(percent(one.share), interval(one.low, one.high)).arg(one.n);
    };
    if (own.left.n > 0)
        lines << tr("The left answer was preferred in %1 (p %2 against one half).")
                     .arg(share(own.left), pValue(own.leftP));
    lines << (own.retest.n > 0
            ? tr("The same verdict when a pair came back with sides swapped: %1.")
                  .arg(share(own.retest))
            : tr("No pair came back with sides swapped."));
    if (const QString machine = machineText(); !machine.isEmpty())
        lines << machine;
    lines << (workbench::isSent(m_state.session().batch)
            ? tr("Next: close the program and send %1 back; it is merged where it came from.")
                  .arg(QFileInfo(workspace().project().file).fileName())
            : tr("Next: the Agreement page says what all annotators make of the pairs."));
    m_endText->setText(lines.join(QStringLiteral("\n\n")));
    m_endNext->setVisible(!workbench::isSent(m_state.session().batch));
}

/// How often the annotator and the machine agree; empty where that is not to be told.
QString AuditPage::machineText() const
{
    if (!m_reveal)
        return {};
    std::int64_t sided = 0;
    std::int64_t same = 0;
    for (int i = 0; i < m_state.count(); ++i) {
        const auto& view = m_state.session().views[static_cast<std::size_t>(i)];
        const VerdictRow* verdict = m_state.verdictOf(i);
        if (!verdict || !verdict->better || view.chosen.empty()
            || view.task.kind == TaskKind::Mirrored)
            continue;
        ++sided;
        same += (verdict->better == view.task.left) == (view.chosen == "left") ? 1 : 0;
    }
    const auto share = workbench::shareOf(same, sided);
    return sided == 0 ? QString()
                      : tr("You prefer the machine's choice in %1 %2, n %3.")
                            .arg(percent(share.share), interval(share.low, share.high))
                            .arg(sided);
}

void AuditPage::openNext()
{
    for (const Listed& one : m_listed)
        if (one.progress.annotator == m_state.session().annotator
            && one.batch.id != m_state.session().batch.id
            && one.progress.judged < one.progress.tasks)
            return start(one.batch.id, one.progress.annotator);
    m_stack->setCurrentIndex(listPlace);
    m_table->setFocus();
    refresh();
}

void AuditPage::useSettings(QSettings* settings)
{
    m_settings = settings;
    if (settings)
        m_revealAction->setChecked(settings->value(QStringLiteral("audit/reveal")).toBool());
}

} // namespace slook::gui
