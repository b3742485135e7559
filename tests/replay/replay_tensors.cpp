#include "replay_tensors.h"
#include "engine/tensor_file.h"
#include "replay.h"
#include <nlohmann/json.hpp>

namespace slook::replay {

Result<std::map<std::string, std::vector<std::int64_t>>> wantedTensors(
    const std::filesystem::path& fixture, const std::string& name)
{
    std::map<std::string, std::vector<std::int64_t>> wanted;
    const auto list = fixture / (name + ".wanted.json");
    if (std::filesystem::exists(list)) {
        const auto json = readJson(list);
        if (!json)
            return fail(json.error());
        for (const auto& [key, shape] : json->items())
            wanted[key] = shape.get<std::vector<std::int64_t>>();
        return wanted;
    }
    const auto file = engine::TensorFile::open(fixture / (name + ".safetensors"));
    if (!file)
        return fail(file.error());
    for (const auto& [key, entry] : file->entries())
        wanted[key] = entry.shape;
    return wanted;
}

} // namespace slook::replay
