#include "interrupt.h"
#include "session.h"
#include <CLI/CLI.hpp>
#include <clocale>
#include <exception>

namespace {

constexpr int exitDone = 0;
constexpr int exitFailed = 1;
constexpr int exitWrongUsage = 2;

void addVerbs(CLI::App& app, slook::cli::Session& session)
{
    using namespace slook::cli;
    addProjectVerbs(app, session);
    addImportVerbs(app, session);
    addRunVerbs(app, session);
    addChainVerbs(app, session);
    addSweepVerbs(app, session);
    addMapVerbs(app, session);
    addCompareVerbs(app, session);
    addShowVerbs(app, session);
    addExportVerbs(app, session);
    addAuditVerbs(app, session);
    addJudgeVerb(app, session);
    addHistoryVerbs(app, session);
    addMarkVerbs(app, session);
    addModelVerbs(app, session);
    addImageVerbs(app, session);
    addSceneVerbs(app, session);
}

int run(int argc, char** argv)
{
    slook::cli::Session session;
    CLI::App app("Workbench for vision-language models that learn from their second thoughts",
        "secondlook-cli");
    app.set_version_flag("--version", "secondlook-cli " SLOOK_VERSION);
    app.add_flag(
        "--json", session.console.json, "Write one JSON document to stdout and nothing else there");
    app.require_subcommand(1);
    app.fallthrough();
    addVerbs(app, session);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? exitDone : exitWrongUsage;
    }
    slook::cli::watchInterrupts();
    if (const auto done = session.action(); !done) {
        session.console.failure(done.error());
        return exitFailed;
    }
    return exitDone;
}

} // namespace

int main(int argc, char** argv)
{
    std::setlocale(LC_ALL, "C.UTF-8");
    try {
        return run(argc, argv);
    } catch (const std::exception& e) {
        slook::cli::Console().failure({ slook::ErrorKind::Internal,
            std::string("an unexpected failure: ") + e.what() + "; please report it", {} });
        return exitFailed;
    }
}
