#include "services/store_workspace.h"
#include "shell/grab.h"
#include "shell/main_window.h"
#include "shell/theme.h"
#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QLibraryInfo>
#include <QSettings>
#include <QTextStream>
#include <QTimer>
#include <QTranslator>
#include <algorithm>
#include <span>
#include <string_view>

namespace {

using namespace slook::gui;

/// Without a display only pictures can be drawn; Qt has to know before it starts.
bool preparePlatform(std::span<char*> arguments)
{
    const bool grabs = std::ranges::any_of(arguments, [](std::string_view one) {
        return one.starts_with("--grab") || one == "--help" || one == "-h" || one == "--version";
    });
    if (qEnvironmentVariableIsSet("QT_QPA_PLATFORM") || qEnvironmentVariableIsSet("DISPLAY")
        || qEnvironmentVariableIsSet("WAYLAND_DISPLAY"))
        return true;
    if (grabs)
        qputenv("QT_QPA_PLATFORM", "offscreen");
    return grabs;
}

struct Options {
    QString project;
    QString page;
    QString filter;
    QString theme;
    QSize size;
    QString grab;
    QString grabAll;
};

Options parse(const QCoreApplication& application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QApplication::translate(
        "main", "A workbench for vision-language models that learn from their second thoughts."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("project"),
        QApplication::translate("main", "A project, NAME.slook; else the sample"),
        QStringLiteral("[P.slook]"));
    parser.addOptions({ { QStringLiteral("page"),
                            QApplication::translate("main",
                                "Page to show: data, transitions, pairs, runs, accuracy, audit, "
                                "agreement, laboratory, triangle, map"),
                            QStringLiteral("name") },
        { QStringLiteral("grab"),
            QApplication::translate("main", "Draw the page into a PNG file and end"),
            QStringLiteral("file") },
        { QStringLiteral("grab-all"),
            QApplication::translate("main", "Draw every page into a folder and end"),
            QStringLiteral("folder") },
        { QStringLiteral("filter"),
            QApplication::translate("main", "Show only what passes these filter words"),
            QStringLiteral("words") },
        { QStringLiteral("theme"),
            QApplication::translate("main", "light or dark; else as the desktop"),
            QStringLiteral("name") },
        { QStringLiteral("size"), QApplication::translate("main", "Size of the window"),
            QStringLiteral("WxH") } });
    parser.process(application);
    Options options;
    options.project = parser.positionalArguments().value(0);
    options.page = parser.value(QStringLiteral("page"));
    options.filter = parser.value(QStringLiteral("filter"));
    options.theme = parser.value(QStringLiteral("theme"));
    options.grab = parser.value(QStringLiteral("grab"));
    options.grabAll = parser.value(QStringLiteral("grab-all"));
    const QStringList size = parser.value(QStringLiteral("size")).split(QLatin1Char('x'));
    if (size.size() == 2)
        options.size = { size[0].toInt(), size[1].toInt() };
    return options;
}

QList<Grabber::Target> targetsOf(const Options& options, const MainWindow& window)
{
    QList<Grabber::Target> targets;
    if (!options.grab.isEmpty())
        targets << Grabber::Target {
            options.page.isEmpty() ? window.pageNames().front() : options.page, options.grab
        };
    if (!options.grabAll.isEmpty()) {
        QDir().mkpath(options.grabAll);
        for (const QString& page : window.pageNames())
            targets << Grabber::Target { page,
                QDir(options.grabAll).filePath(page + QStringLiteral(".png")) };
    }
    return targets;
}

} // namespace

int main(int argc, char** argv)
{
    if (!preparePlatform({ argv, static_cast<std::size_t>(argc) })) {
        QTextStream(stderr)
            << "secondlook: there is no display; use secondlook-cli, or --grab to draw "
               "a page into a file\n";
        return 1;
    }
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("secondlook"));
    QApplication::setOrganizationName(QStringLiteral("secondlook"));
    QApplication::setApplicationVersion(QStringLiteral(SLOOK_VERSION));
    QTranslator ofQt;
    if (ofQt.load(QLocale(), QStringLiteral("qtbase"), QStringLiteral("_"),
            QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QApplication::installTranslator(&ofQt);
    QTranslator plurals;
    if (plurals.load(QStringLiteral(":/translations/secondlook_en.qm")))
        QApplication::installTranslator(&plurals);
    const Options options = parse(application);
    const bool grabs = !options.grab.isEmpty() || !options.grabAll.isEmpty();

    QSettings settings;
    Theme theme;
    theme.setMode(Theme::modeOf(!options.theme.isEmpty() ? options.theme
            : grabs                                      ? QStringLiteral("light")
                    : settings.value(QStringLiteral("theme")).toString()));
    StoreWorkspace workspace;
    MainWindow window(workspace, theme, grabs ? nullptr : &settings);
    if (options.size.isValid())
        window.resize(options.size);
    if (!options.page.isEmpty() && !window.goTo(options.page)) {
        QTextStream(stderr) << "secondlook: there is no page \"" << options.page
                            << "\"; choose one of " << window.pageNames().join(QStringLiteral(", "))
                            << '\n';
        return 2;
    }
    window.setFilter(options.filter);
    window.show();
    if (options.project.isEmpty())
        window.openSample();
    else
        workspace.open(options.project);
    if (grabs)
        new Grabber(window, workspace, targetsOf(options, window)); // owned by the window
    return QApplication::exec();
}
