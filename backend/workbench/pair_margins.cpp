#include "workbench/pair_margins.h"
#include "workbench/diagnosis.h"
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <stdexcept>

namespace slook::workbench {
namespace {

/// The value below which a share of the sorted values lies, between the two nearest ones (the
/// default of numpy.quantile).
double quantile(const std::vector<double>& sorted, double share)
{
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const auto above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// The steps of saved checkpoints, those that end an epoch, and the last one.
std::vector<MarginCheckpoint> checkpointsOf(const std::vector<RewardRow>& rewards, int every)
{
    std::map<int, double> epochs; // by step
    for (const RewardRow& one : rewards)
        epochs[one.step] = one.epoch;
    std::vector<MarginCheckpoint> all;
    constexpr double rounding = 1e-9;
    double epochDone = 1;
    for (const auto& [step, epoch] : epochs) {
        const bool saved = every > 0 && step % every == 0;
        const bool ends = epoch >= epochDone - rounding;
        while (epoch >= epochDone - rounding)
            ++epochDone;
        if (saved || ends || step == epochs.rbegin()->first)
            all.push_back({ step, epoch });
    }
    return all;
}

/// @param rewards  of the pair, by step
std::vector<std::optional<double>> marginsAt(
    const std::vector<MarginCheckpoint>& checkpoints, const std::vector<const RewardRow*>& rewards)
{
    std::vector<std::optional<double>> margins;
    std::optional<double> newest;
    auto next = rewards.begin();
    for (const MarginCheckpoint& checkpoint : checkpoints) {
        for (; next != rewards.end() && (*next)->step <= checkpoint.step; ++next)
            if (std::isfinite((*next)->margin()))
                newest = (*next)->margin();
        margins.push_back(newest);
    }
    return margins;
}

void summarise(PairMargins& margins)
{
    for (std::size_t i = 0; i < margins.checkpoints.size(); ++i) {
        std::vector<double> known;
        for (const PairHistory& pair : margins.pairs)
            if (pair.margins[i])
                known.push_back(*pair.margins[i]);
        MarginCheckpoint& at = margins.checkpoints[i];
        at.looked = static_cast<int>(known.size());
        if (known.empty())
            continue;
        std::ranges::sort(known);
        at.negative = static_cast<int>(std::ranges::lower_bound(known, 0.0) - known.begin());
        at.lowerQuartile = quantile(known, 0.25);
        at.median = quantile(known, 0.5);
        at.upperQuartile = quantile(known, 0.75);
    }
}

} // namespace

Result<PairMargins> pairMargins(
    const store::Project& project, const RunRow& run, const std::string& training)
{
    const auto rewards = project.rewards(run.id, training);
    if (!rewards)
        return fail(rewards.error());
    PairMargins result { training, {}, {} };
    if (rewards->empty())
        return result;
    result.checkpoints = checkpointsOf(*rewards, trainedWith(run, training).checkpointEvery);
    std::map<ItemId, std::vector<const RewardRow*>> byItem;
    for (const RewardRow& one : *rewards)
        byItem[one.item].push_back(&one);
    auto pairs = project.pairs(run.id, training);
    if (!pairs)
        return fail(pairs.error());
    store::ItemFilter filter;
    filter.withFields = false;
    for (const auto& [item, rows] : byItem)
        filter.ids.push_back(item);
    std::map<ItemId, Item> questions;
    if (auto read = project.forEachItem(
            filter, [&](const Item& item) { questions.emplace(item.id, item); });
        !read)
        return fail(read.error());
    for (PairRow& pair : *pairs) {
        const auto looks = byItem.find(pair.item);
        const auto question = questions.find(pair.item);
        if (looks == byItem.end() || question == questions.end())
            continue;
        result.pairs.push_back({ std::move(pair), question->second.question,
            question->second.images, marginsAt(result.checkpoints, looks->second) });
    }
    summarise(result);
    return result;
}

MarginPicks picksAt(
    const PairMargins& margins, std::size_t checkpoint, std::size_t count, std::uint64_t seed)
{
    if (checkpoint >= margins.checkpoints.size())
        throw std::invalid_argument("[picksAt] checkpoint " + std::to_string(checkpoint) + " of "
            + std::to_string(margins.checkpoints.size()));
    const auto marginOf = [&](std::size_t pair) { return margins.pairs[pair].margins[checkpoint]; };
    std::vector<std::size_t> all(margins.pairs.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = i;
    MarginPicks picks;
    picks.random = all; // drawn before any is left out, so that they stay the same ones
    std::mt19937_64 random(seed);
    std::ranges::shuffle(picks.random, random);
    const auto unknown = [&](std::size_t pair) { return !marginOf(pair); };
    std::erase_if(picks.random, unknown);
    std::erase_if(all, unknown);
    std::ranges::stable_sort(all, {}, [&](std::size_t pair) { return *marginOf(pair); });
    const std::size_t n = std::min(count, all.size());
    picks.random.resize(n);
    picks.worst.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
    picks.best.assign(all.rbegin(), all.rbegin() + static_cast<std::ptrdiff_t>(n));
    return picks;
}

} // namespace slook::workbench
