#include "image/picture_rows.h"
#include "image/processor_kinds.h"
#include <cmath>

namespace slook::image {
namespace {

/// Python's int(round(value, 7)) of a positive number: products that rounding put just below a
/// whole number count as it.
std::int64_t wholePart(double value)
{
    const double nearest = std::nearbyint(value);
    return static_cast<std::int64_t>(std::abs(value - nearest) < 5e-8 ? nearest : value);
}

} // namespace

UnpaddedGrid unpaddedGrid(
    Size picture, std::span<const Size> pinpoints, std::int64_t tile, std::int64_t patch)
{
    const Size best = bestResolution(picture, pinpoints);
    const auto side = tile / patch;
    UnpaddedGrid grid;
    grid.rows = best.height / tile;
    grid.columns = best.width / tile;
    grid.height = grid.rows * side;
    grid.width = grid.columns * side;
    const double height = picture.height, width = picture.width;
    if (width / height > static_cast<double>(grid.width) / static_cast<double>(grid.height)) {
        const auto used = wholePart(height * (static_cast<double>(grid.width) / width));
        grid.top = (grid.height - used) / 2;
        grid.height -= 2 * grid.top;
    } else {
        const auto used = wholePart(width * (static_cast<double>(grid.height) / height));
        grid.left = (grid.width - used) / 2;
        grid.width -= 2 * grid.left;
    }
    return grid;
}

std::string splitPictureText(std::int64_t rows, std::int64_t columns, const std::string& marks)
{
    constexpr const char* fence = "<fake_token_around_image>";
    std::string text;
    for (std::int64_t row = 1; row <= rows; ++row) {
        for (std::int64_t column = 1; column <= columns; ++column)
            text += fence + ("<row_" + std::to_string(row) + "_col_" + std::to_string(column) + ">")
                + marks;
        text += "\n";
    }
    if (rows > 0)
        text += "\n";
    return text + fence + "<global-img>" + marks + fence;
}

} // namespace slook::image
