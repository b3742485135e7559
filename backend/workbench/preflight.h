#pragma once
#include "workbench/launch.h"
#include "workbench/run.h"
#include "workbench/watch.h"
#include <string>
#include <vector>

/// The trial of a run before it: data checks, the whole recipe on eight rows, two optimizer steps.
namespace slook::workbench {

struct PreflightCheck {
    enum class Outcome { Passed, Warning, Failed };
    Outcome outcome = Outcome::Passed;
    std::string text; ///< one sentence
};

/// One answer of the trial.
struct PreflightRow {
    std::string key; ///< of its question
    std::string stage;
    int turn = 1;
    std::string prompt; ///< exactly as the model got it
    std::string answer;
    std::int64_t answerTokens = 0;
};

/// One training example, token by token. Of the prompt nothing is learned; of each side all is.
struct PreflightExample {
    std::string key;
    std::int64_t promptTokens = 0; ///< those of pictures included
    std::int64_t imageTokens = 0;
    std::vector<std::string> prompt; ///< texts of its tokens, without those of pictures
    std::vector<std::vector<std::string>> sides; ///< chosen, and rejected where there is one
};

struct Preflight {
    std::string job; ///< job.json as it would be written
    int pool = 0;
    int test = 0;
    std::vector<PreflightCheck> checks;
    std::vector<PreflightRow> rows;
    std::vector<PreflightExample> examples;
    /// All answers of the run at the pace of the few: at most, since many at once are faster.
    double answerSeconds = 0;
    double secondsPerStep = 0; ///< 0: nothing is trained
    int pairsPerStep = 0;
    int trainings = 0; ///< that the run has
    std::int64_t peakBytes = 0;
    [[nodiscard]] bool passed() const; ///< no check has failed
};

/// Checks of the data alone, no model asked: pictures that are not there, answers that are none of
/// the options, the same question twice, what the plan leaves out.
[[nodiscard]] std::vector<PreflightCheck> dataChecks(const PlannedRun& planned);

/// What a trial needs of the project, so that the project is not held while it lasts.
struct PreflightPlan {
    PlannedRun planned;
    std::vector<PreflightCheck> checks;
    /// Of the trial, with at most eight of the questions; goes with the last copy of this.
    std::shared_ptr<const std::filesystem::path> directory;
    std::vector<runs::InputItem> few;
};
/// Errors: those of planRun(), Io.
[[nodiscard]] Result<PreflightPlan> preparePreflight(
    const store::Project& project, const Launch& launch, const Watch& watch = {});
/// Tries it in a worker of its own and takes the trial's directory away again. A trial that fails
/// is a failed check with its reason. Errors: Stopped, NotFound (no worker), Io.
[[nodiscard]] Result<Preflight> tryOut(const PreflightPlan& plan, const Watch& watch = {});

} // namespace slook::workbench
