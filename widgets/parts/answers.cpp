#include "parts/answers.h"
#include "text/word_diff.h"

namespace slook::gui {
namespace {

MarkedText withSpans(
    const std::string& utf8, const std::vector<text::Span>& spans, const QColor& colour)
{
    MarkedText result { fromUtf8(utf8), {} };
    QTextCharFormat format;
    format.setBackground(colour);
    for (const text::Span& span : spans)
        result.marks.push_back(
            { characterOf(utf8, span.begin), characterOf(utf8, span.end), format });
    return result;
}

QTextCharFormat spanFormat(const Tokens& tokens)
{
    QTextCharFormat format;
    format.setBackground(tokens.mark);
    format.setForeground(tokens.text);
    format.setFontWeight(QFont::DemiBold);
    return format;
}

} // namespace

QColor tint(const QColor& colour, const QColor& ground)
{
    constexpr double share = 0.22;
    return QColor::fromRgbF(static_cast<float>(colour.redF() * share + ground.redF() * (1 - share)),
        static_cast<float>(colour.greenF() * share + ground.greenF() * (1 - share)),
        static_cast<float>(colour.blueF() * share + ground.blueF() * (1 - share)));
}

AnswerPair markDifference(const std::string& first, const std::string& second,
    const QColor& firstTint, const QColor& secondTint)
{
    const text::WordDiff diff = text::wordDiff(first, second);
    return { withSpans(first, diff.before, firstTint), withSpans(second, diff.after, secondTint) };
}

void markSpan(MarkedText& text, const std::string& utf8, const ExtractionRow& extraction,
    const Tokens& tokens)
{
    if (extraction.begin < 0 || extraction.end <= extraction.begin)
        return;
    text.marks.push_back({ characterOf(utf8, static_cast<std::size_t>(extraction.begin)),
        characterOf(utf8, static_cast<std::size_t>(extraction.end)), spanFormat(tokens) });
}

void markAnswer(MarkedText& text, const std::string& answer, const Tokens& tokens)
{
    const QString wanted = fromUtf8(answer);
    if (wanted.isEmpty())
        return;
    const QString fenced = QStringLiteral("## %1 ##").arg(wanted);
    qsizetype at = text.text.lastIndexOf(fenced);
    qsizetype size = fenced.size();
    if (at < 0) {
        at = text.text.lastIndexOf(wanted);
        size = wanted.size();
    }
    if (at >= 0)
        text.marks.push_back(
            { static_cast<int>(at), static_cast<int>(at + size), spanFormat(tokens) });
}

} // namespace slook::gui
