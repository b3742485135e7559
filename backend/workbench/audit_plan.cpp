#include "workbench/audit_plan.h"
#include "core/random.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace slook::workbench {
namespace {

using Candidates = std::vector<const AuditCandidate*>;

int share(double part, std::size_t of)
{
    return static_cast<int>(std::lround(part * static_cast<double>(of)));
}

/// As many from each as from any other, as far as they reach.
void allot(std::vector<AuditStratum>& strata, int wanted)
{
    for (bool more = true; more && wanted > 0;) {
        more = false;
        for (AuditStratum& one : strata)
            if (wanted > 0 && one.drawn < one.population) {
                ++one.drawn;
                --wanted;
                more = true;
            }
    }
}

Candidates stratified(
    const Candidates& all, const AuditOptions& options, std::vector<AuditStratum>& strata)
{
    std::map<std::string, Candidates> groups;
    for (const AuditCandidate* one : all)
        groups[stratumOf(*one, options.strata)].push_back(one);
    for (const auto& [name, group] : groups)
        strata.push_back({ name, static_cast<int>(group.size()), 0 });
    // The remainder goes to strata in an order that does not depend on their names.
    auto order = Random::of(options.seed, "strata", 0).shuffled(strata);
    allot(order, options.pairs);
    Candidates drawn;
    for (AuditStratum& stratum : strata) {
        stratum = *std::ranges::find(order, stratum.name, &AuditStratum::name);
        Random random = Random::of(options.seed, "stratum " + stratum.name, 0);
        const auto group = random.shuffled(groups[stratum.name]);
        drawn.insert(drawn.end(), group.begin(), group.begin() + stratum.drawn);
    }
    return drawn;
}

Candidates drawn(Candidates all, const AuditOptions& options, std::vector<AuditStratum>& strata)
{
    if (options.sampling == Sampling::Stratified)
        return stratified(all, options, strata);
    const auto population = static_cast<int>(all.size());
    if (options.sampling == Sampling::Random)
        Random::of(options.seed, "sample", 0).shuffle(all);
    if (options.sampling == Sampling::SmallestMargin)
        std::ranges::stable_sort(all, [](const AuditCandidate* a, const AuditCandidate* b) {
            return a->margin.value_or(INFINITY) < b->margin.value_or(INFINITY);
        });
    all.resize(std::min(all.size(), static_cast<std::size_t>(options.pairs)));
    strata.push_back({ "", population, static_cast<int>(all.size()) });
    return all;
}

/// A place in an annotator's order: a pair, and the place of the same pair before where it comes
/// back.
struct Place {
    const AuditCandidate* pair = nullptr;
    TaskKind kind = TaskKind::Plain;
    std::optional<std::size_t> before;
};

/// Repeats are spread evenly over what follows the first whole blocks up to the middle, so that
/// each comes in a later block than its pair and no block holds more than half of them.
std::vector<Place> withRepeats(
    const std::vector<Place>& places, double mirrored, std::size_t block, Random& random)
{
    const std::size_t head = places.size() / 2 / block * block;
    const std::size_t rest = places.size() - head;
    const auto repeats = std::min(
        { static_cast<std::size_t>(std::max(0, share(mirrored, places.size()))), head, rest });
    std::vector<std::size_t> again(head);
    for (std::size_t i = 0; i < head; ++i)
        again[i] = i;
    random.shuffle(again);
    std::vector<Place> all(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(head));
    std::size_t repeated = 0;
    std::size_t next = head;
    for (std::size_t i = 0; i < rest + repeats; ++i) {
        if ((i + 1) * repeats / (rest + repeats) > repeated) {
            const std::size_t before = again[repeated++];
            all.push_back({ places[before].pair, TaskKind::Mirrored, before });
        } else {
            all.push_back(places[next++]);
        }
    }
    return all;
}

/// True where the machine's choice is on the left. Each block has as many of one as of the other.
std::vector<bool> sidesOf(const std::vector<Place>& places, std::size_t block, Random& random)
{
    std::vector<bool> left(places.size());
    for (std::size_t begin = 0; begin < places.size(); begin += block) {
        const std::size_t end = std::min(places.size(), begin + block);
        std::size_t lefts =
            (end - begin) / 2 + ((end - begin) % 2 ? std::size_t(random.below(2)) : 0);
        std::vector<std::size_t> free;
        for (std::size_t i = begin; i < end; ++i) {
            if (!places[i].before) {
                free.push_back(i);
                continue;
            }
            left[i] = !left[*places[i].before];
            lefts -= left[i] && lefts > 0 ? 1 : 0;
        }
        random.shuffle(free);
        for (std::size_t i = 0; i < free.size(); ++i)
            left[free[i]] = i < lefts;
    }
    return left;
}

std::vector<AuditTask> tasksOf(const std::string& annotator, std::vector<Place> places,
    const AuditOptions& options, std::uint64_t number)
{
    Random random = Random::of(options.seed, "order of an annotator", number);
    random.shuffle(places);
    const auto block = static_cast<std::size_t>(sideBlock(places.size()));
    const auto ordered = withRepeats(places, options.mirrored, block, random);
    const auto left = sidesOf(ordered, block, random);
    std::vector<AuditTask> tasks;
    for (std::size_t i = 0; i < ordered.size(); ++i) {
        const AuditCandidate& pair = *ordered[i].pair;
        AuditTask task;
        task.annotator = annotator;
        task.position = static_cast<int>(i);
        task.kind = ordered[i].kind;
        task.pair = pair.pair;
        task.left = left[i] ? pair.chosen : pair.rejected;
        task.right = left[i] ? pair.rejected : pair.chosen;
        if (options.sampling == Sampling::Stratified)
            task.stratum = stratumOf(pair, options.strata);
        if (task.kind == TaskKind::Gold)
            task.expected = pair.expected;
        tasks.push_back(std::move(task));
    }
    return tasks;
}

Result<void> check(const std::vector<AuditCandidate>& candidates, const AuditOptions& options)
{
    const auto wrong = [](const std::string& what) {
        return fail(ErrorKind::Invalid, what, "audit");
    };
    if (candidates.empty())
        return wrong("has no pair to judge; choose another run, preference or filter");
    if (options.pairs < 1)
        return wrong("needs at least one pair");
    if (options.annotators.empty())
        return wrong("needs at least one annotator; name one");
    const std::set<std::string> names(options.annotators.begin(), options.annotators.end());
    if (names.size() != options.annotators.size() || names.contains(""))
        return wrong("needs annotators with different names, none of them empty");
    for (const auto& [name, value, most] : { std::tuple("overlap", options.overlap, 1.0),
             std::tuple("mirrored", options.mirrored, 0.5), std::tuple("gold", options.gold, 0.5) })
        if (!(value >= 0 && value <= most))
            return wrong("needs a share of " + std::string(name) + " from 0 to "
                + (most == 1 ? "1" : "0.5"));
    if (options.sampling == Sampling::Stratified
        && std::ranges::find(strataNames(), options.strata) == strataNames().end())
        return wrong("cannot be stratified by " + options.strata
            + "; use type, method, benchmark or corruption");
    return {};
}

Result<Candidates> goldFor(
    const Candidates& all, const Candidates& sample, const AuditOptions& options, int wanted)
{
    Candidates known;
    for (const AuditCandidate* one : all)
        if (one->expected && std::ranges::find(sample, one) == sample.end())
            known.push_back(one);
    if (static_cast<int>(known.size()) < wanted)
        return fail(ErrorKind::Invalid,
            "needs " + std::to_string(wanted) + " gold pairs, but only "
                + std::to_string(known.size())
                + " others were settled by an adjudication; settle more or ask for less gold",
            "audit");
    Random::of(options.seed, "gold", 0).shuffle(known);
    known.resize(static_cast<std::size_t>(wanted));
    return known;
}

} // namespace

int sideBlock(std::size_t tasks)
{
    return tasks >= 32 ? 8 : tasks >= 8 ? 4 : 2;
}

const std::vector<std::string>& strataNames()
{
    static const std::vector<std::string> names { "type", "method", "benchmark", "corruption" };
    return names;
}

std::string stratumOf(const AuditCandidate& candidate, const std::string& strata)
{
    const std::string& name = strata == "type" ? candidate.type
        : strata == "method"                   ? candidate.method
        : strata == "benchmark"                ? candidate.benchmark
                                               : candidate.corruption;
    return name.empty() ? "-" : name;
}

namespace {
constexpr std::array samplings { std::pair(Sampling::Random, "random"),
    std::pair(Sampling::Stratified, "stratified"),
    std::pair(Sampling::SmallestMargin, "smallest-margin"),
    std::pair(Sampling::Selection, "selection") };
} // namespace

const char* nameOf(Sampling sampling)
{
    return samplings.at(static_cast<std::size_t>(sampling)).second;
}

std::optional<Sampling> samplingNamed(const std::string& name)
{
    for (const auto& [one, known] : samplings)
        if (name == known)
            return one;
    return std::nullopt;
}

Result<AuditPlan> planAudit(
    const std::vector<AuditCandidate>& candidates, const AuditOptions& options)
{
    if (auto able = check(candidates, options); !able)
        return fail(able.error());
    Candidates all;
    for (const AuditCandidate& one : candidates)
        all.push_back(&one);
    if (options.sampling != Sampling::Selection) // whatever order the rows were read in
        std::ranges::sort(all, {}, [](const AuditCandidate* one) { return one->pair; });
    AuditPlan plan;
    auto sample = drawn(all, options, plan.strata);
    plan.pairs = static_cast<int>(sample.size());
    Random::of(options.seed, "overlap", 0).shuffle(sample);
    plan.overlapping =
        options.annotators.size() == 1 ? plan.pairs : share(options.overlap, sample.size());
    const auto common = static_cast<std::size_t>(plan.overlapping);
    const std::size_t own = (sample.size() - common) / options.annotators.size();
    const auto gold = goldFor(all, sample, options, share(options.gold, common + own));
    if (!gold)
        return fail(gold.error());
    plan.gold = static_cast<int>(gold->size());
    for (std::size_t k = 0; k < options.annotators.size(); ++k) {
        std::vector<Place> places;
        for (std::size_t i = 0; i < sample.size(); ++i)
            if (i < common || (i - common) % options.annotators.size() == k)
                places.push_back({ sample[i], TaskKind::Plain, {} });
        for (const AuditCandidate* one : *gold)
            places.push_back({ one, TaskKind::Gold, {} });
        const auto tasks = tasksOf(options.annotators[k], std::move(places), options, k);
        const auto mirrored =
            static_cast<int>(std::ranges::count(tasks, TaskKind::Mirrored, &AuditTask::kind));
        plan.mirrored = k == 0 ? mirrored : std::min(plan.mirrored, mirrored);
        plan.tasks.insert(plan.tasks.end(), tasks.begin(), tasks.end());
    }
    return plan;
}

} // namespace slook::workbench
