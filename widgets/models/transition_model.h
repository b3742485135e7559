#pragma once
#include "parts/foreign_text.h"
#include "services/workspace.h"
#include <QAbstractTableModel>
#include <array>
#include <functional>

namespace slook::gui {

class Pictures;

/// Questions with both answers, of those that a test lets pass. Counts leave types out of it.
class TransitionModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        PictureColumn,
        QuestionColumn,
        TypeColumn,
        FirstColumn,
        RefinedColumn,
        ReadColumn,
        ColumnCount
    };
    using Test = std::function<bool(ItemId)>;
    /// @param passes, counts  which questions are shown, and which are counted
    TransitionModel(Pictures* pictures, Test passes, Test counts, QObject* parent = nullptr);
    void setRows(TransitionRows rows);
    void filter(); ///< asks the tests anew
    [[nodiscard]] std::optional<TransitionRow> rowAt(int row) const; ///< none outside
    [[nodiscard]] ItemId idAt(int row) const; ///< none outside
    [[nodiscard]] int rowOf(ItemId item) const; ///< -1 where it is not shown
    [[nodiscard]] const std::array<int, 5>& counts() const
    {
        return m_counts;
    } ///< by type; [0] all
    [[nodiscard]] int disagreements() const { return m_disagreements; }
    [[nodiscard]] bool isByHand(const TransitionRow& row) const;
    [[nodiscard]] const TransitionRows& rows() const { return m_rows; } ///< all of them

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void select();
    Pictures* m_pictures;
    Test m_passes, m_counted;
    TransitionRows m_rows;
    std::vector<int> m_shown; ///< ascending
    std::array<int, 5> m_counts {};
    int m_disagreements = 0;
};

} // namespace slook::gui
