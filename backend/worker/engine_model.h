#pragma once
#include "engine/adapter.h"
#include "engine/session.h"
#include "engine/text_encoder.h"
#include "engine/trainer.h"
#include "methods/model.h"
#include "runs/job.h"
#include "worker/picture_book.h"
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace slook::worker {

/// A model folder behind the interface that methods use. The weights are loaded once; picture
/// features, keys and values are kept as long as they hold.
class EngineModel final : public methods::Model {
public:
    /// @param directory of the run, for relative picture paths
    /// Errors: those of Session::load() and readAdapter().
    [[nodiscard]] static Result<std::unique_ptr<EngineModel>> load(const runs::ModelRef& reference,
        at::Device device, const std::filesystem::path& directory,
        const std::vector<runs::InputItem>& inputs);

    Result<void> converse(std::span<const methods::Conversation> conversations,
        const runs::Decoding& decoding,
        const std::function<Result<void>(std::size_t, int, methods::Answer)>& onAnswer,
        const std::function<Result<void>(std::size_t, std::string)>& onRefused,
        methods::StepContext& context) override;
    Result<void> train(const methods::Training& training, methods::StepContext& context) override;
    Result<void> use(const std::filesystem::path& artifact) override;
    Result<std::vector<methods::TextStates>> textStates(std::span<const std::string> texts,
        const std::filesystem::path& encoder, methods::StepContext& context) override;
    Result<std::vector<methods::Feature>> features(
        std::span<const methods::Conversation> conversations, const methods::FeatureWish& wish,
        methods::StepContext& context) override;
    std::size_t block() const override;
    std::size_t countTokens(const std::string& text) const override;

    /// The tokens of a preference as training sees them.
    [[nodiscard]] Result<engine::TrainExample> example(const methods::Preference& preference);

    [[nodiscard]] engine::Session& session() { return *m_session; }

private:
    EngineModel(runs::ModelRef reference, at::Device device, PictureBook book,
        std::filesystem::path references)
        : m_reference(std::move(reference))
        , m_device(device)
        , m_book(std::move(book))
        , m_references(std::move(references))
    {
    }
    Result<void> loadWeights(const std::filesystem::path& folder);
    Result<void> attach(const std::filesystem::path& adapter);
    void detach();
    Result<std::vector<engine::SeenPicture>> picturesOf(
        const methods::Conversation& talk, bool encoded);
    Result<engine::Opening> openingOf(const methods::Conversation& talk);
    Result<void> pictureFeatures(std::span<const methods::Conversation> talks, bool projected,
        std::vector<methods::Feature>& all, methods::StepContext& context);
    Result<void> stateFeatures(std::span<const methods::Conversation> talks,
        const methods::FeatureWish& wish, std::vector<methods::Feature>& all,
        methods::StepContext& context);

    runs::ModelRef m_reference;
    at::Device m_device;
    PictureBook m_book;
    std::filesystem::path m_references; ///< see runs::referencesFolder; empty: there is none
    std::filesystem::path
        m_loaded; ///< folder of the weights in memory; empty once trained in place
    std::unique_ptr<engine::Session> m_session;
    std::unique_ptr<engine::TextEncoder> m_encoder; ///< the last that was asked for
    std::filesystem::path m_encoderFolder;
    std::optional<engine::LoraAdapter> m_adapter; ///< dies before the model that it is attached to
};

} // namespace slook::worker
