#include "engine/shared_prompts.h"
#include "engine/shortcuts.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <unordered_map>

namespace slook::engine {
namespace {

constexpr std::size_t worthIt = 16;

/// How many ids from the first on are the same, the last of each left out.
std::size_t commonIds(std::span<const std::int64_t> a, std::span<const std::int64_t> b)
{
    const auto end = a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())) - 1;
    return static_cast<std::size_t>(std::mismatch(a.begin(), end, b.begin()).first - a.begin());
}

bool hasPictureBehind(const Opening& prompt, std::size_t common, std::int64_t imageTokenId)
{
    const auto from = prompt.ids.begin() + static_cast<std::ptrdiff_t>(common);
    return std::find(from, prompt.ids.end(), imageTokenId) != prompt.ids.end();
}

} // namespace

std::size_t tokensOf(const SharedPrompts& group, std::span<const Opening> prompts)
{
    std::size_t all = group.common;
    for (const auto member : group.members)
        all += prompts[member].ids.size() - group.common;
    return all;
}

std::vector<SharedPrompts> sharedPrompts(
    std::span<const Opening> prompts, std::int64_t imageTokenId, std::size_t mostBehind)
{
    std::vector<SharedPrompts> groups;
    std::unordered_map<const void*, std::size_t> newest; ///< group by its pictures
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        const void* pictures = prompts[i].features.unsafeGetTensorImpl();
        if (const auto found = newest.find(pictures);
            found != newest.end() && shortcuts().sharedPrompts) {
            auto larger = groups[found->second];
            const auto first = larger.members.front();
            larger.common = std::min(larger.common, commonIds(prompts[first].ids, prompts[i].ids));
            larger.members.push_back(i);
            const auto behind = tokensOf(larger, prompts) - larger.common;
            if (larger.common >= worthIt && behind <= std::max(mostBehind, larger.common)
                && !hasPictureBehind(prompts[first], larger.common, imageTokenId)
                && !hasPictureBehind(prompts[i], larger.common, imageTokenId)) {
                groups[found->second] = std::move(larger);
                continue;
            }
        }
        newest[pictures] = groups.size();
        groups.push_back({ { i }, prompts[i].ids.size() });
    }
    return groups;
}

} // namespace slook::engine
