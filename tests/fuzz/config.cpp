// config.json of a model: a refusal, or sizes that a model can have.
#include "engine/config.h"
#include "core/json.h"
#include "target.h"
#include <nlohmann/json.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace slook;
    const auto json = parseJson(fuzz::textOf(data, size), "fuzz");
    if (!json)
        return 0;
    const auto isSane = [](const engine::LlamaConfig& text) {
        fuzz::require(text.hiddenSize > 0 && text.layers > 0 && text.vocabularySize > 0
                && text.headSize > 0 && text.keyValueHeads > 0
                && text.heads % text.keyValueHeads == 0,
            "sizes are positive and fit together");
    };
    if (const auto llava = engine::parseLlavaConfig(*json, "fuzz"))
        isSane(llava->text);
    if (const auto llama = engine::parseLlamaConfig(*json, "", "fuzz"))
        isSane(*llama);
    return 0;
}
