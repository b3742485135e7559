#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "store/item_json.h"
#include "store/session.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace slook::store {
namespace {

std::string lower(std::string text)
{
    for (auto& c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool holds(const Item& item, const std::string& lowerNeedle)
{
    const auto in = [&](const std::string& text) {
        return lower(text).find(lowerNeedle) != std::string::npos;
    };
    return in(item.question) || in(item.key) || in(item.hint)
        || std::ranges::any_of(item.options, [&](const Option& o) { return in(o.text); });
}

template <class Id> std::string listOf(const std::vector<Id>& ids)
{
    std::vector<std::int64_t> numbers;
    for (const auto id : ids)
        numbers.push_back(id.value);
    return numbersToText(numbers);
}

Item itemAt(const SQLite::Statement& row)
{
    Item item;
    item.id = { row.getColumn(0).getInt64() };
    item.source = { row.getColumn(1).getInt64() };
    item.key = row.getColumn(2).getString();
    item.question = row.getColumn(3).getString();
    item.hint = row.getColumn(4).getString();
    item.options = optionsFromText(row.getColumn(5).getString());
    item.answer = row.getColumn(6).getString();
    item.category = row.getColumn(7).getString();
    item.split = row.getColumn(8).getString();
    item.fields = row.getColumn(9).getString();
    item.line = row.getColumn(10).getInt();
    item.images = imagesFromText(row.getColumn(11).getString());
    return item;
}

constexpr const char* itemColumns =
    "SELECT item.id, source, key, question, hint, options, answer, category, split, "
    "CASE WHEN ?5 THEN fields ELSE '' END, CASE WHEN ?5 THEN line ELSE 0 END, "
    "coalesce((SELECT group_concat(image) FROM item_image WHERE item_image.item = item.id), '') ";

// Items named by id are shown even where their import was undone: results still point to them.
constexpr const char* fromItems =
    "FROM item JOIN source ON source.id = item.source "
    "WHERE (source.removed = 0 OR ?1 <> '[]') "
    "AND (?1 = '[]' OR item.id IN (SELECT value FROM json_each(?1))) "
    "AND (?2 = '[]' OR source.id IN (SELECT value FROM json_each(?2))) "
    "AND (?3 = '' OR category = ?3) AND (?4 = '' OR split = ?4) ORDER BY item.id";

void bindFilter(SQLite::Statement& query, const ItemFilter& filter)
{
    query.bind(1, listOf(filter.ids));
    query.bind(2, listOf(filter.sources));
    query.bind(3, filter.category);
    query.bind(4, filter.split);
}

ImageRow imageAt(const SQLite::Statement& row)
{
    ImageRow image;
    image.id = { row.getColumn(0).getInt64() };
    image.sha256 = row.getColumn(1).getString();
    image.fileSha256 = row.getColumn(2).getString();
    image.width = row.getColumn(3).getInt();
    image.height = row.getColumn(4).getInt();
    image.format = row.getColumn(5).getString();
    image.path = row.getColumn(6).getString();
    image.storedBytes = row.getColumn(7).getInt() != 0;
    return image;
}

} // namespace

Result<std::vector<SourceRow>> Project::sources(bool withUndone) const
{
    return reading(*m_db, [&]() -> Result<std::vector<SourceRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT id, name, file, sha256, format, time, items, problems FROM source "
            "WHERE removed = 0 OR ?1 ORDER BY id");
        query.bind(1, withUndone ? 1 : 0);
        std::vector<SourceRow> rows;
        while (query.executeStep())
            rows.push_back({ { query.getColumn(0).getInt64() }, query.getColumn(1).getString(),
                query.getColumn(2).getString(), query.getColumn(3).getString(),
                query.getColumn(4).getString(), query.getColumn(5).getInt64(),
                query.getColumn(6).getInt(), query.getColumn(7).getInt() });
        return rows;
    });
}

Result<std::vector<ProblemRow>> Project::problems(SourceId source) const
{
    return reading(*m_db, [&]() -> Result<std::vector<ProblemRow>> {
        SQLite::Statement query(
            m_db->db, "SELECT line, key, reason FROM problem WHERE source = ? ORDER BY position");
        query.bind(1, source.value);
        std::vector<ProblemRow> rows;
        while (query.executeStep())
            rows.push_back({ query.getColumn(0).getInt(), query.getColumn(1).getString(),
                query.getColumn(2).getString() });
        return rows;
    });
}

Result<std::vector<Item>> Project::items(const ItemFilter& filter) const
{
    std::vector<Item> rows;
    auto read = forEachItem(filter, [&](const Item& item) { rows.push_back(item); });
    return read ? Result<std::vector<Item>>(std::move(rows)) : fail(read.error());
}

Result<void> Project::forEachItem(
    const ItemFilter& filter, const std::function<void(const Item&)>& visit) const
{
    return reading(*m_db, [&]() -> Result<void> {
        SQLite::Statement query(m_db->db, std::string(itemColumns) + fromItems);
        bindFilter(query, filter);
        query.bind(5, filter.withFields ? 1 : 0);
        const auto needle = lower(filter.text);
        while (query.executeStep())
            if (const Item item = itemAt(query); needle.empty() || holds(item, needle))
                visit(item);
        return {};
    });
}

Result<std::vector<ItemId>> Project::itemIds(const ItemFilter& filter) const
{
    std::vector<ItemId> ids;
    if (!filter.text.empty()) {
        auto read = forEachItem(filter, [&](const Item& item) { ids.push_back(item.id); });
        return read ? Result<std::vector<ItemId>>(std::move(ids)) : fail(read.error());
    }
    return reading(*m_db, [&]() -> Result<std::vector<ItemId>> {
        SQLite::Statement query(m_db->db, std::string("SELECT item.id ") + fromItems);
        bindFilter(query, filter);
        while (query.executeStep())
            ids.push_back({ query.getColumn(0).getInt64() });
        return std::move(ids);
    });
}

Result<std::vector<ImageRow>> Project::images(std::span<const ImageId> ids) const
{
    return reading(*m_db, [&]() -> Result<std::vector<ImageRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT id, sha256, fileSha256, width, height, format, path, storedBytes FROM image "
            "WHERE id = ?");
        std::vector<ImageRow> rows;
        rows.reserve(ids.size());
        for (const auto id : ids) {
            query.reset();
            query.bind(1, id.value);
            if (!query.executeStep())
                return fail(ErrorKind::NotFound,
                    "has no picture " + std::to_string(id.value) + "; reload the list",
                    m_db->place.file.string());
            rows.push_back(imageAt(query));
        }
        return rows;
    });
}

Result<std::string> Project::imageBytes(ImageId id) const
{
    const auto rows = images(std::span(&id, 1));
    if (!rows)
        return fail(rows.error());
    const auto& image = rows->front();
    if (!image.storedBytes) {
        auto bytes = readFile(image.path);
        if (bytes && sha256(*bytes) != image.fileSha256)
            return fail(ErrorKind::Invalid,
                "is no longer the picture that was imported; put the old file back or import it "
                "again",
                image.path);
        return bytes;
    }
    return reading(*m_db, [&]() -> Result<std::string> {
        SQLite::Statement query(m_db->db, "SELECT bytes FROM image_bytes WHERE image = ?");
        query.bind(1, id.value);
        if (!query.executeStep())
            return fail(ErrorKind::Invalid,
                "has lost the bytes of picture " + std::to_string(id.value) + "; restore a copy",
                m_db->place.file.string());
        auto bytes = query.getColumn(0).getString();
        if (sha256(bytes) != image.fileSha256)
            return fail(ErrorKind::Invalid,
                "holds damaged bytes of picture " + std::to_string(id.value) + "; restore a copy",
                m_db->place.file.string());
        return bytes;
    });
}

} // namespace slook::store
