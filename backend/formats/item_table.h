#pragma once
#include "core/json.h"
#include "core/rows.h"
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace slook::formats {

/// Questions as the columns of VLMEvalKit's tables, without their pictures: index, question, hint,
/// an option a column, answer, category, split, and every field of their own.
class ItemTable {
public:
    /// @param items  must outlive this
    explicit ItemTable(const std::vector<const Item*>& items);
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] std::vector<std::string> cells(std::size_t row) const; ///< as many as names()

private:
    std::vector<const Item*> m_items;
    char m_lastOption;
    std::vector<Json> m_fields;
    std::vector<std::string> m_foreign;
};

/// A line of TSV as pandas reads it back: cells are quoted where they must be.
[[nodiscard]] std::string tsvLine(const std::vector<std::string>& cells);

} // namespace slook::formats
