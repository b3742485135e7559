#include "text/chat_template.h"
#include "core/file.h"
#include "core/json_file.h"
#include "text/chat_built_ins.h"
#include "text/jinja_run.h"
#include "text/jinja_syntax.h"
#include "text/utf8.h"
#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

namespace slook::text {
namespace {

constexpr std::size_t maximumConfig = 64u << 20;
constexpr const char* probe = "Probe-4711";

/// Hugging Face's form of a message, with contents as parts or as one text.
Json messageJson(const Message& message, bool asParts, const std::string& imageMark)
{
    Json json { { "role", cleanUtf8(message.role) } };
    if (!asParts) {
        std::string text;
        for (const Part& part : message.content)
            text += part.type == Part::Type::Image ? imageMark : part.text;
        json["content"] = cleanUtf8(text);
        return json;
    }
    json["content"] = Json::array();
    for (const Part& part : message.content)
        json["content"].push_back(part.type == Part::Type::Image
                ? Json { { "type", "image" } }
                : Json { { "type", "text" }, { "text", cleanUtf8(part.text) } });
    return json;
}

Result<std::string> readTemplateField(const std::filesystem::path& file)
{
    const auto json = readJson(file, maximumConfig);
    if (!json)
        return fail(json.error());
    if (!json->is_object())
        return fail(
            ErrorKind::Invalid, "holds no JSON object; take the model's own file", file.string());
    const auto found = json->find("chat_template");
    if (found == json->end())
        return fail(ErrorKind::NotFound, "holds no chat template; take the model's own file",
            file.string());
    if (found->is_string())
        return found->get<std::string>();
    if (found->is_array()) // several, each with a name
        for (const Json& one : *found)
            if (stringOr(one, "name") == "default" && one.contains("template")
                && one["template"].is_string())
                return one["template"].get<std::string>();
    return fail(ErrorKind::Invalid,
        "has a chat template that is no text; take the model's own file", file.string());
}

} // namespace

struct ChatTemplate::Parts {
    std::string source;
    std::string origin;
    TemplateLimits limits;
    jinja::Body body;
    bool takesParts = true;

    [[nodiscard]] Result<std::string> run(
        const Json& messages, const TemplateVariables& variables, const Json& extra) const;
    [[nodiscard]] bool showsProbe(bool asParts) const;
};

Result<std::string> ChatTemplate::Parts::run(
    const Json& messages, const TemplateVariables& variables, const Json& extra) const
{
    try {
        jinja::Interpreter interpreter(limits, variables.now.value_or(std::time(nullptr)));
        interpreter.define("messages", jinja::fromJson(messages));
        interpreter.define("add_generation_prompt", variables.addGenerationPrompt);
        interpreter.define("tools", jinja::None {});
        interpreter.define("documents", jinja::None {});
        interpreter.define("bos_token", cleanUtf8(variables.bosToken));
        interpreter.define("eos_token", cleanUtf8(variables.eosToken));
        if (extra.is_object())
            for (const auto& [name, value] : extra.items())
                interpreter.define(name, jinja::fromJson(value));
        return interpreter.run(body);
    } catch (const jinja::TemplateError& error) {
        return fail(ErrorKind::Invalid, error.what(), origin);
    }
}

/// True where a message's text comes out as it went in, not as a printed list.
bool ChatTemplate::Parts::showsProbe(bool asParts) const
{
    const Json messages = Json::array({ messageJson(userMessage(probe), asParts, "") });
    const auto out = run(messages, {}, {});
    return out && out->find(probe) != std::string::npos && out->find("'type'") == std::string::npos
        && out->find("\"type\"") == std::string::npos;
}

ChatTemplate::ChatTemplate(std::unique_ptr<const Parts> parts)
    : m_parts(std::move(parts))
{
}
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

Result<ChatTemplate> ChatTemplate::load(const std::filesystem::path& modelFolder)
{
    const auto jinjaFile = modelFolder / "chat_template.jinja";
    auto source = readFile(jinjaFile, maximumConfig);
    if (source)
        return parse(std::move(*source), jinjaFile.string());
    if (source.error().kind != ErrorKind::NotFound)
        return fail(source.error());
    for (const char* name : { "chat_template.json", "tokenizer_config.json" }) {
        const auto file = modelFolder / name;
        source = readTemplateField(file);
        if (source)
            return parse(std::move(*source), file.string());
        if (source.error().kind != ErrorKind::NotFound)
            return fail(source.error());
    }
    return fail(ErrorKind::NotFound, "has no chat template; choose a built-in one by name",
        modelFolder.string());
}

Result<ChatTemplate> ChatTemplate::parse(
    std::string source, const std::string& where, const TemplateLimits& limits)
{
    if (source.size() > limits.sourceBytes)
        return fail(ErrorKind::Invalid,
            "has a chat template of more than " + std::to_string(limits.sourceBytes >> 10) + " KiB",
            where);
    auto parts = std::make_unique<Parts>();
    parts->source = cleanUtf8(source);
    parts->origin = where;
    parts->limits = limits;
    try {
        parts->body = jinja::parse(jinja::tokenize(parts->source), limits.depth);
    } catch (const jinja::TemplateError& error) {
        return fail(ErrorKind::Invalid,
            std::string("has a chat template that is not understood: ") + error.what(), where);
    }
    parts->takesParts = parts->showsProbe(true) || !parts->showsProbe(false);
    return ChatTemplate(std::move(parts));
}

Result<ChatTemplate> ChatTemplate::builtIn(std::string_view name)
{
    for (const auto& one : builtInTemplates())
        if (one.name == name)
            return parse(std::string(one.source), "built-in " + std::string(name));
    std::string known;
    for (const auto& one : builtInTemplates())
        known += (known.empty() ? "" : ", ") + std::string(one.name);
    return fail(
        ErrorKind::NotFound, "is no built-in chat template; there are " + known, std::string(name));
}

std::vector<std::string> ChatTemplate::builtInNames()
{
    std::vector<std::string> names;
    for (const auto& one : builtInTemplates())
        names.emplace_back(one.name);
    return names;
}

Result<std::string> ChatTemplate::render(
    std::span<const Message> messages, const TemplateVariables& variables) const
{
    Json json = Json::array();
    for (const Message& message : messages)
        json.push_back(messageJson(message, m_parts->takesParts, variables.imageMark));
    return m_parts->run(json, variables, {});
}

Result<std::string> ChatTemplate::renderJson(
    const Json& messages, const TemplateVariables& variables, const Json& extra) const
{
    return m_parts->run(messages, variables, extra);
}

const std::string& ChatTemplate::source() const
{
    return m_parts->source;
}
const std::string& ChatTemplate::origin() const
{
    return m_parts->origin;
}
bool ChatTemplate::takesParts() const
{
    return m_parts->takesParts;
}

Part textPart(std::string text)
{
    return { Part::Type::Text, std::move(text) };
}
Part imagePart()
{
    return { Part::Type::Image, {} };
}

Message userMessage(std::string text, int images)
{
    Message message { "user", {} };
    for (int i = 0; i < images; ++i)
        message.content.push_back(imagePart());
    message.content.push_back(textPart(std::move(text)));
    return message;
}
Message assistantMessage(std::string text)
{
    return { "assistant", { textPart(std::move(text)) } };
}
Message systemMessage(std::string text)
{
    return { "system", { textPart(std::move(text)) } };
}

namespace {

/// "<s>", or {"content": "<s>", ...}.
std::string tokenField(const Json& json, const char* key)
{
    const auto found = json.is_object() ? json.find(key) : json.end();
    if (!json.is_object() || found == json.end())
        return {};
    return found->is_string() ? found->get<std::string>() : stringOr(*found, "content");
}

} // namespace

Result<SpecialTokens> readSpecialTokens(const std::filesystem::path& modelFolder)
{
    SpecialTokens tokens;
    for (const char* name : { "tokenizer_config.json", "special_tokens_map.json" }) {
        const auto json = readJson(modelFolder / name, maximumConfig);
        if (!json && json.error().kind == ErrorKind::NotFound)
            continue;
        if (!json)
            return fail(json.error());
        if (!json->is_object())
            return fail(ErrorKind::Invalid, "holds no JSON object; take the model's own file",
                (modelFolder / name).string());
        const std::pair<const char*, std::string*> fields[] = { { "bos_token", &tokens.bos },
            { "eos_token", &tokens.eos }, { "pad_token", &tokens.pad },
            { "unk_token", &tokens.unk } };
        for (const auto& [key, field] : fields)
            if (field->empty())
                *field = tokenField(*json, key);
    }
    return tokens;
}

} // namespace slook::text
