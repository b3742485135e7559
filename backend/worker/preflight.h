#pragma once
#include "runs/job.h"
#include "worker/engine_model.h"
#include <filesystem>
#include <string_view>
#include <vector>

namespace slook::worker {

constexpr std::string_view preflightFile = "preflight.json";

/// Tries a run: executes the whole recipe on the few questions that `inputs` has, with trainings
/// cut to two optimizer steps of full batches, and writes what it saw into DIR/preflight.json: for
/// each row the exact prompt, its tokens and the answer; training examples with the tokens that are
/// learned; seconds of every step of the recipe and of one optimizer step; the process's peak
/// memory. Where the few answers make no pair, two steps on answers of theirs, one against another,
/// take their place, and the file says so.
/// Errors: those of the recipe.
[[nodiscard]] Result<void> preflight(const runs::Job& job,
    const std::vector<runs::InputItem>& inputs, const std::filesystem::path& directory,
    EngineModel& model, methods::StepContext& context);

} // namespace slook::worker
