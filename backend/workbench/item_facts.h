#pragma once
#include "store/project.h"
#include "workbench/filter.h"

namespace slook::workbench {

/// What tables and filters need of all questions of a project, small enough for a million of them.
/// Not kept are Item::fields and Item::line: whoever shows one question reads it from the project.
class ItemFacts {
public:
    ItemFacts() = default;
    explicit ItemFacts(std::map<SourceId, std::string> sources); ///< with their names
    /// @throws std::invalid_argument unless its id is larger than those before
    void add(const Item& item);
    void shrink() { m_texts.shrink(); } ///< nothing more is added

    [[nodiscard]] std::size_t size() const { return m_rows.size(); }
    [[nodiscard]] bool empty() const { return m_rows.empty(); }
    [[nodiscard]] ItemId id(std::size_t row) const { return m_rows[row].id; } ///< ascending
    [[nodiscard]] int rowOf(ItemId id) const; ///< -1 where it is not known
    [[nodiscard]] bool hasPicture(std::size_t row) const { return !images(row).empty(); }
    [[nodiscard]] std::span<const ImageId> images(std::size_t row) const;
    [[nodiscard]] Item item(std::size_t row) const; ///< without fields and line
    [[nodiscard]] const std::string& sourceOf(std::size_t row) const; ///< name
    [[nodiscard]] const std::map<SourceId, std::string>& sources() const { return m_sources; }
    [[nodiscard]] FilterSubject subject(std::size_t row) const;

    /// Source names, categories and splits are kept once each; a row has their numbers.
    struct Row {
        ItemId id;
        SourceId source;
        std::uint32_t sourceName = 0;
        std::uint32_t category = 0;
        std::uint32_t split = 0;
        std::uint32_t labels = 0; ///< of its options, each ended by PackedTexts::textEnd
        std::uint32_t imagesEnd = 0; ///< in m_images; they begin where those of the row before end
    };
    [[nodiscard]] const std::vector<Row>& rows() const { return m_rows; }
    [[nodiscard]] const SharedTexts& names() const { return m_names; }
    [[nodiscard]] std::string_view textOf(std::size_t row, ItemText which) const;
    [[nodiscard]] std::string_view answerOf(std::size_t row) const
    {
        return textOf(row, ItemText::Answer);
    }

private:
    std::map<SourceId, std::string> m_sources;
    SharedTexts m_names;
    std::vector<Row> m_rows;
    PackedTexts m_texts; ///< see addItemTexts()
    std::vector<ImageId> m_images;
};
/// @param begun  is called once with the first screenful, before the others are read
[[nodiscard]] Result<ItemFacts> readItemFacts(const store::Project& project,
    store::ItemFilter filter = {}, const std::function<void(const ItemFacts&)>& begun = {});

/// What may stand behind "source:", "category:" and "split:", for completion: at most `most` each,
/// in the order in which they come.
using FieldValues = std::map<std::string, std::vector<std::string>>;
[[nodiscard]] FieldValues fieldValues(const ItemFacts& facts, std::size_t most = 200);

} // namespace slook::workbench
