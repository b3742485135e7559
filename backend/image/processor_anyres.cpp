#include "image/processor_kinds.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace slook::image {
namespace {

/// The largest size of `picture`'s shape inside `target`, rounded up.
/// Source: transformers, image_processing_utils.get_patch_output_size.
Size sizeInside(const Picture& picture, Size target)
{
    const double byWidth = static_cast<double>(target.width) / picture.width;
    const double byHeight = static_cast<double>(target.height) / picture.height;
    if (byWidth < byHeight)
        return { target.width,
            std::min(static_cast<int>(std::ceil(picture.height * byWidth)), target.height) };
    return { std::min(static_cast<int>(std::ceil(picture.width * byHeight)), target.width),
        target.height };
}

/// `picture` in the middle of black; an odd column or row lies on the right or at the bottom.
Picture centredOn(const Picture& picture, Size target)
{
    Picture large = filled(target.width, target.height, { 0, 0, 0 });
    const int left = (target.width - picture.width) / 2;
    const int top = (target.height - picture.height) / 2;
    for (int y = 0; y < picture.height; ++y)
        std::copy_n(picture.rgb.data() + std::size_t(y) * picture.width * 3,
            std::size_t(picture.width) * 3,
            large.rgb.data() + (std::size_t(y + top) * target.width + left) * 3);
    return large;
}

/// The tile's side before CLIP's steps make all of them alike.
int patchSide(const ProcessorSettings& settings)
{
    if (settings.cropSize.height > 0)
        return settings.cropSize.height;
    return settings.size ? settings.size->height : settings.shortestEdge;
}

} // namespace

Size bestResolution(Size picture, std::span<const Size> pinpoints)
{
    if (pinpoints.empty())
        throw std::invalid_argument("[bestResolution] no pinpoints");
    Size best;
    std::int64_t mostKept = 0;
    std::int64_t leastWasted = std::numeric_limits<std::int64_t>::max();
    const std::int64_t own = std::int64_t(picture.width) * picture.height;
    for (const Size& one : pinpoints) {
        const double scale = std::min(static_cast<double>(one.width) / picture.width,
            static_cast<double>(one.height) / picture.height);
        const auto width = static_cast<std::int64_t>(picture.width * scale);
        const auto height = static_cast<std::int64_t>(picture.height * scale);
        const auto kept = std::min(width * height, own);
        const auto wasted = std::int64_t(one.width) * one.height - kept;
        if (kept > mostKept || (kept == mostKept && wasted < leastWasted)) {
            mostKept = kept;
            leastWasted = wasted;
            best = one;
        }
    }
    return best;
}

Result<Seen> anyresTiles(const ProcessorSettings& settings, const Picture& picture)
{
    const Size own { picture.width, picture.height };
    const Size best = bestResolution(own, settings.pinpoints);
    const int side = patchSide(settings);
    Seen seen { {}, own };
    seen.rows = (best.height + side - 1) / side;
    seen.columns = (best.width + side - 1) / side;
    if (std::int64_t(seen.rows) * seen.columns > mostTiles)
        return fail(ErrorKind::Invalid,
            "the model's picture settings cut a picture of " + std::to_string(best.width) + " x "
                + std::to_string(best.height) + " pixels into tiles of " + std::to_string(side)
                + ", more than 400; check image_grid_pinpoints in preprocessor_config.json");
    const Size overview =
        settings.size.value_or(Size { settings.shortestEdge, settings.shortestEdge });
    const Size inside = sizeInside(picture, best);
    const Picture grid =
        centredOn(resized(picture, inside.width, inside.height, settings.filter), best);
    std::vector<Picture> parts { resized(
        picture, overview.width, overview.height, settings.filter) };
    for (int y = 0; y < best.height; y += side)
        for (int x = 0; x < best.width; x += side)
            parts.push_back(cropped(
                grid, x, y, std::min(side, best.width - x), std::min(side, best.height - y)));
    for (const Picture& part : parts) {
        auto tile = squareOf(settings, part);
        if (!tile)
            return fail(std::move(tile).error());
        seen.tiles.push_back(std::move(*tile));
        if (seen.tiles.back().width != seen.tiles.front().width
            || seen.tiles.back().height != seen.tiles.front().height)
            return fail(ErrorKind::Invalid,
                "the model's picture settings make tiles of different sizes; check crop_size and "
                "image_grid_pinpoints in preprocessor_config.json");
    }
    return seen;
}

} // namespace slook::image
