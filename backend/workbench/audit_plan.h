#pragma once
#include "core/audit.h"
#include "core/result.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

/// A pair that may be put to people.
struct AuditCandidate {
    PairId pair;
    ResponseId chosen; ///< by the machine
    ResponseId rejected;
    std::string type; ///< "wrong-right"; empty where the method knows no transitions
    std::string method; ///< "scl"
    std::string benchmark; ///< name of the question's source
    std::string corruption; ///< of the picture behind the rejected answer; empty: none
    /// How far both answers' mean log-probabilities per token are apart as they were generated,
    /// nats, >= 0; empty where one is not known.
    std::optional<double> margin;
    ResponseId expected; ///< the better answer where an adjudication has settled it, else 0
};

enum class Sampling { Random, Stratified, SmallestMargin, Selection };

struct AuditOptions {
    std::string name;
    std::uint64_t seed = 1; ///< the same seed, pairs and options give the same plan everywhere
    Sampling sampling = Sampling::Random;
    std::string strata = "type"; ///< of Stratified: "type", "method", "benchmark", "corruption"
    int pairs = 100; ///< to be drawn; fewer where there are fewer
    std::vector<std::string> annotators;
    double overlap = 1; ///< share of the pairs that every annotator judges; the rest is dealt out
    double mirrored = 0.1; ///< share of an annotator's pairs that come back with sides swapped
    double gold = 0; ///< share of an annotator's pairs whose better answer is known, on top
    std::string rubric; ///< plain text, shown beside every pair
};

/// How many pairs a stratum has and how many were drawn.
struct AuditStratum {
    std::string name;
    int population = 0;
    int drawn = 0;
};

struct AuditPlan {
    std::vector<AuditTask> tasks; ///< by annotator and position; ids and batch are not set
    std::vector<AuditStratum> strata; ///< by name; one without a name unless Stratified
    int pairs = 0; ///< different ones, gold not counted
    int overlapping = 0; ///< of them, judged by everybody
    int mirrored = 0; ///< per annotator, at least
    int gold = 0; ///< per annotator
};

/// Draws and orders the judgements of an audit; a pure function of its arguments.
///
/// Sides: in every block of 8 tasks (4 below 32 tasks, 2 below 8) of an annotator exactly half have
/// the machine's choice on the left; a last block that is not full has half of it, give or take
/// one. A mirrored task comes at least one block after the same pair and shows it the other way
/// round. Stratified: every stratum gives the same number, smaller ones all they have.
/// Errors: Invalid (no candidate, no or a repeated annotator, a share out of range, fewer pairs
/// with a known answer than gold asks for).
[[nodiscard]] Result<AuditPlan> planAudit(
    const std::vector<AuditCandidate>& candidates, const AuditOptions& options);

/// The side's block length for so many tasks of one annotator.
[[nodiscard]] int sideBlock(std::size_t tasks);
/// The stratum of a candidate by one of strataNames(); "-" where it has none.
[[nodiscard]] std::string stratumOf(const AuditCandidate& candidate, const std::string& strata);
[[nodiscard]] const std::vector<std::string>& strataNames();
[[nodiscard]] const char* nameOf(Sampling sampling); ///< "random", "smallest-margin"
[[nodiscard]] std::optional<Sampling> samplingNamed(const std::string& name);

} // namespace slook::workbench
