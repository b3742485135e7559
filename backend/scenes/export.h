#pragma once
#include "core/result.h"
#include "scenes/scene.h"
#include "scenes/texts.h"
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace slook::scenes {

enum class ExportFormat {
    Tsv, ///< VLMEvalKit: scenes.tsv, with a column `truth`: a true description of the picture
    Llava, ///< LLaVA's conversations: scenes.json
};
/// What is asked about each scene.
enum class ExportKind {
    Mcq, ///< multiple choice, the six kinds of question in turn
    YesNo, ///< "Is there ...?" by POPE's three choices in turn, yes and no in turn
    Short, ///< the same questions without options, answered by a word or two
    Describe, ///< a true description
    Review, ///< two turns: an answer, right or wrong in turn, and the review of it; LLaVA only
    Reverse, ///< a question to a given answer
};
[[nodiscard]] std::optional<ExportFormat> exportFormatByName(
    std::string_view name); ///< "tsv", "llava"
/// "mcq", "yesno", "short", "describe", "review", "reverse"
[[nodiscard]] std::optional<ExportKind> exportKindByName(std::string_view name);

struct ExportOptions {
    std::filesystem::path folder; ///< made if it is not there; must be empty
    int count = 100; ///< questions, each about a scene of its own
    std::uint64_t seed = 0; ///< exported scenes are never scenes of the training, whatever the seed
    Level level = Level::Easy;
    bool mixedLevels = false; ///< every other scene is hard
    ExportFormat format = ExportFormat::Tsv;
    ExportKind kind = ExportKind::Mcq;
    /// TSV: pictures as base64 in the file, so that it is one file to pass on; else as PNG files
    /// beside it.
    bool picturesInside = true;
    std::string split = "test"; ///< written into the column `split`
    PromptTexts prompts; ///< for descriptions and reviews
    /// Called after each scene with the number done; false stops.
    std::function<bool(int)> progress;
};

struct ExportReport {
    std::filesystem::path file; ///< scenes.tsv or scenes.json
    std::filesystem::path
        truth; ///< truth.jsonl: index, image's SHA-256 and what each picture shows
    int scenes = 0;
    std::map<std::string, int> categories; ///< questions per kind
};

/// Renders scenes and writes them with questions, answers and the truth. The question file is
/// written last, so a folder that has it is complete. Errors: Invalid (count outside 1 .. 100,000,
/// more than 20,000 pictures inside a TSV, a review as TSV), Conflict (folder not empty), Io,
/// Stopped.
[[nodiscard]] Result<ExportReport> exportScenes(const ExportOptions& options);

} // namespace slook::scenes
