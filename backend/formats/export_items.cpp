#include "core/file.h"
#include "core/json.h"
#include "formats/base64.h"
#include "formats/export.h"
#include "formats/export_common.h"
#include "formats/picture_writer.h"
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::formats {
namespace {

namespace fs = std::filesystem;

/// A cell as pandas reads it back: quoted where it must be.
std::string cellOf(const std::string& text)
{
    if (text.find_first_of("\t\n\r\"") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c;
        if (c == '"')
            quoted += '"';
    }
    return quoted + "\"";
}

constexpr const char* ownColumns[] = { "index", "image", "image_path", "question", "hint", "answer",
    "category", "split" };

bool isOwn(const std::string& name)
{
    return std::ranges::find(ownColumns, name) != std::end(ownColumns)
        || (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z');
}

/// The foreign columns of all items, in the order in which they first come.
std::vector<std::string> foreignColumns(const std::vector<Json>& fields)
{
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (const auto& object : fields)
        if (object.is_object())
            for (const auto& [name, value] : object.items())
                if (!isOwn(name) && seen.insert(name).second)
                    names.push_back(name);
    return names;
}

char lastOption(const std::vector<Item>& items)
{
    char last = 'A' - 1;
    for (const auto& item : items)
        for (const auto& option : item.options)
            if (option.label.size() == 1 && option.label[0] >= 'A' && option.label[0] <= 'Z')
                last = std::max(last, option.label[0]);
    return last;
}

std::string optionText(const Item& item, char label)
{
    const auto found = std::ranges::find(item.options, std::string(1, label), &Option::label);
    return found == item.options.end() ? "" : found->text;
}

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

std::string foreignText(const Json& fields, const std::string& name)
{
    if (!fields.is_object() || !fields.contains(name))
        return {};
    const auto& value = fields[name];
    return value.is_string() ? value.get<std::string>() : dumpLine(value);
}

class Table {
public:
    explicit Table(const ExportData& data)
        : m_data(data)
        , m_lastOption(lastOption(data.items))
    {
        for (const auto& item : data.items) {
            auto fields = parseJson(item.fields.empty() ? "{}" : item.fields, item.key);
            m_fields.push_back(fields ? std::move(*fields) : Json::object());
        }
        m_foreign = foreignColumns(m_fields);
    }

    std::string header() const
    {
        std::string line = "index\timage\tquestion\thint";
        for (char label = 'A'; label <= m_lastOption; ++label)
            line += std::string("\t") + label;
        line += "\tanswer\tcategory\tsplit";
        for (const auto& name : m_foreign)
            line += "\t" + cellOf(name);
        return line + "\n";
    }

    Result<std::string> row(std::size_t i)
    {
        const auto& item = m_data.items[i];
        const auto picture = pictureCell(m_data, item, m_owners);
        if (!picture)
            return fail(picture.error());
        auto line = cellOf(item.key) + "\t" + cellOf(*picture) + "\t" + cellOf(item.question) + "\t"
            + cellOf(item.hint);
        for (char label = 'A'; label <= m_lastOption; ++label)
            line += "\t" + cellOf(optionText(item, label));
        line +=
            "\t" + cellOf(item.answer) + "\t" + cellOf(item.category) + "\t" + cellOf(item.split);
        for (const auto& name : m_foreign)
            line += "\t" + cellOf(foreignText(m_fields[i], name));
        return line + "\n";
    }

private:
    const ExportData& m_data;
    char m_lastOption;
    std::vector<Json> m_fields;
    std::vector<std::string> m_foreign;
    std::map<std::vector<ImageId>, std::string> m_owners;
};

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

Result<std::string> asTable(const ExportData& data, const ExportOptions& options)
{
    Table table(data);
    auto text = table.header();
    for (std::size_t i = 0; i < data.items.size(); ++i) {
        if (auto going = goOn(options, i, data.items.size()); !going)
            return fail(going.error());
        const auto row = table.row(i);
        if (!row)
            return fail(row.error());
        text += *row;
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
