#pragma once
#include "worker/run_job.h"

namespace slook::worker {

/// Answers requests on stdin until its end; see runs/frames.h. Whatever libraries print goes to
/// stderr. Never throws. @return the process's exit code
[[nodiscard]] int serve(const WorkerIdentity& identity) noexcept;

} // namespace slook::worker
