#include "pages/data_page.h"
#include "models/item_table_model.h"
#include "models/text_table_model.h"
#include "pages/facet_panel.h"
#include "pages/filter_bar.h"
#include "pages/import_dialog.h"
#include "pages/item_inspector.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/off_thread.h"
#include "parts/tables.h"
#include "parts/tokens.h"
#include <QAction>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QInputDialog>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <utility>

namespace slook::gui {
namespace {

constexpr int itemRowHeight = 52;
constexpr int usualTile = 172, smallestTile = 96, largestTile = 420; // pixels

/// What a column of the table is sorted by.
struct ColumnOrder {
    int column;
    std::optional<workbench::OrderBy> by;
};
constexpr std::array columnOrders {
    ColumnOrder { ItemTableModel::KeyColumn, workbench::OrderBy::Key },
    ColumnOrder { ItemTableModel::QuestionColumn, workbench::OrderBy::QuestionLength },
    ColumnOrder { ItemTableModel::AnswerColumn, workbench::OrderBy::Answer },
    ColumnOrder { ItemTableModel::CategoryColumn, workbench::OrderBy::Category },
    ColumnOrder { ItemTableModel::SourceColumn, workbench::OrderBy::Source },
};

/// What a row that heads a group of questions about one picture says of it, at the lower edge.
void paintGroup(QPainter& painter, const QRect& box, const QStyleOptionViewItem& option,
    const QModelIndex& index)
{
    const QString text = index.data(ItemTableModel::GroupRole).toString();
    if (text.isEmpty())
        return;
    constexpr int height = 15, margin = 3;
    const auto& colours = tokensOf(option.palette);
    const QRect strip(box.left(), box.bottom() - height + 1, box.width(), height);
    painter.fillRect(strip, colours.chip);
    painter.setPen(colours.text);
    painter.drawText(strip.adjusted(margin, 0, -margin, 0), Qt::AlignLeft | Qt::AlignVCenter,
        option.fontMetrics.elidedText(text, Qt::ElideRight, strip.width() - 2 * margin));
}

/// The picture column of the table: of a group only the first row shows the picture.
class GroupPictureDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
        const QModelIndex& index) const override
    {
        const QVariant group = index.data(ItemTableModel::GroupRole);
        if (group.isValid() && group.toString().isEmpty())
            return paintRowGround(*painter, option);
        m_picture.paint(painter, option, index);
        paintGroup(*painter, option.rect.adjusted(8, 0, -4, -2), option, index);
    }

private:
    PictureDelegate m_picture;
};

} // namespace

/// A picture with its question's key, answer and marks below.
class TileDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
        const QModelIndex& index) const override
    {
        constexpr int margin = 6, captionHeight = 34;
        const auto& colours = tokensOf(option.palette);
        const QRect box = option.rect.adjusted(2, 2, -2, -2);
        if (option.state & QStyle::State_Selected)
            painter->fillRect(box, colours.selection);
        const QRect place = box.adjusted(margin, margin, -margin, -captionHeight);
        const auto picture = index.data(Qt::DecorationRole).value<QImage>();
        if (!picture.isNull()) {
            const QSize size = picture.size().scaled(place.size(), Qt::KeepAspectRatio);
            QRect shown(QPoint(), size);
            shown.moveCenter(place.center());
            painter->drawImage(shown, picture);
        }
        paintGroup(*painter, place, option, index);
        const auto cell = [&](int column) {
            return index.siblingAtColumn(column).data().toString();
        };
        const QRect first(box.left() + margin, place.bottom() + 2, box.width() - 2 * margin, 16);
        const auto line = [&](const QRect& where, const QString& text, const QColor& colour) {
            painter->setPen(colour);
            painter->drawText(where, Qt::AlignLeft | Qt::AlignVCenter,
                option.fontMetrics.elidedText(text, Qt::ElideRight, where.width()));
        };
        line(first, cell(ItemTableModel::QuestionColumn), colours.text);
        line(first.translated(0, 15),
            cell(ItemTableModel::AnswerColumn) + QStringLiteral("  ")
                + cell(ItemTableModel::MarksColumn),
            colours.muted);
    }
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override
    {
        return { side, side };
    }
    int side = usualTile;
};

DataPage::DataPage(const PageParts& parts)
    : Page(parts, QStringLiteral("data"), tr("Data"))
    , m_model(new ItemTableModel(&parts.pictures, &parts.view, this))
    , m_table(new RowTable(itemRowHeight))
    , m_grid(new QListView)
    , m_tiles(new TileDelegate(m_grid))
    , m_shape(new QStackedWidget)
    , m_filter(new FilterBar(parts))
    , m_importFile(addPageAction(tr("Import a file…"), QKeySequence(tr("Ctrl+I"))))
    , m_importFolder(addPageAction(tr("Import a folder…"), QKeySequence(tr("Ctrl+Shift+I"))))
    , m_byPicture(addPageAction(tr("Questions about one picture together"), tr("Shift+G")))
{
    build();
    connect(m_importFile, &QAction::triggered, this, [this] {
        const QString file = QFileDialog::getOpenFileName(this, tr("Import questions"), {},
            tr("Questions (*.tsv *.json *.jsonl *.csv);;All files (*)"));
        if (!file.isEmpty())
            previewPath(file);
    });
    connect(m_importFolder, &QAction::triggered, this, [this] {
        const QString folder =
            QFileDialog::getExistingDirectory(this, tr("Import pictures, or a data set's folder"));
        if (!folder.isEmpty())
            previewPath(folder);
    });
    auto* focus = addPageAction(tr("Filter"), QKeySequence(tr("Ctrl+F")));
    connect(focus, &QAction::triggered, m_filter, &FilterBar::focusText);
    addMarkActions();
    for (const auto& [key, by] : { std::pair(Qt::Key_J, 1), std::pair(Qt::Key_K, -1) }) {
        auto* step = addPageAction(by > 0 ? tr("Next question") : tr("Previous question"), key);
        connect(step, &QAction::triggered, m_table, [this, by = by] { m_table->step(by); });
    }
    auto* shape = addPageAction(tr("Table or pictures"), Qt::Key_G);
    connect(shape, &QAction::triggered, this, [this] {
        m_shape->setCurrentIndex(1 - m_shape->currentIndex());
        m_shape->currentWidget()->setFocus();
    });
    m_byPicture->setCheckable(true);
    connect(m_byPicture, &QAction::triggered, this, [this](bool on) {
        order(on ? std::optional(workbench::OrderBy::Picture) : std::nullopt, false);
    });
    auto* sort = addPageAction(tr("Sort by the next column"), Qt::Key_S);
    connect(sort, &QAction::triggered, this, [this] {
        const auto now = std::ranges::find(columnOrders, m_orderBy, &ColumnOrder::by);
        const auto next = now == columnOrders.end() ? columnOrders.begin() : now + 1;
        order(next == columnOrders.end() ? std::nullopt : next->by, false);
    });
    m_table->horizontalHeader()->setSectionsClickable(true);
    connect(
        m_table->horizontalHeader(), &QHeaderView::sectionClicked, this, &DataPage::sortByColumn);
    constexpr int tileStep = 32;
    for (const auto& [key, by] : { std::pair(Qt::Key_Plus, 1), std::pair(Qt::Key_Minus, -1) }) {
        auto* size = addPageAction(by > 0 ? tr("Larger pictures") : tr("Smaller pictures"), key);
        connect(size, &QAction::triggered, this,
            [this, by = by] { setTile(m_tiles->side + by * tileStep); });
    }
    auto* goTo = addPageAction(tr("Go to a question…"), QKeySequence(tr("Ctrl+G")));
    connect(goTo, &QAction::triggered, this, &DataPage::goToKey);
    auto* laboratory = addPageAction(tr("Corrupt this picture in the laboratory"), Qt::Key_L);
    connect(laboratory, &QAction::triggered, this, [this] {
        if (const ItemId item = m_model->idAt(m_table->currentRow()))
            emit toLaboratory(item);
    });
    refresh();
}

void DataPage::build()
{
    m_table->setObjectName(QStringLiteral("itemTable"));
    m_table->setModel(m_model);
    m_table->setEmptyText(tr("Nothing passes the filter. Ctrl+Shift+F clears it."));
    m_table->setItemDelegateForColumn(
        ItemTableModel::PictureColumn, new GroupPictureDelegate(m_table));
    m_table->setWidths({ 84, 60, 90, 300, 280, 80, 110, 130 }, ItemTableModel::QuestionColumn);
    auto* importButton = new QPushButton(tr("Import…"));
    importButton->setProperty("primary", true);
    importButton->setToolTip(
        tr("Import a file (Ctrl+I); a folder with Ctrl+Shift+I; or drop one here"));
    connect(importButton, &QPushButton::clicked, m_importFile, &QAction::trigger);

    auto* top = new QHBoxLayout;
    top->addWidget(m_filter, 1);
    top->addWidget(importButton, 0, Qt::AlignTop);
    buildGrid();
    m_shape->addWidget(m_table);
    m_shape->addWidget(m_grid);
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(1, 1, 1, 1);
    inside->addWidget(m_shape);
    auto* facets = new Card;
    auto* inFacets = new QVBoxLayout(facets);
    inFacets->setContentsMargins(1, 1, 1, 1);
    inFacets->addWidget(new FacetPanel(parts()));
    auto* splitter = new QSplitter;
    splitter->addWidget(facets);
    splitter->addWidget(card);
    splitter->setStretchFactor(1, 1);
    constexpr int facetWidth = 272, tableWidth = 900;
    splitter->setSizes({ facetWidth, tableWidth });
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->addLayout(top);
    column->addWidget(splitter, 1);

    auto* empty = new EmptyState(tr("No questions yet"),
        tr("Import a benchmark (VLMEvalKit TSV, easy-VQA, LLaVA questions) or a folder of "
           "pictures. "
           "Or drop a file or a folder onto this window."));
    empty->addAction(m_importFile);
    empty->addAction(m_importFolder);
    setContent(content, empty);

    m_selection = new SelectionTie(
        parts().view, *m_table, [this](int row) { return m_model->idAt(row); },
        [this](ItemId item) { return m_model->rowOf(item); });
    connect(&parts().view, &View::changed, this, &DataPage::filter);
    connect(&parts().view, &View::began, this, &DataPage::showBegun);
    connect(&parts().view, &View::selectionChanged, this, &Page::statusChanged);
    connect(&workspace(), &Workspace::itemsBegan, this, &DataPage::showFirst);
    connect(m_table, &RowTable::rowChanged, this, [this](int row) {
        if (m_inspector)
            m_inspector->show(m_model->itemAt(row));
        emit statusChanged();
    });
}

/// Shares rows and selection with the table.
void DataPage::buildGrid()
{
    constexpr int batch = 500;
    m_grid->setObjectName(QStringLiteral("itemGrid"));
    m_grid->setModel(m_model);
    m_grid->setModelColumn(ItemTableModel::PictureColumn);
    m_grid->setSelectionModel(m_table->selectionModel());
    m_grid->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_grid->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_grid->setViewMode(QListView::IconMode);
    m_grid->setResizeMode(QListView::Adjust);
    m_grid->setMovement(QListView::Static);
    m_grid->setUniformItemSizes(true);
    m_grid->setLayoutMode(QListView::Batched);
    m_grid->setBatchSize(batch);
    m_grid->setItemDelegate(m_tiles);
    setTile(usualTile);
}

void DataPage::setTile(int side)
{
    constexpr int gap = 6;
    m_tiles->side = std::clamp(side, smallestTile, largestTile);
    m_grid->setGridSize({ m_tiles->side + gap, m_tiles->side + gap });
}

void DataPage::goToKey()
{
    bool given = false;
    const QString key = QInputDialog::getText(
        this, tr("Go to a question"), tr("Its key"), QLineEdit::Normal, {}, &given);
    if (given && !key.trimmed().isEmpty())
        find(key.trimmed().toStdString());
}

/// Looked for on another thread: there may be a million.
void DataPage::find(const std::string& key)
{
    offThread(
        this,
        [items = m_items, key] {
            const auto word = workbench::Filter::parse("key:" + workbench::filterValue(key));
            for (std::size_t row = 0; word && row < items->size(); ++row)
                if (word->matches(items->subject(row)))
                    return items->id(row);
            return ItemId {};
        },
        [this, key](ItemId item) {
            const int row = item ? m_model->rowOf(item) : -1;
            if (row >= 0)
                return m_table->selectRow(row);
            const QString name = oneLine(key);
            emit workspace().said(item
                    ? tr("The filter does not let %1 through; Ctrl+Shift+F clears it.").arg(name)
                    : tr("No question has the key %1.").arg(name),
                false);
        });
}

QWidget* DataPage::inspector()
{
    if (!m_inspector) {
        m_inspector = new ItemInspector(parts());
        m_inspector->show(m_model->itemAt(m_table->currentRow()));
    }
    return m_inspector;
}

QString DataPage::statusText() const
{
    if (m_reading)
        return tr("the questions are being read");
    return tr("%1 of %2 questions · %3 selected")
        .arg(m_model->rowCount())
        .arg(m_items->size())
        .arg(parts().view.selected().size());
}

void DataPage::refresh()
{
    const bool open = !workspace().project().file.isEmpty();
    m_importFile->setEnabled(open && !workspace().project().readOnly);
    m_importFolder->setEnabled(m_importFile->isEnabled());
    const int request = ++m_request;
    workspace().items({}, this, [this, request](const Result<ItemRows>& rows) {
        if (request != m_request)
            return;
        m_reading = false;
        take(rows ? rows->table : std::make_shared<ItemTable>());
    });
}

void DataPage::take(std::shared_ptr<const ItemTable> items)
{
    if (items != m_items)
        m_order.reset(); // it is of the old ones
    m_items = std::move(items);
    if (m_orderBy && !m_order && !m_reading)
        return readOrder();
    filter();
}

void DataPage::sortByColumn(int column)
{
    const auto found = std::ranges::find(columnOrders, column, &ColumnOrder::column);
    if (found == columnOrders.end())
        return;
    if (m_orderBy != found->by)
        order(found->by, false);
    else
        order(m_descending ? std::nullopt : m_orderBy, !m_descending);
}

void DataPage::order(std::optional<workbench::OrderBy> by, bool descending)
{
    m_orderBy = by;
    m_descending = by && descending;
    m_byPicture->setChecked(by == workbench::OrderBy::Picture);
    const auto found = std::ranges::find(columnOrders, by, &ColumnOrder::by);
    QHeaderView* header = m_table->horizontalHeader();
    header->setSortIndicatorShown(found != columnOrders.end());
    header->setSortIndicator(found == columnOrders.end() ? -1 : found->column,
        descending ? Qt::DescendingOrder : Qt::AscendingOrder);
    constexpr int narrow = 84, besideACount = 124; // pixels
    m_table->setColumnWidth(
        ItemTableModel::PictureColumn, by == workbench::OrderBy::Picture ? besideACount : narrow);
    m_order.reset();
    if (by)
        readOrder();
    else
        filter();
}

/// On another thread; until the order is there, the old view stays.
void DataPage::readOrder()
{
    struct Made {
        std::shared_ptr<const ItemTable> items;
        workbench::OrderBy by;
        bool descending;
        std::shared_ptr<const workbench::ItemOrder> order;
    };
    offThread(
        this,
        [items = m_items, by = *m_orderBy, descending = m_descending] {
            return Made { items, by, descending,
                std::make_shared<const workbench::ItemOrder>(*items, by, descending) };
        },
        [this](const Made& made) {
            if (made.items != m_items || made.by != m_orderBy || made.descending != m_descending)
                return; // asked for again, or no longer wanted
            m_order = made.order;
            filter();
        });
}

void DataPage::keep(QSettings& settings) const
{
    settings.setValue(QStringLiteral("data/order"), m_orderBy ? static_cast<int>(*m_orderBy) : -1);
    settings.setValue(QStringLiteral("data/descending"), m_descending);
    settings.setValue(QStringLiteral("data/pictures"), m_shape->currentIndex() == 1);
    settings.setValue(QStringLiteral("data/tile"), m_tiles->side);
}

void DataPage::recall(const QSettings& settings)
{
    const int by = settings.value(QStringLiteral("data/order"), -1).toInt();
    if (by >= 0 && by <= static_cast<int>(workbench::OrderBy::Source))
        order(static_cast<workbench::OrderBy>(by),
            settings.value(QStringLiteral("data/descending"), false).toBool());
    setTile(settings.value(QStringLiteral("data/tile"), usualTile).toInt());
    m_shape->setCurrentIndex(
        settings.value(QStringLiteral("data/pictures"), false).toBool() ? 1 : 0);
}

void DataPage::showFirst(const std::shared_ptr<const ItemTable>& table)
{
    if (!m_items->empty() || !parts().view.text().isEmpty())
        return;
    m_reading = true;
    take(table);
}

/// The selection stays as it is until all are known.
void DataPage::showBegun(const std::vector<ItemId>& first)
{
    if (m_order || !isVisible())
        return; // in another order others come first
    if (!m_kept)
        m_kept = m_model->idAt(m_table->currentRow());
    ItemRows rows { m_items, {}, {} };
    for (const ItemId id : first)
        if (const int row = m_items->rowOf(id); row >= 0)
            rows.shown.push_back(row);
    m_model->setRows(std::move(rows));
}

void DataPage::filter()
{
    const ItemId before = std::exchange(m_kept, {});
    const ItemId kept = before ? before : m_model->idAt(m_table->currentRow());
    ItemRows rows { m_items, {}, m_order };
    for (std::size_t i = 0; i < m_items->size(); ++i) {
        const int row = m_order ? m_order->rowAt(i) : static_cast<int>(i);
        if (parts().view.passes(m_items->id(static_cast<std::size_t>(row))))
            rows.shown.push_back(row);
    }
    m_model->setRows(std::move(rows));
    showEmpty(m_items->empty());
    m_selection->restore(kept ? m_model->rowOf(kept) : 0);
    if (m_model->rowCount() == 0 && m_inspector)
        m_inspector->show({});
    emit statusChanged();
}

void DataPage::previewPath(const QString& path)
{
    auto* dialog = new ImportDialog(workspace(), path, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ImportDialog::imported, this,
        [this, path](const workbench::ImportReport& report) { tell(path, report); });
    dialog->open();
}

void DataPage::tell(const QString& path, const workbench::ImportReport& report)
{
    const QString name = oneLine(QFileInfo(path).fileName().toStdString());
    emit workspace().said(report.pairs
            ? tr("%1 questions and %2 answers from %3 · Ctrl+Z takes them out again")
                  .arg(report.source.items)
                  .arg(report.pairs->answers)
                  .arg(name)
            : tr("%1 questions and %2 pictures from %3 · Ctrl+Z takes them out again")
                  .arg(report.source.items)
                  .arg(report.pictures)
                  .arg(name),
        false);
}

void DataPage::importPath(const QString& path)
{
    workspace().importFrom(path, {}, this,
        [this, path](const Result<workbench::ImportReport>& report) { showReport(path, report); });
}

void DataPage::showReport(const QString& path, const Result<workbench::ImportReport>& report)
{
    if (!report) {
        emit workspace().said(fromUtf8(message(report.error())), true);
        return;
    }
    tell(path, *report);
    if (report->problems.empty())
        return;
    auto* dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Import of %1").arg(QFileInfo(path).fileName()));
    dialog->resize(760, 420);
    auto* column = new QVBoxLayout(dialog);
    column->addWidget(plainLabel(tr("%1 questions were taken; %2 rows were not, for these reasons:")
                                     .arg(report->source.items)
                                     .arg(report->problems.size())));
    auto* model = new TextTableModel({ tr("Line"), tr("Key"), tr("Reason") }, dialog);
    std::vector<TextTableModel::Row> rows;
    for (const ProblemRow& problem : report->problems)
        rows.push_back(
            { { QString::number(problem.line), oneLine(problem.key), oneLine(problem.reason) } });
    model->setRows(std::move(rows));
    auto* table = new RowTable(26);
    table->setModel(model);
    table->setWidths({ 70, 140, 400 }, 2);
    column->addWidget(table, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
    column->addWidget(buttons);
    dialog->open();
}

} // namespace slook::gui
