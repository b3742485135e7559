#pragma once
#include "core/json.h"
#include "core/result.h"
#include <functional>
#include <memory>
#include <string>

namespace slook::workbench {

/// A worker of one's own that answers small requests at once, see runs/frames.h. It ends with this
/// object.
class WorkerTalk {
public:
    /// Starts `secondlook-worker serve` and reads its greeting.
    /// Errors: NotFound (no worker), WorkerLost, Conflict (it speaks another version).
    [[nodiscard]] static Result<WorkerTalk> start();
    WorkerTalk(WorkerTalk&&) noexcept;
    WorkerTalk& operator=(WorkerTalk&&) noexcept;
    ~WorkerTalk();

    [[nodiscard]] int pid() const; ///< ending the process makes an ask() under way fail

    /// Sends a request and waits for its reply; messages that come before it go to `onPart`.
    /// Errors: WorkerLost; Invalid with the worker's own sentence where it refuses.
    [[nodiscard]] Result<Json> ask(
        Json request, const std::function<void(const Json&)>& onPart = {});

private:
    struct Process;
    explicit WorkerTalk(std::unique_ptr<Process> process);
    [[nodiscard]] Result<Json> receive();
    std::unique_ptr<Process> m_process;
};

} // namespace slook::workbench
