#pragma once
#include "engine/lora.h"
#include "engine/trainer.h"
#include "fixture.h"

/// The eight preference pairs of the parity fixtures, ready to be trained on.
namespace slook::test {

struct TrainFixture {
    std::unique_ptr<engine::VisionLanguageModel> model;
    std::vector<engine::TrainExample> examples; ///< 8 pairs, each with a picture of its own
    engine::PictureSource pictures;

    [[nodiscard]] std::vector<const engine::TrainExample*> pointers(
        std::size_t begin, std::size_t end) const;
};

/// Needs parity/llava15/model and parity/dpo/llava15.
TrainFixture loadTrainFixture();
/// The adapter that the fixture's runs start from; its B is not zero.
engine::LoraAdapter startAdapter(engine::VisionLanguageModel& model);
/// Preference training of `fixture`'s pairs: 4 a step, 2 at once, constant rate 1e-3.
engine::TrainerOptions fixtureOptions();

} // namespace slook::test
