#include "models/item_table_model.h"
#include "parts/foreign_text.h"
#include "parts/tokens.h"
#include "services/pictures.h"
#include "services/view.h"
#include <QGuiApplication>
#include <algorithm>

namespace slook::gui {

QString optionsLine(const std::vector<Option>& options, const std::string& answer)
{
    QStringList parts;
    for (const Option& option : options)
        parts << oneLine(option.label) + QLatin1Char(' ') + oneLine(option.text)
                + (option.label == answer ? QStringLiteral(" ✓") : QString());
    return parts.join(QStringLiteral("   "));
}

QString marksLine(std::span<const MarkRow> marks)
{
    QStringList parts;
    for (const MarkRow& mark : marks)
        parts << (mark.name == "flag" ? QStringLiteral("⚑") + fromUtf8(mark.value)
                : mark.name == "star" ? QStringLiteral("★")
                                      : oneLine(mark.name.substr(kTagPrefix.size())));
    return parts.join(QLatin1Char(' '));
}

ItemTableModel::ItemTableModel(Pictures* pictures, const View* view, QObject* parent)
    : QAbstractTableModel(parent)
    , m_pictures(pictures)
    , m_view(view)
{
    if (pictures)
        connect(pictures, &Pictures::arrived, this, [this] {
            if (!m_rows.shown.empty())
                emit dataChanged(index(0, PictureColumn), index(rowCount() - 1, PictureColumn),
                    { Qt::DecorationRole });
        });
}

void ItemTableModel::setRows(ItemRows rows)
{
    beginResetModel();
    m_rows = std::move(rows);
    m_begins.clear();
    int groupEnd = 0; // place behind the group of the rows so far
    const bool grouped = m_rows.order && m_rows.order->hasGroups();
    for (std::size_t row = 0; grouped && row < m_rows.shown.size(); ++row)
        if (const int at = m_rows.shown[row]; row == 0 || placeOf(at) >= groupEnd) {
            m_begins.push_back(static_cast<int>(row));
            groupEnd = m_rows.order->groupOf(at).end;
        }
    endResetModel();
}

int ItemTableModel::placeOf(int at) const
{
    return m_rows.order ? m_rows.order->placeOf(at) : at;
}

QVariant ItemTableModel::groupOf(int row) const
{
    if (!m_rows.order || !m_rows.order->hasGroups())
        return {};
    const auto begin = std::ranges::lower_bound(m_begins, row);
    if (begin == m_begins.end() || *begin != row)
        return QString();
    const int end = begin + 1 == m_begins.end() ? rowCount() : *(begin + 1);
    const int at = m_rows.shown[static_cast<std::size_t>(row)];
    const int shown = end - row, all = m_rows.order->groupOf(at).size();
    const bool picture = m_rows.table->hasPicture(static_cast<std::size_t>(at));
    if (shown == all)
        return picture ? tr("%n questions", nullptr, all)
                       : tr("%n without a picture", nullptr, all);
    return (picture ? tr("%1 of %2 questions") : tr("%1 of %2 without a picture"))
        .arg(shown)
        .arg(all);
}

ItemId ItemTableModel::idAt(int row) const
{
    if (row < 0 || row >= static_cast<int>(m_rows.shown.size()))
        return {};
    return m_rows.table->id(static_cast<std::size_t>(m_rows.shown[static_cast<std::size_t>(row)]));
}

std::optional<Item> ItemTableModel::itemAt(int row) const
{
    if (row < 0 || row >= static_cast<int>(m_rows.shown.size()))
        return std::nullopt;
    return m_rows.table->item(
        static_cast<std::size_t>(m_rows.shown[static_cast<std::size_t>(row)]));
}

int ItemTableModel::rowOf(ItemId id) const
{
    const int at = m_rows.table->rowOf(id);
    if (at < 0)
        return -1;
    const auto found = std::ranges::lower_bound(
        m_rows.shown, placeOf(at), {}, [this](int one) { return placeOf(one); });
    return found == m_rows.shown.end() || *found != at
        ? -1
        : static_cast<int>(found - m_rows.shown.begin());
}

int ItemTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.shown.size());
}

int ItemTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QString ItemTableModel::textOf(std::size_t at, int column) const
{
    if (column == MarksColumn)
        return m_view ? marksLine(m_view->marksOf(m_rows.table->id(at))) : QString();
    if (column == SourceColumn)
        return oneLine(m_rows.table->sourceOf(at));
    const Item item = m_rows.table->item(at);
    switch (column) {
    case KeyColumn:
        return oneLine(item.key);
    case QuestionColumn:
        return oneLine(item.question);
    case OptionsColumn:
        return optionsLine(item.options, item.answer);
    case AnswerColumn:
        return oneLine(item.answer);
    case CategoryColumn:
        return oneLine(item.category);
    default:
        return {};
    }
}

QVariant ItemTableModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !idAt(index.row()))
        return {};
    const auto at = static_cast<std::size_t>(m_rows.shown[static_cast<std::size_t>(index.row())]);
    if (role == GroupRole)
        return groupOf(index.row());
    if (role == Qt::DisplayRole && index.column() == PictureColumn)
        return groupOf(index.row()).toString();
    if (role == Qt::DisplayRole)
        return textOf(at, index.column());
    if (role == Qt::ForegroundRole && index.column() == MarksColumn && m_view)
        for (const MarkRow& mark : m_view->marksOf(m_rows.table->id(at)))
            if (mark.name == "flag")
                return tokensOf(QGuiApplication::palette()).ofFlag(mark.value);
    if (role == Qt::ToolTipRole && index.column() != PictureColumn)
        return tooltip(textOf(at, index.column()));
    if (role == Qt::DecorationRole && index.column() == PictureColumn && m_pictures
        && m_rows.table->hasPicture(at))
        return m_pictures->small(m_rows.table->images(at).front());
    return {};
}

QVariant ItemTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    const QString names[ColumnCount] = { tr("Picture"), tr("Marks"), tr("Key"), tr("Question"),
        tr("Options"), tr("Answer"), tr("Category"), tr("Source") };
    return section >= 0 && section < ColumnCount ? QVariant(names[section]) : QVariant();
}

} // namespace slook::gui
