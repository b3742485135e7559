#pragma once
#include "store/project.h"
#include "workbench/filter.h"
#include <unordered_map>

namespace slook::workbench {

/// Which questions a person wants to see, and in the light of which answers.
struct ItemQuery {
    std::string filter;
    RunId run; ///< whose answers, pairs and triplets the words are about; may be none
    std::string stage; ///< of its answers; empty: the first one
    std::string extractor = "ours";
};

/// What is known of all questions of a project.
struct ItemFacts {
    std::vector<Item> items; ///< by id
    std::map<SourceId, std::string> sources;
};
[[nodiscard]] Result<ItemFacts> readItemFacts(const store::Project& project);

/// What may stand behind "source:", "category:" and "split:", for completion: at most `most` each,
/// in the order in which they come.
using FieldValues = std::map<std::string, std::vector<std::string>>;
[[nodiscard]] FieldValues fieldValues(const ItemFacts& facts, std::size_t most = 200);

using Marks = std::unordered_map<ItemId, std::vector<MarkRow>>;
[[nodiscard]] Result<Marks> readMarks(const store::Project& project);

/// What one run found out about them.
struct RunFacts {
    RunId run;
    std::string stage;
    std::string extractor;
    std::int64_t lastSeq = 0; ///< newest event it is made of
    std::unordered_map<ItemId, TransitionRow> transitions;
    std::unordered_map<ItemId, std::vector<PairRow>> pairs;
    std::unordered_map<ItemId, std::vector<TripletRow>> triplets;
};
/// Errors: NotFound (no such run).
[[nodiscard]] Result<RunFacts> readRunFacts(const store::Project& project, const ItemQuery& query);

struct ItemMatches {
    std::vector<bool> passes; ///< by the item's number
    std::vector<bool> passesButType; ///< words about the type left out: for counts by type
    int shown = 0;
    int all = 0;
};
/// A question passes where the filter holds for it with its answers and one of its pairs or
/// triplets. @param run  null where no run is chosen
/// Errors: Invalid (words about a run, and there is none).
[[nodiscard]] Result<ItemMatches> matching(
    const ItemFacts& facts, const Marks& marks, const RunFacts* run, const Filter& filter);

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
