#pragma once
#include <QColor>
#include <QPalette>
#include <string_view>

class QWidget;

namespace slook::gui {

/// The colours of one appearance. Pairs stay apart under the common colour-vision deficiencies and
/// reach a contrast of 4.5:1 against window and panel.
struct Tokens {
    QColor window, panel, line;
    QColor text, muted;
    QColor accent, selection, chip;
    QColor right, gain, harm, wrong; ///< transition types 1 to 4: always with their glyph
    QColor chosen, rejected;
    QColor mark; ///< the matched span of an extraction

    [[nodiscard]] QColor ofType(int type) const; ///< 1 to 4; muted for others
    /// "red", "yellow", "green", "blue", "purple"; muted for others. Always with the name.
    [[nodiscard]] QColor ofFlag(std::string_view name) const;
};

[[nodiscard]] const Tokens& lightTokens();
[[nodiscard]] const Tokens& darkTokens();
/// White and full colours on black: 7:1 and more.
[[nodiscard]] const Tokens& contrastTokens();
/// The tokens that go with a palette, told by how light its window is.
[[nodiscard]] const Tokens& tokensOf(const QPalette& palette);
[[nodiscard]] const Tokens& tokensOf(const QWidget* widget);
/// A Fusion palette of these colours, with all its edges set.
[[nodiscard]] QPalette paletteOf(const Tokens& tokens);
/// The little style sheet that a palette cannot say.
[[nodiscard]] QString styleSheetOf(const Tokens& tokens);

/// "✓✓", "✗✓", "✓✗", "✗✗" for types 1 to 4.
[[nodiscard]] QString typeGlyph(int type);

} // namespace slook::gui
