#pragma once
#include "engine/lora.h"
#include "engine/packing.h"
#include "engine/session.h"
#include "methods/model.h"
#include "runs/job.h"
#include "worker/picture_book.h"
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace slook::worker {

/// One training as a method asks for it, and where the start weights came from.
struct TrainingJob : methods::Training {
    const runs::ModelRef& reference;
    std::filesystem::path references; ///< see runs::referencesFolder; empty: there is none
};

/// A preference in the tokens that are trained on: prompt, then chosen and, where there is one,
/// rejected. Errors: of the pictures, the template and the tokenizer.
[[nodiscard]] Result<engine::TrainExample> exampleOf(
    engine::Session& session, PictureBook& book, const methods::Preference& preference);

/// Trains from the weights that `session` holds and leaves a PEFT folder, or a whole model folder
/// with `options.lora.full`, under `job.artifact`: complete, or not at all. Goes on from the newest
/// checkpoint. The texts are tokenized as the chat template writes them, so that an answer is
/// learned in the very tokens in which it would be said.
/// @param adapter the start adapter if there is one; then it is trained on. Holds the trained one
///                afterwards
/// Errors: Stopped, Invalid (options, no usable example, NaN), Io.
[[nodiscard]] Result<void> trainWith(engine::Session& session, PictureBook& book,
    std::optional<engine::LoraAdapter>& adapter, const TrainingJob& job,
    methods::StepContext& context);

} // namespace slook::worker
