#pragma once
#include "core/rows.h"
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slook::methods {

/// The rule sets by name: "ours"; SCL's two, which disagree: "scl-inference" of inference.py and
/// "scl-construction" of data_construction.py; "vlmevalkit" and "llava" (extract_published.h).
[[nodiscard]] std::span<const std::string_view> extractorNames();

/// Finds the answer in a response by one rule set, and marks it.
/// `text` must be UTF-8 (see cleanText). The result keeps the rule that matched and the bytes that
/// are the answer; `correct` is empty where the item has no known answer.
/// SCL's rules compare byte by byte with the expected answer; where none of its patterns matches,
/// scl-inference takes the whole response and scl-construction counts the answer as wrong.
/// Ours looks, in this order, for "## A ##", "answer is A", an answer that is a label or begins
/// with one, the text of exactly one option, exactly one label; never at the known answer.
/// @throws std::invalid_argument for an unknown extractor
[[nodiscard]] ExtractionRow extract(std::string_view text, const Item& item,
    std::string_view extractor, std::string_view optionStyle = "lines");

/// All rule sets, in the order of extractorNames().
[[nodiscard]] std::vector<ExtractionRow> extractAll(
    std::string_view text, const Item& item, std::string_view optionStyle = "lines");

/// Lower case, without articles, punctuation and repeated blanks, with number words as digits: how
/// VQA's evaluation compares open answers.
/// Source: Antol et al. 2015 (VQA), evaluation code, without its table of contractions.
[[nodiscard]] std::string normalizedAnswer(std::string_view text);

/// The same text as valid UTF-8 without NUL: what is no text becomes U+FFFD.
[[nodiscard]] std::string cleanText(std::string_view text);

} // namespace slook::methods
