#pragma once
#include "core/result.h"
#include <filesystem>

/// Where the program's own parts lie.
namespace slook::workbench {

/// The folder that the running program's file lies in.
[[nodiscard]] std::filesystem::path programFolder();

/// The folder with the embedded model and the sample: SLOOK_RESOURCES where that is set, else
/// beside an installed program (../share/secondlook), else the source tree that this program was
/// built from. Errors: NotFound, naming where it was looked for.
[[nodiscard]] Result<std::filesystem::path> resourcesFolder();

/// The model folder that is used where none is named. Errors: NotFound.
[[nodiscard]] Result<std::filesystem::path> embeddedModel();

/// The worker: SLOOK_WORKER where that is set, else `secondlook-worker` beside the running program
/// or in ../libexec/secondlook. Errors: NotFound.
[[nodiscard]] Result<std::filesystem::path> workerProgram();

} // namespace slook::workbench
