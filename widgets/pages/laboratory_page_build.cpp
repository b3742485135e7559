#include "pages/corruption_form.h"
#include "pages/laboratory_page.h"
#include "pages/sweep_panel.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/text_view.h"
#include "parts/zoom_picture.h"
#include "services/model_desk.h"
#include <QAction>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QTabWidget>
#include <QTimer>
#include <QVBoxLayout>

// How the Laboratory page is put together; laboratory_page.cpp says what it does.
namespace slook::gui {
namespace {

constexpr int pauseMilliseconds = 120;
constexpr int formWidth = 320;

QWidget* titled(QLabel* title, QWidget* body)
{
    auto* cell = new QWidget;
    auto* column = new QVBoxLayout(cell);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(title);
    column->addWidget(body, 1);
    return cell;
}

} // namespace

LaboratoryPage::LaboratoryPage(const PageParts& parts)
    : Page(parts, QStringLiteral("laboratory"), tr("Laboratory"))
    , m_desk(new ModelDesk(this))
    , m_pause(new QTimer(this))
    , m_tabs(new QTabWidget)
    , m_filter(new QLineEdit)
    , m_where(mutedLabel())
    , m_question(plainLabel())
    , m_view(new QPushButton)
    , m_numbers(plainLabel())
    , m_hashes(codeLabel())
    , m_badge(new Card)
    , m_badgeText(plainLabel())
    , m_form(new CorruptionForm)
    , m_gain(new QDoubleSpinBox)
    , m_model(new QLineEdit)
    , m_prompt(new QPlainTextEdit)
    , m_ask(new QPushButton(tr("Ask the model  Ctrl+Return")))
    , m_flip(plainLabel())
    , m_sweep(new SweepPanel(parts, *m_form, *m_filter, *m_model))
{
    build();
    addKeys();
    m_pause->setSingleShot(true);
    m_pause->setInterval(pauseMilliseconds);
    connect(m_pause, &QTimer::timeout, this, [this] {
        askForPictures();
        askForStrip();
    });
    connect(m_form, &CorruptionForm::changed, this, [this] {
        forgetAnswers();
        m_pause->start();
    });
    connect(m_gain, &QDoubleSpinBox::valueChanged, this, &LaboratoryPage::askForPictures);
    connect(m_model, &QLineEdit::editingFinished, this, &LaboratoryPage::askForPictures);
    auto* typing = new QTimer(this);
    typing->setSingleShot(true);
    typing->setInterval(pauseMilliseconds);
    connect(m_filter, &QLineEdit::textChanged, typing, qOverload<>(&QTimer::start));
    connect(typing, &QTimer::timeout, this, &LaboratoryPage::refresh);
    connect(&parts.choice, &RunChoice::changed, m_sweep, &SweepPanel::refresh);
    showSide();
    forgetAnswers();
    refresh();
}

LaboratoryPage::~LaboratoryPage() = default;

void LaboratoryPage::addKeys()
{
    const auto key = [this](const QString& text, const QKeySequence& keys, auto act) {
        connect(addPageAction(text, keys), &QAction::triggered, this, act);
    };
    key(tr("Next picture"), Qt::Key_Period, [this] { step(1); });
    key(tr("Previous picture"), Qt::Key_Comma, [this] { step(-1); });
    key(tr("File or model's view"), Qt::Key_V, [this] { toggleView(); });
    key(tr("Real size or fit"), Qt::Key_Z, [this] { m_panes[0]->toggleRealSize(); });
    key(tr("Roll another seed"), Qt::Key_R, [this] { m_form->roll(); });
    for (int severity = 0; severity <= 5; ++severity)
        key(tr("Severity %1").arg(severity), QKeySequence(Qt::Key_0 + severity),
            [this, severity] { m_form->setSeverity(severity); });
    key(tr("Ask the model about both"), QKeySequence(tr("Ctrl+Return")), [this] { askModel(); });
    key(tr("Corrupt a whole view…"), QKeySequence(tr("Ctrl+Shift+A")), [this] { applyToView(); });
    key(tr("One picture or sweep"), Qt::Key_T,
        [this] { m_tabs->setCurrentIndex(1 - m_tabs->currentIndex()); });
    key(tr("Filter"), QKeySequence(tr("Ctrl+F")), [this] { m_filter->setFocus(); });
}

void LaboratoryPage::build()
{
    auto* work = new QSplitter(Qt::Vertical);
    work->addWidget(buildPictures());
    work->addWidget(buildAnswers());
    work->setStretchFactor(0, 3);
    work->setStretchFactor(1, 2);
    m_tabs->setObjectName(QStringLiteral("laboratoryTabs"));
    m_tabs->addTab(work, tr("One picture"));
    m_tabs->addTab(m_sweep, tr("Sweep"));
    m_tabs->setToolTip(tr("One picture, or all severities on many questions (T)"));
    auto* row = new QHBoxLayout;
    row->setSpacing(10);
    row->addWidget(m_tabs, 1);
    row->addWidget(buildForm());
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(10);
    column->addWidget(buildTop());
    column->addLayout(row, 1);
    setContent(content,
        new EmptyState(tr("No picture yet"),
            tr("Import questions with pictures or a folder of pictures on the Data page (Ctrl+1); "
               "here each can be corrupted, compared and asked about.")));
}

QWidget* LaboratoryPage::buildTop()
{
    auto* top = new QWidget;
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins(0, 0, 0, 0);
    m_filter->setObjectName(QStringLiteral("laboratoryFilter"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setPlaceholderText(tr("Filter, as on the Data page   (Ctrl+F)"));
    m_filter->setFixedWidth(260);
    const auto step = [this](const QString& text, const QString& tip, int by) {
        auto* button = new QPushButton(text);
        button->setToolTip(tip);
        button->setMaximumWidth(40);
        connect(button, &QPushButton::clicked, this, [this, by] { this->step(by); });
        return button;
    };
    m_where->setWordWrap(false);
    m_question->setWordWrap(false);
    m_question->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_question->setObjectName(QStringLiteral("laboratoryQuestion"));
    row->addWidget(m_filter);
    row->addWidget(step(QStringLiteral("‹"), tr("Previous picture (,)"), -1));
    row->addWidget(step(QStringLiteral("›"), tr("Next picture (.)"), 1));
    row->addWidget(m_where);
    row->addWidget(m_question, 1);
    m_view->setObjectName(QStringLiteral("viewButton"));
    m_view->setToolTip(tr("The file's pixels, or what the model gets: resized, cropped, cut into "
                          "patches (V)"));
    connect(m_view, &QPushButton::clicked, this, &LaboratoryPage::toggleView);
    row->addWidget(m_view);
    return top;
}

QWidget* LaboratoryPage::buildPictures()
{
    constexpr std::array names { "original", "corrupted", "difference" };
    auto* panes = new QHBoxLayout;
    panes->setSpacing(8);
    for (std::size_t i = 0; i < m_panes.size(); ++i) {
        m_panes[i] = new ZoomPicture;
        m_panes[i]->setObjectName(QLatin1String(names[i]));
        m_panes[i]->setToolTip(
            tr("The wheel zooms all three at the pointer, with Shift this one alone; drag to move; "
               "Z or a double click for real size"));
        m_titles[i] = heading({});
        connect(
            m_panes[i], &ZoomPicture::moved, this, [this, pane = m_panes[i]] { followZoom(pane); });
        panes->addWidget(titled(m_titles[i], m_panes[i]), 1);
    }
    m_numbers->setObjectName(QStringLiteral("laboratoryNumbers"));
    m_hashes->setWordWrap(false);
    m_hashes->setObjectName(QStringLiteral("laboratoryHashes"));
    constexpr int harm = 3;
    m_badge->setStrip(harm);
    m_badge->setObjectName(QStringLiteral("laboratoryBadge"));
    m_badgeText->setObjectName(QStringLiteral("laboratoryBadgeText"));
    auto* inBadge = new QVBoxLayout(m_badge);
    inBadge->setContentsMargins(14, 6, 8, 6);
    inBadge->addWidget(m_badgeText);
    auto* said = new QHBoxLayout;
    said->addWidget(m_numbers, 1);
    said->addWidget(m_hashes);
    auto* card = new Card;
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(10, 8, 10, 8);
    column->addLayout(panes, 1);
    column->addWidget(m_badge);
    column->addLayout(said);
    column->addWidget(buildStrip());
    return card;
}

QWidget* LaboratoryPage::buildStrip()
{
    constexpr int iconWidth = 84, iconHeight = 60;
    auto* strip = new QWidget;
    auto* row = new QHBoxLayout(strip);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(heading(tr("Severity")));
    for (std::size_t i = 0; i < m_strip.size(); ++i) {
        const int severity = static_cast<int>(i);
        auto* button = new QPushButton(QString::number(severity));
        button->setObjectName(QStringLiteral("severity%1").arg(severity));
        button->setIconSize({ iconWidth, iconHeight });
        button->setToolTip(
            severity == 0 ? tr("The picture as it is (0)") : tr("Severity %1 (%1)").arg(severity));
        connect(button, &QPushButton::clicked, m_form,
            [this, severity] { m_form->setSeverity(severity); });
        row->addWidget(button);
        m_strip[i] = { button, severity };
    }
    row->addStretch(1);
    return strip;
}

QWidget* LaboratoryPage::buildAnswers()
{
    m_flip->setObjectName(QStringLiteral("flipText"));
    QFont reading = m_flip->font();
    reading.setPixelSize(14);
    m_flip->setFont(reading);
    auto* row = new QHBoxLayout;
    row->setSpacing(10);
    for (std::size_t i = 0; i < m_answers.size(); ++i) {
        m_answerHeads[i] = heading({});
        m_answers[i] = new TextView;
        m_tokens[i] = codeLabel();
        m_answers[i]->setObjectName(QStringLiteral("answer%1").arg(i));
        m_tokens[i]->setObjectName(QStringLiteral("tokens%1").arg(i));
        m_tokens[i]->setToolTip(tr("What was said, token by token, with the probability of each; "
                                   "⏎ ends the answer"));
        auto* cell = new QVBoxLayout;
        cell->addWidget(m_answerHeads[i]);
        cell->addWidget(m_answers[i], 1);
        cell->addWidget(m_tokens[i]);
        row->addLayout(cell, 1);
    }
    auto* card = new Card;
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(12, 8, 10, 8);
    column->addWidget(m_flip);
    column->addLayout(row, 1);
    return card;
}

QWidget* LaboratoryPage::buildForm()
{
    constexpr double mostGain = 64, usualGain = 8;
    m_gain->setRange(1, mostGain);
    m_gain->setDecimals(0);
    m_gain->setValue(usualGain);
    m_gain->setPrefix(QStringLiteral("× "));
    m_gain->setToolTip(tr("How much the difference is amplified"));
    m_model->setObjectName(QStringLiteral("laboratoryModel"));
    m_model->setPlaceholderText(tr("the embedded model"));
    m_model->setToolTip(
        tr("The model whose view is shown and that answers: a Hugging Face folder"));
    auto* browse = new QPushButton(tr("…"));
    browse->setToolTip(tr("Choose a model folder"));
    connect(browse, &QPushButton::clicked, this, &LaboratoryPage::chooseModel);
    auto* modelRow = new QHBoxLayout;
    modelRow->addWidget(m_model, 1);
    modelRow->addWidget(browse);
    m_prompt->setObjectName(QStringLiteral("promptText"));
    m_prompt->setToolTip(tr("What the model is asked about both pictures"));
    m_prompt->setTabChangesFocus(true);
    m_prompt->setMinimumHeight(110);
    m_ask->setObjectName(QStringLiteral("askButton"));
    m_ask->setProperty("primary", true);
    m_ask->setToolTip(tr("Ask about both pictures, greedily (Ctrl+Return)"));
    connect(m_ask, &QPushButton::clicked, this, &LaboratoryPage::askModel);
    auto* apply = new QPushButton(tr("Corrupt a whole view…"));
    apply->setToolTip(tr("Look at twelve, then add all as a source of their own (Ctrl+Shift+A)"));
    connect(apply, &QPushButton::clicked, this, &LaboratoryPage::applyToView);

    auto* inside = new QWidget;
    auto* column = new QVBoxLayout(inside);
    column->setContentsMargins(12, 10, 10, 10);
    column->addWidget(heading(tr("Corruption")));
    column->addWidget(m_form);
    auto* more = new QFormLayout;
    more->addRow(tr("Difference"), m_gain);
    more->addRow(tr("Model"), modelRow);
    column->addLayout(more);
    column->addWidget(apply);
    column->addSpacing(8);
    column->addWidget(heading(tr("Prompt")));
    column->addWidget(m_prompt, 1);
    column->addWidget(m_ask);
    auto* area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidget(inside);
    auto* card = new Card;
    card->setFixedWidth(formWidth);
    auto* around = new QVBoxLayout(card);
    around->setContentsMargins(1, 1, 1, 1);
    around->addWidget(area);
    return card;
}

} // namespace slook::gui
