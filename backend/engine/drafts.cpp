#include "engine/drafts.h"
#include <algorithm>

namespace slook::engine {

std::vector<std::int64_t> draftBehind(
    std::span<const std::int64_t> ids, std::size_t most, std::int64_t forbidden)
{
    for (const std::size_t length : { 3, 2 }) {
        if (ids.size() <= length)
            continue;
        const auto tail = ids.last(length);
        for (auto end = ids.size() - 1; end >= length; --end) {
            if (!std::ranges::equal(ids.subspan(end - length, length), tail))
                continue;
            const auto behind = ids.subspan(end, std::min(most, ids.size() - end));
            return { behind.begin(), std::ranges::find(behind, forbidden) };
        }
    }
    return {};
}

void DraftTrust::learn(std::int64_t guessed, std::int64_t right)
{
    constexpr std::int64_t limit = 8;
    m_trust = std::clamp<std::int64_t>(m_trust + right - 2 * (guessed - right), 0, limit);
}

} // namespace slook::engine
