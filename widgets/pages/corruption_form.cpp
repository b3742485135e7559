#include "pages/corruption_form.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>
#include <limits>

namespace slook::gui {
namespace {

constexpr int ownNumbers = -1;
constexpr int standardNumbers = -2; // of an operator without severities

} // namespace

CorruptionForm::CorruptionForm(QWidget* parent)
    : QWidget(parent)
    , m_operator(new QComboBox)
    , m_says(mutedLabel())
    , m_severity(new QComboBox)
    , m_numberForm(new QFormLayout)
    , m_seed(new QSpinBox)
{
    m_operator->setObjectName(QStringLiteral("operatorBox"));
    m_operator->setToolTip(tr("What is done to the picture"));
    for (const image::Operator& one : image::operators())
        m_operator->addItem(fromUtf8(std::string(one.name)));
    m_operator->setMaxVisibleItems(m_operator->count());
    m_severity->setObjectName(QStringLiteral("severityBox"));
    m_severity->setToolTip(tr("Strength; the keys 0 to 5 choose it too"));
    m_seed->setObjectName(QStringLiteral("seedBox"));
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setToolTip(tr("Seed of what the operator draws: the same seed, the same pixels"));
    auto* dice = new QPushButton(tr("⚄ Roll  R"));
    dice->setToolTip(tr("Another seed (R)"));
    connect(dice, &QPushButton::clicked, this, &CorruptionForm::roll);
    auto* seedRow = new QHBoxLayout;
    seedRow->addWidget(m_seed, 1);
    seedRow->addWidget(dice);
    auto* form = new QFormLayout;
    form->addRow(tr("Operator"), m_operator);
    form->addRow(QString(), m_says);
    form->addRow(tr("Severity"), m_severity);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(form);
    column->addLayout(m_numberForm);
    auto* last = new QFormLayout;
    last->addRow(tr("Seed"), seedRow);
    column->addLayout(last);
    connect(m_operator, &QComboBox::currentIndexChanged, this, &CorruptionForm::showOperator);
    connect(m_severity, &QComboBox::currentIndexChanged, this, [this] {
        showNumbers();
        emit changed();
    });
    connect(m_seed, &QSpinBox::valueChanged, this, &CorruptionForm::changed);
    m_operator->setCurrentText(QStringLiteral("gaussian_noise"));
    showOperator();
}

std::string CorruptionForm::op() const
{
    return m_operator->currentText().toStdString();
}

void CorruptionForm::setOperator(const QString& name)
{
    m_operator->setCurrentText(name);
}

void CorruptionForm::setSeverity(int severity)
{
    const int found = m_severity->findData(severity);
    const int standard = m_severity->findData(standardNumbers);
    if (found >= 0)
        m_severity->setCurrentIndex(found);
    else if (standard >= 0)
        m_severity->setCurrentIndex(standard);
}

void CorruptionForm::roll()
{
    m_seed->setValue(static_cast<int>(QRandomGenerator::global()->bounded(1'000'000)));
}

void CorruptionForm::showOperator()
{
    const auto* found = image::operatorByName(op());
    if (!found)
        return;
    m_says->setText(fromUtf8(std::string(found->says)));
    m_seed->setEnabled(found->random);
    const QSignalBlocker quiet(m_severity);
    m_severity->clear();
    m_severity->addItem(tr("0, as it is"), 0);
    for (int i = 1; i <= static_cast<int>(found->severities.size()); ++i)
        m_severity->addItem(QString::number(i), i);
    if (found->severities.empty())
        m_severity->addItem(tr("standard"), standardNumbers);
    if (!found->parameters.empty())
        m_severity->addItem(tr("own numbers"), ownNumbers);
    constexpr int middle = 3;
    m_severity->setCurrentIndex(
        std::min<int>(middle, std::max<int>(1, static_cast<int>(found->severities.size()))));
    while (m_numberForm->rowCount() > 0)
        m_numberForm->removeRow(0);
    m_numbers.clear();
    for (const image::Parameter& one : found->parameters) {
        auto* box = new QDoubleSpinBox;
        box->setObjectName(QStringLiteral("number:") + fromUtf8(std::string(one.name)));
        constexpr int digits = 4;
        box->setDecimals(one.whole ? 0 : digits);
        box->setRange(one.least, one.greatest);
        box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
        box->setToolTip(
            tr("From %1 to %2; standard %3").arg(one.least).arg(one.greatest).arg(one.standard));
        connect(box, &QDoubleSpinBox::valueChanged, this, [this] {
            const QSignalBlocker still(m_severity);
            m_severity->setCurrentIndex(m_severity->findData(ownNumbers));
            emit changed();
        });
        m_numberForm->addRow(fromUtf8(std::string(one.name)), box);
        m_numbers.push_back({ std::string(one.name), box });
    }
    showNumbers();
    emit changed();
}

/// The severity's numbers into the boxes.
void CorruptionForm::showNumbers()
{
    const int severity = m_severity->currentData().toInt();
    if (severity == ownNumbers)
        return;
    const auto shown =
        severity > 0 ? image::atSeverity(op(), severity) : image::completed({ op(), {}, 0 });
    for (const Number& one : m_numbers) {
        const QSignalBlocker quiet(one.box);
        if (shown)
            one.box->setValue(shown->parameters.at(one.name));
        one.box->setEnabled(severity != 0);
    }
}

std::optional<image::Corruption> CorruptionForm::corruption() const
{
    const int severity = m_severity->currentData().toInt();
    if (severity == 0)
        return std::nullopt;
    if (severity > 0)
        return atSeverity(severity); // the boxes show rounded numbers
    image::Corruption corruption { op(), {}, static_cast<std::uint64_t>(m_seed->value()) };
    if (severity == ownNumbers)
        for (const Number& one : m_numbers)
            corruption.parameters[one.name] = one.box->value();
    return corruption;
}

std::optional<image::Corruption> CorruptionForm::atSeverity(int severity) const
{
    const auto one = image::atSeverity(op(), severity, static_cast<std::uint64_t>(m_seed->value()));
    return one ? std::optional(*one) : std::nullopt;
}

} // namespace slook::gui
