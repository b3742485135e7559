#pragma once
#include "services/workspace.h"
#include <QAbstractTableModel>

namespace slook::gui {

class Pictures;
class View;

/// The questions of the project as a table. Holds the rows it was given; only pictures come later.
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
    Pictures* m_pictures;
    const View* m_view;
    ItemRows m_rows;
};

/// "⚑red ★ hard": the marks of a question on one line.
[[nodiscard]] QString marksLine(std::span<const MarkRow> marks);

/// "A red · B blue ✓": the options with the known answer marked, on one line.
[[nodiscard]] QString optionsLine(const std::vector<Option>& options, const std::string& answer);

} // namespace slook::gui
