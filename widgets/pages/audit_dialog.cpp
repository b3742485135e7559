#include "pages/audit_dialog.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>

namespace slook::gui {
namespace {

QDoubleSpinBox* percentBox(double value, double most)
{
    auto* box = new QDoubleSpinBox;
    box->setDecimals(0);
    box->setSuffix(QStringLiteral(" %"));
    box->setRange(0, most);
    box->setValue(value);
    return box;
}

constexpr double hundred = 100;
constexpr int selectionItem = 100; ///< of the box of samplings, beside those of Sampling

} // namespace

AuditDialog::AuditDialog(RunId run, std::vector<ItemId> selected, QWidget* parent)
    : QDialog(parent)
    , m_run(run)
    , m_selected(std::move(selected))
    , m_name(new QLineEdit)
    , m_annotators(new QLineEdit)
    , m_pairs(new QSpinBox)
    , m_sampling(new QComboBox)
    , m_strata(new QComboBox)
    , m_preference(new QLineEdit)
    , m_filter(new QLineEdit)
    , m_overlap(percentBox(hundred, hundred))
    , m_mirrored(percentBox(10, hundred / 2))
    , m_gold(percentBox(0, hundred / 2))
    , m_seed(new QSpinBox)
    , m_rubric(new QPlainTextEdit)
    , m_problem(mutedLabel())
{
    setObjectName(QStringLiteral("auditDialog"));
    setWindowTitle(tr("Plan an audit"));
    m_name->setObjectName(QStringLiteral("auditName"));
    m_annotators->setObjectName(QStringLiteral("auditAnnotators"));
    m_annotators->setPlaceholderText(tr("MK, AB"));
    constexpr int mostPairs = 100'000;
    m_pairs->setRange(1, mostPairs);
    m_pairs->setValue(100);
    m_sampling->addItem(tr("at random"), int(workbench::Sampling::Random));
    m_sampling->addItem(
        tr("the same number of each stratum"), int(workbench::Sampling::Stratified));
    m_sampling->addItem(tr("smallest margin first"), int(workbench::Sampling::SmallestMargin));
    m_sampling->addItem(tr("all that the filter leaves"), int(workbench::Sampling::Selection));
    m_sampling->setObjectName(QStringLiteral("auditSampling"));
    if (!m_selected.empty())
        m_sampling->addItem(tr("the pairs of %n selected question(s)", nullptr,
                                static_cast<int>(m_selected.size())),
            selectionItem);
    for (const std::string& name : workbench::strataNames())
        m_strata->addItem(fromUtf8(name));
    m_preference->setPlaceholderText(tr("correctness, stage1, …; empty for the method's own"));
    m_filter->setPlaceholderText(tr("type:wrong-right category:colour; empty for all"));
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setValue(1);
    m_rubric->setPlaceholderText(tr("What to look at, with examples; shown beside every pair"));
    auto* form = new QFormLayout(this);
    form->addRow(tr("Name"), m_name);
    form->addRow(tr("Annotators, with commas"), m_annotators);
    form->addRow(tr("Pairs of"), plainLabel(run ? tr("the chosen run") : tr("all runs")));
    form->addRow(tr("Preference"), m_preference);
    form->addRow(tr("Filter"), m_filter);
    form->addRow(tr("Drawn"), m_sampling);
    form->addRow(tr("Strata"), m_strata);
    form->addRow(tr("Pairs"), m_pairs);
    form->addRow(tr("Judged by everybody"), m_overlap);
    form->addRow(tr("Come back with sides swapped"), m_mirrored);
    form->addRow(tr("With a settled answer, on top"), m_gold);
    form->addRow(tr("Seed"), m_seed);
    form->addRow(tr("Rubric"), m_rubric);
    form->addRow(m_problem);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    m_ok = buttons->button(QDialogButtonBox::Ok);
    m_ok->setText(tr("Plan"));
    form->addRow(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    for (QLineEdit* edit : { m_name, m_annotators, m_filter })
        connect(edit, &QLineEdit::textChanged, this, &AuditDialog::check);
    connect(m_sampling, &QComboBox::currentIndexChanged, this, &AuditDialog::check);
    check();
}

bool AuditDialog::takesSelection() const
{
    return m_sampling->currentData().toInt() == selectionItem;
}

void AuditDialog::check()
{
    const auto sampling = options().sampling;
    m_strata->setEnabled(sampling == workbench::Sampling::Stratified);
    m_pairs->setEnabled(sampling != workbench::Sampling::Selection);
    const auto filter = workbench::Filter::parse(m_filter->text().toStdString());
    m_problem->setText(m_name->text().trimmed().isEmpty() ? tr("It needs a name.")
            : options().annotators.empty()                ? tr("It needs somebody who judges.")
            : !filter                                     ? fromUtf8(message(filter.error()))
                                                          : QString());
    m_ok->setEnabled(m_problem->text().isEmpty());
}

workbench::AuditSource AuditDialog::source() const
{
    workbench::AuditSource source;
    if (m_run)
        source.runs = { m_run };
    if (takesSelection())
        source.items = m_selected;
    source.preference = m_preference->text().trimmed().toStdString();
    if (auto filter = workbench::Filter::parse(m_filter->text().toStdString()))
        source.filter = std::move(*filter);
    return source;
}

workbench::AuditOptions AuditDialog::options() const
{
    workbench::AuditOptions options;
    options.name = m_name->text().trimmed().toStdString();
    for (const QString& name : m_annotators->text().split(QLatin1Char(',')))
        if (!name.trimmed().isEmpty())
            options.annotators.push_back(name.trimmed().toStdString());
    options.sampling = takesSelection() ? workbench::Sampling::Selection
                                        : workbench::Sampling(m_sampling->currentData().toInt());
    options.strata = m_strata->currentText().toStdString();
    options.pairs = m_pairs->value();
    options.overlap = m_overlap->value() / hundred;
    options.mirrored = m_mirrored->value() / hundred;
    options.gold = m_gold->value() / hundred;
    options.seed = static_cast<std::uint64_t>(m_seed->value());
    options.rubric = m_rubric->toPlainText().toStdString();
    return options;
}

} // namespace slook::gui
