#include "scenes/render.h"
#include "core/random.h"
#include "scenes/raster.h"
#include <algorithm>
#include <cmath>

namespace slook::scenes {
namespace {

constexpr std::array<std::array<int, 3>, kColours> kColourValues { { { 214, 40, 40 },
    { 40, 160, 60 }, { 40, 80, 220 }, { 240, 215, 40 }, { 140, 50, 170 }, { 245, 135, 30 },
    { 248, 248, 248 }, { 22, 22, 22 } } };
constexpr std::array<std::array<int, 3>, kBackgrounds> kBackgroundValues { { { 150, 150, 150 },
    { 205, 180, 140 }, { 70, 140, 140 }, { 235, 190, 205 } } };
constexpr int kCheckSide = 16; // pixels
constexpr int kNoiseSide =
    2; // pixels that share one noise value: noise survives the model's resize

std::array<float, 3> near(Random& random, const std::array<float, 3>& colour, double range)
{
    std::array<float, 3> result {};
    for (std::size_t c = 0; c < 3; ++c) {
        const double value = colour[c] + random.between(-range, range);
        result[c] = static_cast<float>(std::clamp(value, 0.0, 255.0));
    }
    return result;
}

std::array<float, 3> floats(const std::array<int, 3>& colour)
{
    return { static_cast<float>(colour[0]), static_cast<float>(colour[1]),
        static_cast<float>(colour[2]) };
}

template <class Change> void changeEach(Canvas& canvas, Change change)
{
    for (int y = 0; y < canvas.side(); ++y)
        for (int x = 0; x < canvas.side(); ++x) {
            const auto by = static_cast<float>(change(x, y));
            for (int c = 0; c < 3; ++c)
                canvas.at(x, y, c) += by;
        }
}

void paintTexture(Canvas& canvas, Texture texture, Random& random)
{
    const double side = canvas.side();
    if (texture == Texture::Gradient) {
        const double dx = random.between(-60.0, 60.0) / side;
        const double dy = random.between(-60.0, 60.0) / side;
        changeEach(canvas, [&](int x, int y) { return (x - side / 2) * dx + (y - side / 2) * dy; });
    } else if (texture == Texture::Waves) {
        const double kx = random.between(20.0, 50.0) / side;
        const double ky = random.between(-30.0, 30.0) / side;
        changeEach(canvas, [&](int x, int y) { return 8.0 * sine(x * kx + y * ky); });
    } else if (texture == Texture::Checks) {
        const int count = canvas.side() / kCheckSide;
        std::vector<double> value(static_cast<std::size_t>(count * count));
        for (double& v : value)
            v = random.between(-12.0, 12.0);
        changeEach(canvas, [&](int x, int y) {
            return value[static_cast<std::size_t>(y / kCheckSide * count + x / kCheckSide)];
        });
    }
}

void paintClutter(Canvas& canvas, int lines, const std::array<float, 3>& background, Random& random)
{
    for (int i = 0; i < lines; ++i) {
        const Point from { random.between(0.0, canvas.side()), random.between(0.0, canvas.side()) };
        const double dx = random.between(-40.0, 40.0);
        const double dy = random.between(-40.0, 40.0);
        canvas.line(from, { from.x + dx, from.y + dy }, 2.0, near(random, background, 50.0));
    }
}

void addNoise(Canvas& canvas, double deviation, Random& random)
{
    for (int y = 0; y < canvas.side(); y += kNoiseSide)
        for (int x = 0; x < canvas.side(); x += kNoiseSide)
            for (int c = 0; c < 3; ++c) {
                const auto noise = static_cast<float>(deviation * random.bell());
                for (int k = 0; k < kNoiseSide * kNoiseSide; ++k)
                    canvas.at(x + k % kNoiseSide, y + k / kNoiseSide, c) += noise;
            }
}

image::Picture rounded(Canvas& canvas)
{
    image::Picture picture = image::filled(canvas.side(), canvas.side(), { 0, 0, 0 });
    std::size_t at = 0;
    for (int y = 0; y < canvas.side(); ++y)
        for (int x = 0; x < canvas.side(); ++x)
            for (int c = 0; c < 3; ++c)
                picture.rgb[at++] =
                    static_cast<std::uint8_t>(std::clamp(canvas.at(x, y, c) + .5F, 0.0F, 255.0F));
    return picture;
}

} // namespace

std::array<int, 3> colourValue(int colour)
{
    return kColourValues.at(static_cast<std::size_t>(colour));
}

image::Picture render(const Scene& scene)
{
    Random random(scene.seed);
    Canvas canvas(kPictureSide);
    const auto background = near(
        random, floats(kBackgroundValues.at(static_cast<std::size_t>(scene.background))), 12.0);
    for (int y = 0; y < canvas.side(); ++y)
        for (int x = 0; x < canvas.side(); ++x)
            for (int c = 0; c < 3; ++c)
                canvas.at(x, y, c) = background[static_cast<std::size_t>(c)];
    paintTexture(canvas, scene.texture, random);
    paintClutter(canvas, scene.clutter, background, random);
    for (const Object& object : scene.objects) {
        const auto colour = near(random, floats(colourValue(object.colour)), 14.0);
        if (object.shape == Shape::Circle)
            canvas.fillCircle({ object.x, object.y }, object.radius, colour);
        else
            canvas.fill(outline(object), colour);
    }
    if (scene.noise > 0.0)
        addNoise(canvas, scene.noise, random);
    return rounded(canvas);
}

} // namespace slook::scenes
