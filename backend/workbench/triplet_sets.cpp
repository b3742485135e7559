#include "workbench/triplet_sets.h"
#include "analysis/intervals.h"
#include "core/json.h"
#include "core/random.h"
#include "scenes/check_answer.h"
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>

namespace slook::workbench {
namespace {

/// Counts of one picture.
struct Cluster {
    std::int64_t right = 0, known = 0;
};
using Clusters = std::map<ItemId, Cluster>;

void count(Clusters& clusters, const JudgedTriplet& one)
{
    if (!one.right)
        return;
    auto& cluster = clusters[one.triplet.item];
    ++cluster.known;
    cluster.right += *one.right ? 1 : 0;
}

/// Where all triplets are right, or none, their spread says nothing; Wilson's interval over the
/// pictures does.
ClusteredShare shareOf(const Clusters& clusters)
{
    std::vector<std::int64_t> parts, wholes;
    for (const auto& [item, cluster] : clusters) {
        parts.push_back(cluster.right);
        wholes.push_back(cluster.known);
    }
    auto share = clusteredShare(parts, wholes);
    if (share.part == 0 || share.part == share.whole) {
        const auto pictures = static_cast<std::int64_t>(clusters.size());
        const auto interval = analysis::wilson(share.part == 0 ? 0 : pictures, pictures);
        share.low = interval.low;
        share.high = interval.high;
    }
    return share;
}

void requireSameLength(std::span<const JudgedTriplet> triplets, const std::vector<bool>& chosen)
{
    if (triplets.size() != chosen.size())
        throw std::invalid_argument("[triplets] lists of different lengths");
}

bool isMade(const JudgedTriplet& one)
{
    return one.triplet.round > 0;
}

/// A triplet whose truth is known.
struct Known {
    double score = 0;
    bool right = false;
    bool kept = false;
};
using Pictures = std::vector<std::vector<Known>>;

Pictures knownByPicture(std::span<const JudgedTriplet> triplets, const std::vector<bool>& isKept)
{
    std::map<ItemId, std::vector<Known>> byItem;
    for (std::size_t i = 0; i < triplets.size(); ++i)
        if (isMade(triplets[i]) && triplets[i].right)
            byItem[triplets[i].triplet.item].push_back(
                { triplets[i].triplet.score, *triplets[i].right, isKept[i] });
    Pictures pictures;
    for (auto& [item, known] : byItem)
        pictures.push_back(std::move(known));
    return pictures;
}

std::optional<double> differenceIn(const Pictures& pictures, std::span<const std::size_t> places)
{
    double right[2] = {}, all[2] = {};
    for (const auto place : places)
        for (const Known& one : pictures[place]) {
            right[one.kept] += one.right ? 1 : 0;
            ++all[one.kept];
        }
    if (all[0] == 0 || all[1] == 0)
        return std::nullopt;
    return right[1] / all[1] - right[0] / all[0];
}

/// Mann and Whitney's U over the product of the numbers, from the ranks.
std::optional<double> aucIn(const Pictures& pictures, std::span<const std::size_t> places)
{
    std::vector<std::pair<double, bool>> all;
    for (const auto place : places)
        for (const Known& one : pictures[place])
            all.emplace_back(one.score, one.right);
    std::ranges::sort(all);
    double u = 0, wrongBelow = 0, rightAll = 0, wrongAll = 0;
    for (std::size_t from = 0; from < all.size();) {
        double right = 0, wrong = 0;
        const double score = all[from].first;
        for (; from < all.size() && all[from].first == score; ++from)
            (all[from].second ? right : wrong) += 1;
        u += right * (wrongBelow + wrong / 2);
        wrongBelow += wrong;
        rightAll += right;
        wrongAll += wrong;
    }
    if (rightAll == 0 || wrongAll == 0)
        return std::nullopt;
    return u / (rightAll * wrongAll);
}

template <class Statistic>
std::optional<std::pair<double, double>> intervalOf(const Pictures& pictures, Statistic statistic)
{
    const auto interval = analysis::bootstrapInterval(pictures.size(),
        [&](std::span<const std::size_t> places) { return statistic(pictures, places); });
    return interval ? std::optional(std::pair(interval->low, interval->high)) : std::nullopt;
}

std::vector<std::string> wordsOf(const std::string& text)
{
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(std::move(word));
    return words;
}

std::string topicOf(const std::vector<std::string>& question)
{
    std::string topic;
    for (std::size_t i = 0; i < std::min<std::size_t>(2, question.size()); ++i)
        topic += (i == 0 ? "" : " ") + question[i];
    for (char& c : topic)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return topic;
}

/// What people say: those who can tell, where they agree.
Result<std::map<TripletId, std::optional<bool>>> saidByPeople(
    const store::Project& project, RunId run)
{
    const auto verdicts = project.tripletVerdicts(run);
    if (!verdicts)
        return fail(verdicts.error());
    std::map<TripletId, std::set<bool>> said;
    for (const store::TripletVerdict& one : *verdicts)
        if (one.right)
            said[one.triplet].insert(*one.right);
    std::map<TripletId, std::optional<bool>> agreed;
    for (const auto& [triplet, different] : said)
        agreed[triplet] = different.size() == 1 ? std::optional(*different.begin()) : std::nullopt;
    return agreed;
}

} // namespace

Result<std::vector<JudgedTriplet>> judgedTriplets(const store::Project& project, const RunRow& run)
{
    auto rows = project.triplets(run.id);
    if (!rows)
        return fail(rows.error());
    std::vector<ItemId> ids;
    for (const TripletRow& row : *rows)
        ids.push_back(row.item);
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    std::map<ItemId, const Item*> items;
    Result<std::vector<Item>> found;
    if (!ids.empty()) {
        found = project.items({ .ids = std::move(ids) });
        if (!found)
            return fail(found.error());
        for (const Item& item : *found)
            items.emplace(item.id, &item);
    }
    const auto people = saidByPeople(project, run.id);
    if (!people)
        return fail(people.error());
    std::vector<JudgedTriplet> judged;
    for (TripletRow& row : *rows) {
        JudgedTriplet one { std::move(row), {}, std::nullopt, false };
        if (const auto item = items.find(one.triplet.item); item != items.end()) {
            one.images = item->second->images;
            const auto& text = item->second->fields;
            const auto fields = parseJson(text.empty() ? "{}" : text, "fields");
            const auto truth =
                fields && fields->is_object() ? stringOr(*fields, "truth") : std::string();
            if (isMade(one) && !truth.empty())
                one.right = scenes::checkAnswer(truth, one.triplet.question, one.triplet.answer);
            one.rendered = one.right.has_value();
        }
        if (const auto said = people->find(one.triplet.id); !one.right && said != people->end())
            one.right = said->second;
        judged.push_back(std::move(one));
    }
    return judged;
}

std::vector<std::size_t> drawnForJudging(
    std::span<const JudgedTriplet> triplets, std::size_t most, std::uint64_t seed)
{
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < triplets.size(); ++i)
        if (isMade(triplets[i]) && !triplets[i].rendered)
            all.push_back(i);
    Random random = Random::of(seed, "triplets to judge", 0);
    random.shuffle(all); // equal scores
    std::ranges::stable_sort(all, {}, [&](std::size_t i) { return triplets[i].triplet.score; });
    const auto count = std::min(most, all.size());
    std::vector<std::size_t> drawn;
    const double begin = random.uniform();
    for (std::size_t i = 0; i < count; ++i)
        drawn.push_back(all[static_cast<std::size_t>((static_cast<double>(i) + begin)
            * static_cast<double>(all.size()) / static_cast<double>(count))]);
    return random.shuffled(std::move(drawn));
}

std::vector<ScoreGroup> scoreGroups(std::span<const JudgedTriplet> triplets, std::size_t groups)
{
    std::vector<const JudgedTriplet*> all;
    for (const JudgedTriplet& one : triplets)
        if (isMade(one))
            all.push_back(&one);
    const auto score = [](const JudgedTriplet* one) { return one->triplet.score; };
    std::ranges::stable_sort(all, {}, score);
    std::vector<ScoreGroup> result;
    for (std::size_t from = 0, group = 1; from < all.size(); ++group) {
        auto end = std::max(from + 1, all.size() * group / groups);
        while (end < all.size() && score(all[end]) == score(all[end - 1]))
            ++end;
        Clusters clusters;
        for (std::size_t i = from; i < end; ++i)
            count(clusters, *all[i]);
        result.push_back({ score(all[from]), score(all[end - 1]),
            static_cast<std::int64_t>(end - from), shareOf(clusters) });
        from = end;
        while (group < groups && all.size() * (group + 1) / groups <= from)
            ++group; // those are in this part already
    }
    return result;
}

TruthOfKept truthOfKept(std::span<const JudgedTriplet> triplets, const std::vector<bool>& isKept)
{
    requireSameLength(triplets, isKept);
    TruthOfKept truth;
    Clusters kept, dropped;
    for (std::size_t i = 0; i < triplets.size(); ++i) {
        if (!isMade(triplets[i]))
            continue;
        truth.unknown += triplets[i].right ? 0 : 1;
        count(isKept[i] ? kept : dropped, triplets[i]);
    }
    truth.kept = shareOf(kept);
    truth.dropped = shareOf(dropped);
    const auto pictures = knownByPicture(triplets, isKept);
    std::vector<std::size_t> each(pictures.size());
    for (std::size_t i = 0; i < each.size(); ++i)
        each[i] = i;
    truth.auc = aucIn(pictures, each);
    if (!kept.empty() && !dropped.empty())
        truth.difference = intervalOf(pictures, differenceIn);
    if (truth.auc)
        truth.aucInterval = intervalOf(pictures, aucIn);
    return truth;
}

SetProfile profileOf(std::span<const JudgedTriplet> triplets, const std::vector<bool>& chosen)
{
    requireSameLength(triplets, chosen);
    SetProfile profile;
    for (std::size_t i = 0; i < triplets.size(); ++i) {
        if (!chosen[i] || !isMade(triplets[i]))
            continue;
        const auto& triplet = triplets[i].triplet;
        const auto question = wordsOf(triplet.question);
        ++profile.n;
        profile.questionWords += static_cast<double>(question.size());
        profile.answerWords += static_cast<double>(wordsOf(triplet.answer).size());
        ++profile.kinds[triplet.kind];
        ++profile.topics[topicOf(question)];
    }
    const auto n = static_cast<double>(std::max<std::int64_t>(1, profile.n));
    profile.questionWords /= n;
    profile.answerWords /= n;
    return profile;
}

} // namespace slook::workbench
