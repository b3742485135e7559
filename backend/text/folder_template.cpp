#include "text/folder_template.h"
#include <nlohmann/json.hpp>

namespace slook::text {

Result<ChatTemplate> templateOf(const std::filesystem::path& folder, const Json& config)
{
    auto chat = ChatTemplate::load(folder);
    if (chat || chat.error().kind != ErrorKind::NotFound)
        return chat;
    const auto part = config.find("text_config");
    const auto language = part != config.end() && part->is_object()
        ? stringOr(*part, "model_type", "llama")
        : stringOr(config, "model_type");
    if (language == "mistral")
        return ChatTemplate::builtIn("llava_next_mistral");
    if (stringOr(config, "model_type").starts_with("llava"))
        return ChatTemplate::builtIn(
            boolOr(config, "original_layout", false) ? "vicuna_v1" : "llava_hf");
    return chat;
}

} // namespace slook::text
