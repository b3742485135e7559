#include "interrupt.h"
#include "scenes/export.h"
#include "session.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct SceneArguments {
    std::string folder;
    std::string format = "tsv";
    std::string kind = "mcq";
    std::string level = "easy";
    scenes::ExportOptions options;
    bool picturesBeside = false;
};

Result<void> write(const Session& session, const SceneArguments& arguments)
{
    scenes::ExportOptions options = arguments.options;
    options.folder = arguments.folder;
    options.format = scenes::exportFormatByName(arguments.format).value();
    options.kind = scenes::exportKindByName(arguments.kind).value();
    options.level = arguments.level == "hard" ? scenes::Level::Hard : scenes::Level::Easy;
    options.mixedLevels = arguments.level == "mixed";
    options.picturesInside = !arguments.picturesBeside;
    ProgressBar bar;
    options.progress = [&](int done) {
        bar.show("Rendering scenes", done, options.count);
        return interrupts() == 0;
    };
    const auto report = scenes::exportScenes(options);
    bar.clear();
    if (!report)
        return fail(report.error());
    Table table { { { "kind of question" }, { "questions", true } }, {} };
    Json categories = Json::object();
    for (const auto& [name, count] : report->categories) {
        table.rows.push_back({ name, std::to_string(count) });
        categories[name] = count;
    }
    session.console.line(report->file.string() + ": " + std::to_string(report->scenes)
        + " scenes; what they show is in " + report->truth.string());
    session.console.table(table);
    session.console.document(
        { { "file", report->file.string() }, { "truth", report->truth.string() },
            { "scenes", report->scenes }, { "categories", categories } });
    return {};
}

} // namespace

void addSceneVerbs(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<SceneArguments>();
    CLI::App* command = app.add_subcommand(
        "scenes", "Render pictures with known truth and write questions about them");
    command->add_option("out", arguments->folder, "An empty or new folder")->required();
    command->add_option("--count", arguments->options.count, "Scenes, each with one question")
        ->check(CLI::PositiveNumber);
    command->add_option("--seed", arguments->options.seed, "Another seed gives other scenes");
    command->add_option("--format", arguments->format, "tsv (VLMEvalKit) or llava")
        ->check(CLI::IsMember({ "tsv", "llava" }));
    command->add_option("--kind", arguments->kind, "What is asked")
        ->check(CLI::IsMember({ "mcq", "yesno", "short", "describe", "review", "reverse" }));
    command->add_option("--level", arguments->level, "How hard the scenes are")
        ->check(CLI::IsMember({ "easy", "hard", "mixed" }));
    command->add_option("--split", arguments->options.split, "Written into the column split");
    command->add_flag("--pictures-beside", arguments->picturesBeside,
        "Write pictures as files instead of into the TSV");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return write(session, *arguments); };
    });
}

} // namespace slook::cli
