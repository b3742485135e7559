#pragma once
#include "core/rows.h"
#include "parts/foreign_text.h"
#include "parts/tokens.h"

/// How two answers of one question are marked.
namespace slook::gui {

struct AnswerPair {
    MarkedText first;
    MarkedText second;
};

/// What differs between the two, in words; `firstTint` and `secondTint` are laid under it.
[[nodiscard]] AnswerPair markDifference(const std::string& first, const std::string& second,
    const QColor& firstTint, const QColor& secondTint);
/// Lays the mark colour under what an extractor matched; nothing where it matched nothing.
void markSpan(MarkedText& text, const std::string& utf8, const ExtractionRow& extraction,
    const Tokens& tokens);
/// The place of the last "## X ##" or else of `answer` at the end, for rows whose extraction is
/// not at hand.
void markAnswer(MarkedText& text, const std::string& answer, const Tokens& tokens);
/// `colour` over `ground`, thinned so that text on it stays readable.
[[nodiscard]] QColor tint(const QColor& colour, const QColor& ground);

} // namespace slook::gui
