#pragma once
#include "methods/recipe_run.h"
#include "methods/srf.h"
#include <optional>
#include <string>
#include <vector>

namespace slook::methods {

/// One execution of an SRF job.
class SrfRun final : public RecipeRun {
public:
    SrfRun(const runs::Job& job, SrfOptions options, const std::vector<runs::InputItem>& inputs,
        std::filesystem::path directory, const std::vector<runs::Event>& earlier, Model& model,
        StepContext& context);

private:
    Result<void> check(const runs::StepSpec& step, int index) const override;
    Result<void> execute(int index, const runs::StepSpec& step) override;

    /// What a stage such as "reask:2.3" stands for: the third question of each picture in round 2.
    struct Place {
        std::string corner; ///< "generate", "reanswer", "reask", "score"
        int round = 0;
        int sample = 1;
    };
    [[nodiscard]] std::optional<Place> placeOf(const std::string& stage) const;
    [[nodiscard]] bool isTraining(const std::string& name) const;

    Result<void> reportSeed(int index, const runs::StepSpec& step);
    Result<void> generate(int index, const runs::StepSpec& step);
    Result<void> reconstruct(int index, const runs::StepSpec& step);
    Result<void> score(int index, const runs::StepSpec& step);
    Result<void> learn(int index, const runs::StepSpec& step);
    Result<void> answer(int index, const runs::StepSpec& step);

    /// Pictures of a round, each by the item that it is filed under.
    [[nodiscard]] std::vector<const runs::InputItem*> picturesOf(int round) const;
    /// What the generator said of a picture; nothing where it cannot be read or repeats an earlier
    /// sample of the picture.
    [[nodiscard]] std::optional<QuestionAnswer> generated(
        const runs::InputItem& input, int round, int sample) const;
    [[nodiscard]] std::optional<QuestionAnswer> said(
        const runs::InputItem& input, int round, int sample) const;
    /// The round's triplets with both reconstructions, not yet compared.
    [[nodiscard]] std::vector<TripletRow> complete(int round) const;
    Result<void> compare(std::vector<TripletRow>& rows);
    void keep(std::vector<TripletRow>& rows) const;
    [[nodiscard]] std::vector<TripletRow> learned(const std::string& training) const;
    [[nodiscard]] Conversation asking(
        const runs::InputItem& input, std::string text, const std::string& stream) const;

    SrfOptions m_options;
};

} // namespace slook::methods
