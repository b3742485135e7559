#pragma once
#include "runs/event.h"
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace slook::methods {

/// What a run has reported so far, by earlier workers and by this one.
class Past {
public:
    /// Whether the answers of a stage are kept, since later steps build on them.
    using Kept = std::function<bool(const std::string& stage)>;

    Past(const std::vector<runs::Event>& events, Kept kept);
    /// Takes note of an event. False where the run has reported the same thing before.
    bool add(const runs::EventBody& body);

    [[nodiscard]] bool ended(int step) const { return m_ended.contains(step); }
    [[nodiscard]] bool answered(const std::string& stage, ItemId item, int turn) const;
    /// An answer of a kept stage with its extractions; nullptr where there is none.
    [[nodiscard]] const runs::Answered* answer(
        const std::string& stage, ItemId item, int turn) const;
    /// In the order in which they were made.
    [[nodiscard]] const std::vector<PairRow>& pairs(const std::string& preference) const;
    /// In the order in which they were reported.
    [[nodiscard]] const std::vector<TripletRow>& triplets() const { return m_triplets; }
    [[nodiscard]] bool trained(const std::string& name) const { return m_artifacts.contains(name); }

private:
    bool addPair(const PairRow& pair);
    bool addTriplet(const TripletRow& triplet);

    Kept m_kept;
    std::set<int> m_ended;
    std::set<std::tuple<std::string, std::int64_t, int>> m_answered;
    std::map<std::tuple<std::string, std::int64_t, int>, runs::Answered> m_answers;
    std::map<std::string, std::vector<PairRow>> m_pairs;
    std::set<std::pair<std::string, std::int64_t>> m_paired;
    std::vector<TripletRow> m_triplets;
    std::set<std::tuple<int, std::int64_t, int>> m_tripled; ///< round, item, sample
    std::set<std::pair<std::string, int>> m_measured;
    std::set<std::pair<std::string, int>> m_rewarded;
    std::set<std::string> m_artifacts;
    std::set<std::string> m_notes;
};

} // namespace slook::methods
