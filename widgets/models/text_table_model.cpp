#include "models/text_table_model.h"
#include "parts/foreign_text.h"
#include "parts/tokens.h"
#include <QApplication>
#include <algorithm>

namespace slook::gui {

TextTableModel::TextTableModel(QStringList titles, QObject* parent)
    : QAbstractTableModel(parent)
    , m_titles(std::move(titles))
{
}

void TextTableModel::setRows(std::vector<Row> rows)
{
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

void TextTableModel::setTitles(const QStringList& titles)
{
    beginResetModel();
    m_titles = titles;
    endResetModel();
}

void TextTableModel::setNumeric(const QList<int>& columns)
{
    m_numeric = columns;
}

const TextTableModel::Row* TextTableModel::rowAt(int row) const
{
    return row >= 0 && row < rowCount() ? &m_rows[static_cast<std::size_t>(row)] : nullptr;
}

int TextTableModel::rowOf(qint64 id) const
{
    const auto found = std::ranges::find(m_rows, id, &Row::id);
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

int TextTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int TextTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_titles.size());
}

QVariant TextTableModel::data(const QModelIndex& index, int role) const
{
    const Row* row = index.isValid() ? rowAt(index.row()) : nullptr;
    if (!row)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return row->cells.value(index.column());
    case Qt::ToolTipRole:
        return tooltip(row->cells.value(index.column()));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter
            | (m_numeric.contains(index.column()) ? Qt::AlignRight : Qt::AlignLeft));
    case Qt::ForegroundRole:
        if (const int type = row->types.value(index.column()); type != 0)
            return tokensOf(QApplication::palette()).ofType(type);
        return {};
    default:
        return {};
    }
}

QVariant TextTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::DisplayRole)
        return m_titles.value(section);
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::AlignVCenter | (m_numeric.contains(section) ? Qt::AlignRight : Qt::AlignLeft));
    return {};
}

} // namespace slook::gui
