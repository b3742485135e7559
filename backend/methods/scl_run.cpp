#include "methods/scl_run.h"
#include "core/random.h"
#include "methods/extract.h"
#include "methods/prompts.h"
#include "methods/scl.h"
#include <algorithm>

namespace slook::methods {
namespace {

bool isPreference(const std::string& name)
{
    return name == "correctness"
        || std::ranges::find(controlNames(), name, &NamedText::name) != controlNames().end();
}

std::string titleOf(const runs::StepSpec& step)
{
    if (step.stage == "pool")
        return "Answers that pairs are made from";
    if (step.adapter.empty())
        return "Test answers before training";
    return "Test answers after training on " + step.adapter;
}

} // namespace

SclRun::SclRun(const runs::Job& job, SclOptions options, const std::vector<runs::InputItem>& inputs,
    std::filesystem::path directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context)
    : RecipeRun(
        job, inputs, std::move(directory), earlier,
        [](const std::string& stage) { return stage == "pool" || isTestDescription(stage); }, model,
        context)
    , m_options(std::move(options))
{
}

Result<void> SclRun::check(const runs::StepSpec& step, int index) const
{
    const bool describes = step.kind == "describe" && isTestDescription(step.stage);
    const bool asks = step.kind == "answer" || describes;
    if (!asks && step.kind != "pairs" && step.kind != "train")
        return fail(unknown(index, "kind", step.kind));
    if (!step.adapter.empty() && (!asks || !isPreference(step.adapter)))
        return fail(unknown(index, "adapter", step.adapter));
    if (asks && step.set != "test" && (describes || step.set != "pool"))
        return fail(unknown(index, "set", step.set));
    if (!asks && !isPreference(step.preference))
        return fail(unknown(index, "preference", step.preference));
    return {};
}

Result<void> SclRun::execute(int index, const runs::StepSpec& step)
{
    if (step.kind == "answer")
        return answer(index, step);
    if (step.kind == "describe")
        return describeToRespond(index, step, m_options.test);
    if (step.kind == "train")
        return trainOn(index, step);
    return reportPairs(index, step, pairsFor(step.preference),
        step.preference == "correctness"
            ? "No answer of the pool changed its verdict, so there is nothing to train on. Ask "
              "more questions, or sample with a higher pool.temperature."
            : "The control " + step.preference + " has no pairs and is left out.");
}

Conversation SclRun::conversation(const runs::InputItem& input, const runs::StepSpec& step) const
{
    Conversation talk;
    talk.images = pathsOf(input);
    talk.imageSha256 = input.imageSha256;
    talk.userTexts.push_back(
        responding(m_options.respond, step, input, firstPrompt(input.item, m_options.prompt)));
    for (int turn = 0; turn < m_options.turns; ++turn)
        talk.userTexts.push_back(reviewPrompt(input.item, m_options.review, m_options.prompt));
    talk.repeatImages = m_options.repeatImage;
    // By set and not by stage: before and after differ in the model alone.
    talk.seed = Random::of(
        m_options.seed, "answers of " + step.set, static_cast<std::uint64_t>(input.item.id.value))
                    .next();
    return talk;
}

Result<void> SclRun::answer(int index, const runs::StepSpec& step)
{
    Asking asking;
    asking.title = titleOf(step);
    asking.items = itemsOf(step.set);
    asking.turns = m_options.turns + 1;
    asking.decoding = step.set == "pool" ? m_options.pool : m_options.test;
    asking.conversation = [&](const runs::InputItem& input) { return conversation(input, step); };
    asking.mark = [&](const std::string& text, const runs::InputItem& input) {
        return extractAll(text, input.item, m_options.prompt.options);
    };
    return ask(index, step, asking);
}

std::vector<AnswerPair> SclRun::poolAnswers() const
{
    const auto correct = [&](const runs::Answered& answered) {
        for (const auto& one : answered.extractions)
            if (one.extractor == m_options.poolExtractor)
                return one.correct.value_or(false);
        return false;
    };
    const int lastTurn = m_options.turns + 1;
    std::vector<AnswerPair> answers;
    for (const auto* input : itemsOf("pool")) {
        const auto* first = m_past.answer("pool", input->item.id, 1);
        const auto* refined = m_past.answer("pool", input->item.id, lastTurn);
        if (!first || !refined)
            continue; // was refused, and said so
        AnswerPair pair;
        pair.item = input->item.id;
        pair.prompt = m_options.trainingPrompt == "question"
            ? input->item.question
            : firstPrompt(input->item, m_options.prompt);
        pair.first = first->response.text;
        pair.refined = refined->response.text;
        pair.refinedTurn = lastTurn;
        pair.firstCorrect = correct(*first);
        pair.refinedCorrect = correct(*refined);
        answers.push_back(std::move(pair));
    }
    return answers;
}

std::vector<PairRow> SclRun::pairsFor(const std::string& preference) const
{
    if (preference == "correctness")
        return correctnessPairs(poolAnswers(), m_options.fraction, m_options.seed);
    return controlPairs(m_past.pairs("correctness"), preference, m_options.seed,
        [&](const std::string& text) { return m_model.countTokens(text); });
}

Result<void> SclRun::trainOn(int index, const runs::StepSpec& step)
{
    auto options = m_options.training;
    if (step.preference == "sft") {
        options.dpoWeight = 0;
        options.sftWeight = 1;
    }
    return train(index, step, options);
}

Result<void> runScl(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const std::filesystem::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context)
{
    auto options = sclOptionsFromJsonText(job.options, "options of job.json");
    if (!options)
        return fail(options.error());
    return SclRun(job, std::move(*options), inputs, directory, earlier, model, context).run();
}

} // namespace slook::methods
