// Makes the embedded model from random weights: teach SHAPE OUT --plan plan.json (see README.md).
#include "engine/runtime.h"
#include "teacher.h"
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

namespace {

using namespace slook;

volatile std::sig_atomic_t stopAsked = 0;

Result<void> run(const teach::TeachOptions& options)
{
    const auto teacher = teach::Teacher::create(options);
    if (!teacher)
        return fail(teacher.error());
    return (*teacher)->run([] { return stopAsked != 0; });
}

} // namespace

int main(int argc, char** argv)
{
    teach::TeachOptions o;
    CLI::App app { "Makes the embedded model from random weights" };
    app.add_option("shape", o.shape, "model folder with config, tokenizer and processor")
        ->required();
    app.add_option("out", o.out, "folder for start, checkpoints and model; goes on from there")
        ->required();
    app.add_option("--plan", o.plan, "JSON with the stages")->required();
    app.add_option("--prompts", o.prompts, "JSON with the long prompts")->required();
    app.add_option("--easy-vqa", o.easyVqa, "easy-VQA's training folder");
    app.add_option("--save-every", o.saveEvery, "steps");
    app.add_option("--print-every", o.printEvery, "steps");
    app.add_option("--stop-after", o.stopAfter, "steps");
    app.add_option("--threads", o.threads);
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGTERM, [](int) { stopAsked = 1; });
    std::signal(SIGINT, [](int) { stopAsked = 1; });
    engine::prepareRuntime({ o.threads, true });
    if (const auto done = run(o); !done) {
        std::cerr << message(done.error()) << "\n";
        return 1;
    }
    return 0;
}
