#pragma once
#include <QAbstractTableModel>
#include <QStringList>
#include <vector>

namespace slook::gui {

/// A small table of finished texts: problems, accuracies, runs.
class TextTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    struct Row {
        QStringList cells;
        QList<int> types = {}; ///< per cell a transition type whose colour it takes; 0 none
        qint64 id = 0;
    };
    explicit TextTableModel(QStringList titles, QObject* parent = nullptr);
    void setRows(std::vector<Row> rows);
    void setTitles(const QStringList& titles);
    void setNumeric(const QList<int>& columns); ///< these are set to the right
    [[nodiscard]] const Row* rowAt(int row) const;
    [[nodiscard]] int rowOf(qint64 id) const; ///< -1 where there is none

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QStringList m_titles;
    QList<int> m_numeric;
    std::vector<Row> m_rows;
};

} // namespace slook::gui
