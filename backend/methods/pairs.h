#pragma once
#include "core/rows.h"
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace slook::methods {

/// The first and the last answer of one item with their marks.
struct AnswerPair {
    ItemId item;
    std::string prompt; ///< user text to train on
    std::string first;
    std::string refined;
    int refinedTurn = 2;
    bool firstCorrect = false;
    bool refinedCorrect = false;
};

/// 1 right-right, 2 wrong-right, 3 right-wrong, 4 wrong-wrong.
[[nodiscard]] int transitionType(bool firstCorrect, bool refinedCorrect);

/// SCL's rule: of type 2 the refined answer is chosen, of type 3 the first one; 1 and 4 give no
/// pair, nor do two equal texts. Of the pairs a share `fraction` is drawn by `seed`, the order
/// stays. Source: arXiv:2410.04055 section 4.
[[nodiscard]] std::vector<PairRow> correctnessPairs(
    const std::vector<AnswerPair>& answers, double fraction, std::uint64_t seed);

/// A share of the pairs, 0 to 1, drawn by `seed` and in their order. What a smaller share draws is
/// among what a larger one does.
[[nodiscard]] std::vector<PairRow> drawnPairs(
    const std::vector<PairRow>& pairs, double fraction, std::uint64_t seed);

/// The same pairs with their preference replaced; `control` is one of controlNames().
///
/// "length-matched": d is the chosen answer's length less the rejected one's, in tokens. Each pair
/// with d > 0 is matched with one of d < 0 whose size differs by at most 10 %, or 2 tokens; pairs
/// without a counterpart are dropped, those with d = 0 stay. So length tells nothing about which
/// answer is chosen, while the label still decides.
/// @throws std::invalid_argument for an unknown control
[[nodiscard]] std::vector<PairRow> controlPairs(const std::vector<PairRow>& correctness,
    const std::string& control, std::uint64_t seed,
    const std::function<std::size_t(const std::string&)>& countTokens);

} // namespace slook::methods
