#include "pages/apply_dialog.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QPushButton>
#include <QSpinBox>

namespace slook::gui {

using workbench::Treatment;

ApplyDialog::ApplyDialog(
    Workspace& workspace, const workbench::AuditReport& report, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_report(report)
    , m_reversed(new QComboBox)
    , m_undecided(new QComboBox)
    , m_unjudged(new QCheckBox(tr("Keep them")))
    , m_support(new QSpinBox)
    , m_votes(new QSpinBox)
    , m_estimate(new QCheckBox(tr("Estimate it from the audit")))
    , m_smoothing(new QDoubleSpinBox)
    , m_preview(plainLabel())
{
    setObjectName(QStringLiteral("applyDialog"));
    setWindowTitle(tr("Apply to the pairs"));
    m_reversed->addItem(tr("Relabel: swap chosen and rejected"), int(Treatment::Relabel));
    m_reversed->addItem(tr("Drop"), int(Treatment::Drop));
    m_reversed->addItem(tr("Keep as they are"), int(Treatment::Keep));
    m_undecided->addItem(tr("Drop"), int(Treatment::Drop));
    m_undecided->addItem(tr("Keep as they are"), int(Treatment::Keep));
    m_unjudged->setChecked(true);
    m_support->setRange(0, 100);
    m_support->setSuffix(QStringLiteral(" %"));
    m_votes->setRange(1, 100);
    m_estimate->setChecked(true);
    constexpr double most = 0.49;
    m_smoothing->setRange(0, most);
    m_smoothing->setSingleStep(0.01);
    m_smoothing->setEnabled(false);
    m_preview->setObjectName(QStringLiteral("applyPreview"));
    auto* form = new QFormLayout(this);
    form->addRow(tr("People prefer the rejected answer"), m_reversed);
    form->addRow(tr("Tie, both bad, no outcome"), m_undecided);
    form->addRow(tr("Pairs that nobody judged"), m_unjudged);
    form->addRow(tr("Least share of votes behind an outcome"), m_support);
    form->addRow(tr("Least number of votes"), m_votes);
    form->addRow(tr("Label smoothing"), m_estimate);
    form->addRow(QString(), m_smoothing);
    form->addRow(m_preview);
    form->addRow(
        mutedLabel(tr("The pairs become a set of their own; the old ones stay, and one undo "
                      "takes the set back.")));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    m_ok = buttons->button(QDialogButtonBox::Ok);
    m_ok->setText(tr("Apply"));
    form->addRow(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    for (QComboBox* box : { m_reversed, m_undecided })
        connect(box, &QComboBox::currentIndexChanged, this, &ApplyDialog::preview);
    for (QCheckBox* box : { m_unjudged, m_estimate })
        connect(box, &QCheckBox::toggled, this, &ApplyDialog::preview);
    for (QSpinBox* box : { m_support, m_votes })
        connect(box, &QSpinBox::valueChanged, this, &ApplyDialog::preview);
    connect(m_smoothing, &QDoubleSpinBox::valueChanged, this, &ApplyDialog::preview);
    connect(m_estimate, &QCheckBox::toggled, m_smoothing, &QWidget::setDisabled);
    preview();
}

workbench::ApplyOptions ApplyDialog::options() const
{
    constexpr double hundred = 100;
    workbench::ApplyOptions options;
    options.reversed = Treatment(m_reversed->currentData().toInt());
    options.undecided = Treatment(m_undecided->currentData().toInt());
    options.unjudged = m_unjudged->isChecked();
    options.support = m_support->value() / hundred;
    options.votes = m_votes->value();
    if (!m_estimate->isChecked())
        options.labelSmoothing = m_smoothing->value();
    return options;
}

void ApplyDialog::preview()
{
    const int request = ++m_request;
    m_workspace.read<workbench::ApplyPlan>(
        this,
        [report = m_report, wanted = options()](const store::Project& project) {
            return workbench::planApply(project, report, wanted);
        },
        [this, request](const Result<workbench::ApplyPlan>& plan) {
            if (request != m_request)
                return;
            m_preview->setText(fromUtf8(plan ? plan->sentence : message(plan.error())));
            m_ok->setEnabled(plan.has_value());
        });
}

} // namespace slook::gui
