// The part of MainWindow that is chosen from menus: commands, keys, layouts, help.
#include "pages/data_page.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "shell/backup_desk.h"
#include "shell/command_palette.h"
#include "shell/help_dialog.h"
#include "shell/key_editor.h"
#include "shell/main_window.h"
#include "shell/start_page.h"
#include <QActionGroup>
#include <QDockWidget>
#include <QInputDialog>
#include <QMenuBar>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

constexpr int layoutKeys = 3; // Ctrl+Alt+1 and so on

} // namespace

QAction* MainWindow::command(QMenu* menu, const QString& text, const QKeySequence& key)
{
    QAction* action = menu->addAction(text);
    action->setShortcut(key);
    m_commands << action;
    return action;
}

void MainWindow::makeMenus()
{
    QMenu* file = menuBar()->addMenu(tr("&File"));
    m_new = command(file, tr("New project…"), QKeySequence::New);
    connect(m_new, &QAction::triggered, this, [this] { chooseProject(true); });
    m_open = command(file, tr("Open project…"), QKeySequence::Open);
    connect(m_open, &QAction::triggered, this, [this] { chooseProject(false); });
    m_openSample = command(file, tr("Open the sample project"), {});
    connect(m_openSample, &QAction::triggered, this, &MainWindow::openSample);
    m_recent = file->addMenu(tr("Recent projects"));
    file->addSeparator();
    file->addAction(m_data->importFileAction());
    file->addAction(m_data->importFolderAction());
    file->addSeparator();
    connect(command(file, tr("Back up now"), QKeySequence(tr("Ctrl+Shift+B"))), &QAction::triggered,
        m_backups, &BackupDesk::backUpNow);
    connect(command(file, tr("Restore a backup…"), {}), &QAction::triggered, this,
        &MainWindow::restoreBackup);
    file->addSeparator();
    connect(
        command(file, tr("Close project"), QKeySequence::Close), &QAction::triggered, this, [this] {
            if (mayClose())
                m_workspace.close();
        });
    connect(
        command(file, tr("Quit"), QKeySequence::Quit), &QAction::triggered, this, &QWidget::close);

    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    connect(command(edit, tr("Undo"), QKeySequence::Undo), &QAction::triggered, this,
        [this] { m_workspace.undo(false); });
    connect(command(edit, tr("Redo"), QKeySequence(tr("Ctrl+Shift+Z"))), &QAction::triggered, this,
        [this] { m_workspace.undo(true); });
    makeViewMenu(menuBar()->addMenu(tr("&View")));

    QMenu* run = menuBar()->addMenu(tr("&Run"));
    auto* start = command(run, tr("Start a run…"), {});
    connect(start, &QAction::triggered, this, [this] { goTo(QStringLiteral("launch")); });
    QMenu* help = menuBar()->addMenu(tr("&Help"));
    auto* palette = command(help, tr("All commands…"), QKeySequence(tr("Ctrl+Shift+P")));
    connect(palette, &QAction::triggered, this,
        [this] { (new CommandPalette(allActions(), this))->open(); });
    auto* keys = command(help, tr("Keys of this page"), QKeySequence(Qt::Key_Question));
    connect(keys, &QAction::triggered, this, [this] {
        const Page* page = m_pages[static_cast<std::size_t>(m_page)];
        showKeys(page->actions() + m_goTo + m_commands, tr("Keys: %1").arg(page->title()), this);
    });
    connect(command(help, tr("Keys…"), {}), &QAction::triggered, this, &MainWindow::editKeys);
    connect(command(help, tr("Help on this page"), QKeySequence(Qt::Key_F1)), &QAction::triggered,
        this, &MainWindow::showHelp);
    auto* corner = new QWidget;
    auto* row = new QHBoxLayout(corner);
    row->setContentsMargins(8, 2, 8, 2);
    m_project = mutedLabel();
    m_project->setWordWrap(false);
    auto* commands = new QPushButton(tr("Commands  Ctrl+Shift+P"));
    commands->setFocusPolicy(Qt::NoFocus);
    commands->setStyleSheet(QStringLiteral("padding: 1px 8px; font-size: 11px"));
    constexpr int padding = 24; // a corner widget is measured before its style is
    commands->setMinimumWidth(
        commands->fontMetrics().horizontalAdvance(commands->text()) + padding);
    connect(commands, &QPushButton::clicked, palette, &QAction::trigger);
    row->addWidget(m_project);
    row->addWidget(commands);
    menuBar()->setCornerWidget(corner);

    m_start = new StartPage({ m_openSample, m_new, m_open });
    connect(
        m_start, &StartPage::chosen, this, [this](const QString& name) { m_workspace.open(name); });
    m_stack->addWidget(m_start);
}

void MainWindow::makeViewMenu(QMenu* menu)
{
    for (QAction* action : m_goTo)
        menu->addAction(action);
    menu->addSeparator();
    auto* inspector = command(menu, tr("Inspector"), QKeySequence(tr("Ctrl+\\")));
    connect(inspector, &QAction::triggered, this, [this] {
        m_inspectorWanted = !m_inspectorWanted;
        showPage(m_page);
    });
    QAction* jobs = m_jobsDock->toggleViewAction();
    jobs->setText(tr("Jobs"));
    jobs->setShortcut(QKeySequence(tr("Ctrl+J")));
    menu->addAction(jobs);
    m_commands << jobs;
    QAction* history = m_historyDock->toggleViewAction();
    history->setText(tr("History"));
    history->setShortcut(QKeySequence(tr("Ctrl+H")));
    menu->addAction(history);
    m_commands << history;
    auto* full = command(menu, tr("Full screen"), QKeySequence(Qt::Key_F11));
    connect(full, &QAction::triggered, this,
        [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    m_layouts = menu->addMenu(tr("Layouts"));
    connect(m_layouts, &QMenu::aboutToShow, this, &MainWindow::fillLayouts);
    for (int i = 0; i < layoutKeys; ++i) {
        auto* layout = new QAction(tr("Layout %1 of your own").arg(i + 1), this);
        layout->setShortcut(Qt::CTRL | Qt::ALT | static_cast<Qt::Key>(Qt::Key_1 + i));
        connect(layout, &QAction::triggered, this, [this, i] { restoreLayout(i); });
        addAction(layout);
        m_commands << layout;
    }
    connect(command(menu, tr("Reset the layout"), {}), &QAction::triggered, this, [this] {
        m_inspectorWanted = true;
        restoreState(m_firstLayout, layoutVersion);
        showPage(m_page);
    });
    menu->addSeparator();
    auto* group = new QActionGroup(this);
    for (const auto& [mode, text] : { std::pair(Theme::Mode::System, tr("As the desktop")),
             std::pair(Theme::Mode::Light, tr("Light")), std::pair(Theme::Mode::Dark, tr("Dark")),
             std::pair(Theme::Mode::Contrast, tr("High contrast")) }) {
        auto* action = command(menu, text, {});
        action->setCheckable(true);
        action->setChecked(m_theme.mode() == mode);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, mode = mode] {
            m_theme.setMode(mode);
            if (m_settings)
                m_settings->setValue(QStringLiteral("theme"), Theme::nameOf(mode));
        });
    }
}

void MainWindow::fillRecent()
{
    const QStringList files =
        m_settings ? m_settings->value(QStringLiteral("recent")).toStringList() : QStringList();
    m_recent->clear();
    m_recent->setEnabled(!files.isEmpty());
    for (const QString& file : files) {
        QAction* action = addForeignAction(m_recent, oneLine(file.toStdString()));
        connect(action, &QAction::triggered, this, [this, file] {
            if (mayClose())
                m_workspace.open(file);
        });
    }
    m_start->setRecent(files);
}

void MainWindow::readKeys()
{
    m_keys.add(QString(), QString(), m_goTo + m_commands);
    for (const Page* page : m_pages)
        m_keys.add(page->name(), page->title(), page->actions());
    if (m_settings)
        m_keys.read(*m_settings);
}

void MainWindow::editKeys()
{
    auto* editor = new KeyEditor(m_keys, this);
    editor->setAttribute(Qt::WA_DeleteOnClose);
    connect(editor, &QDialog::accepted, this, [this] {
        if (m_settings)
            m_keys.write(*m_settings);
    });
    editor->open();
}

void MainWindow::showHelp()
{
    const QString page = m_pages[static_cast<std::size_t>(m_page)]->name();
    if (!m_help) {
        m_help = new HelpDialog(page, this);
        m_help->setAttribute(Qt::WA_DeleteOnClose);
    }
    m_help->goTo(page);
    m_help->show();
    m_help->raise();
}

void MainWindow::restoreBackup()
{
    if (m_workspace.project().file.isEmpty())
        return say(tr("Open the project first; secondlook-cli restore works without."), true);
    auto* dialog = new RestoreDialog(m_workspace.project().file, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        if (mayClose())
            m_backups->restore(dialog->chosen());
    });
    dialog->open();
}

/// Where docks stand and which page is shown, under names of a person's own.
void MainWindow::fillLayouts()
{
    const QString group = QStringLiteral("layouts");
    m_layouts->clear();
    QAction* save = m_layouts->addAction(tr("Save this layout…"));
    save->setEnabled(m_settings != nullptr);
    connect(save, &QAction::triggered, this, [this, group] {
        const QString name =
            QInputDialog::getText(this, tr("Save this layout"), tr("Its name")).trimmed();
        if (name.isEmpty())
            return;
        auto all = m_settings->value(group).toMap();
        all[name] = QVariantMap { { QStringLiteral("docks"), saveState(layoutVersion) },
            { QStringLiteral("page"), m_pages[static_cast<std::size_t>(m_page)]->name() },
            { QStringLiteral("inspector"), m_inspectorWanted } };
        m_settings->setValue(group, all);
    });
    m_layouts->addSeparator();
    const auto all = m_settings ? m_settings->value(group).toMap() : QVariantMap();
    int number = 0;
    for (auto one = all.begin(); one != all.end(); ++one, ++number) {
        connect(addForeignAction(m_layouts, one.key()), &QAction::triggered, this,
            [this, number] { restoreLayout(number); });
    }
}

/// By their names, the first is 0.
void MainWindow::restoreLayout(int number)
{
    const auto all =
        m_settings ? m_settings->value(QStringLiteral("layouts")).toMap() : QVariantMap();
    if (number >= all.size())
        return say(
            tr("There is no layout %1 of your own yet; View › Layouts saves one.").arg(number + 1),
            false);
    const auto kept = std::next(all.begin(), number).value().toMap();
    m_inspectorWanted = kept[QStringLiteral("inspector")].toBool();
    restoreState(kept[QStringLiteral("docks")].toByteArray(), layoutVersion);
    goTo(kept[QStringLiteral("page")].toString());
}

QList<QAction*> MainWindow::allActions() const
{
    QList<QAction*> all = m_pages[static_cast<std::size_t>(m_page)]->actions() + m_goTo;
    all << m_commands;
    return all;
}

} // namespace slook::gui
