#include "parts/matrix.h"
#include "analysis/intervals.h"
#include "parts/numbers.h"
#include "parts/tokens.h"
#include <QGridLayout>
#include <QPainter>
#include <QPainterPath>

namespace slook::gui {
namespace {

constexpr int cellWidth = 150;
constexpr int cellHeight = 74;
constexpr int corner = 6;
constexpr int strip = 4;

} // namespace

MatrixCell::MatrixCell(int type, const QString& word, QWidget* parent)
    : QAbstractButton(parent)
    , m_type(type)
    , m_word(word)
{
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setObjectName(QStringLiteral("matrix%1").arg(type));
    setToolTip(tr("Show only these rows (%1)").arg(type));
    setAccessibleName(typeGlyph(type));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void MatrixCell::setCounts(int count, int all)
{
    m_count = count;
    if (all > 0) {
        const auto range = analysis::wilson(count, all);
        m_share = percent(static_cast<double>(count) / all) + QLatin1Char(' ')
            + interval(range.low, range.high);
    } else {
        m_share.clear();
    }
    update();
}

QSize MatrixCell::sizeHint() const
{
    return { cellWidth, cellHeight };
}

void MatrixCell::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokensOf(this);
    const QColor colour = t.ofType(m_type);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), corner, corner);
    painter.fillPath(outline, isChecked() ? t.selection : t.panel);
    painter.save();
    painter.setClipPath(outline);
    painter.fillRect(QRectF(0, 0, strip, height()), colour);
    painter.restore();
    painter.setPen(QPen(isChecked() || hasFocus() ? t.accent : t.line, 1));
    painter.drawPath(outline);

    const QRectF inside = QRectF(rect()).adjusted(strip + 10, 7, -8, -7);
    QFont small = font();
    small.setPixelSize(12);
    painter.setFont(small);
    painter.setPen(colour);
    const QString glyph = typeGlyph(m_type);
    painter.drawText(inside, Qt::AlignLeft | Qt::AlignTop,
        glyph.left(1) + QStringLiteral(" → ") + glyph.right(1) + QStringLiteral("  ") + m_word);
    QFont large = font();
    large.setPixelSize(21);
    large.setBold(true);
    painter.setFont(large);
    painter.drawText(inside, Qt::AlignLeft | Qt::AlignVCenter, QString::number(m_count));
    small.setPixelSize(11);
    painter.setFont(small);
    painter.setPen(t.muted);
    painter.drawText(inside, Qt::AlignLeft | Qt::AlignBottom, m_share);
}

TransitionMatrix::TransitionMatrix(QWidget* parent)
    : QWidget(parent)
{
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(6);
    const QString words[5] = { {}, tr("stays right"), tr("gain"), tr("harm"), tr("stays wrong") };
    for (int type = 1; type <= 4; ++type) {
        auto* cell = new MatrixCell(type, words[type]);
        m_cells.at(static_cast<std::size_t>(type)) = cell;
        // First answer right above, wrong below; refined answer right on the left, wrong on the
        // right.
        grid->addWidget(cell, type == 1 || type == 3 ? 0 : 1, type == 1 || type == 2 ? 0 : 1);
        connect(cell, &QAbstractButton::clicked, this,
            [this, type](bool checked) { emit typeChosen(checked ? type : 0); });
    }
}

void TransitionMatrix::setCounts(const std::array<int, 5>& counts)
{
    for (int type = 1; type <= 4; ++type)
        m_cells.at(static_cast<std::size_t>(type))
            ->setCounts(counts.at(static_cast<std::size_t>(type)), counts[0]);
}

void TransitionMatrix::setType(int type)
{
    for (int one = 1; one <= 4; ++one)
        m_cells.at(static_cast<std::size_t>(one))->setChecked(one == type);
}

} // namespace slook::gui
