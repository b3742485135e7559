#pragma once
#include "scenes/curriculum.h"
#include "scenes/export.h"
#include "scenes/yes_no.h"
#include <string>
#include <vector>

namespace slook::scenes {

/// A scene with the one question that is asked about it.
struct Sample {
    Scene scene;
    std::string category;
    std::string question; ///< without options
    std::vector<std::string> options; ///< empty unless multiple choice
    std::string answer; ///< an option's letter or a text
    Conversation conversation; ///< the same in LLaVA's form
};

/// Sample number `number` (from 0) of an export. Scenes that do not allow the kind that is due are
/// left out, so a sample may come from a later scene of its own row of scenes.
[[nodiscard]] Sample makeSample(
    const ExportOptions& options, int number, std::span<const KindNumber> popular);

/// The kinds that the export's first scenes show most often, for POPE's popular choice.
[[nodiscard]] std::vector<KindNumber> popularKinds(const ExportOptions& options);

} // namespace slook::scenes
