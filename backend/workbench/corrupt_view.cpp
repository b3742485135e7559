#include "workbench/corrupt_view.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/random.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/thumbnail.h"
#include "workbench/op_id.h"
#include "workbench/run.h"
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::workbench {
namespace {

constexpr int previewSide = 240;

Result<image::Picture> decoded(const store::Project& project, ImageId id)
{
    const auto bytes = project.imageBytes(id);
    if (!bytes)
        return fail(bytes.error());
    return image::decode({ reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size() },
        "picture " + std::to_string(id.value));
}

/// The corruption of one picture: the same for all questions about it.
Result<image::Corruption> corruptionFor(const image::Corruption& whole, ImageId picture)
{
    auto one = whole;
    one.seed =
        Random::of(whole.seed, "view", static_cast<std::uint64_t>(picture.value)).next() >> 1;
    return image::drawn(one);
}

Result<std::vector<Item>> itemsWithPictures(
    const store::Project& project, const store::ItemFilter& filter)
{
    auto items = project.items(filter);
    if (!items)
        return items;
    std::erase_if(*items, [](const Item& item) { return item.images.empty(); });
    if (items->empty())
        return fail(
            ErrorKind::Invalid, "holds no question with a picture; choose another", "the view");
    return items;
}

/// A corrupted picture on its way into the project, and the record of it.
struct Made {
    NewImage image;
    Json record;
};

Result<image::Picture> spoiledOf(
    const store::Project& project, ImageId id, const image::Corruption& corruption)
{
    const auto picture = decoded(project, id);
    if (!picture)
        return fail(picture.error());
    return image::corrupted(*picture, corruption);
}

Result<Made> made(
    const store::Project& project, const ImageRow& row, const image::Corruption& whole)
{
    const auto corruption = corruptionFor(whole, row.id);
    if (!corruption)
        return fail(corruption.error());
    const auto spoiled = spoiledOf(project, row.id, *corruption);
    if (!spoiled)
        return fail(spoiled.error());
    const auto png = image::encodePng(*spoiled);
    Made result;
    result.image.bytes.assign(png.begin(), png.end());
    result.image.row.sha256 = image::pixelSha256(*spoiled);
    result.image.row.fileSha256 = sha256(result.image.bytes);
    result.image.row.width = spoiled->width;
    result.image.row.height = spoiled->height;
    result.image.row.format = "png";
    result.image.row.storedBytes = true;
    result.record = image::toJson(*corruption);
    result.record["sha256Before"] = row.sha256;
    result.record["sha256After"] = result.image.row.sha256;
    return result;
}

/// Collects the source: each picture is corrupted once, however many questions are about it.
class Builder {
public:
    Builder(const store::Project& project, const CorruptView& view, std::vector<ImageRow> images)
        : m_project(project)
        , m_view(view)
    {
        for (ImageRow& row : images)
            m_rows.emplace(row.id, std::move(row));
    }

    void add(const Item& item)
    {
        std::vector<std::size_t> places;
        Json records = Json::array();
        for (const ImageId id : item.images) {
            const auto& one = pictureOf(id);
            if (!one) {
                m_batch.problems.push_back({ item.line, item.key, one.error().what });
                return;
            }
            places.push_back(one->first);
            records.push_back(one->second);
        }
        Item copy = item;
        copy.key = freeKey(item);
        const auto fields = parseJson(item.fields.empty() ? "{}" : item.fields, "fields");
        Json all = fields && fields->is_object() ? *fields : Json::object();
        all["corruption"] = std::move(records);
        copy.fields = dumpLine(all);
        m_batch.items.push_back(std::move(copy));
        m_batch.itemImages.push_back(std::move(places));
    }

    ImportBatch& batch() { return m_batch; }

private:
    using Place = std::pair<std::size_t, Json>; ///< in the batch, and the record

    const Result<Place>& pictureOf(ImageId id)
    {
        if (const auto known = m_made.find(id); known != m_made.end())
            return known->second;
        auto one = made(m_project, m_rows.at(id), m_view.corruption);
        if (!one)
            return m_made.emplace(id, fail(one.error())).first->second;
        m_batch.images.push_back(std::move(one->image));
        return m_made.emplace(id, Place { m_batch.images.size() - 1, std::move(one->record) })
            .first->second;
    }

    /// Two sources may use one key.
    std::string freeKey(const Item& item)
    {
        auto key = item.key;
        if (m_keys.contains(key))
            key += "#" + std::to_string(item.id.value);
        m_keys.insert(key);
        return key;
    }

    const store::Project& m_project;
    const CorruptView& m_view;
    std::map<ImageId, ImageRow> m_rows;
    std::map<ImageId, Result<Place>> m_made;
    std::set<std::string> m_keys;
    ImportBatch m_batch;
};

Error stopped()
{
    return { ErrorKind::Stopped, "was stopped; nothing was added", "the corruption of the view" };
}

} // namespace

std::string corruptionName(const image::Corruption& corruption)
{
    std::string text;
    for (const auto& [name, value] : corruption.parameters) {
        char digits[32];
        std::snprintf(digits, sizeof digits, "%.4g", value);
        text += (text.empty() ? "" : ", ") + name + " " + digits;
    }
    return corruption.op + (text.empty() ? "" : " (" + text + ")");
}

Result<std::vector<CorruptPreview>> previewCorruption(
    const store::Project& project, const CorruptView& view, std::size_t count, const Watch& watch)
{
    if (const auto known = image::completed(view.corruption); !known)
        return fail(known.error());
    const auto items = itemsWithPictures(project, view.items);
    if (!items)
        return fail(items.error());
    count = std::min(count, items->size());
    std::vector<CorruptPreview> previews;
    for (std::size_t i = 0; i < count; ++i) {
        if (watch.stopped())
            return fail(stopped());
        CorruptPreview one;
        one.item = (*items)[i * items->size() / count];
        const auto id = one.item.images.front();
        const auto corruption = corruptionFor(view.corruption, id);
        if (!corruption)
            return fail(corruption.error());
        one.corruption = *corruption;
        const auto picture = decoded(project, id);
        const auto spoiled =
            picture ? image::corrupted(*picture, *corruption) : Result<image::Picture>(picture);
        if (picture) {
            one.before = image::thumbnail(*picture, previewSide);
            one.sha256Before = image::pixelSha256(*picture);
        }
        if (spoiled) {
            one.after = image::thumbnail(*spoiled, previewSide);
            one.sha256After = image::pixelSha256(*spoiled);
        } else {
            one.refused = spoiled.error().what;
        }
        previews.push_back(std::move(one));
    }
    return previews;
}

Result<ImportReport> applyCorruption(
    store::Project& project, const CorruptView& view, const Watch& watch)
{
    if (project.readOnly())
        return fail(ErrorKind::Conflict,
            "is open for reading only; open it as its owner to add pictures",
            project.file().string());
    const auto known = image::completed(view.corruption);
    if (!known)
        return fail(known.error());
    const auto items = itemsWithPictures(project, view.items);
    if (!items)
        return fail(items.error());
    auto images = imagesOf(project, *items);
    if (!images)
        return fail(images.error());
    Builder builder(project, view, std::move(*images));
    for (std::size_t i = 0; i < items->size(); ++i) {
        if (watch.stopped())
            return fail(stopped());
        watch.tell("Corrupting pictures", static_cast<std::int64_t>(i),
            static_cast<std::int64_t>(items->size()));
        builder.add((*items)[i]);
    }
    ImportBatch& batch = builder.batch();
    if (batch.items.empty())
        return fail(ErrorKind::Invalid,
            "leaves no question: " + (batch.problems.empty() ? "" : batch.problems.front().reason),
            corruptionName(*known));
    const auto record = dumpLine(image::toJson(*known));
    batch.source.name = view.name.empty() ? corruptionName(*known) : view.name;
    batch.source.file = record;
    batch.source.sha256 = sha256(record);
    batch.source.format = "corrupted";
    return addBatch(project, std::move(batch), watch);
}

} // namespace slook::workbench
