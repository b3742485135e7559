#include "pages/facet_panel.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tokens.h"
#include <QHeaderView>
#include <QPainter>
#include <QShortcut>
#include <QStyledItemDelegate>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {
namespace {

constexpr int fieldRole = Qt::UserRole, valueRole = Qt::UserRole + 1, shownRole = Qt::UserRole + 2,
              allRole = Qt::UserRole + 3, mostRole = Qt::UserRole + 4;

/// A bar for all, a stronger one over it for those that pass, and their number.
class BarDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
        const QModelIndex& index) const override
    {
        const int most = index.data(mostRole).toInt();
        if (most > 0) {
            const auto& colours = tokensOf(option.palette);
            constexpr int inset = 4;
            const QRect box = option.rect.adjusted(2, inset, -2, -inset);
            const auto part = [&](int n) {
                return QRect(
                    box.left(), box.top(), std::max(1, box.width() * n / most), box.height());
            };
            painter->fillRect(part(index.data(allRole).toInt()), colours.chip);
            if (const int shown = index.data(shownRole).toInt(); shown > 0) {
                QColor strong = colours.accent;
                constexpr int alpha = 110;
                strong.setAlpha(alpha);
                painter->fillRect(part(shown), strong);
            }
        }
        painter->setPen(option.palette.color(QPalette::Text));
        painter->drawText(option.rect.adjusted(6, 0, -6, 0), Qt::AlignVCenter | Qt::AlignRight,
            index.data(Qt::DisplayRole).toString());
    }
};

QString titleOf(const std::string& field)
{
    static const std::map<std::string, QString> titles { { "type", FacetPanel::tr("Transition") },
        { "source", FacetPanel::tr("Source") }, { "category", FacetPanel::tr("Category") },
        { "split", FacetPanel::tr("Split") }, { "answer", FacetPanel::tr("Known answer") },
        { "flag", FacetPanel::tr("Flag") }, { "star", FacetPanel::tr("Star") },
        { "tag", FacetPanel::tr("Tag") } };
    const auto found = titles.find(field);
    return found == titles.end() ? fromUtf8(field) : found->second;
}

} // namespace

FacetPanel::FacetPanel(const PageParts& parts, QWidget* parent)
    : QWidget(parent)
    , m_parts(parts)
    , m_tree(new QTreeWidget)
{
    m_tree->setObjectName(QStringLiteral("facetTree"));
    m_tree->setColumnCount(2);
    m_tree->setHeaderHidden(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setIndentation(10);
    m_tree->setUniformRowHeights(true);
    m_tree->setItemDelegateForColumn(1, new BarDelegate(m_tree));
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    constexpr int barWidth = 96;
    m_tree->setColumnWidth(1, barWidth);
    m_tree->setToolTip(tr("Choose a value to filter by it; choose it again to take that back"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 4, 8);
    column->addWidget(heading(tr("What there is")));
    column->addWidget(m_tree, 1);
    connect(m_tree, &QTreeWidget::itemClicked, this, &FacetPanel::toggle);
    for (const auto key : { Qt::Key_Return, Qt::Key_Enter, Qt::Key_Space }) {
        auto* choose = new QShortcut(key, m_tree, nullptr, nullptr, Qt::WidgetShortcut);
        connect(choose, &QShortcut::activated, this, [this] {
            if (auto* item = m_tree->currentItem())
                toggle(item);
        });
    }
    connect(m_tree, &QTreeWidget::itemCollapsed, this,
        [this](QTreeWidgetItem* item) { m_folded << item->data(0, fieldRole).toString(); });
    connect(m_tree, &QTreeWidget::itemExpanded, this,
        [this](QTreeWidgetItem* item) { m_folded.removeAll(item->data(0, fieldRole).toString()); });
    connect(&parts.view, &View::changed, this, &FacetPanel::refresh);
}

void FacetPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void FacetPanel::refresh()
{
    if (!isVisible())
        return;
    const int request = ++m_request;
    m_parts.workspace.facets(m_parts.view.query(), this,
        [this, request](const Result<std::vector<workbench::Facet>>& facets) {
            if (request == m_request)
                show(facets ? *facets : std::vector<workbench::Facet>());
        });
}

void FacetPanel::show(const std::vector<workbench::Facet>& facets)
{
    const QSignalBlocker quiet(m_tree);
    const auto placeOf = [](const QTreeWidgetItem* item) {
        return item ? item->data(0, fieldRole).toString() + QLatin1Char(':')
                + item->data(0, valueRole).toString()
                    : QString();
    };
    const QString place = placeOf(m_tree->currentItem());
    m_tree->clear();
    for (const auto& facet : facets) {
        const QString field = fromUtf8(facet.field);
        const QString chosen = m_parts.view.wordOf(field);
        auto* group = new QTreeWidgetItem(m_tree, { titleOf(facet.field) });
        group->setData(0, fieldRole, field);
        group->setFlags(Qt::ItemIsEnabled);
        QFont bold = m_tree->font();
        bold.setBold(true);
        group->setFont(0, bold);
        int most = 1;
        for (const auto& value : facet.values)
            most = std::max(most, value.all);
        for (const auto& value : facet.values) {
            const QString count = value.shown == value.all
                ? QString::number(value.all)
                : tr("%1 of %2").arg(value.shown).arg(value.all);
            auto* row = new QTreeWidgetItem(group, { oneLine(value.value), count });
            row->setData(0, fieldRole, field);
            row->setData(0, valueRole, fromUtf8(value.value));
            row->setData(1, shownRole, value.shown);
            row->setData(1, allRole, value.all);
            row->setData(1, mostRole, most);
            row->setToolTip(0, tooltip(field + QLatin1Char(':') + fromUtf8(value.value)));
            const bool isChosen =
                chosen == fromUtf8(workbench::filterValue(value.value)) && !chosen.isEmpty();
            if (isChosen)
                row->setFont(0, bold);
            row->setCheckState(0, isChosen ? Qt::Checked : Qt::Unchecked);
            row->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
            if (placeOf(row) == place)
                m_tree->setCurrentItem(row);
        }
        if (facet.more > 0) {
            auto* more = new QTreeWidgetItem(group, { tr("and %n others", nullptr, facet.more) });
            more->setFlags(Qt::NoItemFlags);
        }
        group->setExpanded(!m_folded.contains(field));
    }
}

void FacetPanel::toggle(QTreeWidgetItem* item)
{
    const QString field = item->data(0, fieldRole).toString();
    const QVariant value = item->data(0, valueRole);
    if (!value.isValid())
        return;
    const QString written = fromUtf8(workbench::filterValue(value.toString().toStdString()));
    const bool again = m_parts.view.wordOf(field) == written;
    m_parts.view.setWord(field, again ? QString() : value.toString());
}

} // namespace slook::gui
