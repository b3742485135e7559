#include "models/score_lines.h"
#include <algorithm>

namespace slook::gui {

double ScoreLines::of(const std::string& kind) const
{
    const auto found = m_own.find(kind);
    return found == m_own.end() ? m_common : found->second;
}

void ScoreLines::set(const std::string& kind, double line)
{
    if (!kind.empty()) {
        m_own[kind] = line;
        return;
    }
    m_common = line;
    m_own.clear();
}

void ScoreLines::setAsKept(const std::vector<workbench::JudgedTriplet>& triplets)
{
    m_own.clear();
    for (const auto& one : triplets) {
        if (one.triplet.round == 0)
            continue;
        double& line = m_own.try_emplace(one.triplet.kind, 1).first->second;
        if (one.triplet.kept)
            line = std::min(line, one.triplet.score);
    }
}

std::map<std::string, int> madeKinds(const std::vector<workbench::JudgedTriplet>& triplets)
{
    std::map<std::string, int> kinds;
    for (const auto& one : triplets)
        if (one.triplet.round > 0)
            ++kinds[one.triplet.kind];
    return kinds;
}

} // namespace slook::gui
