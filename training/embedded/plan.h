#pragma once
#include "core/result.h"
#include "engine/optimizer.h"
#include "scenes/curriculum.h"
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace slook::teach {

/// A stretch of steps that are taught in the same way.
struct Stage {
    std::string name;
    std::int64_t steps = 0;
    int rows = 0; ///< pictures in a step that are talked about
    int pictures = 0; ///< pictures in a step of which only the patches are learned
    int texts = 0; ///< rows without a picture in a step
    double rateBegin = 0.0, rateEnd = 0.0; ///< learning rate, in a straight line between them
    double visionRate = 0.4; ///< of the learning rate, for the vision tower
    double patchWeight = 0.1; ///< of the patch task beside the texts
    /// How the matrices inside the language model's layers and the projector step.
    engine::UpdateRule rule = engine::UpdateRule::Orthogonal;
    double letterWeight = 1.0; ///< of an answer's letter, yes or no, beside other tokens
    scenes::CurriculumOptions curriculum; ///< mix, shares and length of a row; prompts and seed are
                                          ///< the plan's
};

/// What a model with random weights is taught, in order.
struct Plan {
    std::uint64_t seed = 0; ///< of weights, scenes and texts
    double weightDecay = 0.05;
    std::vector<Stage> stages;

    [[nodiscard]] std::int64_t steps() const;
};

/// Where a step lies.
struct Place {
    const Stage* stage = nullptr;
    std::int64_t stepOfStage = 0;
    std::uint64_t firstRow = 0; ///< rows before this step
    std::uint64_t firstPicture = 0; ///< pictures alone before this step
    std::uint64_t firstText = 0; ///< rows without a picture before this step
    double rate = 0.0;
};
/// @param step 0 .. plan.steps() - 1
[[nodiscard]] Place placeOf(const Plan& plan, std::int64_t step);

/// Reads plan and prompts. Errors: NotFound, Io, Invalid (with the stage and the word that is not
/// known).
[[nodiscard]] Result<Plan> readPlan(
    const std::filesystem::path& plan, const std::filesystem::path& prompts);

} // namespace slook::teach
