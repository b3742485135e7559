#pragma once
#include "core/json.h"
#include "core/result.h"
#include "engine/config.h"
#include "engine/generate.h"
#include "engine/vlm.h"
#include "image/picture.h"
#include "image/processor.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace slook::engine {

/// A picture as the model gets it.
struct SeenPicture {
    std::string pixelsSha256; ///< image::seenSha256 of what was seen
    image::Seen seen;
    [[nodiscard]] PictureLayout layout() const;
    [[nodiscard]] std::size_t bytes() const; ///< of its pixels
};

/// A prompt in all its forms.
struct Prompt {
    std::string text; ///< as the chat template wrote it
    Opening opening; ///< ids with the placeholders expanded, features of the pictures
    std::string pixelsSha256; ///< of the seen pictures; several are joined by ','
};

/// What continues a conversation behind an answer.
struct Continuation {
    std::string text; ///< what the template puts between the answer and the next one
    NextTurn turn;
};

struct SessionOptions {
    at::Device device = at::kCPU;
    at::ScalarType type = at::kFloat;
    bool int8 = false; ///< see loadModel()
    std::string chatTemplate; ///< Jinja text in place of the folder's own; empty: its own
    std::size_t featureBytes = std::size_t { 1 } << 30; ///< for features of pictures already seen
};

/// A loaded model: weights, tokenizer, chat template, picture processor and defaults of one folder.
class Session {
public:
    /// Errors: NotFound, Io, Invalid: one sentence with the file, the cause and the next step.
    [[nodiscard]] static Result<std::unique_ptr<Session>> load(
        const std::filesystem::path& folder, const SessionOptions& options = {});

    [[nodiscard]] const std::filesystem::path& folder() const { return m_folder; }
    [[nodiscard]] VisionLanguageModel& model() { return *m_model; }
    [[nodiscard]] const VisionLanguageModel& model() const { return *m_model; }
    [[nodiscard]] const text::Tokenizer& tokenizer() const { return *m_tokenizer; }
    [[nodiscard]] const text::ChatTemplate& chatTemplate() const { return *m_template; }
    /// @throws std::invalid_argument for a model that reads text only
    [[nodiscard]] const image::ProcessorSettings& processor() const;
    [[nodiscard]] bool seesPictures() const { return m_processor.has_value(); }
    [[nodiscard]] const GenerationDefaults& defaults() const { return m_defaults; }
    /// SHA-256 over the contents of every file that decides what the model says. Read once, on the
    /// first call.
    [[nodiscard]] Result<std::string> fingerprint() const;

    /// LLaVA's original squares instead of the folder's own cropping. Forgets features.
    void setPadToSquare(bool pad);
    /// Forgets features of pictures: after training that changed the tower or the projector.
    void forgetFeatures();
    [[nodiscard]] std::int64_t picturesEncoded() const
    {
        return m_encoded;
    } ///< that went through the tower

    /// Errors: Invalid where the model reads text only, or cannot take what the folder's picture
    /// settings make of the picture.
    [[nodiscard]] Result<SeenPicture> see(const image::Picture& picture) const;
    /// Pixels for the tower, [all tiles, 3, H, W] float.
    [[nodiscard]] at::Tensor pixelValues(std::span<const SeenPicture> pictures) const;
    /// Features of pictures, each computed once; those not known yet go through the tower together.
    /// @return one [rows, hiddenSize] per picture
    [[nodiscard]] std::vector<at::Tensor> features(std::span<const SeenPicture> pictures);

    /// The prompt that asks for the next assistant message.
    [[nodiscard]] Result<std::string> render(std::span<const text::Message> messages) const;
    /// Ids of a rendered prompt, each picture's mark replaced by what the family puts in its place.
    /// @param pictures in reading order
    /// Errors: Invalid where the text has another number of picture marks (a question may contain
    /// one).
    [[nodiscard]] Result<std::vector<std::int64_t>> encodePrompt(
        const std::string& text, std::span<const SeenPicture> pictures) const;
    /// All of the above for one conversation.
    [[nodiscard]] Result<Prompt> prompt(std::span<const text::Message> messages,
        std::span<const SeenPicture> pictures, std::uint64_t seed = 0);

    /// The ids that follow an answer when the conversation goes on, so that keys and values stay
    /// valid.
    /// @param before   the messages up to the question that `said` answers
    /// @param said     what the model said; its end token is not written twice
    /// @param next     the user's next message
    /// @param pictures of that message
    [[nodiscard]] Result<Continuation> continuation(std::span<const text::Message> before,
        const Turn& said, const text::Message& next, std::span<const SeenPicture> pictures = {});

    /// Text of ids, special tokens left out.
    [[nodiscard]] std::string decode(std::span<const std::int64_t> ids) const;
    /// Ids of an answer as training and scoring see it: no special tokens before it, the end token
    /// behind it.
    [[nodiscard]] Result<std::vector<std::int64_t>> encodeAnswer(
        const std::string& text, bool endToken = true) const;
    /// Log-probability of each label as the very next token, spellings with and without a blank
    /// added up, [labels] nats.
    [[nodiscard]] Result<std::vector<double>> labelLogProbs(
        const Prompt& prompt, std::span<const std::string> labels) const;

private:
    Session() = default;
    Result<void> loadText();
    Result<void> loadTemplate(const Json& config);
    Result<std::vector<std::int64_t>> expanded(
        const std::string& text, bool addSpecial, std::span<const SeenPicture> pictures) const;
    [[nodiscard]] std::optional<std::string> imageMark() const;
    at::Tensor remembered(const std::string& sha256);
    void remember(const std::string& sha256, const at::Tensor& features);

    struct Known {
        at::Tensor features;
        std::list<std::string>::iterator use;
    };
    std::filesystem::path m_folder;
    SessionOptions m_options;
    std::unique_ptr<VisionLanguageModel> m_model;
    std::optional<text::Tokenizer> m_tokenizer;
    std::optional<text::ChatTemplate> m_template;
    text::SpecialTokens m_special;
    std::optional<image::ProcessorSettings> m_processor; ///< absent: reads text only
    GenerationDefaults m_defaults;
    mutable std::string m_fingerprint;
    std::unordered_map<std::string, Known> m_known; ///< by pixelsSha256
    std::list<std::string> m_uses; ///< newest first
    std::size_t m_bytes = 0;
    std::int64_t m_encoded = 0;
};

} // namespace slook::engine
