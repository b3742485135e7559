#pragma once
#include "core/rows.h"
#include "image/picture.h"
#include "store/project.h"
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slook::workbench {

/// Where one side of a pair came from.
struct SideOrigin {
    std::optional<ResponseRow> response; ///< none: a known answer, or nothing
    std::vector<CorruptionRow> corruptions; ///< of the pictures that the model saw
};

/// What a pair says of the picture that its rejected text is of, and what is known of its pixels.
enum class PixelClaim {
    None, ///< nothing was said to be corrupted
    Changed, ///< corrupted, and both hashes show that the pixels differ
    Same, ///< said to be corrupted, and the pixels are those of the clean picture
    Unknown, ///< said to be corrupted, and nobody knows the pixels
};
[[nodiscard]] const char* nameOf(PixelClaim claim); ///< "none", "changed", "same", "unknown"

struct PairOrigin {
    SideOrigin chosen;
    SideOrigin rejected;
    PixelClaim claim = PixelClaim::None;
    std::string badPrompt {}; ///< that the rejected text answers, where a bad prompt made it
};

/// The recipe of runs that hold imported pairs.
inline constexpr std::string_view importedRecipe = "stic-import";

/// Of the pairs of a run whose sides come from stages of their own; those of SCL are turns of one
/// conversation and are left out.
[[nodiscard]] Result<std::map<PairId, PairOrigin>> originsOf(
    const store::Project& project, const RunRow& run);

/// The very picture that the model saw, made again from what was recorded.
/// Errors: Invalid where the original or the result has another hash than was recorded; those of
/// decoding and of the operator.
[[nodiscard]] Result<image::Picture> corruptedPicture(
    const store::Project& project, ImageId original, const CorruptionRow& corruption);

/// "colour_jitter (brightness 1.2, hue -0.1, seed 5)"
[[nodiscard]] std::string corruptionText(const CorruptionRow& corruption);

} // namespace slook::workbench
