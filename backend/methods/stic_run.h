#pragma once
#include "methods/recipe_run.h"
#include "methods/stic.h"
#include <map>
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
    [[nodiscard]] Conversation describing(
        const runs::InputItem& input, const runs::StepSpec& step) const;
    [[nodiscard]] Conversation answering(
        const runs::InputItem& input, const runs::StepSpec& step) const;

    [[nodiscard]] std::vector<PairRow> pairsFor(const std::string& preference) const;
    [[nodiscard]] std::vector<PairRow> descriptionPairs() const;
    [[nodiscard]] std::vector<PairRow> instructions(bool infused) const;

    /// The first item of each picture in the set: the one that its description is filed under.
    [[nodiscard]] std::vector<const runs::InputItem*> described(const std::string& set) const;
    /// The description of the item's picture in a stage; empty where there is none.
    [[nodiscard]] std::string descriptionOf(
        const std::string& stage, const std::string& set, const runs::InputItem& input) const;

    SticOptions m_options;
    std::map<std::pair<std::string, std::string>, const runs::InputItem*>
        m_first; ///< by set and pictures
};

} // namespace slook::methods
