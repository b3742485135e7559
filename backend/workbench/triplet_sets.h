#pragma once
#include "core/rows.h"
#include "store/project.h"
#include "workbench/report.h"
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace slook::workbench {

/// A triplet of a run with what is known of it.
struct JudgedTriplet {
    TripletRow triplet;
    std::vector<ImageId> images;
    /// Whether its answer to its question is true of the picture; empty where that is not known, or
    /// where people disagree.
    std::optional<bool> right;
    bool rendered = false; ///< the picture's own truth says so, and no person
};

/// All triplets of a run, the seed's first. The truth comes from the items' column `truth`, as
/// secondlook-cli scenes writes it, else from people's verdicts; for the seed it is not asked.
[[nodiscard]] Result<std::vector<JudgedTriplet>> judgedTriplets(
    const store::Project& project, const RunRow& run);

/// Triplets for a person to judge, so that they tell about all: in the order of their scores every
/// n-th one is drawn, of those that the model made and no truth is known of; then they are mixed,
/// so that their order tells nothing of their scores. The same for the same seed.
/// @param most  at most so many
[[nodiscard]] std::vector<std::size_t> drawnForJudging(
    std::span<const JudgedTriplet> triplets, std::size_t most, std::uint64_t seed);

/// Triplets of neighbouring scores.
struct ScoreGroup {
    double low = 0, high = 0; ///< scores, both included
    std::int64_t n = 0;
    ClusteredShare right; ///< of those whose truth is known, over pictures
};
/// By score, lowest first, in `groups` parts of one size; equal scores stay together, so there may
/// be fewer parts. The seed's are left out.
[[nodiscard]] std::vector<ScoreGroup> scoreGroups(
    std::span<const JudgedTriplet> triplets, std::size_t groups = 10);

/// Whether kept triplets are right more often than dropped ones.
struct TruthOfKept {
    ClusteredShare kept, dropped; ///< right ones of those whose truth is known, over pictures
    std::int64_t unknown = 0;
    /// Share of kept less share of dropped, 95 % bootstrap over pictures.
    std::optional<std::pair<double, double>> difference;
    /// Chance that a right triplet has a higher score than a wrong one, equal ones half; with its
    /// 95 % bootstrap interval over pictures. Empty where one of the two is missing.
    std::optional<double> auc;
    std::optional<std::pair<double, double>> aucInterval;
};
/// Of the triplets that the model made; `isKept` in their order, the seed's included.
/// @throws std::invalid_argument for lists of different lengths
[[nodiscard]] TruthOfKept truthOfKept(
    std::span<const JudgedTriplet> triplets, const std::vector<bool>& isKept);

/// What a selection is like.
struct SetProfile {
    std::int64_t n = 0;
    double questionWords = 0, answerWords = 0; ///< means
    std::map<std::string, std::int64_t> kinds;
    /// By the first two words of the question, as VQA tells its types of questions apart.
    std::map<std::string, std::int64_t> topics;
};
/// Of the triplets that the model made and that are chosen; `chosen` as in truthOfKept().
[[nodiscard]] SetProfile profileOf(
    std::span<const JudgedTriplet> triplets, const std::vector<bool>& chosen);

} // namespace slook::workbench
