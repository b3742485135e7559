#include "pages/launch_dialog.h"
#include "methods/recipe.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "workbench/places.h"
#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QGridLayout>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>
#include <limits>

namespace slook::gui {
namespace {

QString valueOf(const QWidget* editor)
{
    if (const auto* box = qobject_cast<const QComboBox*>(editor))
        return box->currentText();
    const auto* line = qobject_cast<const QLineEdit*>(editor);
    return line ? line->text().trimmed() : QString();
}

QWidget* editorFor(const methods::Switch& one)
{
    const QString value = fromUtf8(one.value);
    if ((one.kind == "choice" || one.kind == "flag") && !one.allowed.empty()) {
        auto* box = new QComboBox;
        for (const std::string& allowed : one.allowed)
            box->addItem(fromUtf8(allowed));
        box->setCurrentText(value);
        return box;
    }
    auto* line = new QLineEdit(value);
    line->setPlaceholderText(fromUtf8(one.kind));
    return line;
}

} // namespace

LaunchDialog::LaunchDialog(Workspace& workspace, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_recipe(new QComboBox)
    , m_says(mutedLabel())
    , m_method(new QVBoxLayout)
    , m_model(new QLineEdit)
    , m_modelFacts(mutedLabel())
    , m_seed(new QSpinBox)
    , m_threads(new QSpinBox)
    , m_sourceColumn(new QVBoxLayout)
{
    setObjectName(QStringLiteral("launchDialog"));
    setWindowTitle(tr("Start a run"));
    resize(760, 720);
    auto* form = new QFormLayout;
    buildBasics(form);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_says);
    column->addLayout(form);
    column->addLayout(m_method, 1);
    showRecipe();
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    auto* start = buttons->addButton(tr("Start"), QDialogButtonBox::AcceptRole);
    start->setProperty("primary", true);
    start->setObjectName(QStringLiteral("startButton"));
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    column->addWidget(buttons);
}

std::string LaunchDialog::recipe() const
{
    return m_recipe->currentData().toString().toStdString();
}

void LaunchDialog::showRecipe()
{
    while (const QLayoutItem* old = m_method->takeAt(0)) {
        delete old->widget();
        delete old;
    }
    m_controls.clear();
    m_switches.clear();
    const auto* method = methods::recipeByName(recipe());
    if (!method)
        return;
    m_says->setText(tr("%1 The run is a process of its own and goes on when this window is closed.")
                        .arg(fromUtf8(std::string(method->says))));
    if (!method->controls().empty()) {
        m_method->addWidget(heading(tr("Controls: the same run with its preference replaced")));
        m_method->addWidget(buildControls());
    }
    m_method->addWidget(heading(tr("Switches")));
    m_method->addWidget(buildSwitches(), 1);
}

void LaunchDialog::buildBasics(QFormLayout* form)
{
    m_recipe->setObjectName(QStringLiteral("recipeBox"));
    for (const methods::Recipe& one : methods::recipes())
        m_recipe->addItem(fromUtf8(std::string(one.title)), fromUtf8(std::string(one.name)));
    connect(m_recipe, &QComboBox::currentIndexChanged, this, &LaunchDialog::showRecipe);
    form->addRow(tr("Method"), m_recipe);
    m_model->setObjectName(QStringLiteral("modelFolder"));
    if (const auto embedded = workbench::embeddedModel())
        m_model->setPlaceholderText(
            tr("the embedded model, %1").arg(QString::fromStdString(embedded->string())));
    auto* browse = new QPushButton(tr("Choose…"));
    connect(browse, &QPushButton::clicked, this, &LaunchDialog::chooseModel);
    connect(m_model, &QLineEdit::editingFinished, this, &LaunchDialog::inspectModel);
    auto* modelRow = new QHBoxLayout;
    modelRow->addWidget(m_model, 1);
    modelRow->addWidget(browse);
    form->addRow(tr("Model folder"), modelRow);
    form->addRow(QString(), m_modelFacts);
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setToolTip(tr("Seed of the split, of sampling and of training"));
    constexpr int mostThreads = 1024;
    m_threads->setRange(0, mostThreads);
    m_threads->setSpecialValueText(tr("as many as the machine has"));
    form->addRow(tr("Seed"), m_seed);
    form->addRow(tr("Threads"), m_threads);
    form->addRow(tr("Questions"), m_sourceColumn);
    inspectModel();
    m_workspace.sources(this, [this](const Result<std::vector<SourceRow>>& sources) {
        for (const SourceRow& source : sources ? *sources : std::vector<SourceRow>()) {
            auto* box = new QCheckBox(tr("%1 (%2)").arg(oneLine(source.name)).arg(source.items));
            box->setChecked(true);
            m_sourceColumn->addWidget(box);
            m_sources.emplace_back(source.id, box);
        }
    });
}

QWidget* LaunchDialog::buildControls()
{
    auto* row = new QWidget;
    constexpr int perLine = 5;
    auto* layout = new QGridLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    for (const methods::NamedText& control : methods::recipeByName(recipe())->controls()) {
        auto* box = new QCheckBox(fromUtf8(control.name));
        box->setObjectName(QStringLiteral("control:") + fromUtf8(control.name));
        box->setToolTip(tooltip(fromUtf8(control.text)));
        const int at = static_cast<int>(m_controls.size());
        layout->addWidget(box, at / perLine, at % perLine);
        m_controls.push_back(box);
    }
    layout->setColumnStretch(perLine, 1);
    return row;
}

QWidget* LaunchDialog::buildSwitches()
{
    auto* inside = new QWidget;
    auto* form = new QFormLayout(inside);
    form->setLabelAlignment(Qt::AlignLeft);
    for (const methods::Switch& one : methods::recipeByName(recipe())->switches()) {
        if (one.name == "controls" || one.name == "seed")
            continue; // asked above
        QWidget* editor = editorFor(one);
        editor->setObjectName(QStringLiteral("switch:") + fromUtf8(one.name));
        editor->setToolTip(tooltip(fromUtf8(one.meaning)));
        auto* label = codeLabel(fromUtf8(one.name));
        label->setWordWrap(false);
        label->setToolTip(editor->toolTip());
        auto* cell = new QVBoxLayout;
        cell->setSpacing(0);
        cell->addWidget(editor);
        QLabel* meaning = mutedLabel(fromUtf8(one.meaning));
        QFont small = meaning->font();
        small.setPixelSize(11);
        meaning->setFont(small);
        cell->addWidget(meaning);
        form->addRow(label, cell);
        m_switches.push_back({ one.name, fromUtf8(one.value), editor });
    }
    auto* area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setWidget(inside);
    return area;
}

void LaunchDialog::chooseModel()
{
    const QString folder =
        QFileDialog::getExistingDirectory(this, tr("A Hugging Face model folder"), m_model->text());
    if (folder.isEmpty())
        return;
    m_model->setText(folder);
    inspectModel();
}

void LaunchDialog::inspectModel()
{
    QString folder = m_model->text().trimmed();
    if (folder.isEmpty())
        if (const auto embedded = workbench::embeddedModel())
            folder = QString::fromStdString(embedded->string());
    const int request = ++m_request;
    m_workspace.modelInfo(folder, this, [this, request](const Result<workbench::ModelInfo>& info) {
        if (request != m_request)
            return;
        m_modelFacts->setText(info
                ? tr("%1 with %2: %3 parameters, %4 layers, pictures %5×%5, context %6")
                      .arg(fromUtf8(info->type), fromUtf8(info->languageModel))
                      .arg(QLocale().toString(qlonglong(info->parameters)))
                      .arg(info->layers)
                      .arg(info->imageSize)
                      .arg(info->contextLength)
                : fromUtf8(message(info.error())));
    });
}

workbench::RunOptions LaunchDialog::options() const
{
    workbench::RunOptions options;
    options.model = m_model->text().trimmed().toStdString();
    options.seed = static_cast<std::uint64_t>(m_seed->value());
    options.threads = m_threads->value();
    for (const QCheckBox* box : m_controls)
        if (box->isChecked())
            options.controls.push_back(box->text().toStdString());
    bool all = true;
    for (const auto& [id, box] : m_sources) {
        all = all && box->isChecked();
        if (box->isChecked())
            options.items.sources.push_back(id);
    }
    if (all)
        options.items.sources.clear();
    else if (options.items.sources.empty())
        options.items.sources.push_back(SourceId { -1 }); // none: an empty list would mean all
    for (const Switch& one : m_switches)
        if (const QString value = valueOf(one.editor); value != one.preset)
            options.set.emplace_back(one.name, value.toStdString());
    return options;
}

} // namespace slook::gui
