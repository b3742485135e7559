#include "pages/launch_form.h"
#include "methods/recipe.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tokens.h"
#include "workbench/places.h"
#include "workbench/view.h"
#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QGridLayout>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpressionValidator>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

namespace slook::gui {
namespace {

constexpr int countAfterMilliseconds = 250;
constexpr std::string_view presetSwitch = "fidelity"; ///< the defaults of all others are its

/// Switches that most runs are chosen by; the others are one click away.
constexpr std::array mainSwitches { "fidelity", "review", "turns", "pool.temperature", "holdOut",
    "fraction", "respond", "training.learningRate", "training.epochs", "training.batch",
    "training.beta", "corruption", "severity", "mix", "stage1.learningRate", "stage1.epochs",
    "stage2.learningRate", "stage2.epochs", "rounds", "keep", "samples", "similarity", "op",
    "levels", "of", "layer", "pool" };

QString valueOf(const QWidget* field)
{
    if (const auto* box = qobject_cast<const QComboBox*>(field))
        return box->currentText();
    const auto* line = qobject_cast<const QLineEdit*>(field);
    return line ? line->text().trimmed() : QString();
}

void setValue(QWidget* field, const QString& value)
{
    if (auto* box = qobject_cast<QComboBox*>(field))
        box->setCurrentText(value);
    else if (auto* line = qobject_cast<QLineEdit*>(field))
        line->setText(value);
}

QWidget* fieldFor(const methods::Switch& about)
{
    if ((about.kind == "choice" || about.kind == "flag") && !about.allowed.empty()) {
        auto* box = new QComboBox;
        for (const std::string& allowed : about.allowed)
            box->addItem(fromUtf8(allowed));
        return box;
    }
    auto* line = new QLineEdit;
    line->setPlaceholderText(fromUtf8(about.kind));
    return line;
}

QString explained(const methods::Switch& about)
{
    QString text = fromUtf8(about.meaning) + QLatin1Char('\n')
        + LaunchForm::tr("Default: %1").arg(fromUtf8(about.value));
    if (!about.range.empty())
        text += QLatin1Char('\n') + LaunchForm::tr("May be: %1").arg(fromUtf8(about.range));
    return text + QLatin1Char('\n')
        + LaunchForm::tr("On the command line: --set %1=…").arg(fromUtf8(about.name));
}

QWidget* labelled(const QString& title, QWidget* field)
{
    auto* cell = new QWidget;
    auto* column = new QVBoxLayout(cell);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addWidget(new QLabel(title));
    column->addWidget(field);
    return cell;
}

QWidget* inOneRow(QWidget* field, QWidget* button)
{
    auto* cell = new QWidget;
    auto* row = new QHBoxLayout(cell);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(field, 1);
    row->addWidget(button);
    return cell;
}

QVBoxLayout* bandOf(Card* card, const QString& title)
{
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(14, 10, 14, 12);
    column->setSpacing(8);
    column->addWidget(heading(title));
    return column;
}

} // namespace

QString plainSwitchName(const QString& name)
{
    QStringList parts;
    for (const QString& part : name.split(QLatin1Char('.'))) {
        QString words;
        for (const QChar c : part) {
            if (c.isUpper() && !words.isEmpty())
                words += QLatin1Char(' ');
            words += c.toLower();
        }
        parts << (part == QLatin1String("lora") ? QStringLiteral("LoRA") : words);
    }
    const QString last = parts.takeLast();
    QString plain = parts.isEmpty() ? last : parts.join(QStringLiteral(", ")) + ": " + last;
    plain[0] = plain[0].toUpper();
    return plain;
}

LaunchForm::LaunchForm(Workspace& workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_pause(new QTimer(this))
    , m_recipe(new QComboBox)
    , m_says(mutedLabel())
    , m_method(new Card)
    , m_items(new QLineEdit)
    , m_itemsMenu(new QMenu(this))
    , m_count(mutedLabel())
    , m_limit(new QSpinBox)
    , m_model(new QLineEdit)
    , m_modelFacts(mutedLabel())
    , m_adapter(new QLineEdit)
    , m_runsMenu(new QMenu(this))
    , m_seed(new QLineEdit(QStringLiteral("0")))
    , m_threads(new QSpinBox)
    , m_device(new QComboBox)
    , m_int8(new QCheckBox(tr("int8")))
    , m_template(new QLineEdit)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    auto* side = new QVBoxLayout;
    side->setSpacing(10);
    side->addWidget(buildData());
    side->addWidget(buildMachine(), 1);
    row->addLayout(side, 2);
    row->addWidget(buildMethod(), 3);
    m_pause->setSingleShot(true);
    m_pause->setInterval(countAfterMilliseconds);
    connect(m_pause, &QTimer::timeout, this, &LaunchForm::countQuestions);
    showRecipe();
    inspectModel();
}

std::string LaunchForm::recipe() const
{
    return m_recipe->currentData().toString().toStdString();
}

void LaunchForm::edited()
{
    if (m_quiet)
        return;
    showChanges();
    emit changed();
}

QWidget* LaunchForm::buildData()
{
    auto* card = new Card;
    auto* column = bandOf(card, tr("Data"));
    m_items->setObjectName(QStringLiteral("launchItems"));
    m_items->setPlaceholderText(tr("all questions"));
    m_items->setToolTip(tooltip(tr("Names of sources with commas between them, or the words of a "
                                   "filter, for instance source:mmbench -flag:red (--items)")));
    auto* choose = new QPushButton(tr("Choose"));
    choose->setMenu(m_itemsMenu);
    column->addWidget(labelled(tr("Questions"), inOneRow(m_items, choose)));
    column->addWidget(m_count);
    constexpr int most = 100'000'000;
    m_limit->setRange(0, most);
    m_limit->setSpecialValueText(tr("all of them"));
    m_limit->setToolTip(tr("At most so many, spread evenly (--limit)"));
    column->addWidget(labelled(tr("How many"), m_limit));
    connect(m_items, &QLineEdit::textChanged, this, [this] {
        m_pause->start();
        edited();
    });
    connect(m_limit, &QSpinBox::valueChanged, this, [this] {
        m_pause->start();
        edited();
    });
    return card;
}

QWidget* LaunchForm::buildMethod()
{
    auto* column = bandOf(m_method, tr("Method"));
    m_recipe->setObjectName(QStringLiteral("recipeBox"));
    for (const methods::Recipe& one : methods::recipes())
        m_recipe->addItem(fromUtf8(std::string(one.title)), fromUtf8(std::string(one.name)));
    connect(m_recipe, &QComboBox::currentIndexChanged, this, [this] {
        showRecipe();
        edited();
    });
    column->addWidget(m_recipe);
    column->addWidget(m_says);
    return m_method;
}

QWidget* LaunchForm::buildMachine()
{
    auto* card = new Card;
    auto* column = bandOf(card, tr("Machine"));
    m_model->setObjectName(QStringLiteral("modelFolder"));
    m_adapter->setObjectName(QStringLiteral("adapterFolder"));
    if (workbench::embeddedModel())
        m_model->setPlaceholderText(tr("the embedded model"));
    m_model->setToolTip(tr("A Hugging Face model folder (--model)"));
    m_adapter->setPlaceholderText(tr("none"));
    m_adapter->setToolTip(
        tr("A PEFT adapter folder to start from, or @ and the name of a run whose "
           "result it goes on from (--adapter)"));
    const auto withButton = [this](QLineEdit* line, const QString& title) {
        auto* button = new QPushButton(tr("Choose…"));
        connect(button, &QPushButton::clicked, this,
            [this, line, title] { chooseFolder(line, title); });
        connect(line, &QLineEdit::textChanged, this, &LaunchForm::edited);
        return inOneRow(line, button);
    };
    column->addWidget(
        labelled(tr("Model folder"), withButton(m_model, tr("A Hugging Face model folder"))));
    column->addWidget(m_modelFacts);
    auto* fromRun = new QPushButton(tr("A run"));
    fromRun->setToolTip(tr("Go on from what a run of this project has trained, or will have"));
    fromRun->setMenu(m_runsMenu);
    connect(m_runsMenu, &QMenu::aboutToShow, this, &LaunchForm::fillRuns);
    column->addWidget(labelled(tr("Adapter to start from"),
        inOneRow(withButton(m_adapter, tr("A PEFT adapter folder")), fromRun)));
    m_template->setObjectName(QStringLiteral("chatTemplate"));
    m_template->setPlaceholderText(tr("the model's own"));
    m_template->setToolTip(tr("A chat template in place of the model's own: a built-in one by "
                              "name, or a file with Jinja (--chat-template)"));
    connect(m_template, &QLineEdit::textChanged, this, &LaunchForm::edited);
    column->addWidget(labelled(tr("Chat template"), m_template));
    connect(m_model, &QLineEdit::editingFinished, this, &LaunchForm::inspectModel);
    m_seed->setObjectName(QStringLiteral("launchSeed"));
    m_seed->setValidator(
        new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[0-9]{0,19}")), m_seed));
    m_seed->setToolTip(tr("Seed of the split, of sampling and of training (--seed)"));
    constexpr int mostThreads = 1024;
    m_threads->setRange(0, mostThreads);
    m_threads->setSpecialValueText(tr("all"));
    m_threads->setToolTip(tr("Threads of the worker (--threads)"));
    m_device->addItem(tr("what is there"), QString());
    m_device->addItem(QStringLiteral("cpu"), QStringLiteral("cpu"));
    m_device->addItem(QStringLiteral("cuda"), QStringLiteral("cuda"));
    m_device->setToolTip(tr("Where the model computes (--device)"));
    auto* row = new QHBoxLayout;
    row->addWidget(labelled(tr("Seed"), m_seed));
    row->addWidget(labelled(tr("Threads"), m_threads));
    row->addWidget(labelled(tr("Device"), m_device));
    m_int8->setToolTip(tr("Keep the language model's weights as 8-bit whole numbers: a quarter of "
                          "their memory, for runs that only answer (--int8)"));
    row->addWidget(labelled(tr("Weights"), m_int8));
    column->addLayout(row);
    column->addStretch(1);
    connect(m_seed, &QLineEdit::textChanged, this, &LaunchForm::edited);
    connect(m_threads, &QSpinBox::valueChanged, this, &LaunchForm::edited);
    connect(m_device, &QComboBox::currentIndexChanged, this, &LaunchForm::edited);
    connect(m_int8, &QCheckBox::toggled, this, &LaunchForm::edited);
    return card;
}

void LaunchForm::showRecipe()
{
    delete m_switchArea;
    m_controls.clear();
    m_switches.clear();
    m_switchArea = new QWidget;
    m_method->layout()->addWidget(m_switchArea);
    auto* column = new QVBoxLayout(m_switchArea);
    column->setContentsMargins(0, 0, 0, 0);
    const auto* method = methods::recipeByName(recipe());
    if (!method)
        return;
    m_says->setText(fromUtf8(std::string(method->says)));
    addControls(column);
    addSwitches(column);
    showChanges();
}

void LaunchForm::addControls(QVBoxLayout* column)
{
    const auto controls = methods::recipeByName(recipe())->controls();
    if (controls.empty())
        return;
    column->addWidget(heading(tr("Controls: the same run with its preference replaced")));
    constexpr int perLine = 4;
    auto* grid = new QGridLayout;
    for (const methods::NamedText& control : controls) {
        auto* box = new QCheckBox(fromUtf8(control.name));
        box->setObjectName(QStringLiteral("control:") + fromUtf8(control.name));
        box->setToolTip(tooltip(fromUtf8(control.text)));
        connect(box, &QCheckBox::toggled, this, &LaunchForm::edited);
        const int at = static_cast<int>(m_controls.size());
        grid->addWidget(box, at / perLine, at % perLine);
        m_controls.push_back(box);
    }
    grid->setColumnStretch(perLine, 1);
    column->addLayout(grid);
}

void LaunchForm::buildRow(Editor& editor)
{
    const QString name = fromUtf8(editor.about.name);
    auto* row = new QWidget;
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    editor.dot = new QLabel;
    constexpr int dotWidth = 12, labelWidth = 210, fieldWidth = 150;
    editor.dot->setFixedWidth(dotWidth);
    auto* label = new QLabel(plainSwitchName(name));
    label->setTextFormat(Qt::PlainText);
    auto* code = mutedLabel(name);
    code->setFont(monospace(11));
    auto* names = new QWidget;
    names->setFixedWidth(labelWidth);
    auto* inNames = new QVBoxLayout(names);
    inNames->setContentsMargins(0, 0, 0, 0);
    inNames->setSpacing(0);
    inNames->addWidget(label);
    inNames->addWidget(code);
    editor.field = fieldFor(editor.about);
    editor.field->setObjectName(QStringLiteral("switch:") + name);
    editor.field->setMinimumWidth(fieldWidth);
    label->setBuddy(editor.field);
    setValue(editor.field, fromUtf8(editor.about.value));
    editor.reset = new QToolButton;
    editor.reset->setText(QStringLiteral("↺"));
    editor.reset->setAutoRaise(true);
    line->addWidget(editor.dot);
    line->addWidget(names);
    line->addWidget(editor.field, 1);
    line->addWidget(editor.reset);
    auto* meaning = mutedLabel(fromUtf8(editor.about.meaning));
    line->addWidget(meaning, 2);
    editor.row = row;
    explain(editor);
}

void LaunchForm::explain(const Editor& editor)
{
    editor.row->setToolTip(tooltip(explained(editor.about)));
    editor.reset->setToolTip(tr("Back to the default, %1").arg(fromUtf8(editor.about.value)));
}

LaunchForm::Editor* LaunchForm::editorOf(std::string_view name)
{
    const auto found = std::ranges::find(
        m_switches, name, [](const Editor& one) { return std::string_view(one.about.name); });
    return found == m_switches.end() ? nullptr : &*found;
}

void LaunchForm::takePreset()
{
    const Editor* chosen = editorOf(presetSwitch);
    const auto preset = chosen
        ? methods::recipeByName(recipe())->preset(valueOf(chosen->field).toStdString())
        : Result<std::vector<methods::Switch>>(std::vector<methods::Switch>());
    for (const methods::Switch& one : preset ? *preset : std::vector<methods::Switch>()) {
        Editor* editor = editorOf(one.name);
        if (!editor || editor == chosen)
            continue;
        const bool kept = differs(*editor);
        editor->about.value = one.value;
        if (!kept)
            setValue(editor->field, fromUtf8(one.value));
        explain(*editor);
    }
    filterSwitches();
}

bool LaunchForm::differs(const Editor& editor)
{
    return valueOf(editor.field) != fromUtf8(editor.about.value);
}

void LaunchForm::addSwitches(QVBoxLayout* column)
{
    auto* top = new QHBoxLayout;
    top->addWidget(heading(tr("Switches")), 1);
    m_find = new QLineEdit;
    m_find->setObjectName(QStringLiteral("findSwitch"));
    m_find->setPlaceholderText(tr("find a switch"));
    m_find->setClearButtonEnabled(true);
    m_more = new QPushButton(tr("All switches"));
    m_more->setObjectName(QStringLiteral("moreSwitches"));
    m_more->setCheckable(true);
    top->addWidget(m_find);
    top->addWidget(m_more);
    column->addLayout(top);
    auto* inside = new QWidget;
    auto* rows = new QVBoxLayout(inside);
    rows->setContentsMargins(0, 4, 8, 4);
    rows->setSpacing(6);
    for (const methods::Switch& one : methods::recipeByName(recipe())->switches()) {
        if (one.name == "controls" || one.name == "seed")
            continue; // chosen above
        Editor editor;
        editor.about = one;
        editor.main = std::ranges::find(mainSwitches, one.name) != mainSwitches.end();
        buildRow(editor);
        rows->addWidget(editor.row);
        m_switches.push_back(editor);
    }
    rows->addStretch(1);
    for (const Editor& editor : m_switches) {
        if (auto* box = qobject_cast<QComboBox*>(editor.field))
            connect(box, &QComboBox::currentTextChanged, this, &LaunchForm::edited);
        else if (auto* line = qobject_cast<QLineEdit*>(editor.field))
            connect(line, &QLineEdit::textChanged, this, &LaunchForm::edited);
        connect(editor.reset, &QToolButton::clicked, this, [this, name = editor.about.name] {
            const Editor* one = editorOf(name);
            setValue(one->field, fromUtf8(one->about.value));
        });
        if (editor.about.name == presetSwitch)
            connect(qobject_cast<QComboBox*>(editor.field), &QComboBox::currentTextChanged, this,
                &LaunchForm::takePreset);
    }
    auto* area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidget(inside);
    inside->setAutoFillBackground(false); // setWidget() turns it on
    area->viewport()->setAutoFillBackground(false);
    column->addWidget(area, 1);
    connect(m_find, &QLineEdit::textChanged, this, &LaunchForm::filterSwitches);
    connect(m_more, &QPushButton::toggled, this, &LaunchForm::filterSwitches);
    filterSwitches();
}

/// Changed switches are never hidden.
void LaunchForm::filterSwitches()
{
    const QString wanted = m_find->text().trimmed();
    for (const Editor& editor : m_switches) {
        const QString name = fromUtf8(editor.about.name);
        const bool found = name.contains(wanted, Qt::CaseInsensitive)
            || plainSwitchName(name).contains(wanted, Qt::CaseInsensitive)
            || fromUtf8(editor.about.meaning).contains(wanted, Qt::CaseInsensitive);
        editor.row->setVisible(
            wanted.isEmpty() ? editor.main || differs(editor) || m_more->isChecked() : found);
    }
}

void LaunchForm::showChanges()
{
    for (const Editor& editor : m_switches) {
        const bool changed = differs(editor);
        editor.dot->setText(changed ? QStringLiteral("●") : QString());
        editor.dot->setToolTip(changed ? tr("Not at its default") : QString());
        QPalette palette = editor.dot->palette();
        palette.setColor(QPalette::WindowText, tokensOf(this).accent);
        editor.dot->setPalette(palette);
        editor.reset->setEnabled(changed);
    }
}

workbench::Launch LaunchForm::launch() const
{
    workbench::Launch launch;
    launch.recipe = recipe();
    launch.model = m_model->text().trimmed().toStdString();
    launch.adapter = m_adapter->text().trimmed().toStdString();
    launch.items = m_items->text().trimmed().toStdString();
    launch.limit = static_cast<std::size_t>(m_limit->value());
    launch.seed = m_seed->text().toULongLong();
    launch.threads = m_threads->value();
    launch.device = m_device->currentData().toString().toStdString();
    launch.int8 = m_int8->isChecked();
    launch.chatTemplate = m_template->text().trimmed().toStdString();
    for (const QCheckBox* box : m_controls)
        if (box->isChecked())
            launch.controls.push_back(box->text().toStdString());
    for (const Editor& editor : m_switches)
        if (differs(editor))
            launch.set.emplace_back(editor.about.name, valueOf(editor.field).toStdString());
    return launch;
}

void LaunchForm::setLaunch(const workbench::Launch& launch)
{
    m_quiet = true;
    m_recipe->setCurrentIndex(std::max(0, m_recipe->findData(fromUtf8(launch.recipe))));
    showRecipe(); // all switches at their defaults
    m_model->setText(fromUtf8(launch.model));
    m_adapter->setText(fromUtf8(launch.adapter));
    m_items->setText(fromUtf8(launch.items));
    m_limit->setValue(static_cast<int>(launch.limit));
    m_seed->setText(QString::number(launch.seed));
    m_threads->setValue(launch.threads);
    m_device->setCurrentIndex(std::max(0, m_device->findData(fromUtf8(launch.device))));
    m_int8->setChecked(launch.int8);
    m_template->setText(fromUtf8(launch.chatTemplate));
    for (QCheckBox* box : m_controls)
        box->setChecked(
            std::ranges::find(launch.controls, box->text().toStdString()) != launch.controls.end());
    const auto preset = std::ranges::find(
        launch.set, presetSwitch, [](const auto& one) { return std::string_view(one.first); });
    if (preset != launch.set.end()) // first: the others say what differs from it
        setValue(editorOf(presetSwitch)->field, fromUtf8(preset->second));
    for (const auto& [name, value] : launch.set)
        if (Editor* editor = editorOf(name))
            setValue(editor->field, fromUtf8(value));
    m_quiet = false;
    filterSwitches();
    inspectModel();
    edited();
}

void LaunchForm::fillRuns()
{
    m_workspace.runs(this, [this](const Result<std::vector<RunRow>>& runs) {
        m_runsMenu->clear();
        for (const RunRow& run : runs ? *runs : std::vector<RunRow>()) {
            const auto* recipe = methods::recipeByName(run.recipe);
            if (!recipe || !recipe->training)
                continue;
            connect(addForeignAction(m_runsMenu, oneLine(run.name)), &QAction::triggered, this,
                [this, name = fromUtf8(run.name)] { m_adapter->setText(QLatin1Char('@') + name); });
        }
    });
}

void LaunchForm::refresh()
{
    inspectModel();
    m_workspace.sources(this, [this](const Result<std::vector<SourceRow>>& sources) {
        fillSources(sources ? *sources : std::vector<SourceRow>());
    });
}

void LaunchForm::offerFilter(const QString& filter)
{
    m_filter = filter;
    fillItemsMenu();
}

void LaunchForm::fillSources(const std::vector<SourceRow>& sources)
{
    m_sources = sources;
    fillItemsMenu();
    countQuestions();
}

void LaunchForm::fillItemsMenu()
{
    m_itemsMenu->clear();
    const auto add = [this](const QString& title, const QString& items) {
        QAction* action = addForeignAction(m_itemsMenu, title);
        connect(action, &QAction::triggered, this, [this, items] { m_items->setText(items); });
    };
    add(tr("All questions"), {});
    if (!m_filter.isEmpty())
        add(tr("What the pages show now: %1").arg(m_filter), m_filter);
    m_itemsMenu->addSeparator();
    for (const SourceRow& source : m_sources)
        add(tr("%1 (%2)").arg(oneLine(source.name), QString::number(source.items)),
            fromUtf8(source.name));
}

void LaunchForm::countQuestions()
{
    const int request = ++m_request;
    const auto items = m_items->text().trimmed().toStdString();
    const auto limit = static_cast<std::size_t>(m_limit->value());
    m_workspace.read<int>(
        this,
        [items, limit](const store::Project& project) -> Result<int> {
            const auto view = workbench::viewOf(project, items, limit);
            if (!view)
                return fail(view.error());
            return static_cast<int>(view->ids.size());
        },
        [this, request](const Result<int>& count) {
            if (request == m_request)
                m_count->setText(
                    count ? tr("%n questions", nullptr, *count) : fromUtf8(message(count.error())));
        });
}

void LaunchForm::inspectModel()
{
    QString folder = m_model->text().trimmed();
    if (folder.isEmpty())
        if (const auto embedded = workbench::embeddedModel())
            folder = QString::fromStdString(embedded->string());
    m_workspace.modelInfo(
        folder, this, [this, asked = m_model->text()](const Result<workbench::ModelInfo>& info) {
            if (asked != m_model->text())
                return;
            m_modelFacts->setText(info
                    ? tr("%1 with %2: %3 parameters, %4 layers, pictures %5×%5, context %6")
                          .arg(oneLine(info->type), oneLine(info->languageModel),
                              QLocale().toString(qlonglong(info->parameters)),
                              QString::number(info->layers), QString::number(info->imageSize),
                              QString::number(info->contextLength))
                    : fromUtf8(message(info.error())));
        });
}

void LaunchForm::chooseFolder(QLineEdit* line, const QString& title)
{
    const QString folder = QFileDialog::getExistingDirectory(this, title, line->text());
    if (folder.isEmpty())
        return;
    line->setText(folder);
    inspectModel();
}

} // namespace slook::gui
