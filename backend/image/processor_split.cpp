#include "image/picture_rows.h"
#include "image/processor_kinds.h"
#include <algorithm>
#include <cmath>

namespace slook::image {
namespace {

constexpr int mostPixelsASide = 4'096;

/// The longer edge becomes `longest`, the other one even; never more than 4,096.
/// Source: transformers, get_resize_output_image_size of the processor.
Size byLongestEdge(Size size, int longest)
{
    const double shape = static_cast<double>(size.width) / size.height;
    const auto even = [](int value) { return value + value % 2; };
    Size to = size.width >= size.height ? Size { longest, even(static_cast<int>(longest / shape)) }
                                        : Size { even(static_cast<int>(longest * shape)), longest };
    to = { std::max(to.width, 1), std::max(to.height, 1) };
    const double newShape = static_cast<double>(to.width) / to.height;
    if (to.width >= to.height && to.width > mostPixelsASide)
        to = { mostPixelsASide, static_cast<int>(mostPixelsASide / newShape) };
    else if (to.height > to.width && to.height > mostPixelsASide)
        to = { static_cast<int>(mostPixelsASide * newShape), mostPixelsASide };
    return { std::max(to.width, 1), std::max(to.height, 1) };
}

int roundedUp(int value, int multiple)
{
    return static_cast<int>(std::ceil(static_cast<double>(value) / multiple)) * multiple;
}

/// Both edges multiples of the tile, the longer one first.
Size wholeTiles(Size size, int side)
{
    const double shape = static_cast<double>(size.width) / size.height;
    if (size.width >= size.height) {
        const int width = roundedUp(size.width, side);
        return { width, roundedUp(static_cast<int>(width / shape), side) };
    }
    const int height = roundedUp(size.height, side);
    return { roundedUp(static_cast<int>(height * shape), side), height };
}

/// What the picture is first resized to.
Size firstSize(const ProcessorSettings& settings, Size picture)
{
    if (!settings.resize)
        return picture;
    return settings.size
        ? *settings.size
        : byLongestEdge(picture, settings.longestEdge.value_or(4 * settings.tileSide));
}

} // namespace

Result<Size> splitGrid(const ProcessorSettings& settings, Size picture)
{
    if (!settings.split)
        return Size {};
    const Size enlarged = wholeTiles(firstSize(settings, picture), settings.tileSide);
    const int rows = enlarged.height / settings.tileSide;
    const int columns = enlarged.width / settings.tileSide;
    if (rows < 1 || columns < 1 || std::int64_t(rows) * columns > mostTiles)
        return fail(ErrorKind::Invalid,
            "a picture of " + std::to_string(picture.width) + " x " + std::to_string(picture.height)
                + " pixels would become " + std::to_string(rows) + " x " + std::to_string(columns)
                + " tiles, and at most 400 are made; crop it, or check max_image_size in the "
                  "model's picture settings");
    return rows == 1 && columns == 1 ? Size {} : Size { columns, rows };
}

Result<Seen> splitTiles(const ProcessorSettings& settings, const Picture& picture)
{
    const int side = settings.tileSide;
    Seen seen { {}, { picture.width, picture.height } };
    const auto to = [&](const Picture& from, Size size) {
        return resized(from, size.width, size.height, settings.filter);
    };
    const auto grid = splitGrid(settings, seen.picture);
    if (!grid)
        return fail(grid.error());
    Picture whole = picture;
    if (settings.resize)
        whole = to(whole, firstSize(settings, seen.picture));
    if (!settings.split) {
        seen.tiles.push_back(to(whole, { side, side }));
        return seen;
    }
    whole = to(whole, wholeTiles({ whole.width, whole.height }, side));
    if (grid->width == 0) {
        seen.tiles.push_back(std::move(whole));
        return seen;
    }
    seen.rows = grid->height;
    seen.columns = grid->width;
    for (int row = 0; row < seen.rows; ++row)
        for (int column = 0; column < seen.columns; ++column)
            seen.tiles.push_back(cropped(whole, column * side, row * side, side, side));
    seen.overview = seen.tiles.size();
    seen.tiles.push_back(to(whole, { side, side }));
    return seen;
}

} // namespace slook::image
