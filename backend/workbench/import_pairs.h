#pragma once
#include "core/rows.h"
#include "store/project.h"
#include "workbench/import.h"
#include <filesystem>

namespace slook::workbench {

/// The recipe of runs that hold what other programs said; STIC's pairs have one of their own, see
/// importedRecipe.
inline constexpr std::string_view answersRecipe = "import";

/// An answer of a file to a question that the project has.
struct KnownAnswer {
    ItemId item;
    std::string fields; ///< as an item of the file would have them
};
/// Takes the answers out of a batch whose questions are in the project, so that they are judged
/// with picture, options and known answer. Of LLaVA's files: the key is question_id and the
/// question's text stands in the prompt; of MMEvalPro's: index and triplet_id agree. Each question
/// is taken once, of several the newest. Batches of other forms stay as they are.
[[nodiscard]] Result<std::vector<KnownAnswer>> takeKnownAnswers(
    const store::Project& project, ImportBatch& batch);

/// Makes a run of the answers that a source brought: of pairs both texts, and the pairs under the
/// preference "imported"; of SCL's traces the two answers of the stage "trace", with what the
/// file's writer read from them under the extractor "file"; of VLMEvalKit's predictions the stage
/// "prediction"; of LLaVA's and MMEvalPro's answers the stage "answer". Nothing where the source
/// brought none. @param known  answers to questions that are not of this source
///
/// What STIC's file says of a corrupted picture is a claim: it holds neither operator nor pixels.
/// Where `corrupted` is a folder with pictures of the same names, each is decoded and held against
/// the clean one; else nothing can be known of the claim.
/// Errors: those of the store.
[[nodiscard]] Result<std::optional<ImportedPairs>> addImportedAnswers(store::Project& project,
    const SourceRow& source, const std::filesystem::path& corrupted,
    std::span<const KnownAnswer> known = {});

} // namespace slook::workbench
