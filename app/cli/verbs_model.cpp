#include "session.h"
#include "words.h"
#include "workbench/model_info.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

std::string joined(const std::vector<std::string>& texts, const char* between)
{
    std::string all;
    for (const std::string& text : texts)
        all += (all.empty() ? "" : between) + text;
    return all;
}

std::string millions(std::int64_t count)
{
    constexpr double million = 1e6;
    return fixed(static_cast<double>(count) / million, 2) + " million";
}

std::string megabytes(std::uint64_t bytes)
{
    return fixed(static_cast<double>(bytes) / 1e6, 1) + " MB";
}

Result<void> inspect(const Session& session, const std::string& folder, bool chatTemplate)
{
    const auto info = workbench::inspectModel(folder);
    if (!info)
        return fail(info.error());
    if (chatTemplate && !session.console.json) {
        session.console.text(info->chatTemplate);
        return {};
    }
    std::string types;
    Json typesJson = Json::object();
    for (const auto& [type, count] : info->parametersByType) {
        types += (types.empty() ? "" : ", ") + millions(count) + " " + type;
        typesJson[type] = count;
    }
    const auto number = [](std::int64_t n) { return n > 0 ? std::to_string(n) : "not said"; };
    Table table { { { "part" }, { "value", false, true } }, {} };
    table.rows = { { "folder", info->folder.string() }, { "family", info->type },
        { "language model",
            info->languageModel + ", " + number(info->layers) + " layers of "
                + number(info->hiddenSize) + ", " + number(info->heads) + " heads" },
        { "vocabulary", number(info->vocabularySize) },
        { "context", number(info->contextLength) + " tokens" },
        { "vision tower",
            info->visionModel.empty()
                ? "none"
                : info->visionModel + ", pictures of " + number(info->imageSize) + ", patches of "
                    + number(info->patchSize) + " pixels" },
        { "parameters", types },
        { "weights", joined(info->weightFiles, ", ") + ", " + megabytes(info->weightBytes) },
        { "memory",
            megabytes(info->loadedBytes) + " for the weights on a CPU, "
                + (info->bytesPerToken > 0 ? megabytes(info->bytesPerToken * 1000) : "not said")
                + " for 1000 tokens of a conversation" },
        { "pictures",
            info->imageProcessor.empty()
                ? "none: it reads text only"
                : info->imageProcessor + ": " + joined(info->seenSize, ", ") },
        { "chat template",
            !info->chatTemplateProblem.empty() ? info->chatTemplateProblem
                : info->chatTemplate.empty()   ? "none of its own"
                                               : "its own, in " + info->chatTemplateFile } };
    session.console.table(table);
    session.console.document({ { "folder", info->folder.string() }, { "modelType", info->type },
        { "languageModel", info->languageModel }, { "visionModel", info->visionModel },
        { "layers", info->layers }, { "hiddenSize", info->hiddenSize }, { "heads", info->heads },
        { "vocabularySize", info->vocabularySize }, { "contextLength", info->contextLength },
        { "imageSize", info->imageSize }, { "patchSize", info->patchSize },
        { "parameters", info->parameters }, { "parametersByType", typesJson },
        { "weightFiles", info->weightFiles }, { "weightBytes", info->weightBytes },
        { "loadedBytes", info->loadedBytes }, { "bytesPerToken", info->bytesPerToken },
        { "imageProcessor", info->imageProcessor }, { "seen", info->seenSize },
        { "chatTemplate", info->chatTemplate }, { "chatTemplateFile", info->chatTemplateFile } });
    return {};
}

} // namespace

void addModelVerbs(CLI::App& app, Session& session)
{
    CLI::App* model = app.add_subcommand("model", "Model folders");
    model->require_subcommand(1);
    auto folder = std::make_shared<std::string>();
    CLI::App* command = model->add_subcommand(
        "inspect", "Say what a model folder holds, without loading its weights");
    command->add_option("folder", *folder, "A Hugging Face model folder")->required();
    auto chatTemplate = std::make_shared<bool>(false);
    command->add_flag(
        "--chat-template", *chatTemplate, "Print its own chat template, as Jinja, and no more");
    command->callback([&session, folder, chatTemplate] {
        session.action = [&session, folder, chatTemplate] {
            return inspect(session, *folder, *chatTemplate);
        };
    });
    addChatVerb(*model, session);
    addInt8Verb(*model, session);
}

} // namespace slook::cli
