#include "workbench/audit_material.h"
#include "analysis/intervals.h"
#include <algorithm>

namespace slook::workbench {

namespace {

void link(Material& material)
{
    std::map<TaskId, const AuditTask*> byId;
    for (const AuditTask& task : material.tasks) {
        byId[task.id] = &task;
        if (material.raters.empty() || material.raters.back() != task.annotator)
            material.raters.push_back(task.annotator);
    }
    for (const VerdictRow& verdict : material.verdicts) {
        const AuditTask* task = byId.at(verdict.task);
        const auto pair = material.pairs.find(task->pair);
        if (pair == material.pairs.end())
            continue;
        const ResponseId chosen = pair->second.chosen;
        material.judged.push_back(
            { task, &verdict, &pair->second, labelOf(verdict, chosen), degreeOf(verdict, chosen) });
    }
}

} // namespace

Result<Material> materialOf(const store::Project& project, BatchId batch)
{
    Material material;
    auto tasks = project.auditTasks(batch);
    if (!tasks)
        return fail(tasks.error());
    auto verdicts = project.verdicts(batch);
    if (!verdicts)
        return fail(verdicts.error());
    auto pairs = auditedPairs(project, batch);
    if (!pairs)
        return fail(pairs.error());
    auto adjudications = project.adjudications(batch);
    if (!adjudications)
        return fail(adjudications.error());
    material.tasks = std::move(*tasks);
    material.verdicts = std::move(*verdicts);
    material.pairs = std::move(*pairs);
    material.adjudications = std::move(*adjudications);
    auto history = project.adjudicationHistory(batch);
    if (!history)
        return fail(history.error());
    material.aside = std::move(*history);
    std::erase_if(material.aside, [](const AdjudicationRow& row) { return !row.aside; });
    link(material);
    return material;
}

bool isRepeat(const Judged& one)
{
    return one.task->kind == TaskKind::Mirrored;
}

Table tableOf(
    const Material& material, const Wanted& wanted, const std::vector<std::string>& raters)
{
    std::map<PairId, std::size_t> column;
    for (const Judged& one : material.judged)
        if (!isRepeat(one) && wanted(*one.pair))
            column.emplace(one.pair->pair.id, 0);
    std::size_t next = 0;
    for (auto& [pair, at] : column)
        at = next++;
    Table table;
    table.labels.assign(raters.size(), std::vector<std::optional<int>>(next));
    table.degrees = table.labels;
    for (const Judged& one : material.judged) {
        const auto rater = std::ranges::find(raters, one.task->annotator) - raters.begin();
        if (isRepeat(one) || !wanted(*one.pair) || !one.label
            || rater == static_cast<std::ptrdiff_t>(raters.size()))
            continue;
        const auto row = static_cast<std::size_t>(rater);
        const std::size_t at = column[one.pair->pair.id];
        table.labels[row][at] = static_cast<int>(*one.label);
        table.degrees[row][at] = one.degree;
    }
    return table;
}

Ratings shared(const Ratings& all)
{
    Ratings kept(all.size());
    const std::size_t units = all.empty() ? 0 : all.front().size();
    for (std::size_t unit = 0; unit < units; ++unit) {
        const auto count =
            std::ranges::count_if(all, [&](const auto& row) { return row[unit].has_value(); });
        for (std::size_t rater = 0; count >= 2 && rater < all.size(); ++rater)
            kept[rater].push_back(all[rater][unit]);
    }
    return kept;
}

namespace {

Ratings drawn(const Ratings& ratings, std::span<const std::size_t> places)
{
    Ratings result(ratings.size());
    for (std::size_t rater = 0; rater < ratings.size(); ++rater) {
        result[rater].reserve(places.size());
        for (const std::size_t place : places)
            result[rater].push_back(ratings[rater][place]);
    }
    return result;
}

} // namespace

std::optional<double> rawOf(const Ratings& ratings)
{
    const auto raw = analysis::rawAgreement(ratings);
    if (raw.pairs == 0)
        return std::nullopt;
    return static_cast<double>(raw.same) / static_cast<double>(raw.pairs);
}

std::optional<double> cohenOf(const Ratings& ratings)
{
    std::vector<int> a;
    std::vector<int> b;
    for (std::size_t i = 0; ratings.size() == 2 && i < ratings[0].size(); ++i)
        if (ratings[0][i] && ratings[1][i]) {
            a.push_back(*ratings[0][i]);
            b.push_back(*ratings[1][i]);
        }
    if (a.empty() || analysis::rawAgreement(ratings).categories < 2)
        return std::nullopt;
    return analysis::cohenKappa(a, b);
}

namespace {

/// Over pairs that every rater judged.
std::optional<double> fleissOf(const Ratings& ratings)
{
    constexpr std::size_t categories = 4;
    std::vector<std::vector<int>> counts;
    for (std::size_t i = 0; ratings.size() >= 2 && i < ratings[0].size(); ++i) {
        std::vector<int> row(categories);
        std::size_t judged = 0;
        for (const auto& rater : ratings)
            if (rater[i]) {
                ++row[static_cast<std::size_t>(*rater[i])];
                ++judged;
            }
        if (judged == ratings.size())
            counts.push_back(std::move(row));
    }
    return counts.empty() ? std::nullopt : analysis::fleissKappa(counts);
}

std::optional<double> alphaOf(const Ratings& ratings, analysis::AlphaMetric metric)
{
    return analysis::rawAgreement(ratings).categories < 2
        ? std::nullopt
        : analysis::krippendorffAlpha(ratings, metric);
}

std::string whyUndefined(const Ratings& ratings)
{
    const auto raw = analysis::rawAgreement(ratings);
    if (raw.units == 0)
        return "undefined: no pair was judged by two people yet";
    if (raw.categories < 2)
        return "undefined: every judgement is the same, so agreement by chance is certain and "
               "nothing can be told from it";
    return "undefined: no pair was judged by all of them";
}

} // namespace

Coefficient coefficient(
    const std::string& name, const Ratings& ratings, const Measure& measure, const Drawing& drawing)
{
    Coefficient result;
    result.name = name;
    result.n = analysis::rawAgreement(ratings).units;
    result.value = measure(ratings);
    if (!result.value) {
        result.undefined = whyUndefined(ratings);
        return result;
    }
    analysis::BootstrapOptions options;
    options.seed = drawing.seed;
    options.resamples = drawing.resamples;
    const auto units = ratings.front().size();
    const auto interval = units < 2
        ? std::nullopt
        : analysis::bootstrapInterval(
            units,
            [&](std::span<const std::size_t> places) { return measure(drawn(ratings, places)); },
            options);
    if (interval) {
        result.low = interval->low;
        result.high = interval->high;
        result.hasInterval = true;
    }
    return result;
}

GroupAgreement agreementOfGroup(const Material& material, const std::string& by,
    const std::string& name, const Wanted& wanted, const Drawing& drawing)
{
    const Table table = tableOf(material, wanted, material.raters);
    const Ratings labels = shared(table.labels);
    const Ratings degrees = shared(table.degrees);
    const auto of = [&](const char* title, const Ratings& ratings, const Measure& measure) {
        return coefficient(title, ratings, measure, drawing);
    };
    GroupAgreement group { by, name, {} };
    group.coefficients.push_back(of("Raw agreement", labels, rawOf));
    if (material.raters.size() == 2)
        group.coefficients.push_back(of("Cohen's kappa", labels, cohenOf));
    group.coefficients.push_back(of("Fleiss' kappa", labels, fleissOf));
    group.coefficients.push_back(of("Krippendorff's alpha, nominal", labels,
        [](const Ratings& r) { return alphaOf(r, analysis::AlphaMetric::Nominal); }));
    group.coefficients.push_back(of("Krippendorff's alpha, ordinal", degrees,
        [](const Ratings& r) { return alphaOf(r, analysis::AlphaMetric::Ordinal); }));
    return group;
}

std::string groupOf(const AuditedPair& pair, const std::string& by)
{
    const std::string name = by == "type" ? typeName(pair.pair.type)
        : by == "method"                  ? pair.method
        : by == "benchmark"               ? pair.benchmark
                                          : pair.corruption;
    return name.empty() ? "-" : name;
}

/// Calls `each` for all pairs and then for every group of every kind that has more than one name.
std::vector<PairOutcome> outcomesOf(const Material& material)
{
    std::map<PairId, PairOutcome> outcomes;
    for (const Judged& one : material.judged) {
        PairOutcome& outcome = outcomes[one.pair->pair.id];
        outcome.pair = one.pair->pair.id;
        outcome.flagged = outcome.flagged || one.verdict->flagged;
        if (isRepeat(one))
            continue;
        if (one.label)
            ++outcome.votes.at(static_cast<std::size_t>(*one.label));
        else
            ++outcome.cannotJudge;
    }
    for (auto& [id, outcome] : outcomes)
        for (std::size_t i = 0; i < outcome.votes.size(); ++i)
            if (2 * outcome.votes.at(i) > outcome.judged())
                outcome.label = static_cast<Label>(i);
    for (const AdjudicationRow& row : material.adjudications) {
        const auto pair = material.pairs.find(row.pair);
        if (pair == material.pairs.end())
            continue;
        PairOutcome& outcome = outcomes[row.pair];
        outcome.pair = row.pair;
        outcome.adjudication = row;
        outcome.label.reset();
        if (row.outcome == Settlement::Better)
            outcome.label = row.better == pair->second.chosen ? Label::Chosen : Label::Rejected;
        if (row.outcome == Settlement::Tie)
            outcome.label = Label::Tie;
        for (const AdjudicationRow& other : material.aside)
            if (other.pair == row.pair && other.id > row.id && !other.decidesLike(row))
                outcome.contrary.push_back(other);
    }
    std::vector<PairOutcome> rows;
    for (auto& [id, outcome] : outcomes)
        rows.push_back(std::move(outcome));
    return rows;
}

std::vector<Conflict> conflictsOf(const std::vector<PairOutcome>& outcomes)
{
    std::vector<Conflict> conflicts;
    for (const PairOutcome& outcome : outcomes) {
        if (!outcome.contrary.empty())
            conflicts.push_back({ outcome.pair, "adjudicators disagree" });
        if (outcome.adjudication)
            continue;
        const auto said = std::ranges::count_if(outcome.votes, [](int votes) { return votes > 0; });
        if (said > 1)
            conflicts.push_back({ outcome.pair, "people disagree" });
        else if (outcome.flagged)
            conflicts.push_back({ outcome.pair, "flagged" });
    }
    return conflicts;
}

} // namespace slook::workbench
