#include "shell/backup_desk.h"
#include "models/text_table_model.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/off_thread.h"
#include "parts/tables.h"
#include <QDateTime>
#include <QDialogButtonBox>
#include <QLocale>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>
#include <chrono>
#include <thread>
#include <utility>

namespace slook::gui {
namespace {

constexpr int lookMilliseconds = 5 * 60 * 1000;

/// The project has been closed just now: whoever held it may need a moment to let it go.
Result<std::filesystem::path> restoreWhenFree(
    const std::filesystem::path& project, const std::filesystem::path& backup)
{
    constexpr auto pause = std::chrono::milliseconds(50);
    constexpr int tries = 200;
    auto done = store::restore(project, backup);
    for (int i = 0; i < tries && !done && done.error().kind == ErrorKind::Conflict; ++i) {
        std::this_thread::sleep_for(pause);
        done = store::restore(project, backup);
    }
    return done;
}

QString ageText(std::int64_t time)
{
    constexpr qint64 minute = 60'000, hour = 60 * minute, day = 24 * hour;
    const qint64 age = std::max<qint64>(0, QDateTime::currentMSecsSinceEpoch() - time);
    return age < minute ? BackupDesk::tr("just now")
        : age < hour    ? BackupDesk::tr("%1 min ago").arg(age / minute)
        : age < 2 * day ? BackupDesk::tr("%1 h ago").arg(age / hour)
                        : BackupDesk::tr("%1 days ago").arg(age / day);
}

using Holdings = std::map<std::string, std::int64_t>;

QString differenceText(const Holdings& now, const Holdings& then)
{
    QStringList lines;
    for (const auto& [table, count] : now) {
        const auto old = then.find(table);
        const auto before = old == then.end() ? 0 : old->second;
        if (before != count)
            lines << RestoreDialog::tr("%1: %2 in the backup, %3 now")
                         .arg(fromUtf8(table), QString::number(before), QString::number(count));
    }
    return lines.isEmpty() ? RestoreDialog::tr("It holds as many rows as the project does now.")
                           : lines.join(QLatin1Char('\n'));
}

} // namespace

BackupDesk::BackupDesk(Workspace& workspace, QObject* parent)
    : QObject(parent)
    , m_workspace(workspace)
    , m_timer(new QTimer(this))
{
    m_timer->setInterval(lookMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &BackupDesk::look);
    connect(&workspace, &Workspace::projectChanged, this, [this] {
        m_last = 0;
        emit moved();
        if (m_workspace.project().file.isEmpty())
            return m_timer->stop();
        m_timer->start();
        offThread(
            this,
            [file = m_workspace.project().file.toStdString()] { return store::backupsOf(file); },
            [this](const std::vector<store::Backup>& all) {
                m_last = all.empty() ? 0 : all.front().time;
                emit moved();
            });
    });
}

QString BackupDesk::age() const
{
    return m_last == 0 ? QString() : tr("backup %1").arg(ageText(m_last));
}

void BackupDesk::look()
{
    emit moved();
    if (!m_workspace.project().readOnly)
        make(false);
}

void BackupDesk::backUpNow()
{
    make(true);
}

void BackupDesk::make(bool asked)
{
    const QString file = m_workspace.project().file;
    if (m_working || file.isEmpty())
        return;
    m_working = true;
    offThread(
        this,
        [path = file.toStdString(), asked]() -> Result<std::optional<store::Backup>> {
            if (!asked)
                return store::backUpIfDue(path);
            auto made = store::backUp(path);
            if (!made)
                return fail(made.error());
            return std::optional(std::move(*made));
        },
        [this, file, asked](const Result<std::optional<store::Backup>>& made) {
            m_working = false;
            if (file == m_workspace.project().file) // else it was of one that is closed
                take(made, asked);
        });
}

void BackupDesk::take(const Result<std::optional<store::Backup>>& made, bool asked)
{
    const QString failure = made ? QString() : fromUtf8(message(made.error()));
    const bool told = std::exchange(m_failure, failure) == failure;
    if (!made) {
        if (asked || !told) // a full disk is not told every five minutes
            emit m_workspace.said(failure, true);
        return;
    }
    if (!*made)
        return;
    m_last = (*made)->time;
    emit moved();
    if (asked)
        emit m_workspace.said(
            tr("Backed up and read through: %1").arg(fromUtf8((*made)->file.string())), false);
}

void BackupDesk::restore(const std::filesystem::path& backup)
{
    const QString file = m_workspace.project().file;
    m_workspace.close();
    offThread(
        this,
        [project = std::filesystem::path(file.toStdString()), backup] {
            return restoreWhenFree(project, backup);
        },
        [this, file](const Result<std::filesystem::path>& aside) {
            m_workspace.open(file);
            emit m_workspace.said(aside
                    ? tr("The backup is in place; what was there is kept in %1.")
                          .arg(fromUtf8(aside->string()))
                    : fromUtf8(message(aside.error())),
                !aside);
        });
}

RestoreDialog::RestoreDialog(const QString& project, QWidget* parent)
    : QDialog(parent)
    , m_project(project.toStdString())
    , m_model(new TextTableModel({ tr("Made"), tr("Age"), tr("Size"), tr("Why") }, this))
    , m_table(new RowTable(28))
    , m_says(plainLabel())
{
    setObjectName(QStringLiteral("restoreDialog"));
    setWindowTitle(tr("Restore a backup"));
    constexpr int width = 620, height = 460;
    resize(width, height);
    m_table->setModel(m_model);
    m_table->setEmptyText(tr("There is no backup of this project yet."));
    m_table->setWidths({ 180, 110, 90, 150 }, 3);
    m_table->setObjectName(QStringLiteral("backupTable"));
    m_says->setObjectName(QStringLiteral("backupSays"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    m_ok = buttons->button(QDialogButtonBox::Ok);
    m_ok->setText(tr("Put it in place"));
    m_ok->setToolTip(tr("The project as it is now is moved aside and kept"));
    m_ok->setEnabled(false);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_table, 1);
    column->addWidget(m_says);
    column->addWidget(mutedLabel(
        tr("A backup holds the project's file with the pictures in it; what runs have written "
           "beside it stays as it is.")));
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_table, &RowTable::rowChanged, this, &RestoreDialog::showDifference);
    offThread(
        this, [file = m_project] { return store::backupsOf(file); },
        [this](const std::vector<store::Backup>& all) { fill(all); });
}

void RestoreDialog::fill(const std::vector<store::Backup>& backups)
{
    m_backups = backups;
    std::vector<TextTableModel::Row> rows;
    for (const store::Backup& one : m_backups)
        rows.push_back({ { QLocale().toString(
                               QDateTime::fromMSecsSinceEpoch(one.time), QLocale::ShortFormat),
            ageText(one.time), QLocale().formattedDataSize(static_cast<qint64>(one.bytes)),
            one.format == 0 ? tr("by the clock or asked for")
                            : tr("before format %1 was brought up to date").arg(one.format) } });
    m_model->setRows(std::move(rows));
    if (!m_backups.empty())
        m_table->setCurrentIndex(m_model->index(0, 0));
}

std::filesystem::path RestoreDialog::chosen() const
{
    const int row = m_table->currentRow();
    return row < 0 || row >= static_cast<int>(m_backups.size())
        ? std::filesystem::path()
        : m_backups[static_cast<std::size_t>(row)].file;
}

void RestoreDialog::showDifference()
{
    const auto backup = chosen();
    m_ok->setEnabled(!backup.empty());
    if (backup.empty())
        return;
    const int request = ++m_request;
    offThread(
        this,
        [project = m_project, backup]() -> Result<QString> {
            const auto now = store::holdings(project);
            const auto then = store::holdings(backup);
            if (!then)
                return fail(then.error());
            return differenceText(now ? *now : Holdings(), *then);
        },
        [this, request](const Result<QString>& text) {
            if (request != m_request)
                return;
            m_says->setText(text ? *text : fromUtf8(message(text.error())));
            m_ok->setEnabled(text.has_value());
        });
}

} // namespace slook::gui
