// Not a test: how long the window takes over a large project. docs/benchmarks.md has the numbers.
//   secondlook-window-bench QUESTIONS [FOLDER]
// Makes a project of so many questions without pictures and two runs over them (in FOLDER, where
// the next call finds it), opens a copy of it in the real window without a screen, and prints one
// document of JSON.
#include "parts/tables.h"
#include "runs/directory.h"
#include "services/store_workspace.h"
#include "shell/main_window.h"
#include "shell/theme.h"
#include "window_project.h"
#include <QApplication>
#include <QComboBox>
#include <QElapsedTimer>
#include <QProcess>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

using namespace slook;
using namespace slook::gui;
namespace fs = std::filesystem;

namespace {

double seconds(const QElapsedTimer& clock)
{
    return static_cast<double>(clock.nsecsElapsed()) * 1e-9;
}

/// The value below which `share` of them are.
double quantile(std::vector<double> values, double share)
{
    std::ranges::sort(values);
    return values.empty()
        ? 0
        : values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * share)];
}

/// Handles events until `done`, at most five minutes. It sleeps between them, as the program does:
/// one that asks again and again takes a processor from the threads that work for the window.
bool until(const std::function<bool()>& done)
{
    QElapsedTimer clock;
    clock.start();
    constexpr double most = 300;
    QTimer look; // for what comes without an event
    look.setTimerType(Qt::PreciseTimer);
    look.start(1);
    while (!done() && seconds(clock) < most)
        QApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    return done();
}

void wait(double howLong)
{
    QElapsedTimer clock;
    clock.start();
    until([&] { return seconds(clock) >= howLong; });
}

/// "VmRSS", "VmHWM" of this process.
double mebibytes(const std::string& name)
{
    std::ifstream status("/proc/self/status");
    constexpr double kibi = 1024;
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name + ':'))
            return std::stod(line.substr(name.size() + 1)) / kibi;
    return 0;
}

struct Filtered {
    double counted = 0; ///< seconds until the rows that pass are known
    double painted = 0; ///< and their first page is painted
    int rows = 0;
};

/// What else follows on other pages is waited for and not counted.
Filtered filtered(MainWindow& window, Workspace& workspace, RowTable& table, const QString& text)
{
    Filtered result;
    QElapsedTimer clock;
    bool here = false; // the first rows, or all of them
    const auto seen = QObject::connect(table.model(), &QAbstractItemModel::modelReset, &table, [&] {
        result.counted = seconds(clock); // the last one counts
        here = true;
    });
    clock.start();
    window.setFilter(text);
    until([&] { return here; });
    table.viewport()->repaint();
    result.painted = seconds(clock);
    until([&] { return !workspace.busy(); });
    result.rows = table.model()->rowCount();
    QObject::disconnect(seen);
    return result;
}

/// Five times, each after the filter was taken off; the medians.
void putFiltered(Json& out, const std::string& name, const QString& text, MainWindow& window,
    Workspace& workspace, RowTable& table)
{
    std::vector<double> counted, painted;
    Filtered one;
    for (int i = 0; i < 5; ++i) {
        one = filtered(window, workspace, table, text);
        counted.push_back(one.counted * 1000);
        painted.push_back(one.painted * 1000);
        filtered(window, workspace, table, {});
    }
    out[name] = { { "first page painted, ms", quantile(painted, .5) },
        { "exact count, ms", quantile(counted, .5) }, { "rows", one.rows } };
}

void putScrolling(Json& out, RowTable& table)
{
    std::vector<double> frames;
    QElapsedTimer clock;
    constexpr int steps = 300;
    for (int i = 0; i < steps; ++i) {
        clock.restart();
        table.verticalScrollBar()->setValue(static_cast<int>(
            static_cast<std::int64_t>(table.verticalScrollBar()->maximum()) * i / steps));
        table.viewport()->repaint();
        QApplication::processEvents();
        frames.push_back(seconds(clock) * 1000);
    }
    out["scrolling, ms a frame"] = { { "median", quantile(frames, .5) },
        { "p99", quantile(frames, .99) } };
}

void putSelection(Json& out, RowTable& table)
{
    std::vector<double> echoes;
    QElapsedTimer clock;
    for (int i = 0; i < 50; ++i) {
        clock.restart();
        table.selectRow(i * 7 + 1);
        QApplication::processEvents();
        echoes.push_back(seconds(clock) * 1000);
    }
    out["selection until all pages know, ms"] = { { "median", quantile(echoes, .5) },
        { "p99", quantile(echoes, .99) } };
}

/// While the live run reports, seen on the page of runs: from one tick of a frame's timer to the
/// next.
void putTicks(Json& out, const QString& page, MainWindow& window, const fs::path& go)
{
    auto* box = window.findChild<QComboBox*>(QStringLiteral("runBox"));
    for (int i = 0; i < box->count(); ++i)
        if (box->itemText(i).contains(QStringLiteral("0001-live"))) {
            box->setCurrentIndex(i);
            emit box->activated(i);
        }
    window.goTo(page);
    wait(2);
    std::vector<double> gaps;
    QElapsedTimer clock, all;
    QTimer frame;
    frame.setTimerType(Qt::PreciseTimer);
    constexpr int frameMilliseconds = 16;
    QObject::connect(&frame, &QTimer::timeout, &frame, [&] {
        if (clock.isValid())
            gaps.push_back(seconds(clock) * 1000);
        clock.start();
    });
    std::ofstream(go) << "go";
    all.start();
    frame.start(frameMilliseconds);
    while (seconds(all) < bench::liveSeconds)
        QApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    frame.stop();
    out["ticks of 16 ms under 1,000 events a second, ms"] = { { "p50", quantile(gaps, .5) },
        { "p99", quantile(gaps, .99) }, { "longest", quantile(gaps, 1) } };
}

/// @return how long the import took, in seconds
double made(const char* self, const fs::path& file, int count)
{
    fs::create_directories(file.parent_path());
    QProcess make;
    make.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    make.start(QString::fromLocal8Bit(self),
        { QStringLiteral("--make"), QString::fromStdString(file.string()),
            QString::number(count) });
    make.waitForFinished(-1);
    return make.readAllStandardOutput().toDouble();
}

} // namespace

int main(int argc, char** argv)
{
    const std::string verb = argc > 2 ? argv[1] : "";
    if (verb == "--work")
        return bench::work(argv[2]);
    if (verb == "--make" && argc > 3) {
        const auto made = bench::makeProject(argv[2], std::atoi(argv[3]));
        std::printf("%g\n", made ? made->importSeconds : 0.0);
        if (!made)
            std::fprintf(stderr, "%s\n", message(made.error()).c_str());
        return made ? 0 : 1;
    }
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QElapsedTimer clock;
    clock.start();
    const QApplication application(argc, argv);
    const double applicationSeconds = seconds(clock);
    const int count = argc > 1 ? std::atoi(argv[1]) : 100'000;
    const QTemporaryDir temporary;
    const fs::path kept =
        argc > 2 ? fs::path(argv[2]) : fs::path(temporary.path().toStdString()) / "kept";
    const fs::path copy = fs::path(temporary.path().toStdString()) / "copy";
    const fs::path live = copy / "big.slook.d/runs/0001-live";
    Json out = { { "questions", count } };
    if (!fs::exists(
            kept / "big.slook")) // by another process: what that needs is not the window's memory
        if (const double taken = made(argv[0], kept / "big.slook", count); taken > 0)
            out["import, rows/s"] = count / taken;
    fs::copy(kept, copy, fs::copy_options::recursive);
    QProcess worker;
    worker.start(QString::fromLocal8Bit(argv[0]),
        { QStringLiteral("--work"), QString::fromStdString(live.string()) });
    until([&] { return runs::workerAlive(live); });

    clock.start();
    const auto sinceStart = [&] { return applicationSeconds + seconds(clock); };
    Theme theme;
    theme.setMode(Theme::Mode::Light);
    StoreWorkspace workspace;
    MainWindow window(workspace, theme, nullptr);
    out["application made, s"] = applicationSeconds;
    out["window made, s"] = sinceStart();
    window.goTo(QStringLiteral("data"));
    window.show();
    workspace.open(QString::fromStdString((copy / "big.slook").string()));
    window.repaint();
    out["first paint, s"] = sinceStart();
    auto* rows = window.findChild<RowTable*>(QStringLiteral("itemTable"));
    until([&] { return rows->model()->rowCount() > 0; });
    window.repaint();
    out["first rows painted, s"] = sinceStart();
    until([&] { return rows->model()->rowCount() == count; });
    window.repaint();
    out["all rows shown, s"] = sinceStart();
    until([&] { return !workspace.busy(); });
    out["everything read, s"] = sinceStart();
    filtered(window, workspace, *rows, QStringLiteral("zebra")); // reads the run's answers once
    filtered(window, workspace, *rows, {});
    out["memory peak while reading, MiB"] = mebibytes("VmHWM");
    putFiltered(out, "filter by rare text", QStringLiteral("\"bridge number 77\""), window,
        workspace, *rows);
    putFiltered(out, "filter by frequent text", QStringLiteral("ship"), window, workspace, *rows);
    putFiltered(out, "filter by type and text", QStringLiteral("type:wrong-right ship"), window,
        workspace, *rows);
    putScrolling(out, *rows);
    putSelection(out, *rows);
    out["memory with a run's answers, MiB"] = mebibytes("VmRSS");
    window.goTo(QStringLiteral("transitions"));
    until([&] { return !workspace.busy(); });
    out["memory with the transitions shown, MiB"] = mebibytes("VmRSS");
    putTicks(out, QStringLiteral("runs"), window, live / "go");
    out["memory peak, MiB"] = mebibytes("VmHWM");
    worker.waitForFinished(5000);
    std::printf("%s\n", dumpPretty(out).c_str());
    return 0;
}
