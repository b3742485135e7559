#include "pages/data_page.h"
#include "models/item_table_model.h"
#include "models/text_table_model.h"
#include "pages/item_inspector.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tables.h"
#include "parts/tokens.h"
#include <QAction>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QLineEdit>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

constexpr int itemRowHeight = 52;
constexpr int typingPause = 150; // milliseconds before a filter acts

} // namespace

DataPage::DataPage(const PageParts& parts)
    : Page(parts, QStringLiteral("data"), tr("Data"))
    , m_model(new ItemTableModel(&parts.pictures, this))
    , m_table(new RowTable(itemRowHeight))
    , m_filter(new QLineEdit)
    , m_filterError(plainLabel())
    , m_count(mutedLabel())
    , m_importFile(addPageAction(tr("Import a file…"), QKeySequence(tr("Ctrl+I"))))
    , m_importFolder(addPageAction(tr("Import a folder…"), QKeySequence(tr("Ctrl+Shift+I"))))
{
    build();
    connect(m_importFile, &QAction::triggered, this, [this] {
        const QString file = QFileDialog::getOpenFileName(this, tr("Import questions"), {},
            tr("Questions (*.tsv *.json *.jsonl *.csv);;All files (*)"));
        if (!file.isEmpty())
            importPath(file);
    });
    connect(m_importFolder, &QAction::triggered, this, [this] {
        const QString folder =
            QFileDialog::getExistingDirectory(this, tr("Import pictures, or a data set's folder"));
        if (!folder.isEmpty())
            importPath(folder);
    });
    auto* focus = addPageAction(tr("Filter"), QKeySequence(tr("Ctrl+F")));
    connect(focus, &QAction::triggered, m_filter, [this] { m_filter->setFocus(); });
    auto* clear = addPageAction(tr("Clear the filter"), QKeySequence(tr("Ctrl+Shift+F")));
    connect(clear, &QAction::triggered, m_filter, &QLineEdit::clear);
    for (const auto& [key, by] : { std::pair(Qt::Key_J, 1), std::pair(Qt::Key_K, -1) }) {
        auto* step = addPageAction(by > 0 ? tr("Next question") : tr("Previous question"), key);
        connect(step, &QAction::triggered, m_table, [this, by = by] { m_table->step(by); });
    }
    auto* laboratory = addPageAction(tr("Corrupt this picture in the laboratory"), Qt::Key_L);
    connect(laboratory, &QAction::triggered, this, [this] {
        if (const Item* item = m_model->itemAt(m_table->currentRow()))
            emit toLaboratory(item->id);
    });
    refresh();
}

void DataPage::build()
{
    m_table->setObjectName(QStringLiteral("itemTable"));
    m_table->setModel(m_model);
    m_table->setItemDelegateForColumn(ItemTableModel::PictureColumn, new PictureDelegate(m_table));
    m_table->setWidths({ 84, 90, 300, 280, 80, 110, 130 }, ItemTableModel::QuestionColumn);
    m_filter->setObjectName(QStringLiteral("itemFilter"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setPlaceholderText(tr(
        "Filter: words, or category:colour  source:NAME  split:test  answer:B  -text   (Ctrl+F)"));
    m_filterError->setVisible(false);
    auto* importButton = new QPushButton(tr("Import…"));
    importButton->setProperty("primary", true);
    importButton->setToolTip(
        tr("Import a file (Ctrl+I); a folder with Ctrl+Shift+I; or drop one here"));
    connect(importButton, &QPushButton::clicked, m_importFile, &QAction::trigger);

    auto* top = new QHBoxLayout;
    top->addWidget(m_filter, 1);
    m_count->setWordWrap(false);
    top->addWidget(m_count);
    top->addWidget(importButton);
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(1, 1, 1, 1);
    inside->addWidget(m_table);
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->addLayout(top);
    column->addWidget(m_filterError);
    column->addWidget(card, 1);

    auto* empty = new EmptyState(tr("No questions yet"),
        tr("Import a benchmark (VLMEvalKit TSV, easy-VQA, LLaVA questions) or a folder of "
           "pictures. "
           "Or drop a file or a folder onto this window."));
    empty->addAction(m_importFile);
    empty->addAction(m_importFolder);
    setContent(content, empty);

    auto* pause = new QTimer(this);
    pause->setSingleShot(true);
    pause->setInterval(typingPause);
    connect(m_filter, &QLineEdit::textChanged, pause, qOverload<>(&QTimer::start));
    connect(pause, &QTimer::timeout, this, &DataPage::filter);
    connect(m_table, &RowTable::rowChanged, this, [this](int row) {
        if (m_inspector)
            m_inspector->show(m_model->itemAt(row));
        emit statusChanged();
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
    const int selected = m_table->selectionModel()
        ? static_cast<int>(m_table->selectionModel()->selectedRows().size())
        : 0;
    return tr("%1 of %2 questions · %3 selected").arg(m_model->rowCount()).arg(m_all).arg(selected);
}

void DataPage::refresh()
{
    const bool open = !workspace().project().file.isEmpty();
    m_importFile->setEnabled(open && !workspace().project().readOnly);
    m_importFolder->setEnabled(m_importFile->isEnabled());
    filter();
}

void DataPage::filter()
{
    const int request = ++m_request;
    workspace().items(
        m_filter->text().toStdString(), this, [this, request](const Result<ItemRows>& rows) {
            if (request == m_request)
                show(rows);
        });
}

void DataPage::show(const Result<ItemRows>& rows)
{
    const bool badFilter = !rows && rows.error().kind == ErrorKind::Invalid;
    m_filterError->setVisible(badFilter);
    if (badFilter)
        return m_filterError->setText(fromUtf8(message(rows.error())));
    const Item* old = m_model->itemAt(m_table->currentRow());
    const ItemId kept = old ? old->id : ItemId {};
    m_all = rows ? rows->table->items.size() : 0;
    m_model->setRows(rows ? *rows : ItemRows {});
    m_count->setText(tr("%1 of %2").arg(m_model->rowCount()).arg(m_all));
    showEmpty(m_all == 0);
    const int row = kept ? m_model->rowOf(kept) : 0;
    if (m_model->rowCount() > 0)
        m_table->setCurrentIndex(m_model->index(std::max(0, row), ItemTableModel::QuestionColumn));
    else if (m_inspector)
        m_inspector->show(nullptr);
    emit statusChanged();
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
    emit workspace().said(tr("%1 questions and %2 pictures from %3")
                              .arg(report->source.items)
                              .arg(report->pictures)
                              .arg(QFileInfo(path).fileName()),
        false);
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
