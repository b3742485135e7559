#include "analysis/intervals.h"
#include "core/file.h"
#include "scenes/export.h"
#include "session.h"
#include "words.h"
#include "workbench/worker_talk.h"
#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace fs = std::filesystem;

namespace slook::cli {
namespace {

struct Int8Arguments {
    std::string model;
    int count = 64;
    int maxNewTokens = 32;
    std::uint64_t seed = 0;
};

/// A folder for the questions, gone with this object.
class ScratchFolder {
public:
    ScratchFolder()
        : m_path(fs::temp_directory_path() / ("secondlook-int8-" + std::to_string(::getpid())))
    {
    }
    ~ScratchFolder()
    {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    [[nodiscard]] const fs::path& path() const { return m_path; }

private:
    fs::path m_path;
};

/// Multiple-choice questions about rendered scenes, as the worker takes them.
Result<Json> questionsIn(const fs::path& folder, const Int8Arguments& arguments)
{
    scenes::ExportOptions options;
    options.folder = folder;
    options.count = arguments.count;
    options.seed = arguments.seed;
    options.format = scenes::ExportFormat::Llava;
    const auto written = scenes::exportScenes(options);
    if (!written)
        return fail(written.error());
    const auto text = readFile(written->file);
    const auto rows = text ? parseJson(*text, written->file.string()) : fail(text.error());
    if (!rows)
        return fail(rows.error());
    Json questions = Json::array();
    for (const auto& row : *rows) {
        auto asked = row.at("conversations").at(0).at("value").get<std::string>();
        const std::string mark = "<image>";
        if (const auto place = asked.find(mark); place != std::string::npos)
            asked.erase(place, mark.size());
        asked.erase(0, asked.find_first_not_of('\n'));
        asked.erase(asked.find_last_not_of('\n') + 1);
        questions.push_back({ { "image", (folder / stringOr(row, "image")).string() },
            { "text", asked }, { "letters", { "A", "B", "C", "D" } } });
    }
    return questions;
}

std::string shareText(std::int64_t hits, std::int64_t count)
{
    const auto interval = analysis::wilson(hits, count);
    return std::to_string(hits) + " of " + std::to_string(count) + " (95 % interval "
        + fixed(100 * interval.low, 1) + " to " + fixed(100 * interval.high, 1) + " %)";
}

std::string sideText(const Json& side)
{
    constexpr double mebi = 1024.0 * 1024.0;
    const auto seconds = numberOr(side, "seconds", 0);
    const auto tokens = static_cast<double>(integerOr(side, "tokens", 0));
    return fixed(static_cast<double>(integerOr(side, "weightBytes", 0)) / mebi, 1)
        + " MiB of weights, " + fixed(seconds, 2) + " s for " + fixed(tokens, 0) + " tokens";
}

void show(const Session& session, const Json& report)
{
    const auto questions = integerOr(report, "questions", 0);
    Table table { { { "what" }, { "value", false, true } }, {} };
    table.rows = { { "questions", std::to_string(questions) },
        { "first token's log-probabilities differ by",
            "mean " + fixed(numberOr(report, "meanDifference", 0), 4) + ", at most "
                + fixed(numberOr(report, "largestDifference", 0), 3) + " nats" },
        { "its distribution's divergence",
            fixed(numberOr(report, "meanDivergence", 0), 6) + " nats" },
        { "the same answer, token for token",
            shareText(integerOr(report, "sameAnswers", 0), questions) },
        { "the same option letter",
            shareText(integerOr(report, "sameLetters", 0), integerOr(report, "withLetters", 0)) },
        { "as it is", sideText(report.at("plain")) }, { "in int8", sideText(report.at("int8")) } };
    session.console.table(table);
    session.console.document(report);
}

Result<void> compare(const Session& session, const Int8Arguments& arguments)
{
    std::signal(SIGPIPE, SIG_IGN); // a worker that dies is an error to report
    const ScratchFolder scratch;
    const auto questions = questionsIn(scratch.path(), arguments);
    if (!questions)
        return fail(questions.error());
    auto worker = workbench::WorkerTalk::start();
    if (!worker)
        return fail(worker.error());
    const auto report = worker->ask({ { "kind", "int8" },
        { "model", fs::absolute(arguments.model).lexically_normal().string() },
        { "questions", *questions }, { "maxNewTokens", arguments.maxNewTokens } });
    if (!report)
        return fail(report.error());
    show(session, *report);
    return {};
}

} // namespace

void addInt8Verb(CLI::App& model, Session& session)
{
    auto arguments = std::make_shared<Int8Arguments>();
    CLI::App* command = model.add_subcommand(
        "int8", "Say how far a model's answers with weights in int8 are from its own");
    command->add_option("folder", arguments->model, "A Hugging Face model folder")->required();
    command->add_option("--count", arguments->count, "Questions about rendered scenes")
        ->check(CLI::Range(1, 2000));
    command->add_option("--max-new-tokens", arguments->maxNewTokens, "Longest answer, in tokens")
        ->check(CLI::PositiveNumber);
    command->add_option("--seed", arguments->seed, "Seed of the scenes");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return compare(session, *arguments); };
    });
}

} // namespace slook::cli
