#include "parts/small_multiples.h"
#include "analysis/intervals.h"
#include "parts/answers.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tokens.h"
#include <QHBoxLayout>
#include <QPainter>

namespace slook::gui {
namespace {

constexpr int smallWidth = 132, smallHeight = 88, nameHeight = 18, gap = 3;

} // namespace

SmallMatrix::SmallMatrix(const QString& name, const std::array<int, 5>& counts, QWidget* parent)
    : QAbstractButton(parent)
    , m_name(name)
    , m_counts(counts)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(name);
    QStringList lines { tr("%1 · %2 questions").arg(name).arg(counts[0]) };
    const auto share = [&](const QString& what, int count, int of) {
        const auto range = analysis::wilson(count, of);
        lines << tr("%1: %2 of %3, %4 %5")
                     .arg(what)
                     .arg(count)
                     .arg(of)
                     .arg(percent(of > 0 ? static_cast<double>(count) / of : 0),
                         interval(range.low, range.high));
    };
    share(tr("gain ✗→✓"), counts[2], counts[2] + counts[4]);
    share(tr("harm ✓→✗"), counts[3], counts[1] + counts[3]);
    setToolTip(tooltip(lines.join(QLatin1Char('\n'))));
}

QSize SmallMatrix::sizeHint() const
{
    return { smallWidth, smallHeight };
}

void SmallMatrix::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokensOf(this);
    QPainter painter(this);
    QFont small = font();
    small.setPixelSize(11);
    painter.setFont(small);
    painter.setPen(hasFocus() ? t.accent : t.muted);
    painter.drawText(QRect(0, 0, width(), nameHeight), Qt::AlignLeft | Qt::AlignVCenter,
        painter.fontMetrics().elidedText(m_name, Qt::ElideMiddle, width()));
    const int cellWidth = (width() - gap) / 2, cellHeight = (height() - nameHeight - gap) / 2;
    for (int type = 1; type <= 4; ++type) {
        // As in the large one: right answers first above, right ones after the review on the left.
        const int column = type == 1 || type == 2 ? 0 : 1, row = type == 1 || type == 3 ? 0 : 1;
        const QRect cell(column * (cellWidth + gap), nameHeight + row * (cellHeight + gap),
            cellWidth, cellHeight);
        const int count = m_counts.at(static_cast<std::size_t>(type));
        painter.fillRect(cell, t.chip);
        if (m_counts[0] > 0) {
            QRect part = cell;
            part.setWidth(static_cast<int>(std::int64_t(cell.width()) * count / m_counts[0]));
            painter.fillRect(part, tint(t.ofType(type), t.panel));
        }
        painter.setPen(t.ofType(type));
        painter.drawText(cell.adjusted(4, 0, -4, 0), Qt::AlignLeft | Qt::AlignVCenter,
            typeGlyph(type) + QLatin1Char(' ') + QString::number(count));
    }
    if (hasFocus() || isDown()) {
        painter.setPen(t.accent);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

SmallMultiples::SmallMultiples(QWidget* parent)
    : QScrollArea(parent)
{
    constexpr int bar = 14;
    setObjectName(QStringLiteral("smallMultiples"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFixedHeight(smallHeight + bar);
    auto* inside = new QWidget;
    m_row = new QHBoxLayout(inside);
    m_row->setContentsMargins(0, 0, 0, 0);
    m_row->setSpacing(14);
    m_row->addStretch(1);
    setWidget(inside);
}

void SmallMultiples::setMultiples(const std::vector<Multiple>& all)
{
    while (m_row->count() > 1) {
        QLayoutItem* old = m_row->takeAt(0);
        old->widget()->hide();
        old->widget()->deleteLater(); // it may be the one whose click has led here
        delete old;
    }
    for (int i = 0; i < static_cast<int>(all.size()); ++i) {
        const Multiple& one = all[static_cast<std::size_t>(i)];
        auto* matrix = new SmallMatrix(one.name, one.counts);
        connect(matrix, &QAbstractButton::clicked, this, [this, i] { emit chosen(i); });
        m_row->insertWidget(i, matrix);
    }
}

} // namespace slook::gui
