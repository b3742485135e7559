#include "engine/tensor_file.h"
#include "family_case.h"
#include "image/decode.h"
#include "replay.h"
#include "replay_tensors.h"
#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace slook::replay {
namespace {

/// [3, H, W], with a leading axis where the processor makes tiles.
at::Tensor channelsFirst(const image::Seen& seen, bool tiled)
{
    std::vector<at::Tensor> tiles;
    for (const auto& tile : seen.tiles)
        tiles.push_back(
            at::tensor(tile.rgb).view({ tile.height, tile.width, 3 }).permute({ 2, 0, 1 }));
    return tiled ? at::stack(tiles) : tiles.front().contiguous();
}

/// preprocess.json and preprocess.safetensors: the pixels that the model sees.
Result<void> preprocess(const Path& fixture, const Path& out, engine::Session& session)
{
    auto json = readJson(fixture / "preprocess.json");
    const auto wanted = wantedTensors(fixture, "preprocess");
    if (!json || !wanted)
        return fail(!json ? json.error() : wanted.error());
    std::map<std::string, at::Tensor> tensors;
    for (auto& row : json->at("images")) {
        const auto name = row.at("image").get<std::string>();
        const auto picture = image::decodeFile(fixture.parent_path() / "images" / name);
        if (!picture)
            return fail(picture.error());
        row["rgb_size_wh"] = { picture->width, picture->height };
        const bool tiled = session.processor().kind != image::ProcessorKind::Clip;
        for (const bool pad : { true, false }) {
            const auto key = name + (pad ? "/pad/uint8" : "/uint8");
            session.setPadToSquare(pad);
            const auto seen = session.see(*picture);
            if (!seen)
                return fail(seen.error());
            if (wanted->contains(key))
                tensors[key] = channelsFirst(seen->seen, tiled);
            if (pad)
                continue;
            row["n_image_tokens"] = session.features(std::span(&*seen, 1)).front().size(0);
            row["n_tiles"] = seen->seen.tiles.size();
            row["image_size_hw"] = { picture->height, picture->width };
        }
    }
    if (const auto written = engine::writeTensorFile(out / "preprocess.safetensors", tensors);
        !written)
        return written;
    return writeJson(out / "preprocess.json", *json);
}

} // namespace

Result<void> replayFamily(const Path& fixture, const Path& out)
{
    auto json = readJson(fixture / "cases.json");
    const auto wanted = wantedTensors(fixture, "expected");
    if (!json || !wanted)
        return fail(!json ? json.error() : wanted.error());
    const auto session = engine::Session::load(fixture / "model");
    if (!session)
        return fail(session.error());
    if ((*session)->seesPictures())
        if (const auto done = preprocess(fixture, out, **session); !done)
            return done;
    std::map<std::string, at::Tensor> tensors;
    FamilyRun run { **session, fixture.parent_path() / "images", *wanted, tensors };
    for (auto& one : json->at("cases"))
        if (const auto done = runCase(run, one); !done)
            return fail(done.error().kind, done.error().what, one.at("id").get<std::string>());
    if (const auto written = engine::writeTensorFile(out / "expected.safetensors", tensors);
        !written)
        return written;
    return writeJson(out / "cases.json", *json);
}

} // namespace slook::replay
