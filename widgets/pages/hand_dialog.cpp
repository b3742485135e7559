#include "pages/hand_dialog.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include <QComboBox>
#include <QDialogButtonBox>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {
namespace {

constexpr int correctRole = Qt::UserRole + 1;

bool isKnown(const TransitionRow& row, const Option& option)
{
    return option.label == row.answer || option.text == row.answer;
}

} // namespace

HandDialog::HandDialog(const TransitionRow& row, bool byHand, QWidget* parent)
    : QDialog(parent)
    , m_row(row)
    , m_sides { { { row.first, row.firstAnswer, row.firstCorrect },
          { row.refined, row.refinedAnswer, row.refinedCorrect } } }
    , m_reason(new QLineEdit)
{
    setObjectName(QStringLiteral("handDialog"));
    setWindowTitle(tr("Read by hand"));
    constexpr int width = 560, longestAnswer = 1200;
    setMinimumWidth(width);
    auto* column = new QVBoxLayout(this);
    column->setSpacing(8);
    column->addWidget(plainLabel(clipped(fromUtf8(row.question), longestAnswer)));
    column->addWidget(mutedLabel(tr("Known answer: %1").arg(clipped(oneLine(row.answer), 80))));
    const std::array titles { tr("The first answer says"), tr("The answer after review says") };
    const std::array texts { &row.firstText, &row.refinedText };
    for (std::size_t i = 0; i < m_sides.size(); ++i) {
        fillBox(m_sides.at(i));
        m_sides.at(i).box->setObjectName(
            i == 0 ? QStringLiteral("handFirst") : QStringLiteral("handRefined"));
        column->addWidget(heading(titles.at(i)));
        column->addWidget(plainLabel(clipped(fromUtf8(*texts.at(i)), longestAnswer)));
        column->addWidget(m_sides.at(i).box);
        connect(m_sides.at(i).box, &QComboBox::currentIndexChanged, this, &HandDialog::validate);
    }
    m_reason->setObjectName(QStringLiteral("handReason"));
    m_reason->setPlaceholderText(tr("why, for whoever reads this later"));
    column->addWidget(heading(tr("Reason")));
    column->addWidget(m_reason);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    m_ok = buttons->button(QDialogButtonBox::Ok);
    if (byHand) {
        auto* back =
            buttons->addButton(tr("As the extractors read it"), QDialogButtonBox::DestructiveRole);
        connect(back, &QPushButton::clicked, this, [this] {
            m_takenBack = true;
            accept();
        });
    }
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_reason, &QLineEdit::textChanged, this, &HandDialog::validate);
    column->addWidget(buttons);
    validate();
}

void HandDialog::fillBox(Side& side)
{
    auto* box = new QComboBox;
    const auto add = [&](const QString& text, const QString& answer, bool correct) {
        box->addItem(text, answer);
        const int at = box->count() - 1;
        box->setItemData(at, correct, correctRole);
        if (correct == side.correct && (m_row.options.empty() || answer == fromUtf8(side.answer)))
            side.before = at;
    };
    side.before = -1;
    for (const Option& option : m_row.options) {
        const bool known = isKnown(m_row, option);
        add(tr("%1  %2%3")
                .arg(oneLine(option.label), clipped(oneLine(option.text), 80),
                    known ? tr("  ✓") : QString()),
            fromUtf8(option.label), known);
    }
    if (m_row.options.empty()) {
        add(tr("the right answer"), fromUtf8(m_row.answer), true);
        add(tr("another answer"), side.correct ? QString() : fromUtf8(side.answer), false);
    }
    box->addItem(tr("nothing that answers the question"), QString());
    if (side.before < 0)
        side.before = box->count() - 1;
    box->setCurrentIndex(side.before);
    side.box = box;
}

std::vector<store::HandReading> HandDialog::readings() const
{
    const auto reason = m_reason->text().trimmed().toStdString();
    std::vector<store::HandReading> changed;
    for (const Side& side : m_sides) {
        const auto answer = side.box->currentData().toString().toStdString();
        const bool correct = side.box->currentData(correctRole).toBool();
        if (m_takenBack)
            changed.push_back({ side.response, {}, std::nullopt,
                reason.empty() ? "as the extractors read it" : reason });
        else if (side.box->currentIndex() != side.before)
            changed.push_back({ side.response, answer, correct, reason });
    }
    return changed;
}

void HandDialog::validate()
{
    const bool changed = !readings().empty();
    const bool reasoned = !m_reason->text().trimmed().isEmpty();
    m_ok->setEnabled(changed && reasoned);
    m_ok->setToolTip(!changed ? tr("Nothing is read otherwise yet")
            : !reasoned       ? tr("Write a reason first")
                              : QString());
}

} // namespace slook::gui
