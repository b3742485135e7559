#pragma once
#include "workbench/run_facts.h"
#include <functional>
#include <unordered_map>

namespace slook::workbench {

/// What people noted on questions, and on single pairs.
struct Marks {
    std::unordered_map<ItemId, std::vector<MarkRow>> items;
    std::unordered_map<PairId, std::vector<MarkRow>> pairs;
    [[nodiscard]] std::span<const MarkRow> of(ItemId item) const { return in(items, item); }
    [[nodiscard]] std::span<const MarkRow> of(PairId pair) const { return in(pairs, pair); }

private:
    template <class Map, class Id>
    [[nodiscard]] static std::span<const MarkRow> in(const Map& map, Id id)
    {
        const auto found = map.empty() ? map.end() : map.find(id);
        return found == map.end() ? std::span<const MarkRow>() : found->second;
    }
};
[[nodiscard]] Result<Marks> readMarks(const store::Project& project);

struct ItemMatches {
    std::vector<bool> passes; ///< by the item's number
    std::vector<bool> passesButType; ///< words about the type left out: for counts by type
    std::vector<PairId> pairs; ///< of the run, ascending: those for which the filter holds
    int shown = 0;
    int all = 0;
};
/// A question passes where the filter holds for it with its answers and one of its pairs or
/// triplets. A pair has its question's marks and its own. @param run  null where no run is chosen
/// Errors: Invalid (words about a run, and there is none).
/// @param begun  is called once with the first that pass, ascending, where there are so many
/// questions that looking at all of them takes a while, and enough of the first ones pass
[[nodiscard]] Result<ItemMatches> matching(const ItemFacts& facts, const Marks& marks,
    const RunFacts* run, const Filter& filter,
    const std::function<void(const std::vector<ItemId>&)>& begun = {});

/// One value that questions have in a field, and how many of them.
struct FacetValue {
    std::string value; ///< as behind "field:"
    int shown = 0; ///< of those that pass the filter
    int all = 0;
};
struct Facet {
    std::string field; ///< as in the filter: "source", "category", "split", "answer", "type" ...
    std::vector<FacetValue> values; ///< the most frequent first
    int more = 0; ///< further values that are not listed
};
/// What the questions are like, in the fields that a filter knows. A field in which all are alike
/// and a field with nothing in it are left out. @param run  null where no run is chosen
[[nodiscard]] std::vector<Facet> facetsOf(const ItemFacts& facts, const Marks& marks,
    const RunFacts* run, const ItemMatches& matches, std::size_t most = 40);

} // namespace slook::workbench
