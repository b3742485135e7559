#pragma once
#include "methods/recipe_run.h"
#include "methods/stic.h"
#include <string>
#include <vector>

namespace slook::methods {

/// One execution of a STIC job.
class SticRun final : public RecipeRun {
public:
    SticRun(const runs::Job& job, SticOptions options, const std::vector<runs::InputItem>& inputs,
        std::filesystem::path directory, const std::vector<runs::Event>& earlier, Model& model,
        StepContext& context);

private:
    Result<void> check(const runs::StepSpec& step, int index) const override;
    Result<void> execute(int index, const runs::StepSpec& step) override;

    Result<void> describe(int index, const runs::StepSpec& step);
    Result<void> answer(int index, const runs::StepSpec& step);
    [[nodiscard]] Conversation description(
        const runs::InputItem& input, const runs::StepSpec& step) const;
    [[nodiscard]] Conversation answering(
        const runs::InputItem& input, const runs::StepSpec& step) const;

    [[nodiscard]] std::vector<PairRow> pairsFor(const std::string& preference) const;
    [[nodiscard]] std::vector<PairRow> descriptionPairs() const;
    /// Some of stage 1's pairs, or all, under the name of a control that swaps no side.
    [[nodiscard]] std::vector<PairRow> partOfPairs(const std::string& control) const;
    [[nodiscard]] std::vector<PairRow> instructions(bool infused) const;

    SticOptions m_options;
};

} // namespace slook::methods
