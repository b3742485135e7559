#include "core/file.h"
#include "engine/tensor_file.h"
#include "image/blur.h"
#include "image/colours.h"
#include "image/decode.h"
#include "image/distort.h"
#include "image/encode.h"
#include "image/noise.h"
#include "replay.h"
#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace slook::replay {
namespace {

using image::Picture;

image::Filter filterOf(const Json& row, const char* key)
{
    return image::filterByName(row.at(key).get<std::string>()).value();
}

image::Jitter jitterOf(const Json& row)
{
    image::Jitter jitter { row.at("brightness"), row.at("contrast"), row.at("saturation"),
        row.at("hue"), {} };
    std::vector<int> order = row.at("order");
    for (const int step : { 0, 1, 2, 3 }) // those that the row leaves out are neutral
        if (std::ranges::find(order, step) == order.end())
            order.push_back(step);
    std::ranges::copy(order, jitter.order.begin());
    return jitter;
}

Picture croppedBy(const Json& row, const Picture& picture)
{
    return image::cropped(
        picture, row.at("left"), row.at("top"), row.at("width"), row.at("height"));
}

using Noise = std::map<std::string, at::Tensor>;

std::span<const float> numbers(const Noise& noise, const Json& row)
{
    const at::Tensor& tensor = noise.at(row.at("noise").get<std::string>());
    return { tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel()) };
}

Result<Picture> applied(const Json& row, const Picture& picture, const Noise& noise)
{
    const std::string op = row.at("op");
    if (op == "resize_shorter_side")
        return image::withShorterSide(picture, row.at("size"), filterOf(row, "filter"));
    if (op == "down_up")
        return image::downAndUp(
            picture, row.at("factor"), filterOf(row, "down"), filterOf(row, "up"));
    if (op == "pillow_gaussian_blur")
        return image::pillowBlurred(picture, row.at("radius"));
    if (op == "gaussian_blur")
        return image::gaussianBlurred(picture, row.at("kernel"), row.at("sigma"));
    if (op == "brightness")
        return image::withBrightness(picture, row.at("factor"));
    if (op == "contrast")
        return image::withContrast(picture, row.at("factor"));
    if (op == "saturation")
        return image::withSaturation(picture, row.at("factor"));
    if (op == "hue")
        return image::withHue(picture, row.at("factor"));
    if (op == "color_jitter")
        return image::jittered(picture, jitterOf(row));
    if (op == "grayscale")
        return image::grey(picture);
    if (op == "hflip")
        return image::flipped(picture);
    if (op == "crop")
        return croppedBy(row, picture);
    if (op == "resized_crop")
        return image::resized(croppedBy(row, picture), row.at("size_hw").at(1),
            row.at("size_hw").at(0), filterOf(row, "filter"));
    if (op == "salt_pepper")
        return image::withSaltAndPepper(picture, row.at("p"), numbers(noise, row));
    if (op == "gaussian_noise")
        return image::withGaussianNoise(picture, row.at("sigma"), numbers(noise, row));
    return fail(ErrorKind::Invalid, "has no counterpart here", op);
}

} // namespace

Result<void> replayCorrupt(const Path& fixture, const Path& out)
{
    const auto manifest = readJson(fixture / "manifest.json");
    if (!manifest)
        return fail(manifest.error());
    const auto picture = image::decodeFile(fixture / manifest->at("input").get<std::string>());
    if (!picture)
        return fail(picture.error());
    const auto arrays = engine::TensorFile::open(fixture / "arrays.safetensors");
    if (!arrays)
        return fail(arrays.error());
    const auto noise = arrays->readAll();
    if (!noise)
        return fail(noise.error());
    int number = 0;
    for (const Json& row : manifest->at("rows")) {
        const auto result = applied(row, *picture, *noise);
        if (!result)
            return fail(result.error());
        const auto png = image::encodePng(*result);
        const auto name = stringOr(row, "out", "out" + std::to_string(number++) + ".png");
        if (auto done = writeFileAtomically(
                out / name, { reinterpret_cast<const char*>(png.data()), png.size() });
            !done)
            return done;
    }
    return {};
}

} // namespace slook::replay
