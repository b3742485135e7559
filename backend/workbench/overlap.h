#pragma once
#include "workbench/features.h"
#include "workbench/report.h"
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

struct OverlapOptions {
    int neighbours = 10; ///< of each picture that are looked at
    int most = 1000; ///< pictures of each source; STIC's figure draws as many
    std::uint64_t seed = 0; ///< of the draw
};

/// How well two sets of points are mixed, whatever the unit of their distances: the share of the
/// nearest neighbours that are of the other set, among as many of both, divided by the share that
/// chance would give. 0: two islands; 1: one cloud.
/// Source: Schilling 1986, "Multivariate two-sample tests based on nearest neighbors" (JASA 81),
/// whose statistic is 1 less this share; Henze 1988.
struct Mixing {
    std::size_t n = 0; ///< points of each set
    double overlap = 0;
    /// 95 %, by leaving out one of 20 groups of points in turn, since neighbours of each other are
    /// not independent. Delete-a-group jackknife: rather too wide than too narrow (Efron and Stein
    /// 1981).
    double low = 0, high = 0;
};
/// Rows that repeat one of their own set are taken once.
/// @throws std::invalid_argument unless both have one width and neighbours >= 1
/// @return nothing where a set has fewer different points than neighbours
[[nodiscard]] std::optional<Mixing> mixingOf(
    const analysis::Matrix& a, const analysis::Matrix& b, const OverlapOptions& options);

/// Right answers of one benchmark before and after a training.
struct SourceGain {
    Accuracy before, after; ///< of the first answers that both stages have
    Comparison change;
    [[nodiscard]] double gain() const { return after.share - before.share; }
};

struct SourceOverlap {
    std::string source;
    Mixing mixing;
    std::optional<SourceGain> gain;
};

/// Overlap of a pool with benchmarks against what a training on the pool brought on them, the
/// figure of STIC (Deng et al. 2024, arXiv:2405.19716, section 6).
struct OverlapReport {
    std::string pool;
    std::string feature; ///< with the run that computed it
    std::string run, stage; ///< whose gain; empty: none
    OverlapOptions options;
    std::vector<SourceOverlap> sources; ///< most overlap first
    std::optional<double> spearman; ///< of overlap and gain; three benchmarks at least
    std::optional<double> p; ///< two-sided, over all orders; up to nine benchmarks
    std::string sentence; ///< what the numbers do and do not show
};

/// @param sets   one feature of one model, of all sources together
/// @param pool   name of the source without labels
/// @param run    whose stages "before" and after training are compared; nothing: no gain
/// @param stage  after training; empty: the method's last, no control
/// Errors: those of readFeatures(); NotFound (no such source among the features, no such stage).
[[nodiscard]] Result<OverlapReport> overlapOf(const store::Project& project,
    const std::vector<FeatureSet>& sets, const std::string& pool, const std::optional<RunRow>& run,
    const std::string& stage, const OverlapOptions& options, const std::string& extractor = "ours");

/// Spearman's correlation with the exact p of all orders.
struct ExactRank {
    double rho = 0, p = 1;
};
/// Nothing for fewer than 3 or more than 9 pairs, or where one list has one value alone.
[[nodiscard]] std::optional<ExactRank> exactRank(
    const std::vector<double>& a, const std::vector<double>& b);

} // namespace slook::workbench
