#include "train_fixture.h"
#include "engine/adapter.h"

namespace slook::test {
namespace {

using Ids = std::vector<std::int64_t>;

Ids idsWhere(const Json& batch, std::size_t row, bool completion)
{
    Ids ids;
    for (std::size_t t = 0; t < batch["input_ids"][row].size(); ++t) {
        const bool inCompletion = batch["completion_mask"][row][t].get<int>() != 0;
        const bool there = batch["attention_mask"][row][t].get<int>() != 0;
        if (there && inCompletion == completion)
            ids.push_back(batch["input_ids"][row][t].get<std::int64_t>());
    }
    return ids;
}

} // namespace

std::vector<const engine::TrainExample*> TrainFixture::pointers(
    std::size_t begin, std::size_t end) const
{
    std::vector<const engine::TrainExample*> all;
    for (std::size_t i = begin; i < end; ++i)
        all.push_back(&examples.at(i));
    return all;
}

TrainFixture loadTrainFixture()
{
    TrainFixture fixture;
    fixture.model = loadOrThrow(parityDir() / "llava15" / "model");
    const auto folder = parityDir() / "dpo" / "llava15";
    const auto batches = readJson(folder / "batches.json");
    const auto pixels = readTensors(folder / "batches.safetensors");
    std::vector<at::Tensor> pictures;
    for (std::size_t b = 0; b < batches["batches"].size(); ++b) {
        const Json& batch = batches["batches"][b]; // rows: two chosen, two rejected
        for (std::size_t i = 0; i < 2; ++i) {
            engine::TrainExample example;
            example.id = static_cast<std::int64_t>(100 + fixture.examples.size());
            example.images = { fixture.examples.size() };
            example.prompt = idsWhere(batch, i, false);
            example.segments = { { idsWhere(batch, i, true), {} },
                { idsWhere(batch, i + 2, true), {} } };
            fixture.examples.push_back(std::move(example));
            pictures.push_back(pixels.at(std::to_string(b) + "/pixel_values")
                                   .narrow(0, static_cast<std::int64_t>(i), 1));
        }
    }
    fixture.pictures = [pictures](std::size_t key) -> Result<engine::Picture> {
        return engine::Picture { pictures.at(key), { .height = 56, .width = 56 } };
    };
    return fixture;
}

engine::LoraAdapter startAdapter(engine::VisionLanguageModel& model)
{
    auto adapter = engine::readAdapter(parityDir() / "dpo" / "llava15" / "adapter_init", model);
    if (!adapter)
        throw std::runtime_error(message(adapter.error()));
    return std::move(*adapter);
}

engine::TrainerOptions fixtureOptions()
{
    engine::TrainerOptions options;
    options.learner.adam.learningRate = 1e-3;
    options.learner.microBatch = 2;
    options.schedule.kind = engine::ScheduleOptions::Kind::Constant;
    options.batch = 4;
    options.epochs = 6;
    return options;
}

} // namespace slook::test
