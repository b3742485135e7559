// Not a test: how long the window takes over a large project. docs/benchmarks.md has the numbers.
//   secondlook-window-bench QUESTIONS [FOLDER]
// Writes a table of so many questions without pictures and a run over them, opens the project in
// the real window without a screen, and prints one line of JSON.
#include "parts/tables.h"
#include "runs/directory.h"
#include "services/store_workspace.h"
#include "shell/main_window.h"
#include "shell/theme.h"
#include "workbench/import.h"
#include "workbench/op_id.h"
#include <QApplication>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QTemporaryDir>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

using namespace slook;
using namespace slook::gui;

namespace {

constexpr double mega = 1024 * 1024;

double seconds(const QElapsedTimer& clock)
{
    return static_cast<double>(clock.nsecsElapsed()) * 1e-9;
}

double medianOf(std::vector<double> values)
{
    std::ranges::sort(values);
    return values.empty() ? 0 : values[values.size() / 2];
}

/// The value that one in a hundred passes.
double p99Of(std::vector<double> values)
{
    std::ranges::sort(values);
    return values.empty() ? 0 : values[values.size() * 99 / 100];
}

/// Handles events until `done`, at most two minutes.
bool until(const std::function<bool()>& done)
{
    QElapsedTimer clock;
    clock.start();
    constexpr double most = 120;
    while (!done() && seconds(clock) < most)
        QApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 1);
    return done();
}

double residentMiB()
{
    long pages = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
        if (std::fscanf(file, "%*d %ld", &pages) != 1)
            pages = 0;
        std::fclose(file);
    }
    return static_cast<double>(pages) * 4096 / mega;
}

void writeTable(const std::string& file, int count)
{
    std::ofstream out(file);
    out << "index\tquestion\tA\tB\tC\tD\tanswer\tcategory\tsplit\n";
    const char* kinds[] = { "colour", "shape", "count", "relation", "exist", "position" };
    const char* things[] = { "bus", "house", "tree", "dog", "ship", "lamp", "bridge" };
    for (int i = 0; i < count; ++i)
        out << i << "\tWhat is beside the " << things[i % 7] << " number " << i
            << " in the left half of this picture?\ta red one\ta blue one\ta green one\tnothing\t"
            << static_cast<char>('A' + i % 4) << '\t' << kinds[i % 6] << '\t'
            << (i % 10 == 0 ? "test" : "dev") << '\n';
}

/// A run with two answers to every question, as a worker would have reported them.
Result<RunId> addRun(store::Project& project)
{
    RunRow run;
    run.name = "0001-scl";
    run.recipe = "scl";
    run.state = RunState::Done;
    run.job = R"({"version":1,"recipe":"scl","model":{"folder":"m"},"seed":7})";
    const auto id = project.addRun(run, workbench::newOpId());
    const auto items = project.items();
    if (!id || !items)
        return fail(id ? items.error() : id.error());
    std::vector<runs::Event> events;
    std::int64_t seq = 0;
    constexpr std::size_t atOnce = 20'000;
    for (const Item& item : *items) {
        for (int turn = 1; turn <= 2; ++turn) {
            const bool right = (item.id.value * 7 + turn * 3) % 10 < 6;
            const std::string said = right ? item.answer : item.answer == "A" ? "B" : "A";
            runs::Answered one;
            one.response.stage = "pool";
            one.response.item = item.id;
            one.response.turn = turn;
            one.response.text = "It is plain to see. ## " + said + " ##";
            one.response.finish = "eos";
            one.extractions.push_back({ {}, "ours", "hashes", 23, 24, said, right });
            events.push_back({ ++seq, 1, std::move(one) });
        }
        if (events.size() >= atOnce) {
            if (auto taken = project.takeEvents(*id, events); !taken)
                return fail(taken.error());
            events.clear();
        }
    }
    events.push_back({ ++seq, 1, runs::Finished {} });
    if (auto taken = project.takeEvents(*id, events); !taken)
        return fail(taken.error());
    return *id;
}

/// From the text of a filter to the rows on the page; what else follows on other pages is waited
/// for and not counted.
double filtered(
    MainWindow& window, Workspace& workspace, RowTable& table, const QString& text, int& rows)
{
    bool here = false;
    const auto seen = QObject::connect(
        table.model(), &QAbstractItemModel::modelReset, &table, [&here] { here = true; });
    QElapsedTimer clock;
    clock.start();
    window.setFilter(text);
    until([&] { return here; });
    table.viewport()->repaint();
    const double taken = seconds(clock);
    rows = table.model()->rowCount();
    QObject::disconnect(seen);
    until([&] { return !workspace.busy(); });
    return taken;
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const int count = argc > 1 ? std::atoi(argv[1]) : 100'000;
    QTemporaryDir folder;
    const std::string table = folder.filePath("q.tsv").toStdString();
    const QString file = folder.filePath("big.slook");
    Json out = { { "questions", count } };
    QElapsedTimer clock;
    {
        writeTable(table, count);
        auto project = store::Project::create(file.toStdString());
        if (!project)
            return std::fprintf(stderr, "%s\n", message(project.error()).c_str()), 1;
        clock.start();
        const auto report = workbench::importInto(*project, table, {});
        if (!report)
            return std::fprintf(stderr, "%s\n", message(report.error()).c_str()), 1;
        out["import rows/s"] = count / seconds(clock);
        if (const auto run = addRun(*project); !run)
            return std::fprintf(stderr, "%s\n", message(run.error()).c_str()), 1;
    }
    Theme theme;
    theme.setMode(Theme::Mode::Light);
    const double before = residentMiB();
    clock.restart();
    StoreWorkspace workspace;
    MainWindow window(workspace, theme, nullptr);
    window.show();
    window.goTo(QStringLiteral("data"));
    window.repaint();
    out["first paint, s"] = seconds(clock);
    workspace.open(file);
    auto* rows = window.findChild<RowTable*>(QStringLiteral("itemTable"));
    until([&] { return rows->model()->rowCount() == count; });
    window.repaint();
    out["all rows shown, s"] = seconds(clock);
    until([&] { return !workspace.busy(); });
    out["everything read, s"] = seconds(clock);
    int found = 0;
    filtered(
        window, workspace, *rows, QStringLiteral("ship"), found); // reads the run's answers once
    out["filter by text, s"] =
        filtered(window, workspace, *rows, QStringLiteral("\"bridge number 7\""), found);
    out["rows found by text"] = found;
    out["filter by type and text, s"] =
        filtered(window, workspace, *rows, QStringLiteral("type:wrong-right ship"), found);
    out["rows found by type and text"] = found;
    filtered(window, workspace, *rows, QString(), found);
    std::vector<double> frames;
    constexpr int steps = 300;
    for (int i = 0; i < steps; ++i) {
        clock.restart();
        rows->verticalScrollBar()->setValue(static_cast<int>(
            static_cast<std::int64_t>(rows->verticalScrollBar()->maximum()) * i / steps));
        rows->viewport()->repaint();
        QApplication::processEvents();
        frames.push_back(seconds(clock) * 1000);
    }
    out["scrolling, ms a frame, median"] = medianOf(frames);
    out["scrolling, ms a frame, p99"] = p99Of(frames);
    std::vector<double> echoes;
    for (int i = 0; i < 50; ++i) {
        clock.restart();
        rows->selectRow(i * 7);
        QApplication::processEvents();
        echoes.push_back(seconds(clock) * 1000);
    }
    out["selection, ms, median"] = medianOf(echoes);
    out["memory, MiB"] = residentMiB();
    out["memory before the window, MiB"] = before;
    std::printf("%s\n", dumpPretty(out).c_str());
    return 0;
}
