#pragma once
#include "workbench/item_facts.h"
#include <cstdint>
#include <vector>

namespace slook::workbench {

/// What the questions of a table are sorted by. Equal ones stay in the table's order.
enum class OrderBy {
    Picture, ///< by when their first picture came into the project; those without one last
    Key, ///< whole numbers by their value, before other texts
    QuestionLength, ///< in bytes
    Answer,
    Category,
    Source,
};

/// The rows of a table in another order; by picture, questions about one picture are a group. 8
/// bytes a question.
class ItemOrder {
public:
    ItemOrder() = default;
    /// @throws std::invalid_argument where the table has 2^31 rows or more
    ItemOrder(const ItemFacts& facts, OrderBy by, bool descending = false);
    [[nodiscard]] std::size_t size() const { return m_rows.size(); }
    [[nodiscard]] int rowAt(std::size_t place) const { return m_rows[place]; } ///< of the table
    [[nodiscard]] int placeOf(int row) const { return m_places[static_cast<std::size_t>(row)]; }
    [[nodiscard]] bool hasGroups() const { return !m_begins.empty(); }
    /// Places [begin, end) of the questions about the same picture as this row of the table.
    struct Group {
        int begin = 0;
        int end = 0;
        [[nodiscard]] int size() const { return end - begin; }
    };
    /// @throws std::invalid_argument unless it is by picture
    [[nodiscard]] Group groupOf(int row) const;

private:
    std::vector<int> m_rows; ///< by place
    std::vector<int> m_places; ///< by row
    std::vector<int> m_begins; ///< of groups, ascending; empty unless by picture
};

} // namespace slook::workbench
