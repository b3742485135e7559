#pragma once
#include "engine/generate.h"
#include <cstdint>
#include <span>
#include <vector>

namespace slook::engine {

/// Prompts that begin alike, about the same pictures: their common beginning is read once.
struct SharedPrompts {
    std::vector<std::size_t> members; ///< in rising order
    std::size_t common = 0; ///< ids of the beginning; all of them where there is one member
};

/// Groups of `prompts`, each in one of them. Two share a beginning where they have the very same
/// features, all pictures stand in it, and it is long enough to be worth it; each keeps an id at
/// least for itself.
/// @param imageTokenId the placeholder
/// @param mostBehind   ids that the members of a group may have behind the beginning, together; a
///                     longer beginning allows as many as it has itself
[[nodiscard]] std::vector<SharedPrompts> sharedPrompts(
    std::span<const Opening> prompts, std::int64_t imageTokenId, std::size_t mostBehind);

/// Ids that a group has to read.
[[nodiscard]] std::size_t tokensOf(const SharedPrompts& group, std::span<const Opening> prompts);

} // namespace slook::engine
