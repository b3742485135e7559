#pragma once
#include "methods/pairs.h"
#include "methods/recipe_run.h"
#include "methods/scl_options.h"
#include <string>
#include <vector>

namespace slook::methods {

/// One execution of an SCL job.
class SclRun final : public RecipeRun {
public:
    SclRun(const runs::Job& job, SclOptions options, const std::vector<runs::InputItem>& inputs,
        std::filesystem::path directory, const std::vector<runs::Event>& earlier, Model& model,
        StepContext& context);

private:
    Result<void> check(const runs::StepSpec& step, int index) const override;
    Result<void> execute(int index, const runs::StepSpec& step) override;

    Result<void> answer(int index, const runs::StepSpec& step);
    [[nodiscard]] Conversation conversation(
        const runs::InputItem& input, const runs::StepSpec& step) const;
    [[nodiscard]] std::vector<PairRow> pairsFor(const std::string& preference) const;
    [[nodiscard]] std::vector<AnswerPair> poolAnswers() const;
    Result<void> trainOn(int index, const runs::StepSpec& step);

    SclOptions m_options;
};

} // namespace slook::methods
