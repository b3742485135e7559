#include "pages/layout_dialog.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>
#include <limits>

namespace slook::gui {

LayoutDialog::LayoutDialog(Workspace& workspace, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_features(new QListWidget)
    , m_method(new QComboBox)
    , m_perplexity(new QDoubleSpinBox)
    , m_iterations(new QSpinBox)
    , m_rate(new QDoubleSpinBox)
    , m_exaggeration(new QDoubleSpinBox)
    , m_seed(new QSpinBox)
    , m_pcaStart(new QCheckBox(tr("from principal components, else random")))
    , m_reduce(new QSpinBox)
    , m_most(new QSpinBox)
    , m_start(new QComboBox)
    , m_said(plainLabel())
    , m_go(new QPushButton(tr("Make the map")))
{
    build();
    workspace.read<Choices>(
        this,
        [](const store::Project& project) -> Result<Choices> {
            auto sets = workbench::featureSets(project);
            auto layouts = project.layouts();
            if (!sets || !layouts)
                return fail(!sets ? sets.error() : layouts.error());
            return Choices { std::move(*sets), std::move(*layouts) };
        },
        [this](const Result<Choices>& choices) {
            if (choices)
                fill(*choices);
            else
                m_said->setText(fromUtf8(message(choices.error())));
        });
}

void LayoutDialog::build()
{
    setObjectName(QStringLiteral("layoutDialog"));
    setWindowTitle(tr("New map"));
    resize(560, 620);
    const workbench::LayoutOptions preset;
    m_features->setObjectName(QStringLiteral("layoutFeatures"));
    m_features->setToolTip(
        tr("Space ticks one; several runs of one model and one feature share a map"));
    m_method->addItem(tr("t-SNE"), QStringLiteral("tsne"));
    m_method->addItem(tr("Principal components (PCA)"), QStringLiteral("pca"));
    m_perplexity->setRange(1, 1000);
    m_perplexity->setValue(preset.tsne.perplexity);
    m_perplexity->setToolTip(tr("About how many neighbours a point has; at most a third of all"));
    m_iterations->setRange(1, 100'000);
    m_iterations->setValue(preset.tsne.iterations);
    m_rate->setRange(0, 1e6);
    m_rate->setSpecialValueText(tr("points / exaggeration / 4, at least 50"));
    m_exaggeration->setRange(1, 100);
    m_exaggeration->setValue(preset.tsne.exaggeration);
    m_exaggeration->setToolTip(tr("Of the attraction in the first quarter of the iterations"));
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setToolTip(tr("Of a random start and of the points that are drawn"));
    m_pcaStart->setChecked(preset.tsne.pcaStart);
    m_reduce->setRange(0, 4096);
    m_reduce->setSpecialValueText(tr("no: all numbers"));
    m_reduce->setToolTip(tr("Principal components that t-SNE begins with; faster for many points"));
    m_most->setRange(0, 10'000'000);
    m_most->setSpecialValueText(tr("all"));
    m_start->addItem(tr("no earlier map"), qlonglong(0));
    m_start->setToolTip(
        tr("Points of an earlier map start where they were, so that two maps can be compared"));
    auto* form = new QFormLayout;
    form->addRow(tr("Method"), m_method);
    form->addRow(tr("Perplexity"), m_perplexity);
    form->addRow(tr("Iterations"), m_iterations);
    form->addRow(tr("Learning rate"), m_rate);
    form->addRow(tr("Exaggeration"), m_exaggeration);
    form->addRow(tr("Start"), m_pcaStart);
    form->addRow(tr("Go on from"), m_start);
    form->addRow(tr("First reduce to"), m_reduce);
    form->addRow(tr("At most points"), m_most);
    form->addRow(tr("Seed"), m_seed);
    m_said->setObjectName(QStringLiteral("layoutSaid"));
    m_go->setObjectName(QStringLiteral("layoutGo"));
    m_go->setProperty("primary", true);
    m_go->setEnabled(false);
    m_go->setDefault(true);
    connect(m_go, &QPushButton::clicked, this, &LayoutDialog::go);
    connect(m_method, &QComboBox::currentIndexChanged, this, &LayoutDialog::showMethod);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    buttons->addButton(m_go, QDialogButtonBox::ActionRole);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(heading(tr("Features")));
    column->addWidget(m_features, 1);
    column->addLayout(form);
    column->addWidget(m_said);
    column->addWidget(buttons);
}

void LayoutDialog::fill(const Choices& choices)
{
    m_sets = choices.sets;
    for (const auto& one : m_sets) {
        auto* item = new QListWidgetItem(one.problem.empty()
                ? tr("%1 of %2 · %3 rows of %4 numbers")
                      .arg(oneLine(one.name), oneLine(one.run.name), QString::number(one.rows),
                          QString::number(one.columns))
                : tr("%1 of %2 · %3")
                      .arg(oneLine(one.name), oneLine(one.run.name), oneLine(one.problem)),
            m_features);
        item->setFlags(one.problem.empty()
                ? Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable
                : Qt::ItemFlags());
        item->setCheckState(Qt::Unchecked);
    }
    for (int i = 0; i < m_features->count(); ++i)
        if (m_features->item(i)->flags() & Qt::ItemIsEnabled) {
            m_features->item(i)->setCheckState(Qt::Checked);
            m_features->setCurrentRow(i);
            m_go->setEnabled(true);
            break;
        }
    if (m_sets.empty())
        m_said->setText(tr("There are no features yet: start the method \"Features for maps\" on "
                           "the page Launch (Ctrl+L)."));
    for (const LayoutRow& one : choices.layouts)
        m_start->addItem(
            tr("map %1, %2 of %3")
                .arg(one.id.value)
                .arg(one.method == "pca" ? tr("PCA") : tr("t-SNE"), oneLine(one.feature)),
            qlonglong(one.id.value));
}

void LayoutDialog::showMethod()
{
    const bool tsne = m_method->currentData().toString() == QLatin1String("tsne");
    for (QWidget* one : std::initializer_list<QWidget*> {
             m_perplexity, m_iterations, m_rate, m_exaggeration, m_pcaStart, m_start, m_reduce })
        one->setEnabled(tsne);
}

std::vector<workbench::FeatureSet> LayoutDialog::chosen() const
{
    std::vector<workbench::FeatureSet> sets;
    for (int i = 0; i < m_features->count(); ++i)
        if (m_features->item(i)->checkState() == Qt::Checked)
            sets.push_back(m_sets[static_cast<std::size_t>(i)]);
    return sets;
}

workbench::LayoutOptions LayoutDialog::options() const
{
    workbench::LayoutOptions o;
    o.method = m_method->currentData().toString().toStdString();
    o.tsne.perplexity = m_perplexity->value();
    o.tsne.iterations = m_iterations->value();
    o.tsne.rate = m_rate->value();
    o.tsne.exaggeration = m_exaggeration->value();
    o.tsne.seed = static_cast<std::uint64_t>(m_seed->value());
    o.tsne.pcaStart = m_pcaStart->isChecked();
    o.reduce = m_reduce->value();
    o.most = m_most->value();
    return o;
}

void LayoutDialog::go()
{
    auto sets = chosen();
    if (sets.empty())
        return m_said->setText(tr("Tick a feature first."));
    for (const auto& one : sets)
        if (one.name != sets.front().name)
            return m_said->setText(tr("Take one feature: those of %1 and %2 cannot share a map.")
                                       .arg(oneLine(sets.front().name), oneLine(one.name)));
    m_go->setEnabled(false);
    m_said->setText(tr("Reading features…"));
    const auto wish = options();
    const bool tsne = wish.method == "tsne";
    const LayoutId start { tsne ? m_start->currentData().toLongLong() : 0 };
    using Input = std::shared_ptr<const workbench::LayoutInput>;
    m_workspace.read<Input>(
        this,
        [sets = std::move(sets), wish, start](const store::Project& project) -> Result<Input> {
            auto input = workbench::layoutInput(project, sets, wish, start);
            if (!input)
                return fail(input.error());
            return std::make_shared<const workbench::LayoutInput>(std::move(*input));
        },
        [this](const Result<Input>& input) {
            m_go->setEnabled(true);
            if (!input)
                return m_said->setText(fromUtf8(message(input.error())));
            emit ready(*input);
            accept();
        });
}

} // namespace slook::gui
