#pragma once
#include "methods/model.h"
#include "methods/pace.h"
#include "methods/past.h"
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slook::methods {

/// One execution of a job of any recipe. It stands between the model and the worker's context, so
/// that nothing is reported twice; a recipe derives from it and says what its steps do.
class RecipeRun : public StepContext {
public:
    /// Checks all steps, then executes those that the run has not ended before.
    [[nodiscard]] Result<void> run();

    [[nodiscard]] bool stopRequested() final;
    Result<void> report(runs::EventBody event) final;

protected:
    /// @param kept  stages whose answers later steps build on
    RecipeRun(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
        std::filesystem::path directory, const std::vector<runs::Event>& earlier, Past::Kept kept,
        Model& model, StepContext& context);

    /// job.json may have been edited by hand, and names of it become paths. Errors: Invalid.
    [[nodiscard]] virtual Result<void> check(const runs::StepSpec& step, int index) const = 0;
    [[nodiscard]] virtual Result<void> execute(int index, const runs::StepSpec& step) = 0;

    /// For check(): a step has `what` of an unknown `value`.
    [[nodiscard]] static Error unknown(
        int index, const std::string& what, const std::string& value);

    Result<void> begin(int index, const runs::StepSpec& step, std::string title, std::int64_t done,
        std::int64_t total, std::string unit);
    Result<void> tell(std::int64_t done);

    /// What a step asks the model that `step.adapter` names.
    struct Asking {
        std::string title;
        std::vector<const runs::InputItem*> items;
        int turns = 1;
        runs::Decoding decoding;
        std::function<Conversation(const runs::InputItem&)> conversation;
        /// Empty: nothing is read out of the answers.
        std::function<std::vector<ExtractionRow>(const std::string& text, const runs::InputItem&)>
            mark;
        std::string unit = "answers";
    };
    /// Asks in blocks and reports every answer under `step.stage`. Nothing is asked of an adapter
    /// whose training had nothing to learn from, which was said then.
    Result<void> ask(int index, const runs::StepSpec& step, const Asking& asking);

    /// Describes the test pictures so that the answers to come can respond to that ("describe:",
    /// "blind:" of a stage), with what STIC's final code asks for.
    /// Source: llava/eval/model_vqa_mmbench_dar.py.
    Result<void> describeToRespond(
        int index, const runs::StepSpec& step, const runs::Decoding& decoding);
    /// `text` with the picture's own description in front of it, where test answers respond to one.
    /// @param respond  "off", "picture", "blind"
    [[nodiscard]] std::string responding(const std::string& respond, const runs::StepSpec& step,
        const runs::InputItem& input, const std::string& text) const;

    Result<void> reportPairs(int index, const runs::StepSpec& step,
        const std::vector<PairRow>& pairs, const std::string& sayWhereEmpty);
    /// Trains on the pairs of `step.preference`, from the start weights or from `step.adapter`.
    /// @param finish  may change a pair's example, its pictures for instance; empty: as it is
    Result<void> train(int index, const runs::StepSpec& step, runs::TrainOptions options,
        const std::function<void(Preference&)>& finish = {});

    /// The same on examples that no pair stands for.
    Result<void> trainOn(int index, const runs::StepSpec& step, runs::TrainOptions options,
        const std::vector<Preference>& preferences);
    /// An example on an item's pictures. Errors: Invalid where the run has no such item.
    [[nodiscard]] Result<Preference> preferenceOn(
        ItemId item, std::string userText, std::string chosen, std::string rejected) const;

    /// The model answers with what this training left from now on; empty: as at the start.
    Result<void> use(const std::string& adapter);

    /// Of the set, and those of "both".
    [[nodiscard]] std::vector<const runs::InputItem*> itemsOf(const std::string& set) const;
    [[nodiscard]] std::vector<std::filesystem::path> pathsOf(const runs::InputItem& input) const;
    /// The first item of each picture in the set: the one that its description is filed under.
    [[nodiscard]] std::vector<const runs::InputItem*> described(const std::string& set) const;
    /// The description of the item's picture in a kept stage; empty where there is none.
    [[nodiscard]] std::string descriptionOf(
        const std::string& stage, const std::string& set, const runs::InputItem& input) const;
    /// Asks for a description with `prompt`; of a stage "blind:..." without the picture. The seed
    /// is that of `stream` and the item.
    [[nodiscard]] Conversation describing(const runs::InputItem& input, const runs::StepSpec& step,
        std::string_view prompt, const std::string& stream) const;

    const runs::Job& m_job;
    const std::vector<runs::InputItem>& m_inputs;
    std::filesystem::path m_directory;
    Past m_past;
    Model& m_model;

private:
    Result<void> askBlock(const runs::StepSpec& step, const Asking& asking,
        const std::vector<const runs::InputItem*>& block, std::int64_t& done);
    Result<void> take(const runs::StepSpec& step, const Asking& asking,
        const runs::InputItem& input, const Conversation& talk, int turn, Answer answer,
        std::int64_t& done);
    [[nodiscard]] bool allAnswered(const std::string& stage,
        const std::vector<const runs::InputItem*>& items, int turns) const;
    [[nodiscard]] Result<std::vector<Preference>> preferencesOf(
        const std::vector<PairRow>& pairs) const;

    StepContext& m_context;
    std::map<std::int64_t, const runs::InputItem*> m_byId;
    std::map<std::pair<std::string, std::string>, const runs::InputItem*>
        m_first; ///< by set and pictures
    std::optional<Pace> m_pace;
    std::size_t m_refused = 0; ///< questions of the present step that could not be asked
    std::string m_refusal; ///< why the first of them could not
    std::string m_inUse = "?"; ///< the adapter that answers; "?" not known yet
};

/// Where a training leaves its adapter, relative to the run directory: "artifacts/correctness".
[[nodiscard]] std::string artifactPath(const std::string& preference);

/// "describe:before" and "blind:before": test descriptions, with and without the picture.
[[nodiscard]] bool isTestDescription(const std::string& stage);

/// The instruction with a description in front of it.
/// Source: STIC's stic/add_des_to_data.py: "Image description:\n{cap}\n\n".
[[nodiscard]] std::string withDescription(
    const std::string& description, const std::string& instruction);

/// Errors: Invalid where two items have one id: their answers could not be told apart.
[[nodiscard]] Result<void> requireDistinct(const std::vector<runs::InputItem>& items);

} // namespace slook::methods
