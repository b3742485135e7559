#include "image/processor.h"
#include "core/hash.h"
#include "image/processor_kinds.h"
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace slook::image {
namespace {

constexpr int maximumSide = 4'096; // of what a model sees; towers take 224 to 1,000

/// Size after a resize to `shortestEdge`, cut as Python's int() cuts.
/// Source: transformers, image_transforms.get_resize_output_image_size.
Size byShortestEdge(const ProcessorSettings& settings, const Picture& picture)
{
    const bool upright = picture.width <= picture.height;
    const double shorter = upright ? picture.width : picture.height;
    const double longer = upright ? picture.height : picture.width;
    std::int64_t newShort = settings.shortestEdge;
    auto newLong = static_cast<std::int64_t>(settings.shortestEdge * longer / shorter);
    // Very long pictures: bounded before it is a size, the caller refuses it.
    newLong = std::min<std::int64_t>(newLong, 1 << 24);
    return upright ? Size { static_cast<int>(newShort), static_cast<int>(newLong) }
                   : Size { static_cast<int>(newLong), static_cast<int>(newShort) };
}

/// Size where both edges are given: the shorter becomes `shortestEdge` unless the longer would pass
/// `longestEdge`. Source: transformers, image_transforms.get_size_with_aspect_ratio.
Size byBothEdges(const ProcessorSettings& settings, const Picture& picture)
{
    const double height = picture.height;
    const double width = picture.width;
    const double shorter = std::min(height, width);
    const double longer = std::max(height, width);
    double raw = -1;
    std::int64_t size = settings.shortestEdge;
    if (longer / shorter * static_cast<double>(size) > *settings.longestEdge) {
        raw = *settings.longestEdge * shorter / longer;
        size = static_cast<std::int64_t>(std::nearbyint(raw)); // Python's round: half to even
    }
    const auto other = [&](double a, double b) {
        return static_cast<int>((raw >= 0 ? raw : static_cast<double>(size)) * a / b);
    };
    const int edge = static_cast<int>(size);
    if ((height <= width && height == static_cast<double>(size))
        || (width <= height && width == static_cast<double>(size)))
        return { picture.width, picture.height };
    if (width < height)
        return { edge, other(height, width) };
    return { other(width, height), edge };
}

Size resizedSize(const ProcessorSettings& settings, const Picture& picture)
{
    if (settings.size)
        return *settings.size;
    return settings.longestEdge ? byBothEdges(settings, picture)
                                : byShortestEdge(settings, picture);
}

/// The middle of the picture; black around it where the picture is smaller.
/// Source: transformers, image_transforms.center_crop (with its rounding for odd sizes).
Picture centreCropped(const Picture& picture, Size size)
{
    const auto floorHalf = [](int value) { return value >= 0 ? value / 2 : -((1 - value) / 2); };
    const int top = floorHalf(picture.height - size.height);
    const int left = floorHalf(picture.width - size.width);
    if (top >= 0 && left >= 0 && top + size.height <= picture.height
        && left + size.width <= picture.width)
        return cropped(picture, left, top, size.width, size.height);
    const int newHeight = std::max(size.height, picture.height);
    const int newWidth = std::max(size.width, picture.width);
    const int topPad = (newHeight - picture.height + 1) / 2;
    const int leftPad = (newWidth - picture.width + 1) / 2;
    Picture large = filled(newWidth, newHeight, { 0, 0, 0 });
    for (int y = 0; y < picture.height; ++y) {
        const auto* from = picture.rgb.data() + std::size_t(y) * picture.width * 3;
        std::copy(from, from + std::size_t(picture.width) * 3,
            large.rgb.data() + (std::size_t(y + topPad) * newWidth + leftPad) * 3);
    }
    return cropped(large, left + leftPad, top + topPad, size.width, size.height);
}

} // namespace

Picture paddedToSquare(const Picture& picture, const std::array<double, 3>& mean)
{
    requireValid(picture, "paddedToSquare");
    if (picture.width == picture.height)
        return picture;
    std::array<std::uint8_t, 3> colour {};
    for (int c = 0; c < 3; ++c)
        colour[c] = static_cast<std::uint8_t>(std::clamp(static_cast<int>(mean[c] * 255), 0, 255));
    const int side = std::max(picture.width, picture.height);
    const int left = (side - picture.width) / 2;
    const int top = (side - picture.height) / 2;
    Picture square = filled(side, side, colour);
    for (int y = 0; y < picture.height; ++y) {
        const auto* from = picture.rgb.data() + std::size_t(y) * picture.width * 3;
        std::copy(from, from + std::size_t(picture.width) * 3,
            square.rgb.data() + (std::size_t(y + top) * side + left) * 3);
    }
    return square;
}

Picture onWhite(const Picture& picture)
{
    Picture painted = picture;
    painted.transparent.reset();
    if (!picture.transparent)
        return painted;
    for (std::size_t i = 0; i + 2 < painted.rgb.size(); i += 3)
        if (std::equal(picture.transparent->begin(), picture.transparent->end(),
                painted.rgb.begin() + static_cast<std::ptrdiff_t>(i)))
            std::fill_n(painted.rgb.begin() + static_cast<std::ptrdiff_t>(i), 3, std::uint8_t(255));
    return painted;
}

Result<Picture> squareOf(const ProcessorSettings& settings, const Picture& picture)
{
    Picture seen = picture;
    if (settings.padToSquare)
        seen = paddedToSquare(seen, settings.mean);
    if (settings.resize) {
        const Size size = resizedSize(settings, seen);
        if (size.width <= 0 || size.height <= 0)
            return fail(ErrorKind::Invalid,
                "a picture of " + std::to_string(seen.width) + " x " + std::to_string(seen.height)
                    + " pixels would lose a whole side in the model's resize; crop it");
        // A long strip keeps its shape, then nearly all is cropped away: 16 million columns are not
        // worth computing.
        if (std::int64_t(size.width) * size.height > 64'000'000)
            return fail(ErrorKind::Invalid,
                "a picture of " + std::to_string(seen.width) + " x " + std::to_string(seen.height)
                    + " pixels would become " + std::to_string(size.width) + " x "
                    + std::to_string(size.height) + " in the model's resize; crop it");
        seen = resized(seen, size.width, size.height, settings.filter);
    }
    if (settings.crop)
        seen = centreCropped(seen, settings.cropSize);
    if (seen.width > maximumSide || seen.height > maximumSide)
        return fail(ErrorKind::Invalid,
            "the model's picture settings give " + std::to_string(seen.width) + " x "
                + std::to_string(seen.height)
                + " pixels, more than 4096 on a side; check preprocessor_config.json");
    return seen;
}

Result<Seen> seenBy(const ProcessorSettings& settings, const Picture& picture)
{
    requireValid(picture, "seenBy");
    const Picture whole = onWhite(picture);
    if (settings.kind == ProcessorKind::Anyres)
        return anyresTiles(settings, whole);
    if (settings.kind == ProcessorKind::Split)
        return splitTiles(settings, whole);
    auto square = squareOf(settings, whole);
    if (!square)
        return fail(std::move(square).error());
    Seen seen { {}, { picture.width, picture.height } };
    seen.tiles.push_back(std::move(*square));
    return seen;
}

std::string seenSha256(const Seen& seen)
{
    if (seen.rows == 0)
        return pixelSha256(seen.tiles.at(0));
    Sha256 sum;
    for (const int value : { seen.picture.width, seen.picture.height, seen.rows, seen.columns })
        sum.add(std::to_string(value) + " ");
    for (const Picture& tile : seen.tiles)
        sum.add({ reinterpret_cast<const char*>(tile.rgb.data()), tile.rgb.size() });
    return sum.hex();
}

Picture contactSheet(const Seen& seen)
{
    const Picture& overview = seen.tiles.at(seen.overview);
    if (seen.rows == 0)
        return overview;
    const int wide = overview.width + 1;
    const int high = overview.height + 1;
    Picture sheet = filled((seen.columns + 1) * wide - 1, seen.rows * high - 1, { 255, 255, 255 });
    const auto put = [&](const Picture& tile, int column, int row) {
        for (int y = 0; y < tile.height; ++y)
            std::copy_n(tile.rgb.data() + std::size_t(y) * tile.width * 3,
                std::size_t(tile.width) * 3,
                sheet.rgb.data() + (std::size_t(row * high + y) * sheet.width + column * wide) * 3);
    };
    put(overview, 0, 0);
    int place = 0;
    for (std::size_t i = 0; i < seen.tiles.size(); ++i)
        if (i != seen.overview) {
            put(seen.tiles[i], 1 + place % seen.columns, place / seen.columns);
            ++place;
        }
    return sheet;
}

std::vector<float> pixelValues(const ProcessorSettings& settings, const Seen& seen)
{
    std::vector<float> values;
    for (const Picture& tile : seen.tiles) {
        requireValid(tile, "pixelValues");
        const std::size_t plane = std::size_t(tile.width) * tile.height;
        const std::size_t begin = values.size();
        values.resize(begin + plane * 3);
        for (int c = 0; c < 3; ++c) {
            // Each step is rounded to float as in the reference; only 256 results exist.
            std::array<float, 256> table {};
            for (int byte = 0; byte < 256; ++byte) {
                float value = settings.rescale ? static_cast<float>(byte * settings.rescaleFactor)
                                               : static_cast<float>(byte);
                if (settings.normalise)
                    value = (value - static_cast<float>(settings.mean[c]))
                        / static_cast<float>(settings.deviation[c]);
                table[byte] = value;
            }
            for (std::size_t i = 0; i < plane; ++i)
                values[begin + plane * c + i] = table[tile.rgb[i * 3 + c]];
        }
    }
    return values;
}

} // namespace slook::image
