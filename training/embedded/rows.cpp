// Writes training rows for train.py: scenes-rows OUT --count N --seed S --prompts FILE [--easy-vqa
// TRAIN] [--stage look]
#include "core/file.h"
#include "core/json.h"
#include "image/resize.h"
#include "scenes/curriculum.h"
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

namespace {

namespace fs = std::filesystem;
using slook::fail;
using slook::Json;
using slook::Result;

constexpr int kModelSide = 96; // pixels that the embedded model sees

struct Arguments {
    fs::path folder;
    fs::path prompts;
    fs::path easyVqa;
    std::uint64_t count = 20'000;
    std::uint64_t binding = 20'000;
    std::uint64_t first = 0;
    std::uint64_t seed = 0;
    bool look = false;
};

Result<slook::scenes::PromptTexts> readPrompts(const fs::path& file)
{
    slook::scenes::PromptTexts prompts;
    if (file.empty())
        return prompts;
    auto text = slook::readFile(file);
    if (!text)
        return fail(text.error());
    auto json = slook::parseJson(*text, file.string());
    if (!json)
        return fail(json.error());
    prompts.reasoning = slook::stringOr(*json, "reasoning", prompts.reasoning);
    prompts.extractor = slook::stringOr(*json, "extractor", prompts.extractor);
    prompts.reviews = slook::stringsOr(*json, "reviews", prompts.reviews);
    prompts.captions = slook::stringsOr(*json, "captions", prompts.captions);
    prompts.carefulCaptions = slook::stringsOr(*json, "carefulCaptions", prompts.carefulCaptions);
    prompts.inventiveCaptions =
        slook::stringsOr(*json, "inventiveCaptions", prompts.inventiveCaptions);
    return prompts;
}

/// The model's tokenizer has whole phrases of the long prompts as tokens: six bytes a token is near
/// enough.
std::size_t tokensNearly(const std::string& text)
{
    return text.size() / 5 + 1;
}

Json conversationJson(const slook::scenes::Conversation& conversation)
{
    Json turns = Json::array();
    for (const auto& turn : conversation)
        turns.push_back({ turn.user, turn.reply.text, turn.trained ? 1 : 0 });
    return turns;
}

void writeLabels(std::ofstream& out, const std::optional<slook::scenes::PatchLabels>& labels)
{
    const auto write = [&](const auto& list) {
        out.write(
            reinterpret_cast<const char*>(list.data()), static_cast<std::streamsize>(list.size()));
    };
    if (labels) {
        write(labels->shape);
        write(labels->colour);
        write(labels->cell);
        write(labels->big);
        return;
    }
    const std::array<std::int8_t, slook::scenes::PatchLabels::kPatches> none = [] {
        std::array<std::int8_t, slook::scenes::PatchLabels::kPatches> list {};
        list.fill(-1);
        return list;
    }();
    for (int i = 0; i < 4; ++i)
        write(none);
}

Result<void> writeRows(const slook::scenes::Curriculum& curriculum, const Arguments& a)
{
    using slook::scenes::BindingStage;
    using slook::scenes::Stage;
    std::ofstream pictures(a.folder / "pictures.u8", std::ios::binary);
    std::ofstream labels(a.folder / "labels.i8", std::ios::binary);
    std::ofstream rows(a.folder / "rows.jsonl");
    std::ofstream binding(a.folder / "binding.jsonl");
    for (std::uint64_t i = 0; i < a.count; ++i) {
        auto row = curriculum.row(a.look ? Stage::Look : Stage::Full, a.first + i);
        if (!row)
            return fail(row.error());
        const auto small = slook::image::resized(
            row->picture, kModelSide, kModelSide, slook::image::Filter::Bicubic);
        pictures.write(reinterpret_cast<const char*>(small.rgb.data()),
            static_cast<std::streamsize>(small.rgb.size()));
        writeLabels(labels, row->labels);
        Json line { { "p", i }, { "s", Json::array() } };
        for (const auto& conversation : row->conversations)
            line["s"].push_back(conversationJson(conversation));
        rows << slook::dumpLine(line) << "\n";
    }
    for (std::uint64_t i = 0; i < a.binding; ++i) {
        const auto row =
            curriculum.binding(a.look ? BindingStage::Dense : BindingStage::All, a.first + i);
        binding << slook::dumpLine(Json { row.user, row.reply.text }) << "\n";
    }
    std::ofstream(a.folder / "meta.json") << "{\"size\": " << kModelSide << "}\n";
    if (!pictures.flush() || !labels.flush() || !rows.flush() || !binding.flush())
        return fail(slook::ErrorKind::Io, "not everything could be written", a.folder.string());
    return {};
}

Result<void> run(const Arguments& a)
{
    slook::scenes::CurriculumOptions options;
    options.seed = a.seed;
    options.measure = tokensNearly;
    auto prompts = readPrompts(a.prompts);
    if (!prompts)
        return fail(prompts.error());
    options.prompts = *prompts;
    std::vector<slook::scenes::EasyVqaPicture> easyVqa;
    if (!a.easyVqa.empty()) {
        auto read = slook::scenes::readEasyVqa(a.easyVqa);
        if (!read)
            return fail(read.error());
        easyVqa = std::move(*read);
    }
    std::error_code error;
    fs::create_directories(a.folder, error);
    if (error)
        return fail(slook::ErrorKind::Io, error.message(), a.folder.string());
    return writeRows(slook::scenes::Curriculum(options, std::move(easyVqa)), a);
}

} // namespace

int main(int argc, char** argv)
{
    Arguments a;
    CLI::App app { "Writes rendered training rows for the embedded model" };
    app.add_option("folder", a.folder)->required();
    app.add_option("--count", a.count, "rows");
    app.add_option("--binding", a.binding, "texts without a picture");
    app.add_option("--first", a.first, "number of the first row");
    app.add_option("--seed", a.seed);
    app.add_option("--prompts", a.prompts, "JSON with the long prompts");
    app.add_option("--easy-vqa", a.easyVqa, "easy-VQA's training folder");
    app.add_flag("--look", a.look, "rows of the warm-up");
    CLI11_PARSE(app, argc, argv);
    if (auto done = run(a); !done) {
        std::cerr << slook::message(done.error()) << "\n";
        return 1;
    }
    return 0;
}
