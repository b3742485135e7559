#include "core/file.h"
#include "core/json.h"
#include "formats/base64.h"
#include "formats/export.h"
#include "formats/export_common.h"
#include "formats/item_table.h"
#include "formats/picture_writer.h"
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::formats {
namespace {

namespace fs = std::filesystem;

/// The picture cell: base64, a list of such, or the index of an earlier row with the same pictures.
Result<std::string> pictureCell(
    const ExportData& data, const Item& item, std::map<std::vector<ImageId>, std::string>& owners)
{
    if (item.images.empty())
        return std::string();
    const auto [owner, isFirst] = owners.try_emplace(item.images, item.key);
    if (!isFirst && owner->second.size() <= 64 && !owner->second.starts_with('['))
        return owner->second;
    std::string list;
    for (const auto id : item.images) {
        const auto bytes = data.imageBytes(id);
        if (!bytes)
            return fail(bytes.error());
        const auto text = toBase64(*bytes);
        if (item.images.size() == 1)
            return text;
        list += (list.empty() ? "'" : ", '") + text + "'";
    }
    return "[" + list + "]";
}

std::vector<std::string> lossesOf(const std::vector<Item>& items)
{
    std::vector<std::string> losses;
    if (std::ranges::any_of(items, [](const Item& item) { return item.question.empty(); }))
        losses.emplace_back("Pictures without a question are rows that no benchmark reader takes.");
    std::set<std::string> keys;
    if (!std::ranges::all_of(items, [&](const Item& i) { return keys.insert(i.key).second; }))
        losses.emplace_back(
            "Questions of several sources share an index; export each source alone.");
    return losses;
}

/// The picture is the second column.
std::string tableLine(std::vector<std::string> cells, std::string picture)
{
    cells.insert(cells.begin() + 1, std::move(picture));
    return tsvLine(cells);
}

Result<std::string> asTable(const ExportData& data, const ExportOptions& options)
{
    std::vector<const Item*> items;
    for (const auto& item : data.items)
        items.push_back(&item);
    const ItemTable table(items);
    std::map<std::vector<ImageId>, std::string> owners;
    auto text = tableLine(table.names(), "image");
    for (std::size_t i = 0; i < data.items.size(); ++i) {
        if (auto going = goOn(options, i, data.items.size()); !going)
            return fail(going.error());
        auto picture = pictureCell(data, data.items[i], owners);
        if (!picture)
            return fail(picture.error());
        text += tableLine(table.cells(i), std::move(*picture));
    }
    return text;
}

Json itemJson(const Item& item)
{
    Json options = Json::array();
    Json labels = Json::array();
    for (const auto& option : item.options) {
        options.push_back(option.text);
        labels.push_back(option.label);
    }
    auto fields = parseJson(item.fields.empty() ? "{}" : item.fields, item.key);
    return { { "id", item.key }, { "image", Json::array() }, { "question", item.question },
        { "hint", item.hint }, { "options", std::move(options) }, { "labels", std::move(labels) },
        { "answer", item.answer }, { "category", item.category }, { "split", item.split },
        { "fields", fields ? std::move(*fields) : Json::object() } };
}

Result<std::string> asLines(
    const ExportData& data, const ExportOptions& options, PictureWriter& pictures)
{
    std::string text;
    for (std::size_t i = 0; i < data.items.size(); ++i) {
        if (auto going = goOn(options, i, data.items.size()); !going)
            return fail(going.error());
        auto object = itemJson(data.items[i]);
        for (const auto id : data.items[i].images) {
            const auto name = pictures.nameOf(id);
            if (!name)
                return fail(name.error());
            object["image"].push_back(*name);
        }
        text += dumpLine(object) + "\n";
    }
    return text;
}

} // namespace

std::vector<std::string> itemFormats()
{
    return { "vlmevalkit", "jsonl" };
}

Result<ExportReport> exportItems(
    const ExportData& data, const fs::path& out, const ExportOptions& options)
{
    if (auto able = canWrite(options.format, itemFormats(), data.items.size(), out); !able)
        return fail(able.error());
    PictureWriter pictures(data, options, out.parent_path());
    const auto text =
        options.format == "jsonl" ? asLines(data, options, pictures) : asTable(data, options);
    if (!text)
        return fail(text.error());
    if (auto synced = pictures.finish(); !synced)
        return fail(synced.error());
    if (auto written = writeFileAtomically(out, *text); !written)
        return fail(written.error());
    return ExportReport { static_cast<std::int64_t>(data.items.size()), pictures.written(), { out },
        lossesOf(data.items) };
}

} // namespace slook::formats
