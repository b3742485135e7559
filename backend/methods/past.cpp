#include "methods/past.h"

namespace slook::methods {

Past::Past(const std::vector<runs::Event>& events, Kept kept)
    : m_kept(std::move(kept))
{
    for (const auto& event : events)
        add(event.body);
}

bool Past::add(const runs::EventBody& body)
{
    if (const auto* e = std::get_if<runs::Answered>(&body)) {
        const auto& r = e->response;
        if (m_kept(r.stage))
            m_answers.emplace(std::tuple(r.stage, r.item.value, r.turn), *e);
        return m_answered.emplace(r.stage, r.item.value, r.turn).second;
    }
    if (const auto* e = std::get_if<runs::Paired>(&body))
        return addPair(e->pair);
    if (const auto* e = std::get_if<runs::Tripled>(&body))
        return addTriplet(e->triplet);
    if (const auto* e = std::get_if<runs::Measured>(&body))
        return m_measured.emplace(e->metric.training, e->metric.step).second;
    if (const auto* e = std::get_if<runs::Rewarded>(&body))
        return e->rewards.empty()
            || m_rewarded.emplace(e->rewards.front().training, e->rewards.front().step).second;
    if (const auto* e = std::get_if<runs::Artifact>(&body))
        return m_artifacts.insert(e->name).second;
    if (const auto* e = std::get_if<runs::Note>(&body))
        return m_notes.insert(e->level + e->text).second;
    if (const auto* e = std::get_if<runs::StepEnded>(&body))
        return m_ended.insert(e->index).second;
    return true;
}

bool Past::addPair(const PairRow& pair)
{
    const bool isNew = m_paired.emplace(pair.preference, pair.item.value).second;
    if (isNew)
        m_pairs[pair.preference].push_back(pair);
    return isNew;
}

bool Past::addTriplet(const TripletRow& triplet)
{
    const bool isNew = m_tripled.emplace(triplet.round, triplet.item.value, triplet.sample).second;
    if (isNew)
        m_triplets.push_back(triplet);
    return isNew;
}

bool Past::answered(const std::string& stage, ItemId item, int turn) const
{
    return m_answered.contains({ stage, item.value, turn });
}

const runs::Answered* Past::answer(const std::string& stage, ItemId item, int turn) const
{
    const auto found = m_answers.find({ stage, item.value, turn });
    return found == m_answers.end() ? nullptr : &found->second;
}

const std::vector<PairRow>& Past::pairs(const std::string& preference) const
{
    static const std::vector<PairRow> none;
    const auto found = m_pairs.find(preference);
    return found == m_pairs.end() ? none : found->second;
}

} // namespace slook::methods
