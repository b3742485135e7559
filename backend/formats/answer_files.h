#pragma once
#include "formats/json_importer.h"
#include <optional>
#include <string>

/// Files in which programs keep what a model answered, without pictures and known answers.
namespace slook::formats {

/// One answer, from the fields of an item that importLlavaAnswers() or importMmevalproAnswers()
/// made.
struct FileAnswer {
    std::string prompt; ///< as the file has it; empty in MMEvalPro's
    std::string text;
    std::optional<bool> right; ///< by the file's own rule; empty where it holds no known answer
    Json about; ///< answer_id, model_id, metadata: what belongs to the answer alone; an object
};
[[nodiscard]] FileAnswer fileAnswerOf(const std::string& format, const Json& fields);

/// LLaVA's model_vqa.py and its kin: question_id, prompt, text, answer_id, model_id, metadata; for
/// MMBench round_id, options and option_char too. Each becomes a question of its prompt, its
/// options cut off where the record lists them. Errors: as of readSource().
[[nodiscard]] Result<ImportBatch> importLlavaAnswers(
    const std::filesystem::path& file, const ImportOptions& options);
[[nodiscard]] bool isLlavaAnswer(const Json& record);

/// What MMEvalPro's auto_score.py reads: index, triplet_id, model_output, answer, eval_type. The
/// file holds no question, so that one of the project has to be found for it, see
/// workbench::takeKnownAnswers(). Errors: as of readSource().
[[nodiscard]] Result<ImportBatch> importMmevalproAnswers(
    const std::filesystem::path& file, const ImportOptions& options);
[[nodiscard]] bool isMmevalproAnswer(const Json& record);

} // namespace slook::formats
