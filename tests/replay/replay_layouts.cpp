#include "engine/load_model.h"
#include "engine/tensor_file.h"
#include "replay.h"
#include "replay_tensors.h"
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

namespace slook::replay {
namespace {

struct Inputs {
    at::Tensor ids, pixels;
};

/// The inputs lie beside the expected logits. A copy without expected values lacks them too; the
/// fixture's maker drew them as random numbers after torch.manual_seed(1), which ATen's generator
/// repeats.
Result<Inputs> inputsOf(const Path& fixture, const engine::VisionLanguageModel& model)
{
    if (const auto file = engine::TensorFile::open(fixture / "expected.safetensors")) {
        auto ids = file->read("input_ids");
        auto pixels = file->read("pixel_values");
        if (!ids || !pixels)
            return fail(!ids ? ids.error() : pixels.error());
        return Inputs { *ids, *pixels };
    }
    const auto wanted = wantedTensors(fixture, "expected");
    if (!wanted)
        return fail(wanted.error());
    auto generator = at::detail::createCPUGenerator(1);
    Inputs inputs;
    inputs.pixels = at::randn(wanted->at("pixel_values"), generator);
    inputs.ids = at::randint(
        3, model.shape().vocabularySize - 3, wanted->at("input_ids"), generator, at::kLong);
    const auto tokens = model.encodeImages(inputs.pixels).size(1);
    inputs.ids.narrow(1, 2, tokens).fill_(model.shape().imageTokenId);
    return inputs;
}

} // namespace

Result<void> replayLayouts(const Path& fixture, const Path& out)
{
    const c10::NoGradGuard noGradients;
    std::map<std::string, at::Tensor> all;
    for (const auto& layout : std::filesystem::directory_iterator(fixture)) {
        if (!layout.is_directory())
            continue;
        const auto model = engine::loadModel(layout.path());
        if (!model)
            return fail(model.error());
        const auto inputs = inputsOf(fixture, **model);
        if (!inputs)
            return fail(inputs.error());
        const auto features = (*model)->encodeImages(inputs->pixels).flatten(0, 1);
        const auto logits =
            (*model)->logits((*model)->hidden((*model)->embed(inputs->ids, features)));
        if (all.contains("logits") && !at::allclose(all.at("logits"), logits, 0, 1e-6))
            return fail(ErrorKind::Invalid, "gives other logits than the layouts before it",
                layout.path().string());
        all = { { "input_ids", inputs->ids }, { "pixel_values", inputs->pixels },
            { "logits", logits } };
    }
    return engine::writeTensorFile(out / "expected.safetensors", all);
}

} // namespace slook::replay
