#pragma once
#include "core/rows.h"
#include "workbench/run.h"
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slook::workbench {

/// A run as a person chooses it. The page Launch shows it, a preset keeps it, a command line says
/// it, and the run's directory keeps it beside the job that it became.
struct Launch {
    std::string recipe = "scl";
    std::string model; ///< a Hugging Face folder; empty: the embedded model
    std::string adapter; ///< a PEFT folder to start from, or "@NAME": what that run of the project
                         ///< has trained or, where this one is queued behind it, will; empty: none
    std::string items; ///< names of sources or a filter, see viewOf(); empty: all questions
    std::size_t limit = 0; ///< at most so many of them; 0: all
    std::vector<std::pair<std::string, std::string>>
        set; ///< switches that are not at their default
    std::vector<std::string> controls;
    std::string audited; ///< pairs that an audit left and that stand in for those the run would
                         ///< make, see trainOnAudited(); empty: none
    std::uint64_t seed = 0;
    int threads = 0; ///< 0: as many as the machine has
    std::string device; ///< "" automatic, "cpu", "cuda"
    bool int8 = false; ///< the language model's weights as whole numbers: faster, a little coarser
    std::string chatTemplate; ///< in place of the model folder's own: a built-in one by name, or a
                              ///< file with Jinja; empty: its own
};

constexpr std::string_view launchFile = "launch.json"; ///< in a run's directory

/// The command that does the same, for a POSIX shell: "secondlook-cli run P.slook scl --seed 1".
[[nodiscard]] std::string commandOf(const Launch& launch, const std::filesystem::path& project);

/// A preset file and back: JSON. Errors: Invalid (no object; a field, recipe, switch, value or
/// control that is unknown or out of range), naming it: nothing in a file is passed over.
[[nodiscard]] std::string toText(const Launch& launch);
[[nodiscard]] Result<Launch> launchFromText(std::string_view text, const std::string& where);

/// How this run was chosen. A run without a launch file (made by an older version, or copied) is
/// read from its job, which does not know how its questions were chosen: all of them are, then.
/// Errors: Invalid (a damaged job or launch file).
[[nodiscard]] Result<Launch> launchOf(const store::Project& project, const RunRow& run);

/// What startRun() needs. Errors: those of viewOf(), NotFound or Invalid (no such run to go on
/// from, or one that trains nothing).
[[nodiscard]] Result<RunOptions> optionsOf(const store::Project& project, const Launch& launch);

} // namespace slook::workbench
