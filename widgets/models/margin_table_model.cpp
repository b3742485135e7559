#include "models/margin_table_model.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tokens.h"
#include "services/pictures.h"
#include <QGuiApplication>

namespace slook::gui {

MarginTableModel::MarginTableModel(Pictures& pictures, QObject* parent)
    : QAbstractTableModel(parent)
    , m_pictures(pictures)
{
    connect(&pictures, &Pictures::arrived, this, [this] {
        if (!m_rows.empty())
            emit dataChanged(index(0, PictureColumn), index(rowCount() - 1, PictureColumn),
                { Qt::DecorationRole });
    });
}

void MarginTableModel::setRows(const workbench::PairMargins& margins, std::size_t checkpoint,
    const workbench::MarginPicks& picks)
{
    beginResetModel();
    m_rows.clear();
    m_checkpoint = checkpoint;
    for (const auto& [which, places] : { std::pair(tr("best"), &picks.best),
             std::pair(tr("worst"), &picks.worst), std::pair(tr("random"), &picks.random) })
        for (const std::size_t place : *places)
            m_rows.push_back({ which, &margins.pairs[place] });
    endResetModel();
}

const workbench::PairHistory* MarginTableModel::pairAt(int row) const
{
    return row >= 0 && row < rowCount() ? m_rows[static_cast<std::size_t>(row)].pair : nullptr;
}

int MarginTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int MarginTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QString MarginTableModel::textOf(const Row& row, int column) const
{
    const auto& margins = row.pair->margins;
    switch (column) {
    case WhichColumn:
        return row.which;
    case QuestionColumn:
        return oneLine(row.pair->question);
    case MarginColumn:
        return margins[m_checkpoint] ? signedNumber(*margins[m_checkpoint]) : QString();
    case HistoryColumn: {
        QStringList parts;
        for (const auto& margin : margins)
            parts << (margin ? signedNumber(*margin) : QStringLiteral("·"));
        return parts.join(QStringLiteral("  "));
    }
    default:
        return {};
    }
}

QVariant MarginTableModel::data(const QModelIndex& index, int role) const
{
    const auto* pair = index.isValid() ? pairAt(index.row()) : nullptr;
    if (!pair)
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == Qt::DisplayRole)
        return textOf(row, index.column());
    if (role == Qt::ToolTipRole)
        return tooltip(textOf(row, index.column()));
    if (role == Qt::DecorationRole && index.column() == PictureColumn && !pair->images.empty())
        return m_pictures.small(pair->images.front());
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::AlignVCenter | (index.column() == MarginColumn ? Qt::AlignRight : Qt::AlignLeft));
    const auto& margin = pair->margins[m_checkpoint];
    if (role == Qt::ForegroundRole && index.column() == MarginColumn && margin && *margin < 0)
        return tokensOf(QGuiApplication::palette()).harm;
    return {};
}

QVariant MarginTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    const QString names[ColumnCount] = { tr("Which"), tr("Picture"), tr("Question"), tr("Margin"),
        tr("At each checkpoint") };
    return section >= 0 && section < ColumnCount ? QVariant(names[section]) : QVariant();
}

} // namespace slook::gui
