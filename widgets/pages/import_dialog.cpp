#include "pages/import_dialog.h"
#include "core/hash.h"
#include "models/item_table_model.h"
#include "models/text_table_model.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>
#include <QSignalBlocker>
#include <QSplitter>
#include <QTabWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

namespace slook::gui {
namespace {

constexpr int readAfterMilliseconds = 400;
constexpr std::size_t mostRows = 200; ///< that are shown of each list

RowTable* importTable(TextTableModel* model, const QList<int>& widths, int stretched)
{
    auto* table = new RowTable(26);
    table->setModel(model);
    table->setWidths(widths, stretched);
    return table;
}

} // namespace

ImportDialog::ImportDialog(Workspace& workspace, QString path, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_path(std::move(path))
    , m_pause(new QTimer(this))
    , m_format(new QComboBox)
    , m_name(new QLineEdit)
    , m_split(new QLineEdit)
    , m_root(new QLineEdit)
    , m_model(new QLineEdit)
    , m_whole(new QCheckBox(tr("Of a file that was cut off, take the rows that are whole")))
    , m_mapping(new QFormLayout)
    , m_mappingTitle(heading(tr("Columns")))
    , m_says(plainLabel())
    , m_bar(new QProgressBar)
    , m_tabs(new QTabWidget)
    , m_rows(new TextTableModel({ tr("Key"), tr("Question"), tr("Options"), tr("Answer"),
                                    tr("Category"), tr("Pictures") },
          this))
    , m_problems(new TextTableModel({ tr("Line"), tr("Key"), tr("Not taken because") }, this))
    , m_checks(new TextTableModel({ tr("Outcome"), tr("What was looked at") }, this))
    , m_tooLong(new TextTableModel({ tr("Line"), tr("Key"), tr("Too long for the model") }, this))
    , m_rowTable(importTable(m_rows, { 70, 260, 180, 70, 100, 70 }, 1))
    , m_row(new TextView)
    , m_import(nullptr)
{
    setObjectName(QStringLiteral("importDialog"));
    setWindowTitle(tr("Import %1").arg(oneLine(QFileInfo(m_path).fileName().toStdString())));
    resize(1120, 700);
    build();
    m_pause->setSingleShot(true);
    m_pause->setInterval(readAfterMilliseconds);
    connect(m_pause, &QTimer::timeout, this, &ImportDialog::read);
    connect(&m_workspace, &Workspace::jobsChanged, this, [this] {
        const auto& jobs = m_workspace.jobs();
        const auto job = std::ranges::find(jobs, m_job, &JobView::id);
        if (job == jobs.end())
            return;
        m_bar->setRange(0, job->total > 0 ? 1000 : 0);
        if (job->total > 0)
            m_bar->setValue(static_cast<int>(1000 * job->done / job->total));
    });
    m_says->setText(tr("Reading…"));
    offerModel();
}

ImportDialog::~ImportDialog()
{
    if (m_reading)
        m_workspace.stopJob(m_job);
}

void ImportDialog::build()
{
    m_says->setObjectName(QStringLiteral("importSays"));
    m_tabs->setObjectName(QStringLiteral("importTabs"));
    m_bar->setTextVisible(false);
    constexpr int barHeight = 4, rowHeight = 120;
    m_bar->setFixedHeight(barHeight);
    m_rowTable->setObjectName(QStringLiteral("importRows"));
    m_row->setFixedHeight(rowHeight);
    auto* rows = new QWidget;
    auto* inRows = new QVBoxLayout(rows);
    inRows->setContentsMargins(0, 0, 0, 0);
    inRows->addWidget(m_rowTable, 1);
    inRows->addWidget(m_row);
    m_tabs->addTab(rows, tr("Questions"));
    m_tabs->addTab(importTable(m_problems, { 70, 140, 400 }, 2), tr("Rows not taken"));
    m_tabs->addTab(importTable(m_checks, { 90, 400 }, 1), tr("Checks"));
    m_tabs->addTab(importTable(m_tooLong, { 70, 140, 400 }, 2), tr("Too long"));
    connect(m_rowTable, &RowTable::rowChanged, this, &ImportDialog::showRow);
    auto* right = new QWidget;
    auto* inRight = new QVBoxLayout(right);
    inRight->setContentsMargins(8, 0, 0, 0);
    inRight->addWidget(m_says);
    inRight->addWidget(m_bar);
    inRight->addWidget(m_tabs, 1);
    auto* splitter = new QSplitter;
    splitter->addWidget(buildChoices());
    splitter->addWidget(right);
    splitter->setStretchFactor(1, 1);
    splitter->setChildrenCollapsible(false);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_import = buttons->addButton(tr("Import"), QDialogButtonBox::AcceptRole);
    m_import->setObjectName(QStringLiteral("importButton"));
    m_import->setProperty("primary", true);
    m_import->setToolTip(tr("As one step that Ctrl+Z takes back (Ctrl+Return)"));
    m_import->setShortcut(QKeySequence(tr("Ctrl+Return")));
    m_import->setEnabled(false);
    connect(buttons, &QDialogButtonBox::accepted, this, &ImportDialog::add);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(splitter, 1);
    column->addWidget(buttons);
}

QLayout* ImportDialog::folderRow(QLineEdit* line, const QString& title)
{
    auto* choose = new QPushButton(tr("Choose…"));
    connect(choose, &QPushButton::clicked, this, [this, line, title] {
        const QString folder = QFileDialog::getExistingDirectory(this, title);
        if (!folder.isEmpty())
            line->setText(folder);
    });
    auto* row = new QHBoxLayout;
    row->addWidget(line, 1);
    row->addWidget(choose);
    return row;
}

/// Before anything is read, so that it is read once.
void ImportDialog::offerModel()
{
    m_workspace.runs(this, [this](const Result<std::vector<RunRow>>& runs) {
        const QSignalBlocker quiet(m_model);
        for (const RunRow& run : runs ? *runs : std::vector<RunRow>())
            if (!run.model.empty() && m_model->text().isEmpty())
                m_model->setText(fromUtf8(run.model)); // the newest comes first
        readShape(m_format->currentData().toString());
    });
}

QWidget* ImportDialog::buildChoices()
{
    constexpr int width = 330;
    auto* inside = new QWidget;
    auto* column = new QVBoxLayout(inside);
    column->addWidget(codeLabel(m_path));
    auto* form = new QFormLayout;
    form->setRowWrapPolicy(QFormLayout::WrapLongRows);
    m_format->setObjectName(QStringLiteral("importFormat"));
    m_format->addItem(tr("found out"), QString());
    for (const std::string& one : workbench::importFormats())
        m_format->addItem(fromUtf8(one), fromUtf8(one));
    form->addRow(tr("Form"), m_format);
    m_name->setPlaceholderText(QFileInfo(m_path).completeBaseName());
    form->addRow(tr("Name"), m_name);
    m_split->setPlaceholderText(tr("as the file says"));
    form->addRow(tr("Split"), m_split);
    m_root->setPlaceholderText(tr("beside the file"));
    form->addRow(tr("Pictures"), folderRow(m_root, tr("Folder of the pictures")));
    m_model->setObjectName(QStringLiteral("importModel"));
    m_model->setPlaceholderText(tr("lengths are not checked"));
    m_model->setToolTip(tr("A model's folder: questions whose prompt, pictures included, is longer "
                           "than its context are listed. Its weights are not read."));
    form->addRow(tr("Must fit"), folderRow(m_model, tr("Folder of the model")));
    column->addLayout(form);
    column->addWidget(m_whole);
    column->addWidget(m_mappingTitle);
    m_mapping->setLabelAlignment(Qt::AlignLeft);
    column->addLayout(m_mapping);
    column->addStretch(1);
    connect(m_format, &QComboBox::currentIndexChanged, this,
        [this] { readShape(m_format->currentData().toString()); });
    for (QLineEdit* line : { m_name, m_split, m_root, m_model })
        connect(line, &QLineEdit::textChanged, this, &ImportDialog::changed);
    connect(m_whole, &QCheckBox::toggled, this, &ImportDialog::changed);
    auto* area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setMinimumWidth(width);
    area->setWidget(inside);
    return area;
}

void ImportDialog::readShape(const QString& format)
{
    m_workspace.sourceShape(
        m_path, format.toStdString(), this, [this](const Result<workbench::SourceShape>& shape) {
            if (!shape) {
                m_says->setText(fromUtf8(message(shape.error())));
                return;
            }
            showShape(*shape);
        });
}

void ImportDialog::showShape(const workbench::SourceShape& shape)
{
    m_shape = shape;
    while (m_mapping->rowCount() > 0)
        m_mapping->removeRow(0);
    m_fields.clear();
    m_mappingTitle->setVisible(!shape.fields.empty());
    for (const std::string& field : shape.fields) {
        auto* box = new QComboBox;
        box->setObjectName(QStringLiteral("column:") + fromUtf8(field));
        box->addItem(tr("– under its own name"), QString());
        for (const auto& column : shape.columns) {
            box->addItem(oneLine(column.name), fromUtf8(column.name));
            box->setItemData(box->count() - 1, tooltip(fromUtf8(column.sample)), Qt::ToolTipRole);
        }
        m_mapping->addRow(fromUtf8(field), box);
        m_fields.emplace_back(field, box);
    }
    recall();
    for (const auto& [field, box] : m_fields)
        connect(box, &QComboBox::currentIndexChanged, this, &ImportDialog::changed);
    if (shape.format.empty()) {
        m_says->setText(tr("%1. Choose its form, and say which column is the question.")
                            .arg(fromUtf8(shape.reason)));
        m_bar->hide();
        return;
    }
    read();
}

QString ImportDialog::keyOfColumns() const
{
    std::vector<std::string> names;
    for (const auto& column : m_shape.columns)
        names.push_back(column.name);
    std::ranges::sort(names);
    std::string all = m_shape.format;
    for (const std::string& name : names)
        all += '\n' + name;
    return QStringLiteral("importMapping/") + QString::fromStdString(sha256(all)).left(16);
}

void ImportDialog::recall()
{
    const auto kept = QSettings().value(keyOfColumns()).toStringList();
    for (const QString& one : kept) {
        const QString ours = one.section(QLatin1Char('='), 0, 0);
        for (const auto& [field, box] : m_fields)
            if (fromUtf8(field) == ours)
                box->setCurrentIndex(std::max(0, box->findData(one.section(QLatin1Char('='), 1))));
    }
}

void ImportDialog::keep() const
{
    QStringList mapping;
    for (const auto& [ours, theirs] : options().columns)
        mapping << fromUtf8(ours) + QLatin1Char('=') + fromUtf8(theirs);
    QSettings settings;
    if (mapping.isEmpty())
        settings.remove(keyOfColumns());
    else
        settings.setValue(keyOfColumns(), mapping);
}

workbench::ImportOptions ImportDialog::options() const
{
    workbench::ImportOptions options;
    options.format = m_format->currentData().toString().toStdString();
    options.name = m_name->text().trimmed().toStdString();
    options.split = m_split->text().trimmed().toStdString();
    options.imageRoot = m_root->text().trimmed().toStdString();
    options.model = m_model->text().trimmed().toStdString();
    options.wholeRecordsOfCutFile = m_whole->isChecked();
    for (const auto& [ours, box] : m_fields)
        if (const QString theirs = box->currentData().toString(); !theirs.isEmpty())
            options.columns.emplace_back(ours, theirs.toStdString());
    return options;
}

void ImportDialog::changed()
{
    m_pause->start();
    m_import->setEnabled(false);
}

void ImportDialog::read()
{
    if (m_reading)
        m_workspace.stopJob(m_job);
    m_reading = true;
    const int request = ++m_request;
    m_preview.reset();
    m_import->setEnabled(false);
    m_says->setText(tr("Reading…"));
    m_bar->setRange(0, 0);
    m_bar->show();
    m_job = m_workspace.previewImport(
        m_path, options(), this, [this, request](const Result<Workspace::Preview>& preview) {
            if (request == m_request)
                showPreview(preview);
        });
}

void ImportDialog::showPreview(const Result<Workspace::Preview>& preview)
{
    m_reading = false;
    m_bar->hide();
    m_preview = preview ? *preview : nullptr;
    m_import->setEnabled(m_preview && !m_preview->batch.items.empty());
    std::vector<TextTableModel::Row> rows, problems, checks, tooLong;
    if (!preview) {
        m_says->setText(fromUtf8(message(preview.error())));
    } else {
        const auto& batch = m_preview->batch;
        m_says->setText(
            tr("%n questions of the form %1", nullptr, static_cast<int>(batch.items.size()))
                .arg(fromUtf8(batch.source.format))
            + tr(", %n different pictures", nullptr, static_cast<int>(batch.images.size()))
            + tr("; %n rows cannot be taken.", nullptr, static_cast<int>(batch.problems.size())));
        for (std::size_t i = 0; i < std::min(batch.items.size(), mostRows); ++i) {
            const Item& item = batch.items[i];
            rows.push_back({ { oneLine(item.key), oneLine(item.question),
                optionsLine(item.options, item.answer), oneLine(item.answer),
                oneLine(item.category), QString::number(batch.itemImages[i].size()) } });
        }
        for (std::size_t i = 0; i < std::min(batch.problems.size(), mostRows); ++i)
            problems.push_back({ { QString::number(batch.problems[i].line),
                oneLine(batch.problems[i].key), oneLine(batch.problems[i].reason) } });
        for (const auto& check : m_preview->checks)
            checks.push_back({ { check.fine ? tr("✓ fine") : tr("! look"), oneLine(check.text) },
                { check.fine ? 2 : 3, 0 } });
        for (std::size_t i = 0; i < std::min(m_preview->tooLong.size(), mostRows); ++i)
            tooLong.push_back({ { QString::number(m_preview->tooLong[i].line),
                oneLine(m_preview->tooLong[i].key), oneLine(m_preview->tooLong[i].reason) } });
    }
    m_tabs->setTabText(
        1, tr("Rows not taken (%1)").arg(m_preview ? m_preview->batch.problems.size() : 0));
    m_tabs->setTabText(3, tr("Too long (%1)").arg(m_preview ? m_preview->tooLong.size() : 0));
    m_rows->setRows(std::move(rows));
    m_problems->setRows(std::move(problems));
    m_checks->setRows(std::move(checks));
    m_tooLong->setRows(std::move(tooLong));
    m_rowTable->setCurrentIndex(m_rows->index(0, 0));
    showRow(m_rowTable->currentRow());
}

void ImportDialog::showRow(int row)
{
    MarkedText text;
    if (m_preview && row >= 0 && row < static_cast<int>(m_preview->batch.items.size())) {
        const auto at = static_cast<std::size_t>(row);
        const Item& item = m_preview->batch.items[at];
        text.text = fromUtf8(item.question);
        for (const Option& option : item.options)
            text.text +=
                QStringLiteral("\n%1. %2").arg(fromUtf8(option.label), fromUtf8(option.text));
        for (const std::size_t picture : m_preview->batch.itemImages[at]) {
            const ImageRow& image = m_preview->batch.images[picture].row;
            text.text += tr("\n%1×%2 %3 %4")
                             .arg(image.width)
                             .arg(image.height)
                             .arg(fromUtf8(image.format),
                                 image.storedBytes ? tr("in the file") : fromUtf8(image.path));
        }
        text.text += tr("\nline %1 · other fields: %2").arg(item.line).arg(fromUtf8(item.fields));
    }
    m_row->show(text);
}

void ImportDialog::add()
{
    if (!m_preview)
        return;
    const auto preview = std::exchange(m_preview, nullptr); // it is the owning thread's from now on
    m_import->setEnabled(false);
    keep();
    m_says->setText(tr("Importing…"));
    m_bar->setRange(0, 0);
    m_bar->show();
    m_workspace.addPreviewed(
        preview, options(), this, [this](const Result<workbench::ImportReport>& report) {
            m_bar->hide();
            if (!report) {
                m_says->setText(fromUtf8(message(report.error())));
                return;
            }
            emit imported(*report);
            accept();
        });
}

} // namespace slook::gui
