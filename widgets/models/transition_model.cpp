#include "models/transition_model.h"
#include "models/item_table_model.h"
#include "parts/tokens.h"
#include "services/pictures.h"

namespace slook::gui {
TransitionModel::TransitionModel(Pictures* pictures, Test passes, Test counts, QObject* parent)
    : QAbstractTableModel(parent)
    , m_pictures(pictures)
    , m_passes(std::move(passes))
    , m_counted(std::move(counts))
{
    if (pictures)
        connect(pictures, &Pictures::arrived, this, [this] {
            if (!m_shown.empty())
                emit dataChanged(index(0, PictureColumn), index(rowCount() - 1, PictureColumn),
                    { Qt::DecorationRole });
        });
}

bool TransitionModel::isByHand(const TransitionRow& row) const
{
    return m_byHand.contains(row.first) || m_byHand.contains(row.refined);
}

void TransitionModel::setRows(std::vector<TransitionRow> rows, std::set<ResponseId> byHand)
{
    m_rows = std::move(rows);
    m_byHand = std::move(byHand);
    filter();
}

void TransitionModel::filter()
{
    beginResetModel();
    m_shown.clear();
    m_counts = {};
    m_disagreements = 0;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const TransitionRow& row = m_rows[i];
        if (m_passes(row.item))
            m_shown.push_back(static_cast<int>(i));
        if (!m_counted(row.item))
            continue;
        ++m_counts[0];
        ++m_counts.at(static_cast<std::size_t>(row.type()));
        m_disagreements += row.extractorsDisagree ? 1 : 0;
    }
    endResetModel();
}

const TransitionRow* TransitionModel::rowAt(int row) const
{
    if (row < 0 || row >= static_cast<int>(m_shown.size()))
        return nullptr;
    return &m_rows[static_cast<std::size_t>(m_shown[static_cast<std::size_t>(row)])];
}

int TransitionModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

int TransitionModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QVariant TransitionModel::data(const QModelIndex& index, int role) const
{
    const TransitionRow* row = index.isValid() ? rowAt(index.row()) : nullptr;
    if (!row)
        return {};
    if (role == Qt::DecorationRole && index.column() == PictureColumn && m_pictures
        && !row->images.empty())
        return m_pictures->small(row->images.front());
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case QuestionColumn:
        return oneLine(row->question);
    case TypeColumn:
        return typeGlyph(row->type());
    case FirstColumn:
        return oneLine(row->firstText);
    case RefinedColumn:
        return oneLine(row->refinedText);
    case ReadColumn:
        return tr("%1 → %2").arg(oneLine(row->firstAnswer), oneLine(row->refinedAnswer))
            + (isByHand(*row)                 ? tr(", by hand")
                    : row->extractorsDisagree ? tr(", extractors disagree")
                                              : QString());
    default:
        return {};
    }
}

QVariant TransitionModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    const QString names[ColumnCount] = { tr("Picture"), tr("Question and options"), tr("Type"),
        tr("First answer"), tr("After review (difference marked)"), tr("Read as") };
    return section >= 0 && section < ColumnCount ? QVariant(names[section]) : QVariant();
}

} // namespace slook::gui
