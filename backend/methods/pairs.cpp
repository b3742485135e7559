#include "methods/pairs.h"
#include "core/random.h"
#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace slook::methods {
namespace {

/// A seeded sample of `count` places out of `n`, in ascending order.
std::vector<std::size_t> sample(std::size_t n, std::size_t count, Random random)
{
    std::vector<std::size_t> places(n);
    std::iota(places.begin(), places.end(), std::size_t { 0 });
    random.shuffle(places);
    places.resize(std::min(n, count));
    std::ranges::sort(places);
    return places;
}

void swapSides(PairRow& pair)
{
    std::swap(pair.chosen, pair.rejected);
    std::swap(pair.chosenTurn, pair.rejectedTurn);
    std::swap(pair.chosenStage, pair.rejectedStage);
}

std::vector<PairRow> lengthMatched(const std::vector<PairRow>& pairs,
    const std::function<std::size_t(const std::string&)>& countTokens)
{
    struct Side {
        std::size_t place;
        std::int64_t size; ///< of the difference
    };
    std::vector<Side> longer;
    std::vector<Side> shorter;
    std::vector<bool> keep(pairs.size(), false);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto difference = static_cast<std::int64_t>(countTokens(pairs[i].chosen))
            - static_cast<std::int64_t>(countTokens(pairs[i].rejected));
        keep[i] = difference == 0;
        if (difference > 0)
            longer.push_back({ i, difference });
        if (difference < 0)
            shorter.push_back({ i, -difference });
    }
    const auto bySize = [](const Side& a, const Side& b) { return a.size < b.size; };
    std::ranges::stable_sort(longer, bySize);
    std::ranges::stable_sort(shorter, bySize);
    // Both sides ascend, so taking the nearest fitting partner from the front finds most matches.
    for (std::size_t i = 0, j = 0; i < longer.size() && j < shorter.size();) {
        const auto a = longer[i].size;
        const auto b = shorter[j].size;
        const auto allowed = std::max(2.0, 0.1 * static_cast<double>(std::max(a, b)));
        if (static_cast<double>(std::abs(a - b)) <= allowed)
            keep[longer[i++].place] = keep[shorter[j++].place] = true;
        else if (a < b)
            ++i;
        else
            ++j;
    }
    std::vector<PairRow> kept;
    for (std::size_t i = 0; i < pairs.size(); ++i)
        if (keep[i])
            kept.push_back(pairs[i]);
    return kept;
}

} // namespace

int transitionType(bool firstCorrect, bool refinedCorrect)
{
    return firstCorrect ? (refinedCorrect ? 1 : 3) : (refinedCorrect ? 2 : 4);
}

std::vector<PairRow> correctnessPairs(
    const std::vector<AnswerPair>& answers, double fraction, std::uint64_t seed)
{
    std::vector<PairRow> pairs;
    for (const auto& one : answers) {
        if (one.firstCorrect == one.refinedCorrect || one.first == one.refined)
            continue;
        PairRow pair;
        pair.preference = "correctness";
        pair.item = one.item;
        pair.type = transitionType(one.firstCorrect, one.refinedCorrect);
        pair.prompt = one.prompt;
        pair.chosen = one.refined;
        pair.rejected = one.first;
        pair.chosenTurn = one.refinedTurn;
        pair.rejectedTurn = 1;
        if (one.firstCorrect)
            swapSides(pair);
        pairs.push_back(std::move(pair));
    }
    return drawnPairs(pairs, fraction, seed);
}

std::vector<PairRow> drawnPairs(
    const std::vector<PairRow>& pairs, double fraction, std::uint64_t seed)
{
    const auto count =
        static_cast<std::size_t>(std::llround(fraction * static_cast<double>(pairs.size())));
    std::vector<PairRow> drawn;
    for (const auto place : sample(pairs.size(), count, Random::of(seed, "fraction", 0)))
        drawn.push_back(pairs[place]);
    return drawn;
}

std::vector<PairRow> controlPairs(const std::vector<PairRow>& correctness,
    const std::string& control, std::uint64_t seed,
    const std::function<std::size_t(const std::string&)>& countTokens)
{
    auto pairs =
        control == "length-matched" ? lengthMatched(correctness, countTokens) : correctness;
    for (auto& pair : pairs) {
        pair.preference = control;
        const bool refinedChosen = pair.chosenTurn > pair.rejectedTurn;
        if (control == "always-refined" && !refinedChosen)
            swapSides(pair);
        else if (control == "reversed")
            swapSides(pair);
        else if (control == "random"
            && Random::of(seed, "coin", static_cast<std::uint64_t>(pair.item.value)).chance(0.5))
            swapSides(pair);
        else if (control == "sft") {
            pair.rejected.clear();
            pair.rejectedTurn = 0;
            if (pair.chosenStage != "pool")
                pair.rejectedStage.clear();
        }
    }
    const bool known = control == "always-refined" || control == "random" || control == "reversed"
        || control == "sft" || control == "length-matched";
    if (!known)
        throw std::invalid_argument("[controlPairs] unknown control " + control);
    return pairs;
}

} // namespace slook::methods
