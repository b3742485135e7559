#pragma once
#include <QString>
#include <QTextLayout>
#include <string>
#include <string_view>
#include <vector>

class QFont;
class QPainter;
class QRectF;

/// Text that others wrote: models, files, data sets. It is shown as it is and never interpreted.
namespace slook::gui {

/// Characters [begin, end) of a QString with the way they are drawn.
struct Marked {
    int begin = 0;
    int end = 0;
    QTextCharFormat format;
};

/// A text with marked places.
struct MarkedText {
    QString text;
    std::vector<Marked> marks;
};

inline constexpr int longestShown = 20'000; ///< characters; longer ones freeze a text widget

[[nodiscard]] QString fromUtf8(std::string_view text);
/// One line: breaks and control characters become blanks.
[[nodiscard]] QString oneLine(std::string_view text);
/// The position in fromUtf8(text) of byte `at` of `text`.
[[nodiscard]] int characterOf(std::string_view text, std::size_t at);
/// At most longestShown characters, with a note where something was cut; control characters but
/// line breaks and tabs are replaced.
[[nodiscard]] QString clipped(const QString& text, int longest = longestShown);
/// For a tooltip: escaped, so that nothing in it is taken for markup, and cut.
[[nodiscard]] QString tooltip(const QString& text);

/// At most `budget` characters around the first mark: the beginning, an ellipsis, and the mark with
/// what is before and behind it. All on one paragraph.
[[nodiscard]] MarkedText excerpt(const MarkedText& whole, int budget);

/// Draws a paragraph into `box`, wrapped, at most as many lines as fit, the last one elided.
/// @return the height used
double drawParagraph(QPainter& painter, const QRectF& box, const MarkedText& text,
    const QFont& font, const QColor& colour);

} // namespace slook::gui
