#include "pages/audit_page.h"
#include "models/text_table_model.h"
#include "pages/audit_dialog.h"
#include "pages/audit_exchange.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "parts/zoom_picture.h"
#include "workbench/audit_apply.h"
#include "workbench/op_id.h"
#include <QAction>
#include <QApplication>
#include <QInputDialog>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
#include <QStackedWidget>
#include <QTime>
#include <QTimer>
#include <algorithm>

// How the page works; audit_page_build.cpp says how it looks, audit_page_pair.cpp what it shows of
// a pair, audit_page_end.cpp what at the end of a batch.
namespace slook::gui {
namespace {

constexpr int draftMilliseconds = 300;
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
        m_stack->setCurrentIndex(ListPlace);
    });
    connect(qApp, &QApplication::applicationStateChanged, this, [this](Qt::ApplicationState state) {
        m_attention.setFocused(state == Qt::ApplicationActive && isVisible(), now());
    });
    QApplication::instance()->installEventFilter(this); // signs of life, wherever they land
    refresh();
}

bool AuditPage::judging() const
{
    return m_stack->currentIndex() == ScreenPlace && !m_state.empty();
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
    if (m_stack->currentIndex() == ListPlace && isVisible())
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
                    emit workspace().said(
                        tr("The audit %1 is planned: %2 judgements.")
                            .arg(oneLine(batch->name), QString::number(batch->tasks)),
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
                m_stack->setCurrentIndex(ListPlace);
                if (!session && session.error().kind != ErrorKind::NotFound)
                    emit workspace().said(fromUtf8(message(session.error())), true);
                return;
            }
            const TaskId shown = m_state.empty() ? TaskId {} : m_state.current().task.id;
            m_state.load(*session);
            showEmpty(false);
            m_stack->setCurrentIndex(ScreenPlace);
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

void AuditPage::sendBatch()
{
    const int row = m_table->currentRow();
    if (row < 0 || row >= static_cast<int>(m_listed.size()))
        return;
    const Listed& one = m_listed[static_cast<std::size_t>(row)];
    sendAuditFile(workspace(), this, one.batch, one.progress.annotator);
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
    if (m_stack->currentIndex() == EndPlace)
        m_stack->setCurrentIndex(ScreenPlace);
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

void AuditPage::useSettings(QSettings* settings)
{
    m_settings = settings;
    if (settings)
        m_revealAction->setChecked(settings->value(QStringLiteral("audit/reveal")).toBool());
}

} // namespace slook::gui
