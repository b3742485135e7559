#include "core/random.h"
#include "methods/extract.h"
#include "methods/prompts.h"
#include "methods/recipe_run.h"
#include "methods/stic.h"
#include "methods/sweep.h"
#include <algorithm>

namespace slook::methods {
namespace {

/// One execution of a sweep.
class SweepRun final : public RecipeRun {
public:
    SweepRun(const runs::Job& job, SweepOptions options, const std::vector<runs::InputItem>& inputs,
        std::filesystem::path directory, const std::vector<runs::Event>& earlier, Model& model,
        StepContext& context)
        : RecipeRun(job, inputs, std::move(directory), earlier, isTestDescription, model, context)
        , m_options(std::move(options))
    {
    }

private:
    /// The level that a stage shows; null for the clean pictures, and for stages of none.
    [[nodiscard]] const std::string* levelOf(const std::string& stage) const
    {
        const auto found = std::ranges::find(m_options.levels, stage, stageOfLevel);
        return found == m_options.levels.end() ? nullptr : &*found;
    }

    Result<void> check(const runs::StepSpec& step, int index) const override
    {
        const bool describes = step.kind == "describe" && isTestDescription(step.stage);
        if (step.kind != "answer" && !describes)
            return fail(unknown(index, "kind", step.kind));
        if (!step.adapter.empty())
            return fail(unknown(index, "adapter", step.adapter));
        if (step.set != "test")
            return fail(unknown(index, "set", step.set));
        const std::string shown = describes ? shownIn(step.stage) : step.stage;
        if (shown != cleanStage && !levelOf(shown))
            return fail(unknown(index, "stage", step.stage));
        return {};
    }

    /// "level 3" of "describe:level 3".
    [[nodiscard]] static std::string shownIn(const std::string& description)
    {
        return description.substr(description.find(':') + 1);
    }

    /// The drawn numbers of a picture are the same at every level, so that levels differ in
    /// strength alone.
    [[nodiscard]] Conversation asked(const runs::InputItem& input, const std::string* level) const
    {
        const auto id = static_cast<std::uint64_t>(input.item.id.value);
        Conversation talk;
        talk.images = pathsOf(input);
        talk.imageSha256 = input.imageSha256;
        talk.userTexts.push_back(sticQuestion(input.item, m_options.answerPrompt));
        talk.seed = Random::of(m_options.seed, "answers of test", id).next();
        if (level) {
            const auto seed = Random::of(m_options.seed, "sweep", id).next() >> 1;
            // The levels were checked, so they are there.
            talk.corruption =
                image::drawn(corruptionAt(m_options.op, *level, seed).value()).value();
        }
        return talk;
    }

    /// One description a question, not a picture: each question's picture is corrupted by its own
    /// draw.
    Result<void> describe(int index, const runs::StepSpec& step)
    {
        constexpr std::size_t detail =
            4; // what STIC's final code asks for, see describeToRespond()
        const auto* level = levelOf(shownIn(step.stage));
        Asking asking;
        asking.title = "Descriptions to respond with, " + shownIn(step.stage);
        asking.items = itemsOf(step.set);
        asking.decoding = m_options.test;
        asking.conversation = [&](const runs::InputItem& input) {
            Conversation talk = asked(input, level);
            talk.userTexts.front() = sticCaptionPrompts()[detail];
            if (step.stage.starts_with("blind:")) {
                talk.images.clear();
                talk.imageSha256.clear();
                talk.corruption.reset();
            }
            return talk;
        };
        asking.unit = "descriptions";
        return ask(index, step, asking);
    }

    [[nodiscard]] Conversation answering(
        const runs::InputItem& input, const std::string& stage, const std::string* level) const
    {
        Conversation talk = asked(input, level);
        if (m_options.respond == "off")
            return talk;
        const auto* said = m_past.answer(
            (m_options.respond == "blind" ? "blind:" : "describe:") + stage, input.item.id, 1);
        talk.userTexts.front() =
            withDescription(said ? said->response.text : std::string(), talk.userTexts.front());
        return talk;
    }

    Result<void> execute(int index, const runs::StepSpec& step) override
    {
        if (step.kind == "describe")
            return describe(index, step);
        const auto* level = levelOf(step.stage);
        Asking asking;
        asking.title =
            level ? m_options.op + ", " + step.stage : std::string("The pictures as they are");
        asking.items = itemsOf(step.set);
        asking.decoding = m_options.test;
        asking.conversation = [&](const runs::InputItem& input) {
            return answering(input, step.stage, level);
        };
        asking.mark = [](const std::string& text, const runs::InputItem& input) {
            return extractAll(text, input.item);
        };
        return ask(index, step, asking);
    }

    SweepOptions m_options;
};

} // namespace

Result<void> runSweep(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const std::filesystem::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context)
{
    auto options = sweepOptionsFromJsonText(job.options, "options of job.json");
    if (!options)
        return fail(options.error());
    return SweepRun(job, std::move(*options), inputs, directory, earlier, model, context).run();
}

} // namespace slook::methods
