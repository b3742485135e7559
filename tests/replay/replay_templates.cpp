#include "core/file.h"
#include "replay.h"
#include "text/chat_template.h"
#include <nlohmann/json.hpp>

namespace slook::replay {
namespace {

Result<void> replayTemplate(const Path& file, const Path& out)
{
    auto fixture = readJson(file);
    if (!fixture)
        return fail(fixture.error());
    const auto source = file.parent_path() / fixture->at("template").get<std::string>();
    const auto text = readFile(source);
    if (!text)
        return fail(text.error());
    const auto chat = text::ChatTemplate::parse(*text, source.string());
    if (!chat)
        return fail(chat.error());
    for (Json& row : fixture->at("rows")) {
        text::TemplateVariables variables;
        variables.addGenerationPrompt = boolOr(row, "add_generation_prompt", false);
        variables.bosToken = stringOr(row, "bos_token");
        variables.eosToken = stringOr(row, "eos_token");
        const auto rendered = chat->renderJson(row.at("messages"), variables, {});
        if (rendered)
            row["rendered"] = *rendered;
        else
            row["error"] = rendered.error().what;
    }
    return writeJson(out / file.filename(), *fixture);
}

} // namespace

Result<void> replayTemplates(const Path& fixture, const Path& out)
{
    for (const auto& entry : std::filesystem::directory_iterator(fixture))
        if (entry.path().extension() == ".json")
            if (const auto done = replayTemplate(entry.path(), out); !done)
                return done;
    return {};
}

} // namespace slook::replay
