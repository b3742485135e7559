#include "shell/main_window.h"
#include "pages/accuracy_page.h"
#include "pages/agreement_page.h"
#include "pages/audit_page.h"
#include "pages/data_page.h"
#include "pages/laboratory_page.h"
#include "pages/launch_page.h"
#include "pages/map_page.h"
#include "pages/pairs_page.h"
#include "pages/rounds_page.h"
#include "pages/runs_page.h"
#include "pages/transitions_page.h"
#include "pages/triangle_page.h"
#include "parts/card.h"
#include "parts/tables.h"
#include "services/pictures.h"
#include "shell/backup_desk.h"
#include "shell/history_panel.h"
#include "shell/jobs_drawer.h"
#include "shell/notifier.h"
#include "shell/rail.h"
#include "shell/start_page.h"
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QStatusBar>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {
namespace {

constexpr int mostRecent = 6;
constexpr int liveMilliseconds = 2000;
constexpr int inspectorWidth = 330;
constexpr int inspectorLeast = 300;
constexpr int jobsHeight = 64;

QString fileFilter()
{
    return MainWindow::tr("Projects (*.slook)");
}

/// While it lives the program has no style sheet: with one, each widget that is put into another
/// takes all that is inside it through the sheet again. Afterwards all go through it once.
class WithoutStyleSheet {
public:
    WithoutStyleSheet() { qApp->setStyleSheet({}); }
    ~WithoutStyleSheet() { qApp->setStyleSheet(m_sheet); }
    WithoutStyleSheet(const WithoutStyleSheet&) = delete;
    WithoutStyleSheet& operator=(const WithoutStyleSheet&) = delete;

private:
    const QString m_sheet = qApp->styleSheet();
};

} // namespace

MainWindow::MainWindow(Workspace& workspace, Theme& theme, QSettings* settings)
    : m_workspace(workspace)
    , m_theme(theme)
    , m_settings(settings)
    , m_view(workspace, m_choice)
    , m_pictures(new Pictures(workspace, this))
    , m_live(new QTimer(this))
    , m_notifier(new Notifier(this))
    , m_backups(new BackupDesk(workspace, this))
{
    const WithoutStyleSheet whileBuilding;
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Second Look"));
    setWindowIcon(QIcon(QStringLiteral(":/icons/secondlook.svg")));
    setAcceptDrops(true);
    resize(1440, 900);
    // Before the pages are made, so that they never ask for a run of the project before.
    connect(&workspace, &Workspace::projectChanged, this, [this] { m_choice.set({}); });
    makePages();
    makeFrame();
    makeDocks();
    makeMenus();
    makeStatusBar();
    readKeys();
    fillRecent();
    m_live->setSingleShot(true);
    m_live->setInterval(liveMilliseconds);
    connect(m_live, &QTimer::timeout, this,
        [this] { m_pages[static_cast<std::size_t>(m_page)]->follow(); });
    connect(&workspace, &Workspace::runMoved, this, [this](const workbench::RunStatus& status) {
        if (status.run.id == m_choice.run() && status.eventsTaken > 0 && !m_live->isActive())
            m_live->start();
    });
    connect(&workspace, &Workspace::runMoved, m_notifier, &Notifier::runMoved);
    connect(m_notifier, &Notifier::chosen, this, [this](RunId run) {
        m_choice.set(run);
        goTo(m_runs->name());
    });
    connect(&workspace, &Workspace::projectChanged, this, &MainWindow::projectChanged);
    connect(&workspace, &Workspace::projectChanged, this, &MainWindow::chooseRun);
    connect(&workspace, &Workspace::contentChanged, this, &MainWindow::chooseRun);
    connect(&workspace, &Workspace::jobsChanged, this, &MainWindow::updateStatus);
    connect(m_backups, &BackupDesk::moved, this, &MainWindow::updateStatus);
    connect(&workspace, &Workspace::said, this, &MainWindow::say);
    m_firstLayout = saveState(layoutVersion);
    if (m_settings) {
        restoreGeometry(m_settings->value(QStringLiteral("geometry")).toByteArray());
        restoreState(m_settings->value(QStringLiteral("layout")).toByteArray(), layoutVersion);
        m_view.setHistory(m_settings->value(QStringLiteral("filters")).toStringList());
        m_inspectorWanted = m_settings->value(QStringLiteral("inspector"), true).toBool();
        for (Page* page : m_pages)
            page->recall(*m_settings);
    }
    projectChanged();
    const QString kept =
        m_settings ? m_settings->value(QStringLiteral("page")).toString() : QString();
    showPage(std::max(0, static_cast<int>(pageNames().indexOf(kept))));
}

MainWindow::~MainWindow() = default;

void MainWindow::makePages()
{
    const PageParts parts { m_workspace, *m_pictures, m_choice, m_view };
    m_data = new DataPage(parts);
    m_runs = new RunsPage(parts);
    auto* launch = new LaunchPage(parts);
    auto* laboratory = new LaboratoryPage(parts);
    auto* audit = new AuditPage(parts);
    audit->useSettings(m_settings);
    connect(audit, &AuditPage::wantsPage, this, [this](const QString& name) { goTo(name); });
    auto* pairs = new PairsPage(parts);
    connect(m_runs, &RunsPage::toPair, pairs, [this, pairs](PairId pair, const QString& training) {
        goTo(pairs->name());
        pairs->goTo(pair, training);
    });
    m_pages = { m_data, new TransitionsPage(parts), pairs, launch, m_runs, new AccuracyPage(parts),
        new RoundsPage(parts), audit, new AgreementPage(parts), laboratory, new TrianglePage(parts),
        new MapPage(parts) };
    connect(m_data, &DataPage::toLaboratory, laboratory, [this, laboratory](ItemId item) {
        laboratory->choose(item);
        goTo(laboratory->name());
    });
    connect(m_runs, &RunsPage::toLaunch, launch, [this, launch](const RunRow* like) {
        if (like)
            launch->takeFrom(*like);
        goTo(launch->name());
    });
    connect(launch, &LaunchPage::started, this, [this] { goTo(m_runs->name()); });
    for (Page* page : m_pages)
        connect(page, &Page::statusChanged, this, &MainWindow::updateStatus);
}

void MainWindow::makeFrame()
{
    m_rail = new Rail;
    m_stack = new QStackedWidget;
    m_stack->setMinimumSize(1, 1); // a page that is not shown makes the window no larger
    int number = 0; // digits are as few as the first pages
    for (std::size_t i = 0; i < m_pages.size(); ++i) {
        Page* page = m_pages[i];
        auto* action = new QAction(page->title(), this);
        action->setObjectName(page->name());
        const QKeySequence own = page->name() == QLatin1String("launch")
            ? QKeySequence(tr("Ctrl+L"))
            : page->name() == QLatin1String("rounds") ? QKeySequence(tr("Ctrl+Shift+R"))
                                                      : QKeySequence();
        action->setShortcut(!own.isEmpty()
                ? own
                : QKeySequence(Qt::CTRL | (number < 9 ? Qt::Key_1 + number : Qt::Key_0)));
        number += own.isEmpty() ? 1 : 0;
        connect(action, &QAction::triggered, this, [this, i] { showPage(static_cast<int>(i)); });
        m_goTo << action;
        m_rail->add(action);
        m_stack->addWidget(page);
    }
    auto* centre = new QWidget;
    auto* row = new QHBoxLayout(centre);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_rail);
    auto* column = new QVBoxLayout;
    column->setSpacing(0);
    column->addWidget(makeBanner());
    column->addWidget(m_stack, 1);
    row->addLayout(column, 1);
    setCentralWidget(centre);
}

QWidget* MainWindow::makeBanner()
{
    constexpr int harm = 3;
    auto* place = new QWidget;
    auto* outer = new QVBoxLayout(place);
    outer->setContentsMargins(12, 12, 12, 0);
    m_banner = new Card;
    m_banner->setObjectName(QStringLiteral("banner"));
    m_banner->setStrip(harm);
    m_bannerText = plainLabel();
    auto* close = new QPushButton(tr("Close"));
    connect(close, &QPushButton::clicked, place, &QWidget::hide);
    auto* row = new QHBoxLayout(m_banner);
    row->setContentsMargins(16, 8, 8, 8);
    row->addWidget(m_bannerText, 1);
    row->addWidget(close);
    outer->addWidget(m_banner);
    place->hide();
    return place;
}

void MainWindow::makeDocks()
{
    m_inspectors = new QStackedWidget;
    m_inspectors->setMinimumSize(inspectorLeast, 1);
    for (Page* page : m_pages) {
        QWidget* inspector = page->inspector();
        m_inspectors->addWidget(inspector ? inspector : new QWidget);
    }
    const auto dock = [this](const QString& name, const QString& title, QWidget* inside,
                          Qt::DockWidgetArea area) {
        auto* made = new QDockWidget(title, this);
        made->setObjectName(name);
        made->setWidget(inside);
        made->setTitleBarWidget(new QWidget(made)); // the parts have headings of their own
        addDockWidget(area, made);
        return made;
    };
    m_inspectorDock = dock(
        QStringLiteral("inspectorDock"), tr("Inspector"), m_inspectors, Qt::RightDockWidgetArea);
    m_jobsDock = dock(QStringLiteral("jobsDock"), tr("Jobs"), new JobsDrawer(m_workspace),
        Qt::BottomDockWidgetArea);
    m_historyDock = dock(QStringLiteral("historyDock"), tr("History"),
        new HistoryPanel(m_workspace), Qt::RightDockWidgetArea);
    m_historyDock->hide();
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    resizeDocks({ m_inspectorDock }, { inspectorWidth }, Qt::Horizontal);
    resizeDocks({ m_jobsDock }, { jobsHeight }, Qt::Vertical);
    m_jobsDock->hide();
}

void MainWindow::makeStatusBar()
{
    m_selected = mutedLabel();
    m_said = mutedLabel();
    m_saved = mutedLabel();
    m_running = mutedLabel();
    for (QLabel* label : { m_selected, m_said, m_saved, m_running }) {
        label->setWordWrap(false);
        label->setContentsMargins(8, 2, 8, 2);
    }
    m_said->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // never widens the window
    m_said->setObjectName(QStringLiteral("said"));
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(m_selected);
    statusBar()->addWidget(m_said, 1);
    statusBar()->addPermanentWidget(m_running);
    statusBar()->addPermanentWidget(m_saved);
}

QStringList MainWindow::pageNames() const
{
    QStringList names;
    for (const Page* page : m_pages)
        names << page->name();
    return names;
}

bool MainWindow::goTo(const QString& name)
{
    const auto index = pageNames().indexOf(name);
    if (index < 0)
        return false;
    showPage(static_cast<int>(index));
    return true;
}

void MainWindow::showPage(int index)
{
    const bool another = m_page != index;
    m_page = index;
    const bool open = !m_workspace.project().file.isEmpty();
    Page* page = m_pages[static_cast<std::size_t>(index)];
    m_rail->setCurrent(index);
    m_stack->setCurrentWidget(open ? static_cast<QWidget*>(page) : m_start);
    m_inspectors->setCurrentIndex(index);
    m_inspectorDock->setVisible(open && m_inspectorWanted && page->inspector());
    if (open) {
        page->refresh();
        const QWidget* now = QApplication::focusWidget();
        if (another || !now || !page->isAncestorOf(now))
            focusOn(*page);
    }
    updateStatus();
}

/// A page's keys act while the focus is in it, and its first table takes the arrow keys.
void MainWindow::focusOn(Page& page)
{
    page.setFocus();
    for (auto* table : page.findChildren<RowTable*>())
        if (table->isVisible())
            return table->setFocus();
}

/// The newest one that answers, until a person chooses another: words about answers need one on
/// every page.
void MainWindow::chooseRun()
{
    if (m_choice.run() || m_workspace.project().file.isEmpty())
        return;
    m_workspace.runs(this, [this](const Result<std::vector<RunRow>>& runs) {
        if (!runs || runs->empty() || m_choice.run())
            return;
        const auto answers =
            std::ranges::find_if(*runs, [](const RunRow& run) { return run.recipe != "embed"; });
        m_choice.set(answers == runs->end() ? runs->front().id : answers->id);
    });
}

void MainWindow::projectChanged()
{
    const ProjectInfo& info = m_workspace.project();
    const bool open = !info.file.isEmpty();
    m_rail->setEnabled(open);
    for (QAction* action : m_goTo)
        action->setEnabled(open);
    m_project->setText(open ? info.name : QString());
    if (QWidget* corner = menuBar()->cornerWidget()) { // it is measured only when it is set
        corner->adjustSize();
        menuBar()->setCornerWidget(corner);
        corner->show();
    }
    setWindowTitle(open ? tr("%1 – Second Look").arg(info.name) : tr("Second Look"));
    if (open) {
        remember(info.file);
        m_view.setText(std::exchange(m_filterToSet, {}));
    }
    showPage(m_page);
}

void MainWindow::updateStatus()
{
    const ProjectInfo& info = m_workspace.project();
    const bool open = !info.file.isEmpty();
    m_selected->setText(
        open ? m_pages[static_cast<std::size_t>(m_page)]->statusText() : tr("no project"));
    const QString backup = open ? m_backups->age() : QString();
    const QString saved = info.readOnly ? tr("read-only") : tr("saved ✓");
    m_saved->setText(!open     ? QString()
            : backup.isEmpty() ? saved
                               : tr("%1 · %2").arg(saved, backup));
    const auto& jobs = m_workspace.jobs();
    m_running->setText(jobs.empty()
            ? QString()
            : tr("%1: %2  %3")
                  .arg(jobs.front().title, jobs.front().detail, numbersOf(jobs.front())));
    if (!jobs.empty() && !m_jobsDock->isVisible() && !m_jobsDock->property("seen").toBool()) {
        m_jobsDock->show();
        m_jobsDock->setProperty("seen", true); // opened by itself once, then as the person likes
    }
}

void MainWindow::say(const QString& sentence, bool isError)
{
    if (!isError)
        return m_said->setText(sentence.left(400));
    m_bannerText->setText(sentence.left(2000));
    m_banner->parentWidget()->show();
}

void MainWindow::chooseProject(bool create)
{
    QString file = create
        ? QFileDialog::getSaveFileName(
            this, tr("New project"), QStringLiteral("project.slook"), fileFilter())
        : QFileDialog::getOpenFileName(this, tr("Open project"), {}, fileFilter());
    if (file.isEmpty() || !mayClose())
        return;
    if (create && QFileInfo(file).suffix() != QLatin1String("slook"))
        file += QStringLiteral(".slook");
    if (create)
        m_workspace.create(file);
    else
        m_workspace.open(file);
}

void MainWindow::openSample()
{
    if (!mayClose())
        return;
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation));
    QDir().mkpath(folder.path());
    m_workspace.openSample(folder.filePath(QStringLiteral("sample.slook")));
}

void MainWindow::setFilter(const QString& text)
{
    if (m_workspace.project().file.isEmpty())
        m_filterToSet = text;
    else
        m_view.setText(text);
}

void MainWindow::remember(const QString& file)
{
    if (!m_settings)
        return;
    QStringList recent = m_settings->value(QStringLiteral("recent")).toStringList();
    recent.removeAll(file);
    recent.prepend(file);
    m_settings->setValue(QStringLiteral("recent"), recent.mid(0, mostRecent));
    fillRecent();
}

bool MainWindow::mayClose()
{
    const auto& jobs = m_workspace.jobs();
    if (jobs.empty())
        return true;
    QMessageBox box(QMessageBox::Question, tr("Something is running"),
        tr("%1 is at work. A run goes on by itself when the window is closed; its results are "
           "taken "
           "in when the project is opened again. An import or export would be given up.")
            .arg(jobs.front().title),
        QMessageBox::NoButton, this);
    box.setTextFormat(Qt::PlainText);
    box.addButton(tr("Keep running"), QMessageBox::AcceptRole);
    auto* pause = box.addButton(tr("Pause"), QMessageBox::AcceptRole);
    pause->setToolTip(tr("Ends the process and frees its memory; it goes on when you resume it"));
    pause->setEnabled(std::ranges::any_of(jobs, &JobView::canPause));
    auto* stop = box.addButton(tr("Stop and keep what is done"), QMessageBox::DestructiveRole);
    auto* cancel = box.addButton(QMessageBox::Cancel);
    box.exec();
    if (box.clickedButton() == cancel)
        return false;
    for (const JobView& job : std::vector<JobView>(jobs))
        if (box.clickedButton() == stop)
            m_workspace.stopJob(job.id);
        else if (box.clickedButton() == pause && job.canPause)
            m_workspace.stopRun(job.run, true);
    return true;
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!mayClose())
        return event->ignore();
    if (m_settings) {
        m_settings->setValue(QStringLiteral("geometry"), saveGeometry());
        m_settings->setValue(QStringLiteral("layout"), saveState(layoutVersion));
        m_settings->setValue(QStringLiteral("filters"), m_view.history());
        m_settings->setValue(QStringLiteral("inspector"), m_inspectorWanted);
        m_settings->setValue(
            QStringLiteral("page"), m_pages[static_cast<std::size_t>(m_page)]->name());
        for (const Page* page : m_pages)
            page->keep(*m_settings);
    }
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    QStringList paths;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            paths << url.toLocalFile();
    event->acceptProposedAction();
    importPaths(paths);
}

void MainWindow::importPaths(const QStringList& paths)
{
    if (paths.size() == 1 && paths.front().endsWith(QLatin1String(".slook"))) {
        if (mayClose())
            m_workspace.open(paths.front());
        return;
    }
    if (m_workspace.project().file.isEmpty())
        return say(tr("Open or create a project first, then drop the files again."), true);
    goTo(QStringLiteral("data"));
    if (paths.size() == 1)
        return m_data->previewPath(paths.front());
    for (const QString& path : paths)
        m_data->importPath(path);
}

} // namespace slook::gui
