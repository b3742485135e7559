#pragma once
#include "parts/foreign_text.h"
#include "services/workspace.h"
#include <QAbstractTableModel>
#include <array>

namespace slook::gui {

class Pictures;

/// Questions with both answers. Shows the rows of one type or of all, without asking anybody.
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
    explicit TransitionModel(Pictures* pictures, QObject* parent = nullptr);
    void setRows(std::vector<TransitionRow> rows);
    void setType(int type); ///< 1 to 4, 0 for all
    void setText(const QString& text); ///< only rows with this text somewhere, any letter case
    [[nodiscard]] int type() const { return m_type; }
    [[nodiscard]] const TransitionRow* rowAt(int row) const; ///< null outside
    [[nodiscard]] const std::array<int, 5>& counts() const
    {
        return m_counts;
    } ///< by type; [0] all
    [[nodiscard]] int disagreements() const { return m_disagreements; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void select();
    Pictures* m_pictures;
    std::vector<TransitionRow> m_rows;
    std::vector<int> m_shown;
    std::array<int, 5> m_counts {};
    int m_disagreements = 0;
    int m_type = 0;
    QString m_text;
};

} // namespace slook::gui
