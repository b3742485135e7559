#include "session.h"
#include "workbench/places.h"
#include "workbench/worker_talk.h"
#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;

namespace slook::cli {
namespace {

struct ChatArguments {
    std::string model;
    std::string adapter;
    std::string image;
    std::vector<std::string> turns;
    int maxNewTokens = 256;
    double temperature = 0;
    std::uint64_t seed = 0;
    bool int8 = false;
};

Result<void> chat(const Session& session, const ChatArguments& arguments)
{
    std::signal(SIGPIPE, SIG_IGN); // a worker that dies is an error to report
    auto worker = workbench::WorkerTalk::start();
    if (!worker)
        return fail(worker.error());
    const auto loaded = worker->ask({ { "kind", "load" },
        { "model", fs::absolute(arguments.model).lexically_normal().string() },
        { "adapter",
            arguments.adapter.empty()
                ? ""
                : fs::absolute(arguments.adapter).lexically_normal().string() },
        { "int8", arguments.int8 } });
    if (!loaded)
        return fail(loaded.error());
    const Json decoding = { { "temperature", arguments.temperature }, { "seed", arguments.seed },
        { "maxNewTokens", arguments.maxNewTokens } };
    Json answers = Json::array();
    const auto said = worker->ask(
        { { "kind", "ask" }, { "turns", arguments.turns },
            { "image", arguments.image.empty() ? "" : fs::absolute(arguments.image).string() },
            { "decoding", decoding } },
        [&](const Json& part) {
            const Json answer = part.value("answer", Json::object());
            session.console.text(stringOr(answer, "text"));
            answers.push_back(answer);
        });
    if (!said)
        return fail(said.error());
    session.console.document({ { "model", arguments.model }, { "answers", answers } });
    return {};
}

} // namespace

void addChatVerb(CLI::App& model, Session& session)
{
    auto arguments = std::make_shared<ChatArguments>();
    CLI::App* command = model.add_subcommand("chat", "Ask a model about a picture");
    command->add_option("folder", arguments->model, "A Hugging Face model folder")->required();
    command->add_option("--adapter", arguments->adapter, "A PEFT adapter folder");
    command->add_option("--image", arguments->image, "The picture, shown before the first text");
    command
        ->add_option("--ask", arguments->turns,
            "What to say; given several times, each after the model's last answer")
        ->required()
        ->take_all()
        ->allow_extra_args(false);
    command->add_option("--max-new-tokens", arguments->maxNewTokens, "Longest answer, in tokens")
        ->check(CLI::PositiveNumber);
    command->add_option("--temperature", arguments->temperature, "0 takes the likeliest token")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--seed", arguments->seed, "Seed of the drawing");
    command->add_flag("--int8", arguments->int8,
        "Keep the language model's weights as 8-bit whole numbers; see model int8");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return chat(session, *arguments); };
    });
}

} // namespace slook::cli
