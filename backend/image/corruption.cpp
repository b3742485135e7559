#include "image/corruption.h"
#include "image/blur.h"
#include "image/colours.h"
#include "image/compare.h"
#include "image/distort.h"
#include "image/noise.h"
#include "image/weather.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>

namespace slook::image {
namespace {

/// The numbers of a completed corruption by name, and its random numbers.
struct Given {
    const Corruption& corruption;
    Random random;

    [[nodiscard]] double operator[](std::string_view name) const
    {
        return corruption.parameters.find(name)->second;
    }
    [[nodiscard]] int whole(std::string_view name) const { return static_cast<int>((*this)[name]); }
};

using Function = std::function<Picture(const Picture&, Given&)>;
using Functions = std::map<std::string_view, Function>;

std::string names(const auto& list)
{
    std::string text;
    for (const auto& one : list)
        text += (text.empty() ? "" : ", ") + std::string(one.name);
    return text;
}

std::string numberText(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

Jitter jitterOf(const Given& given)
{
    Jitter jitter { given["brightness"], given["contrast"], given["saturation"], given["hue"], {} };
    int digits = given.whole("order");
    for (std::size_t i = 4; i-- > 0; digits /= 10)
        jitter.order[i] = digits % 10;
    return jitter;
}

template <class Change> Picture throughHsv(const Picture& picture, Change&& change)
{
    Picture result = picture;
    result.transparent.reset();
    for (std::size_t i = 0; i < result.rgb.size(); i += 3) {
        auto hsv = toHsv(
            { picture.rgb[i] / 255.0, picture.rgb[i + 1] / 255.0, picture.rgb[i + 2] / 255.0 });
        change(hsv);
        const auto rgb = toRgb(hsv);
        for (std::size_t c = 0; c < 3; ++c)
            result.rgb[i + c] =
                static_cast<std::uint8_t>(std::nearbyint(std::clamp(rgb[c], 0.0, 1.0) * 255.0));
    }
    return result;
}

/// ImageNet-C's contrast: about the mean of each channel.
Picture nearerToMeans(const Picture& picture, double factor)
{
    std::array<double, 3> mean {};
    for (std::size_t i = 0; i < picture.rgb.size(); ++i)
        mean[i % 3] += picture.rgb[i];
    for (double& one : mean)
        one /= static_cast<double>(picture.rgb.size()) / 3.0;
    Picture result = picture;
    result.transparent.reset();
    for (std::size_t i = 0; i < picture.rgb.size(); ++i)
        result.rgb[i] = static_cast<std::uint8_t>(std::nearbyint(
            std::clamp((picture.rgb[i] - mean[i % 3]) * factor + mean[i % 3], 0.0, 255.0)));
    return result;
}

struct Rectangle {
    int x, y, width, height;
};

/// Shares of the sides as pixels inside the picture, at least one.
Rectangle rectangleOf(const Picture& picture, const Given& given)
{
    const auto part = [](double share, int side) {
        return static_cast<int>(std::lround(share * side));
    };
    Rectangle r {};
    r.x = std::min(part(given["x"], picture.width), picture.width - 1);
    r.y = std::min(part(given["y"], picture.height), picture.height - 1);
    r.width = std::clamp(part(given["width"], picture.width), 1, picture.width - r.x);
    r.height = std::clamp(part(given["height"], picture.height), 1, picture.height - r.y);
    return r;
}

void addPlain(Functions& all)
{
    all["low_resolution"] = [](const Picture& p, Given& g) {
        return withShorterSide(p, g.whole("side"), Filter::Bilinear);
    };
    all["down_up"] = [](const Picture& p, Given& g) {
        return downAndUp(p, g["factor"], Filter::Bilinear, Filter::Bilinear);
    };
    all["down_up_nearest"] = [](const Picture& p, Given& g) {
        return downAndUp(p, g["factor"], Filter::Box, Filter::Nearest);
    };
    all["pixelate"] = [](const Picture& p, Given& g) {
        return downAndUp(p, g["factor"], Filter::Box, Filter::Box);
    };
    all["jpeg"] = [](const Picture& p, Given& g) { return throughJpeg(p, g.whole("quality")); };
    all["flip"] = [](const Picture& p, Given&) { return flipped(p); };
    all["crop"] = [](const Picture& p, Given& g) {
        const Rectangle r = rectangleOf(p, g);
        return cropped(p, r.x, r.y, r.width, r.height);
    };
    all["occlude"] = [](const Picture& p, Given& g) {
        const Rectangle r = rectangleOf(p, g);
        return occluded(p, r.x, r.y, r.width, r.height, { 127, 127, 127 });
    };
    all["elastic"] = [](const Picture& p, Given& g) {
        return elastic(p, g["alpha"], g["sigma"], g["affine"], g.random);
    };
}

void addColours(Functions& all)
{
    all["colour_jitter"] = [](const Picture& p, Given& g) { return jittered(p, jitterOf(g)); };
    all["grey"] = [](const Picture& p, Given&) { return grey(p); };
    all["brightness"] = [](const Picture& p, Given& g) {
        return throughHsv(
            p, [&](Hsv& hsv) { hsv[2] = std::clamp(hsv[2] + g["amount"], 0.0, 1.0); });
    };
    all["saturate"] = [](const Picture& p, Given& g) {
        return throughHsv(p,
            [&](Hsv& hsv) { hsv[1] = std::clamp(hsv[1] * g["factor"] + g["amount"], 0.0, 1.0); });
    };
    all["contrast"] = [](const Picture& p, Given& g) { return nearerToMeans(p, g["factor"]); };
}

void addNoises(Functions& all)
{
    all["gaussian_noise"] = [](const Picture& p, Given& g) {
        return withGaussianNoise(p, g["sigma"], normalNumbers(p.rgb.size(), g.random));
    };
    all["salt_and_pepper"] = [](const Picture& p, Given& g) {
        return withSaltAndPepper(p, g["share"], uniformNumbers(p.rgb.size() / 3, g.random));
    };
    all["diffusion"] = [](const Picture& p, Given& g) {
        return diffused(p, g.whole("step"), normalNumbers(p.rgb.size(), g.random));
    };
    all["shot_noise"] = [](const Picture& p, Given& g) {
        return withShotNoise(p, g["rate"], g.random);
    };
    all["impulse_noise"] = [](const Picture& p, Given& g) {
        return withImpulseNoise(p, g["share"], g.random);
    };
    all["speckle_noise"] = [](const Picture& p, Given& g) {
        return withSpeckle(p, g["sigma"], g.random);
    };
}

void addBlurs(Functions& all)
{
    all["gaussian_blur"] = [](const Picture& p, Given& g) {
        return gaussianBlurred(p, g["sigma"]);
    };
    all["gaussian_blur_kernel"] = [](const Picture& p, Given& g) {
        return gaussianBlurred(p, g.whole("kernel"), g["sigma"]);
    };
    all["gaussian_blur_pillow"] = [](const Picture& p, Given& g) {
        return pillowBlurred(p, g["radius"]);
    };
    all["defocus_blur"] = [](const Picture& p, Given& g) {
        return defocused(p, g.whole("radius"), g["alias"]);
    };
    all["glass_blur"] = [](const Picture& p, Given& g) {
        return glassBlurred(p, g["sigma"], g.whole("distance"), g.whole("rounds"), g.random);
    };
    all["motion_blur"] = [](const Picture& p, Given& g) {
        return motionBlurred(p, g.whole("radius"), g["sigma"], g.random.between(-45.0, 45.0));
    };
    all["zoom_blur"] = [](const Picture& p, Given& g) {
        return zoomBlurred(p, g["largest"], g["step"]);
    };
}

void addWeathers(Functions& all)
{
    all["fog"] = [](const Picture& p, Given& g) {
        return withFog(p, g["amount"], g["decay"], g.random);
    };
    all["snow"] = [](const Picture& p, Given& g) {
        return withSnow(p,
            { g["mean"], g["deviation"], g["zoom"], g["threshold"], g.whole("length"), g["sigma"],
                g["kept"] },
            g.random);
    };
    all["spatter"] = [](const Picture& p, Given& g) {
        return withSpatter(p,
            { g["mean"], g["deviation"], g["size"], g["threshold"], g["strength"],
                g["mud"] != 0.0 },
            g.random);
    };
}

const Functions& functions()
{
    static const Functions all = [] {
        Functions made;
        addPlain(made);
        addColours(made);
        addNoises(made);
        addBlurs(made);
        addWeathers(made);
        return made;
    }();
    return all;
}

Random randomOf(const Corruption& corruption)
{
    return Random::of(corruption.seed, "corruption " + corruption.op, 0);
}

Corruption drawnJitter(const Corruption& from)
{
    Random random = randomOf(from);
    const auto factor = [&](std::string_view name) {
        const double strength = from.parameters.find(name)->second;
        return strength == 0.0 ? 1.0 : random.between(1.0 - strength, 1.0 + strength);
    };
    Corruption result { "colour_jitter", {}, from.seed };
    for (const std::string_view name : { "brightness", "contrast", "saturation" })
        result.parameters.emplace(name, factor(name));
    const double turn = from.parameters.find("hue")->second;
    result.parameters.emplace("hue", turn == 0.0 ? 0.0 : random.between(-turn, turn));
    double order = 0.0;
    for (const int step : random.shuffled(std::vector { 0, 1, 2, 3 }))
        order = order * 10.0 + step;
    result.parameters.emplace("order", order);
    return result;
}

Result<void> checkNumber(const Operator& op, const Parameter& parameter, double value)
{
    const bool inside = value >= parameter.least && value <= parameter.greatest;
    if (inside && (!parameter.whole || value == std::floor(value)))
        return {};
    return fail(ErrorKind::Invalid,
        std::string(parameter.name) + " of " + std::string(op.name) + " is " + numberText(value)
            + "; give " + (parameter.whole ? "a whole number" : "a number") + " from "
            + numberText(parameter.least) + " to " + numberText(parameter.greatest));
}

} // namespace

Result<Corruption> completed(const Corruption& corruption)
{
    const Operator* op = operatorByName(corruption.op);
    if (op == nullptr)
        return fail(ErrorKind::Invalid,
            "there is no corruption \"" + corruption.op + "\"; there are " + names(operators()));
    for (const auto& [name, value] : corruption.parameters)
        if (std::ranges::find(op->parameters, name, &Parameter::name) == op->parameters.end())
            return fail(ErrorKind::Invalid,
                corruption.op + " has no parameter \"" + name + "\"; it has "
                    + (op->parameters.empty() ? "none" : names(op->parameters)));
    Corruption result = corruption;
    for (const Parameter& parameter : op->parameters) {
        const double value =
            result.parameters.try_emplace(std::string(parameter.name), parameter.standard)
                .first->second;
        if (const auto fine = checkNumber(*op, parameter, value); !fine)
            return fail(fine.error());
    }
    return result;
}

Result<Corruption> atSeverity(std::string_view op, int severity, std::uint64_t seed)
{
    const Operator* found = operatorByName(op);
    if (found == nullptr)
        return completed({ std::string(op), {}, seed });
    if (severity < 1 || severity > static_cast<int>(found->severities.size()))
        return fail(ErrorKind::Invalid,
            std::string(op) + " has " + std::to_string(found->severities.size())
                + " severities; severity " + std::to_string(severity) + " is not among them");
    const auto& values = found->severities[static_cast<std::size_t>(severity) - 1];
    Corruption result { std::string(op), {}, seed };
    for (std::size_t i = 0; i < values.size(); ++i)
        result.parameters.emplace(found->parameters[i].name, values[i]);
    return completed(result);
}

Result<Corruption> drawn(const Corruption& corruption)
{
    auto full = completed(corruption);
    if (!full)
        return full;
    if (full->op == "stic") { // the released script: half low resolution, half jitter
        const bool small = randomOf(*full).chance(0.5);
        return drawn({ small ? "low_resolution" : "colour_jitter_drawn", {}, full->seed });
    }
    return full->op == "colour_jitter_drawn" ? drawnJitter(*full) : std::move(full);
}

Result<Picture> corrupted(const Picture& picture, const Corruption& corruption)
{
    requireValid(picture, "corrupted");
    const auto given = drawn(corruption);
    if (!given)
        return fail(given.error());
    Given arguments { *given, randomOf(*given) };
    try {
        Picture result = functions().at(given->op)(picture, arguments);
        if (samePixels(result, picture))
            return fail(ErrorKind::Invalid,
                given->op
                    + " left every pixel as it was; a picture that did not change must not "
                      "count as corrupted, so choose other parameters");
        return result;
    } catch (const std::exception& error) { // OpenCV's and those of the operators
        return fail(ErrorKind::Invalid,
            given->op + " cannot be applied to " + std::to_string(picture.width) + " x "
                + std::to_string(picture.height)
                + " pixels with these parameters: " + error.what());
    }
}

Json toJson(const Corruption& corruption)
{
    Json json { { "op", corruption.op } };
    for (const auto& [name, value] : corruption.parameters)
        json[name] = value;
    json["seed"] = corruption.seed;
    return json;
}

Result<Corruption> corruptionFrom(const Json& json, const std::string& where)
{
    if (!json.is_object())
        return fail(ErrorKind::Invalid, "is no object that describes a corruption", where);
    Corruption result { stringOr(json, "op"), {}, 0 };
    for (const auto& [name, value] : json.items()) {
        if (name == "op")
            continue;
        if (!value.is_number())
            return fail(ErrorKind::Invalid, "\"" + name + "\" of a corruption is no number", where);
        if (name == "seed")
            result.seed = value.get<std::uint64_t>();
        else
            result.parameters[name] = value.get<double>();
    }
    return completed(result);
}

} // namespace slook::image
