// How the Audit page looks and which keys it has; audit_page.cpp says how it works.
#include "models/text_table_model.h"
#include "pages/audit_exchange.h"
#include "pages/audit_page.h"
#include "parts/card.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "parts/zoom_picture.h"
#include <QAction>
#include <QGridLayout>
#include <QLineEdit>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

/// A button that shows its key and never takes the focus, so that keys go on meaning verdicts.
QPushButton* keyButton(const QString& text, const QString& key, bool below)
{
    auto* button =
        new QPushButton(text + (below ? QStringLiteral("\n") : QStringLiteral("  ")) + key);
    button->setFocusPolicy(Qt::NoFocus);
    button->setCheckable(true);
    button->setToolTip(AuditPage::tr("%1 (%2)").arg(text, key));
    return button;
}

Card* pane(QLabel* head, QWidget* body)
{
    auto* card = new Card;
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(14, 12, 8, 8);
    column->addWidget(head);
    column->addWidget(body, 1);
    return card;
}

} // namespace

void AuditPage::build()
{
    m_stack = new QStackedWidget;
    m_stack->addWidget(buildList());
    m_stack->addWidget(buildScreen());
    m_stack->addWidget(buildEnd());
    auto* empty = new EmptyState(tr("No audit yet"),
        tr("An audit puts the pairs that a machine labelled before people, without telling which "
           "answer it chose, and says how good its labels are. Plan one from the pairs of a run."));
    setContent(m_stack, empty);
    auto* plan = addPageAction(tr("Plan an audit…"), QKeySequence(tr("Ctrl+Shift+N")));
    connect(plan, &QAction::triggered, this, &AuditPage::makeBatch);
    empty->addAction(plan);
    addFileActions();
    auto* merge = new QAction(tr("Merge a file that came back…"), this);
    connect(merge, &QAction::triggered, this, [this] { mergeAuditFile(workspace(), this); });
    empty->addAction(merge);
}

void AuditPage::addFileActions()
{
    auto* send = addPageAction(tr("Send to annotator…"), QKeySequence(tr("Ctrl+Shift+S")));
    connect(send, &QAction::triggered, this, &AuditPage::sendBatch);
    auto* merge =
        addPageAction(tr("Merge a file that came back…"), QKeySequence(tr("Ctrl+Shift+M")));
    connect(merge, &QAction::triggered, this, [this] { mergeAuditFile(workspace(), this); });
}

QWidget* AuditPage::buildList()
{
    m_model = new TextTableModel(
        { tr("Audit"), tr("Annotator"), tr("Judged"), tr("Of"), tr("Planned") }, this);
    m_model->setNumeric({ 2, 3 });
    m_table = new RowTable(32);
    m_table->setObjectName(QStringLiteral("auditTable"));
    m_table->setModel(m_model);
    m_table->setWidths({ 260, 200, 90, 90, 160 }, 0);
    connect(m_table, &QTableView::activated, this,
        [this](const QModelIndex& index) { openListed(index.row()); });
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(1, 1, 1, 1);
    inside->addWidget(m_table);
    auto* newButton = new QPushButton(tr("Plan an audit…"));
    newButton->setToolTip(tr("Draw pairs and say who judges them (Ctrl+Shift+N)"));
    connect(newButton, &QPushButton::clicked, this, &AuditPage::makeBatch);
    auto* openButton = new QPushButton(tr("Judge"));
    openButton->setProperty("primary", true);
    openButton->setToolTip(tr("Go on with the chosen row (Enter)"));
    connect(openButton, &QPushButton::clicked, this, [this] { openListed(m_table->currentRow()); });
    auto* top = new QHBoxLayout;
    top->addWidget(heading(tr("Audits, and who judges")));
    top->addStretch(1);
    auto* sendButton = new QPushButton(tr("Send…"));
    sendButton->setToolTip(tr("Write the chosen row with its pairs and pictures as a small project "
                              "for the annotator (Ctrl+Shift+S)"));
    connect(sendButton, &QPushButton::clicked, this, &AuditPage::sendBatch);
    auto* mergeButton = new QPushButton(tr("Merge…"));
    mergeButton->setToolTip(tr("Take in what was judged in a file that comes back (Ctrl+Shift+M)"));
    connect(
        mergeButton, &QPushButton::clicked, this, [this] { mergeAuditFile(workspace(), this); });
    top->addWidget(sendButton);
    top->addWidget(mergeButton);
    top->addWidget(newButton);
    top->addWidget(openButton);
    auto* list = new QWidget;
    auto* column = new QVBoxLayout(list);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(10);
    column->addLayout(top);
    column->addWidget(card, 1);
    return list;
}

QWidget* AuditPage::buildScreen()
{
    auto* screen = new QWidget;
    auto* column = new QVBoxLayout(screen);
    column->setContentsMargins(12, 10, 12, 12);
    column->setSpacing(10);
    column->addWidget(buildHead());
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(16, 10, 16, 10);
    constexpr int questionPixels = 16;
    m_question = largeLabel({}, questionPixels);
    m_question->setObjectName(QStringLiteral("auditQuestion"));
    inside->addWidget(m_question);
    column->addWidget(card);
    column->addWidget(buildMiddle(), 1);
    column->addWidget(m_revealText);
    column->addWidget(buildReasons());
    column->addWidget(buildVerdicts());
    return screen;
}

QWidget* AuditPage::buildHead()
{
    constexpr int barWidth = 160;
    m_title = plainLabel();
    m_title->setWordWrap(false);
    m_progressText = mutedLabel();
    m_progressText->setObjectName(QStringLiteral("auditProgress"));
    m_progressText->setWordWrap(false);
    m_progress = new QProgressBar;
    m_progress->setTextVisible(false);
    m_progress->setFixedWidth(barWidth);
    auto* list = new QPushButton(tr("All audits  Esc"));
    list->setFocusPolicy(Qt::NoFocus);
    connect(list, &QPushButton::clicked, this, [this] { m_stack->setCurrentIndex(ListPlace); });
    auto* head = new QWidget;
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(list);
    row->addWidget(m_title);
    row->addStretch(1);
    row->addWidget(m_progressText);
    row->addWidget(m_progress);
    return head;
}

QWidget* AuditPage::buildMiddle()
{
    constexpr int readingPixels = 16;
    m_picture = new ZoomPicture;
    m_picture->setObjectName(QStringLiteral("auditPicture"));
    m_pictureText = mutedLabel();
    m_pictureText->setObjectName(QStringLiteral("auditPictureText"));
    auto* pictureCard = new Card;
    auto* pictureColumn = new QVBoxLayout(pictureCard);
    pictureColumn->setContentsMargins(8, 8, 8, 8);
    pictureColumn->addWidget(m_picture, 1);
    pictureColumn->addWidget(m_pictureText);
    m_left = new TextView;
    m_right = new TextView;
    m_left->setObjectName(QStringLiteral("auditLeft"));
    m_right->setObjectName(QStringLiteral("auditRight"));
    for (TextView* view : { m_left, m_right }) {
        QFont font = view->font();
        font.setPixelSize(readingPixels);
        view->setFont(font);
    }
    connect(m_left->verticalScrollBar(), &QScrollBar::valueChanged, this,
        [this] { sync(m_left, m_right); });
    connect(m_right->verticalScrollBar(), &QScrollBar::valueChanged, this,
        [this] { sync(m_right, m_left); });
    auto* panes = new QHBoxLayout;
    panes->setSpacing(10);
    panes->addWidget(pane(heading(tr("Left")), m_left), 1);
    panes->addWidget(pane(heading(tr("Right")), m_right), 1);
    m_revealText = mutedLabel();
    m_revealText->setObjectName(QStringLiteral("auditReveal"));
    m_revealText->hide();
    auto* middle = new QWidget;
    auto* row = new QHBoxLayout(middle);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    row->addWidget(pictureCard, 6);
    row->addLayout(panes, 7);
    return middle;
}

QWidget* AuditPage::buildReasons()
{
    const QStringList names { tr("hallucinated object"), tr("wrong attribute"), tr("wrong count"),
        tr("wrong relation"), tr("text reading"), tr("reasoning"), tr("format"), tr("refusal"),
        tr("verbosity"), tr("other") };
    constexpr int perRow = 5;
    auto* card = new Card;
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(10, 8, 10, 8);
    auto* grid = new QGridLayout;
    grid->setSpacing(6);
    for (int i = 0; i < names.size(); ++i) {
        auto* chip = keyButton(names[i], QStringLiteral("R %1").arg((i + 1) % 10), false);
        chip->setObjectName(QStringLiteral("reason%1").arg(i));
        chip->setStyleSheet(QStringLiteral("padding: 2px 4px; font-size: 12px"));
        connect(chip, &QPushButton::clicked, this, [this, i] { toggleReason(i); });
        grid->addWidget(chip, i / perRow, i % perRow);
        m_reasons.push_back(chip);
    }
    column->addLayout(grid);
    m_note = new QLineEdit;
    m_note->setObjectName(QStringLiteral("auditNote"));
    m_note->setPlaceholderText(tr("Note  N   (Enter goes back to the pair)"));
    constexpr int longestNote = 2000;
    m_note->setMaxLength(longestNote);
    connect(m_note, &QLineEdit::textEdited, this, [this](const QString& text) {
        if (!judging())
            return;
        m_state.draft().note = text.toStdString();
        draftChanged();
    });
    m_flag = keyButton(tr("Flag"), tr("F"), false);
    m_flag->setObjectName(QStringLiteral("auditFlag"));
    m_draftText = mutedLabel();
    m_draftText->setObjectName(QStringLiteral("auditDraft"));
    m_draftText->setWordWrap(false);
    auto* row = new QHBoxLayout;
    row->addWidget(m_note, 1);
    row->addWidget(m_draftText);
    row->addWidget(m_flag);
    column->addLayout(row);
    return card;
}

QWidget* AuditPage::buildVerdicts()
{
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    const std::pair<Choice, bool> verdicts[verdictCount] = { { Choice::MuchBetter, true },
        { Choice::Better, true }, { Choice::Tie, false }, { Choice::Better, false },
        { Choice::MuchBetter, false }, { Choice::BothBad, false }, { Choice::CannotJudge, false } };
    for (int number = 0; number < verdictCount; ++number) {
        auto* button = keyButton(verdictName(number), {}, true);
        button->setStyleSheet(QStringLiteral("padding: 4px 4px"));
        button->setObjectName(QStringLiteral("verdict%1").arg(number));
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        const auto [choice, left] = verdicts[number];
        connect(button, &QPushButton::clicked, this,
            [this, choice = choice, left = left] { give(choice, left); });
        row->addWidget(button);
        m_verdicts.at(static_cast<std::size_t>(number)) = button;
    }
    return bar;
}

QString AuditPage::verdictName(int number)
{
    const std::array<QString, verdictCount> names { tr("Left much better"), tr("Left better"),
        tr("Tie"), tr("Right better"), tr("Right much better"), tr("Both bad"),
        tr("Cannot judge") };
    return names.at(static_cast<std::size_t>(number));
}

/// The number of a verdict's button, from left to right.
int AuditPage::numberOf(const VerdictRow& verdict, const AuditTask& task)
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

/// Writes on a verdict's button which key it has now.
void AuditPage::showKey(std::size_t verdict)
{
    const QString name = verdictName(static_cast<int>(verdict));
    const QString key = m_verdictActions.at(verdict)->shortcut().toString(QKeySequence::NativeText);
    m_verdicts.at(verdict)->setText(name + QLatin1Char('\n') + key);
    m_verdicts.at(verdict)->setToolTip(tr("%1 (%2)").arg(name, key));
}

/// While a reason is chosen digits are reasons, else they are verdicts.
void AuditPage::setChoosing(bool reason)
{
    m_choosingReason = reason;
    for (QAction* action : m_verdictActions)
        action->setEnabled(!reason);
    for (QShortcut* key : m_reasonKeys)
        key->setEnabled(reason);
}

void AuditPage::addKeys()
{
    addVerdictKeys();
    addViewKeys();
    const auto add = [this](const QString& text, const QList<QKeySequence>& keys, auto act) {
        auto* action = addPageAction(text, keys.front());
        action->setShortcuts(keys);
        connect(action, &QAction::triggered, this, act);
        return action;
    };
    add(tr("Take the last verdict back"), { Qt::Key_Backspace, Qt::Key_U }, [this] { takeBack(); });
    add(tr("Next pair"), { Qt::Key_Right, Qt::Key_Return, Qt::Key_Enter }, [this] {
        if (m_note->hasFocus()) // a line of text leaves Return to us
            return m_left->setFocus();
        if (judging())
            return move(1);
        openListed(m_table->currentRow());
    });
    add(tr("Previous pair"), { Qt::Key_Left }, [this] { move(-1); });
    add(tr("Next pair without a verdict"), { tr("Shift+Right") }, [this] {
        if (!judging())
            return;
        m_state.goToNextOpen();
        showPair();
    });
    add(tr("Write a note"), { Qt::Key_N }, [this] {
        if (judging())
            m_note->setFocus();
    });
    add(tr("Choose a reason, then a digit"), { Qt::Key_R }, [this] {
        if (!judging())
            return;
        setChoosing(true);
        showDraft();
    });
    const auto flag = [this] {
        if (!judging())
            return;
        m_state.draft().flagged = !m_state.draft().flagged;
        showDraft();
        draftChanged();
    };
    add(tr("Flag for adjudication"), { Qt::Key_F }, flag);
    connect(m_flag, &QPushButton::clicked, this, flag);
    add(tr("Fix a span of an answer…"), { Qt::Key_E }, [this] { editAnswer(); });
    add(tr("Back to the list of audits"), { Qt::Key_Escape }, [this] {
        if (!judging() && m_stack->currentIndex() != ListPlace)
            return openNext();
        if (!judging())
            return;
        if (m_choosingReason) {
            setChoosing(false);
            return showDraft();
        }
        if (m_note->hasFocus())
            return m_left->setFocus();
        if (m_draftTimer->isActive())
            keepDraft();
        m_stack->setCurrentIndex(ListPlace);
        m_table->setFocus();
        refresh();
    });
}

void AuditPage::addVerdictKeys()
{
    const QList<QKeySequence> keys[verdictCount] = {
        { Qt::SHIFT | Qt::Key_1, Qt::ALT | Qt::Key_1 }, // Shift makes the digit on some keyboards
        { Qt::Key_1 }, { Qt::Key_0 }, { Qt::Key_2 }, { Qt::SHIFT | Qt::Key_2, Qt::ALT | Qt::Key_2 },
        { Qt::Key_3 }, { Qt::Key_9 }
    };
    for (std::size_t at = 0; at < verdictCount; ++at) {
        auto* action = addPageAction(verdictName(static_cast<int>(at)), keys[at].front());
        action->setShortcuts(keys[at]);
        m_verdictActions.at(at) = action;
        showKey(at);
        connect(action, &QAction::changed, this, [this, at] { showKey(at); });
        connect(action, &QAction::triggered, this, [this, at] {
            if (judging())
                m_verdicts.at(at)->click();
        });
    }
    for (int digit = 0; digit <= 9; ++digit) {
        auto* key = new QShortcut(QKeySequence(Qt::Key_0 + digit), this);
        key->setContext(Qt::WidgetWithChildrenShortcut);
        key->setEnabled(false);
        connect(key, &QShortcut::activated, this, [this, digit] {
            setChoosing(false);
            toggleReason(digit == 0 ? 9 : digit - 1);
        });
        m_reasonKeys.push_back(key);
    }
}

void AuditPage::addViewKeys()
{
    const auto add = [this](const QString& text, const QList<QKeySequence>& keys, auto act) {
        auto* action = addPageAction(text, keys.front());
        action->setShortcuts(keys);
        connect(action, &QAction::triggered, this, [this, act] {
            if (judging())
                act();
        });
    };
    constexpr double step = 1.25;
    add(tr("Larger"), { Qt::Key_Plus, Qt::Key_Equal }, [this] { m_picture->zoomBy(step); });
    add(tr("Smaller"), { Qt::Key_Minus }, [this] { m_picture->zoomBy(1 / step); });
    add(tr("Real size or fit"), { Qt::Key_Z }, [this] { m_picture->toggleRealSize(); });
    add(tr("Original, corrupted or as the model saw it"), { Qt::Key_V }, [this] {
        m_view = (m_view + 1) % pictureKinds().size();
        showPicture();
    });
    constexpr double pan = 60; // pixels of the screen
    const std::tuple<QString, Qt::Key, QPointF> pans[] = {
        { tr("Picture to the left"), Qt::Key_Left, { -pan, 0 } },
        { tr("Picture to the right"), Qt::Key_Right, { pan, 0 } },
        { tr("Picture up"), Qt::Key_Up, { 0, -pan } },
        { tr("Picture down"), Qt::Key_Down, { 0, pan } },
    };
    for (const auto& [text, key, by] : pans)
        add(text, { QKeySequence(Qt::CTRL | key) }, [this, by = by] { m_picture->panBy(by); });
    add(tr("Mark the difference"), { Qt::Key_X }, [this] {
        m_difference = !m_difference;
        showTexts();
    });
    m_revealAction = addPageAction(tr("Tell after each verdict what the machine chose"), {});
    m_revealAction->setCheckable(true);
    connect(m_revealAction, &QAction::toggled, this, [this](bool on) {
        m_reveal = on;
        if (m_settings)
            m_settings->setValue(QStringLiteral("audit/reveal"), on);
    });
    auto* end = addPageAction(tr("What the batch came to"), Qt::Key_W);
    connect(end, &QAction::triggered, this, [this] {
        if (judging() && m_state.finished())
            showEnd();
    });
}

QWidget* AuditPage::inspector()
{
    if (m_side)
        return m_side; // the window asks more than once
    m_side = new QWidget;
    m_strip = new QListWidget;
    m_strip->setObjectName(QStringLiteral("auditStrip"));
    m_strip->setFocusPolicy(Qt::NoFocus);
    m_strip->setFrameShape(QFrame::NoFrame);
    m_strip->setWordWrap(true);
    connect(m_strip, &QListWidget::itemClicked, this,
        [this](const QListWidgetItem* item) { goTo(item->data(Qt::UserRole).toInt()); });
    m_savedText = mutedLabel();
    m_savedText->setObjectName(QStringLiteral("auditSaved"));
    m_rubric = plainLabel();
    m_rubric->setObjectName(QStringLiteral("auditRubric"));
    auto* column = new QVBoxLayout(m_side);
    column->addWidget(heading(tr("Last verdicts · Backspace takes back")));
    column->addWidget(m_strip, 2);
    column->addWidget(heading(tr("Rubric")));
    column->addWidget(m_rubric);
    column->addStretch(1);
    column->addWidget(m_savedText);
    column->addWidget(mutedLabel(
        tr("Sides are drawn at random; nothing here tells which answer the machine chose.")));
    return m_side;
}

} // namespace slook::gui
