#pragma once
#include "services/workspace.h"
#include <QAbstractTableModel>

namespace slook::gui {

class Pictures;
class View;

/// The questions of the project as a table. Holds the rows it was given; only pictures come later.
/// Where they are grouped by picture, the first row of a group says how many questions about it
/// there are.
class ItemTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        PictureColumn,
        MarksColumn,
        KeyColumn,
        QuestionColumn,
        OptionsColumn,
        AnswerColumn,
        CategoryColumn,
        SourceColumn,
        ColumnCount
    };
    /// QString: "3 of 5 questions" where a row heads a group, empty in the group's other rows;
    /// invalid where nothing is grouped.
    enum Role { GroupRole = Qt::UserRole };
    /// @param view  whose marks are shown; may be null
    ItemTableModel(Pictures* pictures, const View* view, QObject* parent = nullptr);
    void setRows(ItemRows rows);
    [[nodiscard]] ItemId idAt(int row) const; ///< none outside
    [[nodiscard]] std::optional<Item> itemAt(int row) const; ///< as ItemTable has it; none outside
    [[nodiscard]] int rowOf(ItemId id) const; ///< -1 where it is not shown

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString textOf(std::size_t at, int column) const; ///< row of the whole table
    [[nodiscard]] QVariant groupOf(int row) const; ///< for GroupRole
    [[nodiscard]] int placeOf(int at) const; ///< what `shown` is sorted by
    Pictures* m_pictures;
    const View* m_view;
    ItemRows m_rows;
    std::vector<int> m_begins; ///< rows that begin a group
};

/// "⚑red ★ hard": the marks of a question on one line.
[[nodiscard]] QString marksLine(std::span<const MarkRow> marks);

/// "A red · B blue ✓": the options with the known answer marked, on one line.
[[nodiscard]] QString optionsLine(const std::vector<Option>& options, const std::string& answer);

} // namespace slook::gui
