#include "scenes/outline.h"
#include "scenes/raster.h"
#include "scenes/render.h"
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>
#include <set>
#include <thread>

namespace slook::scenes {
namespace {

Scene plainScene(Shape shape, double radius)
{
    Scene scene;
    Object object;
    object.shape = shape;
    object.colour = 0;
    object.cell = 4;
    object.x = 97.3;
    object.y = 95.6;
    object.radius = radius;
    object.angle = .2;
    scene.objects = { object };
    scene.seed = 11;
    return scene;
}

/// Area of a closed outline by the shoelace formula, in square pixels.
double areaOf(const std::vector<Point>& points)
{
    double twice = 0.0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Point& a = points[i];
        const Point& b = points[(i + 1) % points.size()];
        twice += a.x * b.y - b.x * a.y;
    }
    return std::abs(twice) / 2.0;
}

double paintedArea(Canvas& canvas)
{
    double sum = 0.0;
    for (int y = 0; y < canvas.side(); ++y)
        for (int x = 0; x < canvas.side(); ++x)
            sum += canvas.at(x, y, 0);
    return sum;
}

int nearestColour(const image::Picture& picture, double x, double y)
{
    std::array<double, 3> mean {};
    for (int dy = -2; dy <= 2; ++dy)
        for (int dx = -2; dx <= 2; ++dx)
            for (std::size_t c = 0; c < 3; ++c)
                mean[c] +=
                    picture.rgb[static_cast<std::size_t>(((static_cast<int>(y) + dy) * picture.width
                                                             + static_cast<int>(x) + dx)
                                    * 3)
                        + c]
                    / 25.0;
    int best = 0;
    double least = 1e9;
    for (int colour = 0; colour < kColours; ++colour) {
        double distance = 0.0;
        for (std::size_t c = 0; c < 3; ++c)
            distance += std::pow(mean[c] - colourValue(colour)[c], 2);
        if (distance < least) {
            least = distance;
            best = colour;
        }
    }
    return best;
}

TEST(Raster, CoversTheAreaOfItsOutline)
{
    for (const Shape shape :
        { Shape::Square, Shape::Triangle, Shape::Star, Shape::Diamond, Shape::Cross }) {
        const auto points = outline(plainScene(shape, 22.4).objects[0]);
        Canvas canvas(kPictureSide);
        canvas.fill(points, { 1.0F, 1.0F, 1.0F });
        EXPECT_NEAR(paintedArea(canvas), areaOf(points), .002 * areaOf(points))
            << static_cast<int>(shape);
    }
    Canvas canvas(kPictureSide);
    canvas.fillCircle({ 80.2, 77.7 }, 20.0, { 1.0F, 1.0F, 1.0F });
    EXPECT_NEAR(paintedArea(canvas), std::numbers::pi * 400.0, 2.0);
}

TEST(Raster, CutsWhatLiesOutside)
{
    Canvas canvas(32);
    canvas.fillCircle({ 0.0, 0.0 }, 10.0, { 1.0F, 1.0F, 1.0F });
    EXPECT_NEAR(paintedArea(canvas), std::numbers::pi * 25.0, 1.0);
    canvas.line({ -5.0, 40.0 }, { -50.0, 90.0 }, 2.0, { 1.0F, 1.0F, 1.0F });
    EXPECT_NEAR(paintedArea(canvas), std::numbers::pi * 25.0, 1.0);
}

TEST(Render, DrawsEveryObjectWhereTheTruthSays)
{
    for (std::uint64_t i = 0; i < 60; ++i) {
        const Scene scene = makeScene(21, i, Level::Easy, "test");
        const image::Picture picture = render(scene);
        for (const Object& object : scene.objects)
            EXPECT_EQ(nearestColour(picture, object.x, object.y), object.colour) << i;
    }
}

TEST(Render, PaintsNothingOutsideTheBoxes)
{
    for (int shape = 0; shape < kShapes; ++shape) {
        const Scene scene = plainScene(static_cast<Shape>(shape), 20.0);
        const image::Picture picture = render(scene);
        const PixelBox box = pixelBox(scene.objects[0]);
        int painted = 0;
        for (int y = 0; y < kPictureSide; ++y)
            for (int x = 0; x < kPictureSide; ++x) {
                const bool inside =
                    x >= box.left && x < box.right && y >= box.top && y < box.bottom;
                const auto* pixel =
                    &picture.rgb[static_cast<std::size_t>((y * kPictureSide + x) * 3)];
                const bool background = std::equal(pixel, pixel + 3, picture.rgb.begin());
                painted += background ? 0 : 1;
                EXPECT_TRUE(inside || background) << x << " " << y;
            }
        EXPECT_GT(painted, 200);
    }
}

TEST(Render, GivesTheSameBytesInEveryThread)
{
    const Scene scene = makeScene(5, 17, Level::Hard, "test");
    const std::string alone = image::pixelSha256(render(scene));
    std::vector<std::string> hashes(4);
    std::vector<std::thread> threads;
    for (auto& hash : hashes)
        threads.emplace_back([&] { hash = image::pixelSha256(render(scene)); });
    for (auto& thread : threads)
        thread.join();
    for (const auto& hash : hashes)
        EXPECT_EQ(hash, alone);
}

// These bytes are what the sample project and reported numbers stand on: a change must be meant.
TEST(Render, KeepsItsBytesAcrossBuilds)
{
    const auto hash = [](std::uint64_t index, Level level) {
        return image::pixelSha256(render(makeScene(2024, index, level, "export")));
    };
    EXPECT_EQ(
        hash(0, Level::Easy), "12af052bd31d3c8562fb0036365ac3b398ec12de412008f87a98f1f50c36cd68");
    EXPECT_EQ(
        hash(1, Level::Hard), "a93e07b25f3f29b3c5fa41cd1d6bb161796006c3d73360322642c9978490b8c8");
    EXPECT_EQ(
        hash(2, Level::Easy), "a40d0c2523003e65b7c9408c5006434430a25811907d87191db5995ff1f158bb");
}

TEST(Scene, FollowsItsLevel)
{
    std::set<std::size_t> easy;
    std::set<std::size_t> hard;
    for (std::uint64_t i = 0; i < 400; ++i) {
        easy.insert(makeScene(1, i, Level::Easy, "test").objects.size());
        hard.insert(makeScene(1, i, Level::Hard, "test").objects.size());
    }
    EXPECT_EQ(easy, (std::set<std::size_t> { 1, 2, 3, 4, 5, 6, 7 }));
    EXPECT_EQ(hard, (std::set<std::size_t> { 4, 5, 6, 7, 8 }));
}

TEST(Scene, KeepsEveryObjectInItsOwnCell)
{
    for (std::uint64_t i = 0; i < 200; ++i) {
        const Scene scene = makeScene(2, i, i % 2 == 0 ? Level::Easy : Level::Hard, "test");
        std::set<int> cells;
        for (const Object& object : scene.objects) {
            EXPECT_TRUE(cells.insert(object.cell).second);
            EXPECT_EQ(static_cast<int>(object.x) / kCellSide, columnOf(object.cell));
            EXPECT_EQ(static_cast<int>(object.y) / kCellSide, rowOf(object.cell));
            const PixelBox box = pixelBox(object);
            EXPECT_TRUE(object.x > box.left && object.x < box.right);
            EXPECT_TRUE(object.y > box.top && object.y < box.bottom);
        }
    }
}

TEST(Scene, StreamsOfTwoPurposesShareNoPicture)
{
    std::set<std::uint64_t> seeds;
    for (std::uint64_t i = 0; i < 3000; ++i) {
        EXPECT_TRUE(seeds.insert(makeScene(9, i, Level::Easy, "training").seed).second);
        EXPECT_TRUE(seeds.insert(makeScene(9, i, Level::Easy, "export").seed).second);
    }
}

} // namespace
} // namespace slook::scenes
