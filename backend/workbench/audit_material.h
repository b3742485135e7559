#pragma once
#include "analysis/agreement.h"
#include "workbench/audit_agreement.h"
#include <functional>
#include <set>

/// The verdicts of a batch as tables that coefficients are computed from; for audit_agreement.cpp.
namespace slook::workbench {

using analysis::Ratings;

/// One verdict with what it is about.
struct Judged {
    const AuditTask* task = nullptr;
    const VerdictRow* verdict = nullptr;
    const AuditedPair* pair = nullptr;
    std::optional<Label> label;
    std::optional<int> degree;
};

/// A batch with its verdicts; `judged` points into the rest.
struct Material {
    std::vector<AuditTask> tasks;
    std::vector<VerdictRow> verdicts;
    std::map<PairId, AuditedPair> pairs;
    std::vector<AdjudicationRow> adjudications; ///< that count
    std::vector<AdjudicationRow> aside; ///< that do not
    std::vector<std::string> raters;
    std::vector<Judged> judged;
};

[[nodiscard]] Result<Material> materialOf(const store::Project& project, BatchId batch);
[[nodiscard]] bool isRepeat(const Judged& one); ///< a mirrored one: not counted as another vote

/// Judgements as one row per rater and one column per pair.
struct Table {
    Ratings labels;
    Ratings degrees;
};

using Wanted = std::function<bool(const AuditedPair&)>;

using Wanted = std::function<bool(const AuditedPair&)>;
[[nodiscard]] Table tableOf(
    const Material& material, const Wanted& wanted, const std::vector<std::string>& raters);
/// Only columns with two judgements or more say something about agreement.
[[nodiscard]] Ratings shared(const Ratings& all);

struct Drawing {
    std::uint64_t seed = 1;
    int resamples = 1000;
};
using Measure = std::function<std::optional<double>(const Ratings&)>;
[[nodiscard]] std::optional<double> rawOf(const Ratings& ratings);
[[nodiscard]] std::optional<double> cohenOf(const Ratings& ratings); ///< of two rows
[[nodiscard]] Coefficient coefficient(const std::string& name, const Ratings& ratings,
    const Measure& measure, const Drawing& drawing);
/// All coefficients of one group of pairs.
[[nodiscard]] GroupAgreement agreementOfGroup(const Material& material, const std::string& by,
    const std::string& name, const Wanted& wanted, const Drawing& drawing);

/// Votes and adjudications of every pair that has some.
[[nodiscard]] std::vector<PairOutcome> outcomesOf(const Material& material);
/// Pairs that people see differently or flagged, without those that are settled; and settled ones
/// that adjudicators see differently.
[[nodiscard]] std::vector<Conflict> conflictsOf(const std::vector<PairOutcome>& outcomes);

/// The group of a pair by one of strataNames(); "-" where it has none.
[[nodiscard]] std::string groupOf(const AuditedPair& pair, const std::string& by);
/// Calls `each(by, name, wanted)` for all pairs and then for every group of every kind.
template <class Each> void forGroups(const Material& material, const Each& each)
{
    each("all", "", [](const AuditedPair&) { return true; });
    for (const std::string& by : strataNames()) {
        std::set<std::string> names;
        for (const auto& [id, pair] : material.pairs)
            names.insert(groupOf(pair, by));
        if (names.size() == 1) // the same pairs as all
            continue;
        for (const std::string& name : names)
            each(by, name, [&](const AuditedPair& pair) { return groupOf(pair, by) == name; });
    }
}

} // namespace slook::workbench
