#pragma once
#include "core/json.h"
#include <string>

namespace slook::formats {

/// One record of STIC's preference data, as stic/generate_pref.py writes it.
struct SticPair {
    std::string image; ///< file name of the clean picture
    bool claimsCorruption = false; ///< "image_corruption": the rejected text is of a corrupted one
    std::string
        badPrompt; ///< "hallu_prompt": what the rejected text answers; empty where corrupted
    std::string prompt; ///< trained on, with both texts
    std::string chosen;
    std::string rejected;
};

/// Reads a record. Empty, or why it is none.
[[nodiscard]] std::string readSticPair(const Json& record, SticPair& pair);
/// A record in the same form.
[[nodiscard]] Json toSticRecord(const SticPair& pair);

} // namespace slook::formats
