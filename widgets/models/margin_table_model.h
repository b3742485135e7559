#pragma once
#include "workbench/pair_margins.h"
#include <QAbstractTableModel>
#include <memory>

namespace slook::gui {

class Pictures;

/// The best, the worst and random pairs of a training at one of its checkpoints.
class MarginTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        WhichColumn,
        PictureColumn,
        QuestionColumn,
        MarginColumn,
        HistoryColumn,
        ColumnCount
    };
    explicit MarginTableModel(Pictures& pictures, QObject* parent = nullptr);
    /// @param margins  stay alive and unchanged until the next call
    void setRows(const workbench::PairMargins& margins, std::size_t checkpoint,
        const workbench::MarginPicks& picks);
    [[nodiscard]] const workbench::PairHistory* pairAt(int row) const; ///< null outside

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        QString which;
        const workbench::PairHistory* pair;
    };
    [[nodiscard]] QString textOf(const Row& row, int column) const;
    Pictures& m_pictures;
    std::vector<Row> m_rows;
    std::size_t m_checkpoint = 0;
};

} // namespace slook::gui
