#include "workbench/item_facts.h"
#include <algorithm>
#include <stdexcept>

namespace slook::workbench {
namespace {

std::string joinedLabels(const std::vector<Option>& options)
{
    std::string labels;
    for (const Option& option : options) {
        std::string label = option.label;
        std::ranges::replace(label, PackedTexts::textEnd, '\xFE');
        labels += label + PackedTexts::textEnd;
    }
    return labels;
}

std::string partText(const SearchText& row, std::size_t n)
{
    return std::string(PackedTexts::part(row, n).text);
}

} // namespace

ItemFacts::ItemFacts(std::map<SourceId, std::string> sources)
    : m_sources(std::move(sources))
{
}

void ItemFacts::add(const Item& item)
{
    if (!m_rows.empty() && item.id <= m_rows.back().id)
        throw std::invalid_argument("[ItemFacts::add] item " + std::to_string(item.id.value)
            + " after item " + std::to_string(m_rows.back().id.value));
    const auto source = m_sources.find(item.source);
    m_images.insert(m_images.end(), item.images.begin(), item.images.end());
    m_rows.push_back({ item.id, item.source,
        source == m_sources.end() ? 0 : m_names.number(source->second),
        m_names.number(item.category), m_names.number(item.split),
        m_names.number(joinedLabels(item.options)), static_cast<std::uint32_t>(m_images.size()) });
    addItemTexts(item, m_texts);
}

int ItemFacts::rowOf(ItemId id) const
{
    const auto found = std::ranges::lower_bound(m_rows, id, {}, &Row::id);
    return found == m_rows.end() || found->id != id ? -1 : static_cast<int>(found - m_rows.begin());
}

std::span<const ImageId> ItemFacts::images(std::size_t row) const
{
    const std::size_t begin = row == 0 ? 0 : m_rows[row - 1].imagesEnd;
    return std::span(m_images).subspan(begin, m_rows[row].imagesEnd - begin);
}

const std::string& ItemFacts::sourceOf(std::size_t row) const
{
    return m_names.at(m_rows[row].sourceName);
}

std::string_view ItemFacts::textOf(std::size_t row, ItemText which) const
{
    return PackedTexts::part(m_texts.row(row), static_cast<std::size_t>(which)).text;
}

Item ItemFacts::item(std::size_t row) const
{
    const Row& one = m_rows[row];
    const auto texts = m_texts.row(row);
    const auto text = [&](ItemText which) {
        return partText(texts, static_cast<std::size_t>(which));
    };
    Item item;
    item.id = one.id;
    item.source = one.source;
    item.key = text(ItemText::Key);
    item.question = text(ItemText::Question);
    item.hint = text(ItemText::Hint);
    item.answer = text(ItemText::Answer);
    item.category = m_names.at(one.category);
    item.split = m_names.at(one.split);
    std::size_t n = static_cast<std::size_t>(ItemText::Hint) + 1;
    std::string_view labels = m_names.at(one.labels);
    for (auto end = labels.find(PackedTexts::textEnd); end != std::string_view::npos;
         end = labels.find(PackedTexts::textEnd)) {
        item.options.push_back({ std::string(labels.substr(0, end)), partText(texts, n++) });
        labels.remove_prefix(end + 1);
    }
    const auto pictures = images(row);
    item.images.assign(pictures.begin(), pictures.end());
    return item;
}

FilterSubject ItemFacts::subject(std::size_t row) const
{
    const Row& one = m_rows[row];
    FilterSubject subject;
    subject.item = m_texts.row(row);
    subject.source = m_names.at(one.sourceName);
    subject.category = m_names.at(one.category);
    subject.split = m_names.at(one.split);
    subject.answers[0] = answerOf(row);
    return subject;
}

Result<ItemFacts> readItemFacts(const store::Project& project, store::ItemFilter filter,
    const std::function<void(const ItemFacts&)>& begun)
{
    constexpr std::size_t screenful = 200;
    const auto sources = project.sources(!filter.ids.empty());
    if (!sources)
        return fail(sources.error());
    std::map<SourceId, std::string> names;
    for (const SourceRow& source : *sources)
        names[source.id] = source.name;
    ItemFacts facts(std::move(names));
    filter.withFields = false;
    auto read = project.forEachItem(filter, [&](const Item& item) {
        facts.add(item);
        if (facts.size() == screenful && begun)
            begun(facts);
    });
    if (!read)
        return fail(read.error());
    facts.shrink();
    return facts;
}

FieldValues fieldValues(const ItemFacts& facts, std::size_t most)
{
    FieldValues values;
    for (const auto& [id, name] : facts.sources())
        if (values["source"].size() < most)
            values["source"].push_back(name);
    std::vector<bool> categories(facts.names().size()), splits(facts.names().size());
    const auto put = [&](const char* field, std::vector<bool>& seen, std::uint32_t number) {
        if (number == 0 || seen[number])
            return;
        seen[number] = true;
        if (values[field].size() < most)
            values[field].push_back(facts.names().at(number));
    };
    for (const ItemFacts::Row& row : facts.rows()) {
        put("category", categories, row.category);
        put("split", splits, row.split);
    }
    return values;
}

} // namespace slook::workbench
