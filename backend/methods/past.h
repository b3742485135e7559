#pragma once
#include "runs/event.h"
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
    explicit Past(const std::vector<runs::Event>& events);
    /// Takes note of an event. False where the run has reported the same thing before.
    bool add(const runs::EventBody& body);

    [[nodiscard]] bool ended(int step) const { return m_ended.contains(step); }
    [[nodiscard]] bool answered(const std::string& stage, ItemId item, int turn) const;
    /// An answer of the stage "pool" with its extractions; nullptr where there is none.
    [[nodiscard]] const runs::Answered* poolAnswer(ItemId item, int turn) const;
    /// In the order in which they were made.
    [[nodiscard]] const std::vector<PairRow>& pairs(const std::string& preference) const;

private:
    bool addPair(const PairRow& pair);

    std::set<int> m_ended;
    std::set<std::tuple<std::string, std::int64_t, int>> m_answered;
    std::map<std::pair<std::int64_t, int>, runs::Answered> m_pool;
    std::map<std::string, std::vector<PairRow>> m_pairs;
    std::set<std::pair<std::string, std::int64_t>> m_paired;
    std::set<std::pair<std::string, int>> m_measured;
    std::set<std::string> m_artifacts;
    std::set<std::string> m_notes;
};

} // namespace slook::methods
