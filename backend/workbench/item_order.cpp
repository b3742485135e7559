#include "workbench/item_order.h"
#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <tuple>

namespace slook::workbench {
namespace {

ImageId pictureOf(const ItemFacts& facts, int row)
{
    const auto images = facts.images(static_cast<std::size_t>(row));
    return images.empty() ? ImageId { std::numeric_limits<std::int64_t>::max() } : images.front();
}

/// Sorts `rows` by what is known of each, which is asked once a row.
template <class Value>
void sortBy(std::vector<int>& rows, bool descending, const std::function<Value(int)>& valueOf)
{
    std::vector<Value> values(rows.size());
    for (const int row : rows)
        values[static_cast<std::size_t>(row)] = valueOf(row);
    const auto of = [&](int row) -> const Value& { return values[static_cast<std::size_t>(row)]; };
    if (descending)
        std::ranges::stable_sort(rows, std::ranges::greater(), of);
    else if (!std::ranges::is_sorted(rows, {}, of)) // most files are in some order already
        std::ranges::stable_sort(rows, {}, of);
}

/// Other texts than whole numbers follow behind them.
using KeyValue = std::tuple<bool, std::int64_t, std::string_view>;
KeyValue keyValue(std::string_view key)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    const bool whole = error == std::errc() && end == key.data() + key.size();
    return whole ? KeyValue { false, number, {} } : KeyValue { true, 0, key };
}

} // namespace

ItemOrder::ItemOrder(const ItemFacts& facts, OrderBy by, bool descending)
    : m_rows(facts.size())
    , m_places(facts.size())
{
    if (facts.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw std::invalid_argument(
            "[ItemOrder] " + std::to_string(facts.size()) + " questions are too many");
    std::iota(m_rows.begin(), m_rows.end(), 0);
    const auto text = [&](int row, ItemText which) {
        return facts.textOf(static_cast<std::size_t>(row), which);
    };
    const auto facet = [&](int row) -> const ItemFacts::Row& {
        return facts.rows()[static_cast<std::size_t>(row)];
    };
    using Text = std::string_view;
    switch (by) {
    case OrderBy::Picture:
        sortBy<ImageId>(m_rows, descending, [&](int row) { return pictureOf(facts, row); });
        break;
    case OrderBy::Key:
        sortBy<KeyValue>(
            m_rows, descending, [&](int row) { return keyValue(text(row, ItemText::Key)); });
        break;
    case OrderBy::QuestionLength:
        sortBy<std::size_t>(
            m_rows, descending, [&](int row) { return text(row, ItemText::Question).size(); });
        break;
    case OrderBy::Answer:
        sortBy<Text>(m_rows, descending, [&](int row) { return text(row, ItemText::Answer); });
        break;
    case OrderBy::Category:
        sortBy<Text>(m_rows, descending,
            [&](int row) { return Text(facts.names().at(facet(row).category)); });
        break;
    case OrderBy::Source:
        sortBy<Text>(m_rows, descending,
            [&](int row) { return Text(facts.names().at(facet(row).sourceName)); });
        break;
    }
    for (std::size_t place = 0; place < m_rows.size(); ++place) {
        m_places[static_cast<std::size_t>(m_rows[place])] = static_cast<int>(place);
        if (by == OrderBy::Picture
            && (place == 0
                || pictureOf(facts, m_rows[place]) != pictureOf(facts, m_rows[place - 1])))
            m_begins.push_back(static_cast<int>(place));
    }
}

ItemOrder::Group ItemOrder::groupOf(int row) const
{
    if (!hasGroups())
        throw std::invalid_argument("[ItemOrder::groupOf] the order has no groups");
    const auto next = std::ranges::upper_bound(m_begins, placeOf(row));
    return { *(next - 1), next == m_begins.end() ? static_cast<int>(m_rows.size()) : *next };
}

} // namespace slook::workbench
