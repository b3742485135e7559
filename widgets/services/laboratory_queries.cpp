#include "services/laboratory_queries.h"
#include "image/decode.h"
#include "services/queries.h"
#include <algorithm>

namespace slook::gui {
namespace {

QImage whole(const image::Picture& picture)
{
    return toImage(picture, std::max({ picture.width, picture.height, 1 }));
}

LabSide sideOf(const workbench::Compared& compared, int patch)
{
    return { whole(compared.before), whole(compared.after), whole(compared.difference),
        compared.distance, compared.same, compared.sha256Before, compared.sha256After, patch };
}

void see(LabPictures& result, const image::Picture& before, const image::Picture& after,
    const LabQuery& query)
{
    const auto seen = workbench::seenInLaboratory(before, after, query.model, query.gain);
    if (seen)
        result.seen = sideOf(*seen, seen->patch);
    else
        result.notSeen = message(seen.error());
}

} // namespace

Result<LabPictures> readLaboratory(const store::Project& project, const LabQuery& query)
{
    LabPictures result;
    auto bytes = project.imageBytes(query.image);
    if (!bytes)
        return fail(bytes.error());
    result.bytes = std::move(*bytes);
    const auto picture = image::decode(
        { reinterpret_cast<const std::uint8_t*>(result.bytes.data()), result.bytes.size() },
        "picture " + std::to_string(query.image.value));
    if (!picture)
        return fail(picture.error());
    if (!query.corruption) {
        result.file = sideOf(workbench::comparedPictures(*picture, *picture, query.gain), 0);
        see(result, *picture, *picture, query);
        return result;
    }
    const auto drawn = image::drawn(*query.corruption);
    const auto spoiled =
        drawn ? image::corrupted(*picture, *drawn) : Result<image::Picture>(fail(drawn.error()));
    if (!spoiled) {
        result.refused = spoiled.error().what;
        result.file.before = whole(*picture);
        return result;
    }
    result.corruption = *drawn;
    result.file = sideOf(workbench::comparedPictures(*picture, *spoiled, query.gain), 0);
    see(result, *picture, *spoiled, query);
    return result;
}

Result<QImage> readCorruptedSmall(
    const store::Project& project, ImageId id, const image::Corruption& corruption, int side)
{
    const auto bytes = project.imageBytes(id);
    if (!bytes)
        return fail(bytes.error());
    const auto picture = image::decode(
        { reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size() }, "picture");
    if (!picture)
        return fail(picture.error());
    const auto spoiled = image::corrupted(*picture, corruption);
    if (!spoiled)
        return fail(spoiled.error());
    return toImage(*spoiled, side);
}

} // namespace slook::gui
