#pragma once
#include "core/json.h"
#include "core/result.h"
#include <filesystem>

/// Computes what a parity fixture expects, through the code that users run, and writes it under the
/// fixture's own names. Each function reads the inputs of the folder `fixture` and writes into the
/// folder `out`, which exists.
namespace slook::replay {

using Path = std::filesystem::path;

[[nodiscard]] Result<void> replayImages(const Path& fixture, const Path& out);
[[nodiscard]] Result<void> replayResize(const Path& fixture, const Path& out);
[[nodiscard]] Result<void> replayCorrupt(const Path& fixture, const Path& out);
[[nodiscard]] Result<void> replayTokenizers(const Path& fixture, const Path& out);
[[nodiscard]] Result<void> replayTemplates(const Path& fixture, const Path& out);
[[nodiscard]] Result<void> replayFamily(
    const Path& fixture, const Path& out); ///< a folder with cases.json
[[nodiscard]] Result<void> replayLayouts(const Path& fixture, const Path& out);

[[nodiscard]] Result<void> replayPreferences(
    const Path& fixture, const Path& out); ///< dpo/<family>
[[nodiscard]] Result<void> replaySupervised(const Path& fixture, const Path& out); ///< sft/<family>
[[nodiscard]] Result<void> replayLosses(const Path& fixture, const Path& out); ///< dpo/losses

[[nodiscard]] Result<Json> readJson(const Path& file);
[[nodiscard]] Result<void> writeJson(const Path& file, const Json& json);

} // namespace slook::replay
