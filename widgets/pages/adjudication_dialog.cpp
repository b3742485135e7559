#include "pages/adjudication_dialog.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/text_view.h"
#include "parts/zoom_picture.h"
#include "workbench/op_id.h"
#include <QInputDialog>
#include <QLineEdit>
#include <QPushButton>
#include <QShortcut>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {

AdjudicationDialog::AdjudicationDialog(
    Workspace& workspace, const AuditBatchRow& batch, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_batch(batch)
    , m_head(mutedLabel())
    , m_question(largeLabel({}, 16))
    , m_picture(new ZoomPicture)
    , m_a(new TextView)
    , m_b(new TextView)
    , m_voices(plainLabel())
    , m_note(new QLineEdit)
    , m_name(new QLineEdit(qEnvironmentVariable("USER")))
{
    setObjectName(QStringLiteral("adjudicationDialog"));
    setWindowTitle(tr("Adjudicate: %1").arg(oneLine(batch.name)));
    resize(1100, 720);
    build();
    read();
}

void AdjudicationDialog::build()
{
    const auto card = [](const QString& title, QWidget* body) {
        auto* made = new Card;
        auto* column = new QVBoxLayout(made);
        column->addWidget(heading(title));
        column->addWidget(body, 1);
        return made;
    };
    m_a->setObjectName(QStringLiteral("answerA"));
    m_b->setObjectName(QStringLiteral("answerB"));
    m_voices->setObjectName(QStringLiteral("voices"));
    m_note->setPlaceholderText(tr("Note"));
    m_name->setPlaceholderText(tr("Your name"));
    auto* middle = new QHBoxLayout;
    middle->addWidget(m_picture, 2);
    middle->addWidget(card(tr("A"), m_a), 2);
    middle->addWidget(card(tr("B"), m_b), 2);
    auto* row = new QHBoxLayout;
    row->addWidget(m_note, 3);
    row->addWidget(m_name, 1);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_head);
    column->addWidget(m_question);
    column->addLayout(middle, 1);
    column->addWidget(card(tr("What people said"), m_voices));
    column->addLayout(row);
    column->addWidget(buildButtons());
}

QWidget* AdjudicationDialog::buildButtons()
{
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    const auto add = [this, row](const QString& text, const QKeySequence& key, auto act) {
        auto* button = new QPushButton(QStringLiteral("%1  %2").arg(text, key.toString()));
        button->setFocusPolicy(Qt::NoFocus);
        connect(button, &QPushButton::clicked, this, act);
        connect(new QShortcut(key, this), &QShortcut::activated, this, act);
        row->addWidget(button);
    };
    const auto better = [this](bool a) {
        if (m_queue.empty())
            return;
        const auto& view = m_queue[static_cast<std::size_t>(m_index)];
        settle(Settlement::Better, a ? view.a : view.b);
    };
    add(tr("A is better"), Qt::Key_1, [better] { better(true); });
    add(tr("B is better"), Qt::Key_2, [better] { better(false); });
    add(tr("Tie"), Qt::Key_0, [this] { settle(Settlement::Tie, {}); });
    add(tr("Drop"), Qt::Key_D, [this] { settle(Settlement::Drop, {}); });
    add(tr("Rewrite…"), Qt::Key_W, [this] { rewrite(); });
    add(tr("Previous"), Qt::Key_Left, [this] { show(m_index - 1); });
    add(tr("Next"), Qt::Key_Right, [this] { show(m_index + 1); });
    return bar;
}

void AdjudicationDialog::read()
{
    m_workspace.read<std::vector<workbench::ConflictView>>(
        this,
        [batch = m_batch](
            const store::Project& project) { return workbench::auditConflicts(project, batch); },
        [this](const Result<std::vector<workbench::ConflictView>>& queue) {
            if (!queue)
                emit m_workspace.said(fromUtf8(message(queue.error())), true);
            m_queue = queue ? *queue : std::vector<workbench::ConflictView>();
            show(m_index);
        });
}

void AdjudicationDialog::show(int index)
{
    if (m_queue.empty()) {
        m_head->setText(tr("Nothing waits for an adjudicator."));
        for (TextView* view : { m_a, m_b })
            view->show({});
        m_question->clear();
        m_voices->clear();
        return m_picture->setMessage({});
    }
    m_index = std::clamp(index, 0, static_cast<int>(m_queue.size()) - 1);
    const auto& view = m_queue[static_cast<std::size_t>(m_index)];
    m_head->setText(
        tr("%1 of %2 · %3").arg(m_index + 1).arg(m_queue.size()).arg(oneLine(view.why)));
    QString options;
    for (const Option& option : view.options)
        options += QStringLiteral("     %1  %2").arg(oneLine(option.label), oneLine(option.text));
    m_question->setText(oneLine(view.question) + options);
    m_a->show({ fromUtf8(view.aText), {} });
    m_b->show({ fromUtf8(view.bText), {} });
    QString voices;
    for (const auto& voice : view.voices) {
        QString reasons;
        for (const std::string& reason : voice.reasons)
            reasons += QStringLiteral(", ") + oneLine(reason);
        const QString saw = voice.leftWas.empty()
            ? QString()
            : tr(" (saw %1 on the left, %2)").arg(oneLine(voice.leftWas), duration(voice.seconds));
        const QString note = voice.note.empty() ? QString() : tr(": %1").arg(oneLine(voice.note));
        voices += oneLine(voice.verdict) + saw + reasons + note + QLatin1Char('\n');
    }
    m_voices->setText(clipped(voices.trimmed()));
    const int request = ++m_pictureRequest;
    if (view.images.empty())
        return m_picture->setMessage(tr("This question has no picture."));
    constexpr int side = 2048;
    m_workspace.picture(
        view.images.front(), side, this, [this, request](const Result<QImage>& image) {
            if (request == m_pictureRequest && image)
                m_picture->setImage(*image);
            else if (request == m_pictureRequest)
                m_picture->setMessage(fromUtf8(message(image.error())));
        });
}

void AdjudicationDialog::settle(Settlement outcome, ResponseId better, const QString& rewritten)
{
    if (m_queue.empty())
        return;
    AdjudicationRow row;
    row.batch = m_batch.id;
    row.pair = m_queue[static_cast<std::size_t>(m_index)].pair;
    row.outcome = outcome;
    row.better = better;
    row.note = m_note->text().toStdString();
    row.adjudicator = m_name->text().toStdString();
    row.rewrite = rewritten.toStdString();
    m_workspace.change<std::int64_t>(
        this,
        [row, op = workbench::newOpId()](
            store::Project& project) { return project.addAdjudication(row, op); },
        [this](const Result<std::int64_t>& done) {
            if (!done)
                emit m_workspace.said(fromUtf8(message(done.error())), true);
            m_note->clear();
            read();
        });
}

void AdjudicationDialog::rewrite()
{
    if (m_queue.empty())
        return;
    bool accepted = false;
    const QString text = QInputDialog::getMultiLineText(this, tr("Rewrite"),
        tr("The answer as it should be; it becomes the chosen side when the audit is applied."),
        fromUtf8(m_queue[static_cast<std::size_t>(m_index)].aText), &accepted);
    if (!accepted || text.isEmpty())
        return;
    settle(Settlement::Rewrite, {}, text);
}

} // namespace slook::gui
