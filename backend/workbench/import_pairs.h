#pragma once
#include "core/rows.h"
#include "store/project.h"
#include "workbench/import.h"
#include <filesystem>

namespace slook::workbench {

/// The recipe of runs that hold what other programs said; STIC's pairs have one of their own, see
/// importedRecipe.
inline constexpr std::string_view answersRecipe = "import";

/// Makes a run of the answers that a source brought: of pairs both texts, and the pairs under the
/// preference "imported"; of SCL's traces the two answers of the stage "trace", with what the
/// file's writer read from them under the extractor "file"; of VLMEvalKit's predictions the stage
/// "prediction". Nothing where the source brought none.
///
/// What STIC's file says of a corrupted picture is a claim: it holds neither operator nor pixels.
/// Where `corrupted` is a folder with pictures of the same names, each is decoded and held against
/// the clean one; else nothing can be known of the claim.
/// Errors: those of the store.
[[nodiscard]] Result<std::optional<ImportedPairs>> addImportedAnswers(
    store::Project& project, const SourceRow& source, const std::filesystem::path& corrupted);

} // namespace slook::workbench
