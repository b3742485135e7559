#pragma once
#include "methods/model.h"
#include "methods/pace.h"
#include "methods/pairs.h"
#include "methods/past.h"
#include "methods/scl_options.h"
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slook::methods {

/// One execution of an SCL job. It stands between the model and the worker's context, so that
/// nothing is reported twice.
class SclRun final : public StepContext {
public:
    SclRun(const runs::Job& job, SclOptions options, const std::vector<runs::InputItem>& inputs,
        std::filesystem::path directory, const std::vector<runs::Event>& earlier, Model& model,
        StepContext& context);
    [[nodiscard]] Result<void> run();

    [[nodiscard]] bool stopRequested() override;
    Result<void> report(runs::EventBody event) override;

private:
    Result<void> execute(int index, const runs::StepSpec& step);
    Result<void> begin(int index, const runs::StepSpec& step, std::string title, std::int64_t done,
        std::int64_t total, std::string unit);
    Result<void> tell(std::int64_t done);

    // answer
    Result<void> answer(int index, const runs::StepSpec& step);
    [[nodiscard]] std::vector<const runs::InputItem*> itemsOf(const std::string& set) const;
    [[nodiscard]] Conversation conversation(
        const runs::InputItem& input, const runs::StepSpec& step) const;
    Result<void> answerBlock(const runs::StepSpec& step,
        const std::vector<const runs::InputItem*>& block, std::int64_t& done);
    Result<void> take(const runs::StepSpec& step, const runs::InputItem& input, int turn,
        Answer answer, std::int64_t& done);
    [[nodiscard]] const runs::Decoding& decodingOf(const runs::StepSpec& step) const;
    [[nodiscard]] std::uint64_t seedOf(const runs::StepSpec& step, ItemId item) const;
    [[nodiscard]] bool allAnswered(
        const std::string& stage, const std::vector<const runs::InputItem*>& items) const;

    // pairs and train
    Result<void> makePairs(int index, const runs::StepSpec& step);
    [[nodiscard]] std::vector<PairRow> pairsFor(const std::string& preference) const;
    [[nodiscard]] std::vector<AnswerPair> poolAnswers() const;
    Result<void> train(int index, const runs::StepSpec& step);
    [[nodiscard]] Result<std::vector<Preference>> preferencesOf(
        const std::vector<PairRow>& pairs) const;
    [[nodiscard]] std::vector<std::filesystem::path> pathsOf(const runs::InputItem& input) const;

    const runs::Job& m_job;
    SclOptions m_options;
    const std::vector<runs::InputItem>& m_inputs;
    std::filesystem::path m_directory;
    Past m_past;
    Model& m_model;
    StepContext& m_context;
    std::map<std::int64_t, const runs::InputItem*> m_byId;
    std::optional<Pace> m_pace;
    std::size_t m_refused = 0; ///< questions of the present step that could not be asked
    std::string m_refusal; ///< why the first of them could not
    std::string m_inUse = "?"; ///< the adapter that answers; "?" not known yet
};

} // namespace slook::methods
