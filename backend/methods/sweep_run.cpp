#include "core/random.h"
#include "methods/extract.h"
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
        : RecipeRun(
            job, inputs, std::move(directory), earlier, [](const std::string&) { return false; },
            model, context)
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
        if (step.kind != "answer")
            return fail(unknown(index, "kind", step.kind));
        if (!step.adapter.empty())
            return fail(unknown(index, "adapter", step.adapter));
        if (step.set != "test")
            return fail(unknown(index, "set", step.set));
        if (step.stage != cleanStage && !levelOf(step.stage))
            return fail(unknown(index, "stage", step.stage));
        return {};
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

    Result<void> execute(int index, const runs::StepSpec& step) override
    {
        const auto* level = levelOf(step.stage);
        Asking asking;
        asking.title =
            level ? m_options.op + ", " + step.stage : std::string("The pictures as they are");
        asking.items = itemsOf(step.set);
        asking.decoding = m_options.test;
        asking.conversation = [&](const runs::InputItem& input) { return asked(input, level); };
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
