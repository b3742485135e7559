#include "formats/item_table.h"
#include <algorithm>
#include <set>

namespace slook::formats {
namespace {

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

bool isOwnColumn(const std::string& name)
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
                if (!isOwnColumn(name) && seen.insert(name).second)
                    names.push_back(name);
    return names;
}

char lastOption(const std::vector<const Item*>& items)
{
    char last = 'A' - 1;
    for (const auto* item : items)
        for (const auto& option : item->options)
            if (option.label.size() == 1 && option.label[0] >= 'A' && option.label[0] <= 'Z')
                last = std::max(last, option.label[0]);
    return last;
}

std::string optionText(const Item& item, char label)
{
    const auto found = std::ranges::find(item.options, std::string(1, label), &Option::label);
    return found == item.options.end() ? "" : found->text;
}

std::string foreignText(const Json& fields, const std::string& name)
{
    if (!fields.is_object() || !fields.contains(name))
        return {};
    const auto& value = fields[name];
    return value.is_string() ? value.get<std::string>() : dumpLine(value);
}

} // namespace

ItemTable::ItemTable(const std::vector<const Item*>& items)
    : m_items(items)
    , m_lastOption(lastOption(items))
{
    for (const auto* item : items) {
        auto fields = parseJson(item->fields.empty() ? "{}" : item->fields, item->key);
        m_fields.push_back(fields ? std::move(*fields) : Json::object());
    }
    m_foreign = foreignColumns(m_fields);
}

std::vector<std::string> ItemTable::names() const
{
    std::vector<std::string> names { "index", "question", "hint" };
    for (char label = 'A'; label <= m_lastOption; ++label)
        names.emplace_back(1, label);
    names.insert(names.end(), { "answer", "category", "split" });
    names.insert(names.end(), m_foreign.begin(), m_foreign.end());
    return names;
}

std::vector<std::string> ItemTable::cells(std::size_t row) const
{
    const auto& item = *m_items[row];
    std::vector<std::string> cells { item.key, item.question, item.hint };
    for (char label = 'A'; label <= m_lastOption; ++label)
        cells.push_back(optionText(item, label));
    cells.insert(cells.end(), { item.answer, item.category, item.split });
    for (const auto& name : m_foreign)
        cells.push_back(foreignText(m_fields[row], name));
    return cells;
}

std::string tsvLine(const std::vector<std::string>& cells)
{
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i)
        line += (i == 0 ? "" : "\t") + cellOf(cells[i]);
    return line + "\n";
}

} // namespace slook::formats
