#pragma once
#include "workbench/run.h"

namespace slook::workbench {

/// Starts a run that trains on the pairs that an audit left, see applyAudit(). It is the run that
/// the pairs are of, once more: the same questions, split, prompts, answers of the start model and
/// controls, with the audited pairs in place of the machine's. What the start model answered then
/// is taken over and not asked again, so both runs are measured against the same start.
/// `options.audited` names the pairs; the rest says what the training does otherwise: switches that
/// begin with "training.", threads, device. The set's label smoothing is used where the switch is
/// not set and the recipe has one; `options.items` is not looked at. startRun() calls it where
/// pairs are named. Errors: NotFound (no such pairs), Invalid (they are of another recipe, an
/// option of something that is taken over), and those of startRun() and of reading the old run's
/// directory.
[[nodiscard]] Result<StartedRun> trainOnAudited(store::Project& project, const std::string& recipe,
    const RunOptions& options, const Watch& watch = {});

/// The newest set of this name: "audited-1", or "0001-scl:audited-1" where several runs have one.
/// Errors: NotFound.
[[nodiscard]] Result<PairSetRow> auditedSet(const store::Project& project, const std::string& name);

} // namespace slook::workbench
