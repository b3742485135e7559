#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace slook::analysis {

/// Exact McNemar test on two yes/no verdicts of the same items.
/// @param broken  items that were right and are wrong
/// @param fixed   items that were wrong and are right
/// @return the two-sided p-value of the binomial test with 1/2; 1 where nothing changed
/// @throws std::invalid_argument for a negative count
/// Source: McNemar 1947; exact form: two-sided binomial test on the discordant pairs.
[[nodiscard]] double mcnemarExact(std::int64_t broken, std::int64_t fixed);

/// The same with half the probability of what was seen: less conservative for few changes.
/// Source: Fagerland, Lydersen, Laake 2013, doi:10.1186/1471-2288-13-91.
[[nodiscard]] double mcnemarMidP(std::int64_t broken, std::int64_t fixed);

/// Two-sided exact binomial test: the probability, under `p0`, of all outcomes that are no more
/// likely than `hits` of `n`.
/// @throws std::invalid_argument unless 0 <= hits <= n and 0 <= p0 <= 1
[[nodiscard]] double binomialTwoSided(std::int64_t hits, std::int64_t n, double p0);

/// p-values corrected so that among all true null hypotheses one is rejected by mistake with at
/// most the level's probability, in their order.
/// @throws std::invalid_argument unless all are in [0, 1]
/// Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
[[nodiscard]] std::vector<double> holm(std::span<const double> p);

} // namespace slook::analysis
