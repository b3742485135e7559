#include "models/transition_model.h"
#include "models/item_table_model.h"
#include "parts/tokens.h"
#include "services/pictures.h"
#include <algorithm>

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
    return m_rows.byHand.contains(row.first) || m_rows.byHand.contains(row.refined);
}

void TransitionModel::setRows(TransitionRows rows)
{
    m_rows = std::move(rows);
    filter();
}

void TransitionModel::filter()
{
    beginResetModel();
    m_shown.clear();
    m_counts = {};
    m_disagreements = 0;
    const auto& rows = m_rows.answers->rows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const workbench::AnswerFacts::Row& row = rows[i];
        if (m_passes(row.item))
            m_shown.push_back(static_cast<int>(i));
        if (!m_counted(row.item))
            continue;
        ++m_counts[0];
        ++m_counts.at(static_cast<std::size_t>(row.type()));
        m_disagreements += row.disagree ? 1 : 0;
    }
    endResetModel();
}

std::optional<TransitionRow> TransitionModel::rowAt(int row) const
{
    if (row < 0 || row >= static_cast<int>(m_shown.size()))
        return std::nullopt;
    return m_rows.answers->transition(
        static_cast<std::size_t>(m_shown[static_cast<std::size_t>(row)]), *m_rows.table);
}

ItemId TransitionModel::idAt(int row) const
{
    if (row < 0 || row >= static_cast<int>(m_shown.size()))
        return {};
    const auto at = static_cast<std::size_t>(m_shown[static_cast<std::size_t>(row)]);
    return m_rows.answers->rows()[at].item;
}

int TransitionModel::rowOf(ItemId item) const
{
    const int at = m_rows.answers->rowOf(item);
    const auto found = std::ranges::lower_bound(m_shown, at);
    return at < 0 || found == m_shown.end() || *found != at
        ? -1
        : static_cast<int>(found - m_shown.begin());
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
    const auto row = index.isValid() ? rowAt(index.row()) : std::nullopt;
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
