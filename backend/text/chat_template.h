#pragma once
#include "core/json.h"
#include "core/result.h"
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slook::text {

/// One piece of a turn: a text, or the place of a picture.
struct Part {
    enum class Type { Text, Image };
    Type type = Type::Text;
    std::string text; ///< empty for a picture
};

struct Message {
    std::string role; ///< "system", "user" or "assistant"
    std::vector<Part> content;
};

[[nodiscard]] Part textPart(std::string text);
[[nodiscard]] Part imagePart();
/// A turn of the user: `images` pictures first, then the text.
[[nodiscard]] Message userMessage(std::string text, int images = 0);
[[nodiscard]] Message assistantMessage(std::string text);
[[nodiscard]] Message systemMessage(std::string text);

/// What a template sees beside the messages.
struct TemplateVariables {
    bool addGenerationPrompt = true;
    std::string bosToken;
    std::string eosToken;
    std::string imageMark =
        "<image>\n"; ///< stands for a picture where a template takes plain texts only
    std::optional<std::int64_t> now; ///< Unix seconds for strftime_now, UTC; the clock where absent
};

/// Bounds on a foreign template: a program that somebody else wrote.
struct TemplateLimits {
    std::size_t sourceBytes = 1u << 20;
    std::size_t steps = 2'000'000;
    std::size_t outputBytes = 16u << 20;
    int depth = 100;
};

/// A model folder's own chat template (Jinja), executed without any access to files or clocks but
/// `now`.
class ChatTemplate {
public:
    /// Takes chat_template.jinja, else chat_template.json, else tokenizer_config.json of a model
    /// folder. Errors: NotFound where the folder has none (take a builtIn then), Invalid for bad
    /// syntax.
    [[nodiscard]] static Result<ChatTemplate> load(const std::filesystem::path& modelFolder);
    [[nodiscard]] static Result<ChatTemplate> parse(
        std::string source, const std::string& where, const TemplateLimits& limits = {});
    /// A template for folders without one, by name; errors: NotFound.
    [[nodiscard]] static Result<ChatTemplate> builtIn(std::string_view name);
    [[nodiscard]] static std::vector<std::string> builtInNames();

    ChatTemplate(ChatTemplate&&) noexcept;
    ChatTemplate& operator=(ChatTemplate&&) noexcept;
    ~ChatTemplate();

    /// The prompt. Contents go in as the template wants them: lists of parts, or plain texts.
    /// Errors: Invalid with the template's own words (raise_exception), a type error, or a limit
    /// passed.
    [[nodiscard]] Result<std::string> render(
        std::span<const Message> messages, const TemplateVariables& variables) const;
    /// As above with Hugging Face messages as they are; `extra` holds further variables (an object,
    /// or null).
    [[nodiscard]] Result<std::string> renderJson(
        const Json& messages, const TemplateVariables& variables, const Json& extra) const;

    [[nodiscard]] const std::string& source() const; ///< the Jinja text
    [[nodiscard]] const std::string& origin() const; ///< the file, or "built-in NAME"
    [[nodiscard]] bool takesParts() const; ///< false where contents must be plain texts

private:
    struct Parts;
    explicit ChatTemplate(std::unique_ptr<const Parts> parts);
    std::unique_ptr<const Parts> m_parts;
};

/// The tokens' texts that templates and stop rules need, from tokenizer_config.json and
/// special_tokens_map.json.
struct SpecialTokens {
    std::string bos;
    std::string eos;
    std::string pad;
    std::string unk;
};
/// Absent files give empty texts. Errors: Invalid for broken JSON.
[[nodiscard]] Result<SpecialTokens> readSpecialTokens(const std::filesystem::path& modelFolder);

} // namespace slook::text
