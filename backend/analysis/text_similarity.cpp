#include "analysis/text_similarity.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace slook::analysis {
namespace {

std::span<const float> stateOf(const TokenStates& states, std::int64_t token)
{
    return std::span(states.values)
        .subspan(
            static_cast<std::size_t>(token * states.width), static_cast<std::size_t>(states.width));
}

/// 0 where one of them is 0 everywhere.
template <class T> double cosine(std::span<const T> a, std::span<const T> b)
{
    double product = 0, squareA = 0, squareB = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
        squareA += static_cast<double>(a[i]) * static_cast<double>(a[i]);
        squareB += static_cast<double>(b[i]) * static_cast<double>(b[i]);
    }
    const double scale = std::sqrt(squareA) * std::sqrt(squareB);
    return scale > 0 ? product / scale : 0;
}

std::vector<double> meanState(const TokenStates& states)
{
    std::vector<double> mean(static_cast<std::size_t>(states.width));
    for (std::int64_t t = 0; t < states.tokens(); ++t)
        for (std::size_t i = 0; i < mean.size(); ++i)
            mean[i] += static_cast<double>(stateOf(states, t)[i]);
    return mean; // its length does not matter to a cosine
}

void requireSameWidth(const TokenStates& a, const TokenStates& b)
{
    if (a.tokens() > 0 && b.tokens() > 0 && a.width != b.width)
        throw std::invalid_argument("[textSimilarity] states of different widths");
}

/// Mean over the tokens of `of` of their largest cosine in `in`.
double covered(const TokenStates& of, const TokenStates& in)
{
    double sum = 0;
    for (std::int64_t t = 0; t < of.tokens(); ++t) {
        double best = 0;
        for (std::int64_t u = 0; u < in.tokens(); ++u)
            best = std::max(best, cosine(stateOf(of, t), stateOf(in, u)));
        sum += best;
    }
    return std::min(1.0, sum / static_cast<double>(of.tokens()));
}

/// Reads "[x1, y1, x2, y2" from behind its bracket on.
std::optional<Box> boxAt(std::string_view text)
{
    Box box {};
    for (std::size_t i = 0; i < box.size(); ++i) {
        text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t")));
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), box[i]);
        if (error != std::errc() || !std::isfinite(box[i]))
            return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t")));
        const char wanted = i + 1 < box.size() ? ',' : ']';
        if (text.empty() || text.front() != wanted)
            return std::nullopt;
        text.remove_prefix(1);
    }
    return box[0] < box[2] && box[1] < box[3] ? std::optional(box) : std::nullopt;
}

double areaOf(const Box& box)
{
    return std::max(0.0, box[2] - box[0]) * std::max(0.0, box[3] - box[1]);
}

} // namespace

double sentenceSimilarity(const TokenStates& a, const TokenStates& b)
{
    requireSameWidth(a, b);
    if (a.tokens() == 0 || b.tokens() == 0)
        return 0;
    const auto meanA = meanState(a), meanB = meanState(b);
    return std::clamp(
        cosine(std::span<const double>(meanA), std::span<const double>(meanB)), 0.0, 1.0);
}

double tokenMatchF1(const TokenStates& reference, const TokenStates& candidate)
{
    requireSameWidth(reference, candidate);
    if (reference.tokens() == 0 || candidate.tokens() == 0)
        return 0;
    const double recall = covered(reference, candidate);
    const double precision = covered(candidate, reference);
    return recall + precision > 0 ? 2 * recall * precision / (recall + precision) : 0;
}

std::optional<Box> boxIn(std::string_view text)
{
    for (auto at = text.find('['); at != text.npos; at = text.find('[', at + 1))
        if (const auto box = boxAt(text.substr(at + 1)))
            return box;
    return std::nullopt;
}

double intersectionOverUnion(const Box& a, const Box& b)
{
    const Box shared { std::max(a[0], b[0]), std::max(a[1], b[1]), std::min(a[2], b[2]),
        std::min(a[3], b[3]) };
    const double both = areaOf(shared);
    const double united = areaOf(a) + areaOf(b) - both;
    return united > 0 ? both / united : 0;
}

} // namespace slook::analysis
