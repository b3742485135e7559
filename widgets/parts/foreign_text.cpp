#include "parts/foreign_text.h"
#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

namespace slook::gui {
namespace {

bool isHarmful(QChar c)
{
    if (c == QLatin1Char('\n') || c == QLatin1Char('\t'))
        return false;
    const bool turnsText = (c.unicode() >= 0x202A && c.unicode() <= 0x202E)
        || (c.unicode() >= 0x2066 && c.unicode() <= 0x2069);
    return c.category() == QChar::Other_Control || turnsText;
}

void tame(QString& text)
{
    for (QChar& c : text)
        if (isHarmful(c))
            c = QChar(0x2400); // visible, and as long as what it replaces
}

} // namespace

QString fromUtf8(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString oneLine(std::string_view text)
{
    constexpr std::size_t enough = 4000;
    QString line = fromUtf8(text.substr(0, enough));
    for (QChar& c : line)
        if (c == QLatin1Char('\n') || c == QLatin1Char('\t') || c == QLatin1Char('\r'))
            c = QLatin1Char(' ');
    tame(line);
    return line;
}

int characterOf(std::string_view text, std::size_t at)
{
    return static_cast<int>(fromUtf8(text.substr(0, std::min(at, text.size()))).size());
}

QString clipped(const QString& text, int longest)
{
    QString shown = text.left(longest);
    tame(shown);
    if (text.size() > longest)
        shown += QCoreApplication::translate("ForeignText", "\n… %1 more characters are not shown.")
                     .arg(text.size() - longest);
    return shown;
}

QString tooltip(const QString& text)
{
    constexpr int longest = 600;
    return QStringLiteral("<p style='white-space:pre-wrap'>")
        + clipped(text, longest).toHtmlEscaped() + QStringLiteral("</p>");
}

MarkedText excerpt(const MarkedText& whole, int budget)
{
    MarkedText result;
    const int size = static_cast<int>(whole.text.size());
    int head = std::min(size, budget);
    int tail = size; // where the second part begins
    if (size > budget && !whole.marks.empty()) {
        const auto& last = whole.marks.back();
        const int wanted = std::max(0, std::min(last.begin, size) - budget / 6);
        if (last.end > head) {
            head = budget / 2;
            tail = std::max(wanted, head);
        }
    }
    const int tailEnd = std::min(size, tail + budget - head);
    const QString gap = QStringLiteral(" … ");
    result.text = whole.text.left(head);
    if (tail < size)
        result.text += (tail > head ? gap : QString()) + whole.text.mid(tail, tailEnd - tail);
    const int shift =
        tail < size ? (tail > head ? static_cast<int>(gap.size()) : 0) + head - tail : 0;
    for (const Marked& mark : whole.marks) {
        if (mark.begin < head)
            result.marks.push_back({ mark.begin, std::min(mark.end, head), mark.format });
        if (tail < size && mark.end > tail && mark.begin < tailEnd)
            result.marks.push_back({ std::max(mark.begin, tail) + shift,
                std::min(mark.end, tailEnd) + shift, mark.format });
    }
    for (QChar& c : result.text)
        if (c == QLatin1Char('\n') || c == QLatin1Char('\t') || c == QLatin1Char('\r'))
            c = QLatin1Char(' ');
    tame(result.text);
    return result;
}

double drawParagraph(QPainter& painter, const QRectF& box, const MarkedText& text,
    const QFont& font, const QColor& colour)
{
    QTextLayout layout(text.text, font);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    QList<QTextLayout::FormatRange> ranges;
    for (const Marked& mark : text.marks)
        if (mark.end > mark.begin)
            ranges.append({ mark.begin, mark.end - mark.begin, mark.format });
    layout.setFormats(ranges);
    const double lineHeight = std::ceil(QFontMetricsF(font).height());
    const int lines = std::max(1, static_cast<int>(box.height() / lineHeight));
    layout.beginLayout();
    double y = 0;
    bool cut = false;
    for (int i = 0; i < lines; ++i) {
        QTextLine line = layout.createLine();
        if (!line.isValid())
            break;
        line.setLineWidth(box.width());
        line.setPosition({ 0, y });
        y += lineHeight;
        cut = i + 1 == lines && line.textStart() + line.textLength() < text.text.size();
    }
    layout.endLayout();
    painter.save();
    painter.setClipRect(box);
    painter.setPen(colour);
    layout.draw(&painter, box.topLeft());
    if (cut) {
        const QRectF end(
            box.right() - lineHeight, box.top() + y - lineHeight, lineHeight, lineHeight);
        painter.setFont(font);
        painter.drawText(end, Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("…"));
    }
    painter.restore();
    return y;
}

} // namespace slook::gui
