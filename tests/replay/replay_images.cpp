#include "core/file.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/resize.h"
#include "replay.h"
#include <nlohmann/json.hpp>

namespace slook::replay {
namespace {

Result<void> writeBytes(const Path& file, const std::vector<std::uint8_t>& bytes)
{
    return writeFileAtomically(file, { reinterpret_cast<const char*>(bytes.data()), bytes.size() });
}

/// The first of three equal channels.
std::vector<std::uint8_t> greyOf(const image::Picture& picture)
{
    std::vector<std::uint8_t> grey(picture.rgb.size() / 3);
    for (std::size_t i = 0; i < grey.size(); ++i)
        grey[i] = picture.rgb[i * 3];
    return grey;
}

Result<void> resizeRow(const Json& row, const image::Picture& picture, const Path& file)
{
    const auto filter = image::filterByName(row.at("filter").get<std::string>());
    if (!filter)
        return fail(ErrorKind::Invalid, "names an unknown filter", file.string());
    const int width = row.at("size_wh").at(0);
    const int height = row.at("size_wh").at(1);
    if (row.at("mode") != "L")
        return writeBytes(file, image::encodePng(image::resized(picture, width, height, *filter)));
    const auto grey = image::resizedBytes(
        greyOf(picture), picture.width, picture.height, 1, width, height, *filter);
    return writeBytes(file, image::encodeGreyPng(grey, width, height));
}

} // namespace

Result<void> replayImages(const Path& fixture, const Path& out)
{
    auto manifest = readJson(fixture / "manifest.json");
    if (!manifest)
        return fail(manifest.error());
    for (Json& row : manifest->at("images")) {
        const auto picture = image::decodeFile(fixture / row.at("name").get<std::string>());
        if (!picture)
            return fail(picture.error());
        row["rgb_size"] = { picture->width, picture->height };
        row["rgb_sha256"] = image::pixelSha256(*picture);
    }
    return writeJson(out / "manifest.json", *manifest);
}

Result<void> replayResize(const Path& fixture, const Path& out)
{
    const auto manifest = readJson(fixture / "manifest.json");
    if (!manifest)
        return fail(manifest.error());
    int number = 0;
    for (const Json& row : manifest->at("rows")) {
        const auto picture = image::decodeFile(fixture / row.at("in").get<std::string>());
        if (!picture)
            return fail(picture.error());
        const auto name = stringOr(row, "out", "out" + std::to_string(number) + ".png");
        ++number;
        if (const auto done = resizeRow(row, *picture, out / name); !done)
            return done;
    }
    return {};
}

} // namespace slook::replay
