#pragma once
#include "pages/page.h"
#include "shell/key_map.h"
#include "shell/theme.h"
#include <QMainWindow>
#include <QPointer>
#include <vector>

class QDockWidget;
class QLabel;
class QSettings;
class QStackedWidget;
class QTimer;

namespace slook::gui {

class DataPage;
class BackupDesk;
class Notifier;
class Pictures;
class Rail;
class RunsPage;
class StartPage;
class Card;
class HelpDialog;

/// The frame: rail, pages, inspector, jobs, status. Pages own their actions; this shows them.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    /// @param settings  where the layout is kept; null: nowhere
    MainWindow(Workspace& workspace, Theme& theme, QSettings* settings);
    ~MainWindow() override;
    /// Shows a page by its name. @return false where there is none of that name
    bool goTo(const QString& name);
    [[nodiscard]] QStringList pageNames() const;
    void openSample();
    void setFilter(const QString& text); ///< of all pages, also of a project that is still to open

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    static constexpr int layoutVersion = 2; ///< of the docks
    void makePages();
    void makeFrame();
    void makeDocks();
    void makeMenus();
    void makeViewMenu(QMenu* menu);
    void makeStatusBar();
    QWidget* makeBanner();
    QAction* command(QMenu* menu, const QString& text, const QKeySequence& key);
    void showPage(int index);
    void focusOn(Page& page);
    void projectChanged();
    void chooseRun();
    void updateStatus();
    void say(const QString& sentence, bool isError);
    void chooseProject(bool create);
    void remember(const QString& file);
    void fillRecent();
    void importPaths(const QStringList& paths);
    [[nodiscard]] bool mayClose();
    [[nodiscard]] QList<QAction*> allActions() const;
    void readKeys();
    void editKeys();
    void fillLayouts();
    void restoreLayout(int number);
    void restoreBackup();
    void showHelp();

    Workspace& m_workspace;
    Theme& m_theme;
    QSettings* m_settings;
    RunChoice m_choice;
    View m_view;
    Pictures* m_pictures;
    std::vector<Page*> m_pages;
    DataPage* m_data = nullptr;
    RunsPage* m_runs = nullptr;
    QList<QAction*> m_goTo;
    QList<QAction*> m_commands;
    Rail* m_rail = nullptr;
    QStackedWidget* m_stack = nullptr;
    QStackedWidget* m_inspectors = nullptr;
    QDockWidget* m_inspectorDock = nullptr;
    QDockWidget* m_jobsDock = nullptr;
    QDockWidget* m_historyDock = nullptr;
    StartPage* m_start = nullptr;
    QMenu* m_recent = nullptr;
    QAction* m_openSample = nullptr;
    QAction* m_new = nullptr;
    QAction* m_open = nullptr;
    QLabel* m_selected = nullptr;
    QLabel* m_said = nullptr;
    QLabel* m_saved = nullptr;
    QLabel* m_running = nullptr;
    QLabel* m_project = nullptr;
    Card* m_banner = nullptr;
    QLabel* m_bannerText = nullptr;
    QTimer* m_live; ///< refreshes the shown page while a run reports
    Notifier* m_notifier;
    BackupDesk* m_backups;
    QByteArray m_firstLayout;
    KeyMap m_keys;
    QMenu* m_layouts = nullptr;
    QPointer<HelpDialog> m_help;
    QString m_filterToSet;
    int m_page = 0;
    bool m_inspectorWanted = true;
};

} // namespace slook::gui
