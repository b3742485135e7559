#pragma once
#include "core/rows.h"
#include "runs/directory.h"
#include "store/project.h"
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

/// Where a run stands, for a progress bar.
struct RunStatus {
    RunRow run; ///< as the project has it now
    bool workerAlive = false;
    int step = 0; ///< counted from 0
    int steps = 0;
    std::string stepTitle;
    std::int64_t done = 0; ///< within the step
    std::int64_t total = 0; ///< 0: not known
    std::string unit;
    double perSecond = 0;
    double secondsLeft = -1; ///< of the step; negative: not known
    std::optional<double> loss; ///< of the newest training step, while a step trains
    std::optional<double> dpoLoss; ///< its DPO part, which starts at log 2
    std::vector<std::string> notes; ///< that came with the last poll, "warning: ..." included
    std::int64_t eventsTaken = 0; ///< by the last poll
    [[nodiscard]] bool ended() const
    {
        return !workerAlive && run.state != RunState::Waiting && run.state != RunState::Running;
    }
};

/// Takes a run's events into the project, each exactly once, and notices a worker that ended
/// without a word. Give it the same project every time; it keeps no reference to it.
class RunFollower {
public:
    RunFollower(const store::Project& project, const RunRow& run);

    /// Takes in what has come since the last call. A worker that died is found here: the run is
    /// then Stopped with a sentence that says so, and can be resumed. Errors: those of the store
    /// (nothing is lost: the next call takes the same events again), and Invalid for a damaged
    /// events.jsonl.
    [[nodiscard]] Result<RunStatus> poll(store::Project& project);

private:
    void note(const runs::Event& event);
    [[nodiscard]] Result<void> takePending(store::Project& project);
    [[nodiscard]] Result<void> settle(store::Project& project);

    std::filesystem::path m_directory;
    runs::EventReader m_reader;
    std::vector<runs::Event> m_pending; ///< read, and not yet in the project
    RunStatus m_status;
    bool m_first = true;
};

/// Takes in what workers wrote while nobody looked: polls every run that is not ended.
/// Errors of one run do not keep the others from being read; the first one is returned.
[[nodiscard]] Result<std::vector<RunStatus>> catchUp(store::Project& project);

/// True where some run has events that the project has not taken in, or is called running while no
/// worker lives. Works on a read-only project.
[[nodiscard]] bool needsCatchUp(const store::Project& project);

} // namespace slook::workbench
