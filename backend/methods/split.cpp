#include "methods/split.h"
#include "core/random.h"
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace slook::methods {
namespace {

using runs::InputItem;

/// Items that share a picture, also through a third one, form one group.
class Groups {
public:
    explicit Groups(const std::vector<InputItem>& items)
        : m_parent(items.size())
    {
        std::iota(m_parent.begin(), m_parent.end(), std::size_t { 0 });
        std::map<std::string, std::size_t> owner;
        for (std::size_t i = 0; i < items.size(); ++i)
            for (const auto& picture : items[i].imageSha256)
                m_parent[root(i)] = root(owner.try_emplace(picture, i).first->second);
    }
    [[nodiscard]] std::vector<std::vector<std::size_t>> all()
    {
        std::map<std::size_t, std::vector<std::size_t>> byRoot;
        for (std::size_t i = 0; i < m_parent.size(); ++i)
            byRoot[root(i)].push_back(i);
        std::vector<std::vector<std::size_t>> groups;
        for (auto& [first, members] : byRoot)
            groups.push_back(std::move(members));
        std::ranges::sort(groups); // by their first item, whatever the root is
        return groups;
    }

private:
    std::size_t root(std::size_t i)
    {
        while (m_parent[i] != i)
            i = m_parent[i] = m_parent[m_parent[i]];
        return i;
    }
    std::vector<std::size_t> m_parent;
};

/// How many test items each source is to have.
std::map<std::string, std::size_t> targets(const std::vector<InputItem>& items, double holdOut)
{
    std::map<std::string, std::size_t> count;
    for (const auto& one : items)
        ++count[one.source];
    for (auto& [source, n] : count)
        n = holdOut < 1 ? static_cast<std::size_t>(std::llround(holdOut * static_cast<double>(n)))
                        : static_cast<std::size_t>(holdOut);
    return count;
}

void splitByPicture(const SplitOptions& options, std::vector<InputItem>& items)
{
    auto wanted = targets(items, options.holdOut);
    auto groups = Groups(items).all();
    Random::of(options.seed, "split", 0).shuffle(groups);
    for (const auto& group : groups) {
        const bool room =
            std::ranges::any_of(group, [&](std::size_t i) { return wanted[items[i].source] > 0; });
        for (const auto i : group) {
            auto& left = wanted[items[i].source];
            items[i].set = room ? "test" : "pool";
            left -= room && left > 0 ? 1 : 0;
        }
    }
}

void splitByField(std::vector<InputItem>& items, std::vector<std::string>& notes)
{
    std::set<std::string> tested;
    for (auto& one : items) {
        one.set = one.item.split == "test" ? "test" : "pool";
        if (one.set == "test")
            tested.insert(one.imageSha256.begin(), one.imageSha256.end());
    }
    const auto dropped = std::erase_if(items, [&](const InputItem& one) {
        return one.set == "pool" && std::ranges::any_of(one.imageSha256, [&](const auto& picture) {
            return tested.contains(picture);
        });
    });
    if (dropped > 0)
        notes.push_back(std::to_string(dropped)
            + " questions were left out of the pool: their pictures are in the test split.");
}

/// The released code measures on the first rows and builds pairs from all of them.
void splitLeaky(const SplitOptions& options, std::vector<InputItem>& items)
{
    auto wanted = targets(items, options.holdOut);
    for (auto& one : items) {
        auto& left = wanted[one.source];
        one.set = left > 0 ? "both" : "pool";
        left -= left > 0 ? 1 : 0;
    }
}

void takeAtMost(const SplitOptions& options, std::vector<InputItem>& items)
{
    const auto limit = static_cast<std::size_t>(options.limit);
    if (limit == 0 || items.size() <= limit)
        return;
    std::vector<std::size_t> order(items.size());
    std::iota(order.begin(), order.end(), std::size_t { 0 });
    if (options.split != "leaky") // which depends on the order of the rows
        Random::of(options.seed, "limit", 0).shuffle(order);
    order.resize(limit);
    std::ranges::sort(order);
    std::vector<InputItem> kept;
    for (const auto i : order)
        kept.push_back(std::move(items[i]));
    items = std::move(kept);
}

} // namespace

void splitItems(
    const SplitOptions& options, std::vector<InputItem>& items, std::vector<std::string>& notes)
{
    const auto drop = [&](const char* why, auto condition) {
        if (const auto dropped = std::erase_if(items, condition); dropped > 0)
            notes.push_back(std::to_string(dropped) + " questions were left out: " + why + ".");
    };
    if (options.answersNeeded)
        drop("their answer is not known",
            [](const InputItem& one) { return one.item.answer.empty(); });
    drop("they have no picture", [](const InputItem& one) { return one.imageSha256.empty(); });
    takeAtMost(options, items);
    if (options.split == "by-field")
        splitByField(items, notes);
    else if (options.split == "leaky")
        splitLeaky(options, items);
    else
        splitByPicture(options, items);
}

} // namespace slook::methods
