#pragma once
#include "core/rows.h"
#include "store/project.h"
#include "workbench/import.h"
#include <filesystem>

namespace slook::workbench {

/// Makes a run with the pairs of a source of STIC's preference data that was just imported: both
/// texts as answers, the pairs under the preference "imported".
///
/// What such a file says of a corrupted picture is a claim: it holds neither operator nor pixels.
/// Where `corrupted` is a folder with pictures of the same names, each is decoded and held against
/// the clean one; else nothing can be known of the claim.
/// Errors: those of the store.
[[nodiscard]] Result<ImportedPairs> addImportedPairs(
    store::Project& project, const SourceRow& source, const std::filesystem::path& corrupted);

} // namespace slook::workbench
