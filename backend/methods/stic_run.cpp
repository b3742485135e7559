#include "methods/stic_run.h"
#include "core/random.h"
#include "methods/extract.h"
#include "methods/pairs.h"
#include <algorithm>

namespace slook::methods {
namespace {

constexpr std::string_view pools[] { "good", "rejected", "infused" };

bool isControl(const std::string& name)
{
    return std::ranges::find(sticControls(), name, &NamedText::name) != sticControls().end();
}

bool isTraining(const std::string& name)
{
    return name == "stage1" || name == "stage2" || isControl(name);
}

bool isPool(const std::string& stage)
{
    return std::ranges::find(pools, stage) != std::end(pools);
}

/// "describe:after:stage1" -> "after:stage1"
std::string measuredIn(const std::string& stage)
{
    for (const std::string_view prefix : { "describe:", "blind:", "dar:" })
        if (stage.starts_with(prefix))
            return stage.substr(prefix.size());
    return stage;
}

std::string modelOf(const runs::StepSpec& step)
{
    return step.adapter.empty() ? "the start" : step.adapter;
}

std::string titleOf(const runs::StepSpec& step)
{
    if (step.stage == "good")
        return "Careful descriptions";
    if (step.stage == "rejected")
        return "Descriptions to be rejected";
    if (step.stage == "infused")
        return "Descriptions for the instructions";
    if (step.kind == "describe")
        return (step.stage.starts_with("blind:") ? "Descriptions without the picture by "
                                                 : "Test descriptions by ")
            + modelOf(step);
    return (step.stage.starts_with("dar:") ? "Described test answers by " : "Test answers by ")
        + modelOf(step);
}

std::string_view testPrompt(const std::string& name)
{
    if (name == "good")
        return sticGoodPrompt();
    return sticCaptionPrompts()[static_cast<std::size_t>(name.back() - '1')];
}

/// What is done to a picture. The options were checked, so it is there.
image::Corruption corruptionOf(const SticOptions& options, const SticDraw& draw)
{
    const auto severe = options.severity > 0
        ? image::atSeverity(options.corruption, options.severity, draw.corruptionSeed)
        : Result<image::Corruption>({ options.corruption, {}, draw.corruptionSeed });
    return image::drawn(severe.value()).value();
}

} // namespace

SticDraw sticDraw(const SticOptions& options, ItemId item)
{
    Random random = Random::of(options.seed, "stic", static_cast<std::uint64_t>(item.value));
    SticDraw draw;
    draw.corrupts = random.chance(0.5);
    if (options.rejectedBy != "both")
        draw.corrupts = options.rejectedBy == "corruption";
    const auto prompt = [&](std::span<const std::string_view> prompts) {
        return static_cast<std::size_t>(random.below(static_cast<int>(prompts.size())));
    };
    draw.caption = prompt(sticCaptionPrompts());
    draw.hallucination = prompt(sticHallucinationPrompts());
    draw.infused = prompt(sticCaptionPrompts());
    draw.corruptionSeed = random.next() >> 1;
    return draw;
}

std::string sticQuestion(const Item& item, const std::string& answerPrompt)
{
    PromptStyle style;
    if (answerPrompt == "reasoned")
        return firstPrompt(item, style);
    style.reasoning = false;
    style.answerFormat = false;
    auto text = firstPrompt(item, style); // asks for a word or phrase where there are no options
    if (asksForLabel(item, style.options))
        text.append("\n").append(letterOnly);
    return text;
}

SticRun::SticRun(const runs::Job& job, SticOptions options,
    const std::vector<runs::InputItem>& inputs, std::filesystem::path directory,
    const std::vector<runs::Event>& earlier, Model& model, StepContext& context)
    : RecipeRun(
        job, inputs, std::move(directory), earlier,
        [](const std::string& stage) { return isPool(stage) || isTestDescription(stage); }, model,
        context)
    , m_options(std::move(options))
{
}

Result<void> SticRun::check(const runs::StepSpec& step, int index) const
{
    const auto known = [](const std::string& kind) {
        return kind == "describe" || kind == "answer" || kind == "pairs" || kind == "train";
    };
    if (!known(step.kind))
        return fail(unknown(index, "kind", step.kind));
    if (!step.adapter.empty() && !isTraining(step.adapter))
        return fail(unknown(index, "adapter", step.adapter));
    if (step.kind == "pairs" || step.kind == "train")
        return isTraining(step.preference)
            ? Result<void>()
            : Result<void>(fail(unknown(index, "preference", step.preference)));
    if (step.set != "pool" && step.set != "test")
        return fail(unknown(index, "set", step.set));
    const auto where = measuredIn(step.stage);
    const bool measured =
        where == "before" || (where.starts_with("after:") && isTraining(where.substr(6)));
    if (!(step.kind == "describe" && isPool(step.stage)) && !measured)
        return fail(unknown(index, "stage", step.stage));
    return {};
}

Result<void> SticRun::execute(int index, const runs::StepSpec& step)
{
    if (step.kind == "describe")
        return describe(index, step);
    if (step.kind == "answer")
        return answer(index, step);
    if (step.kind == "train")
        return train(index, step, trainingOf(m_options, step.preference), [&](Preference& one) {
            const bool stageTwo = step.preference == "stage2" || step.preference == "plain-sft";
            if (stageTwo || m_options.trainingPicture)
                return;
            one.images.clear();
            one.imageSha256.clear();
        });
    return reportPairs(index, step, pairsFor(step.preference),
        step.preference == "stage1"
            ? "No picture has two different descriptions, so there is nothing to train on. Show "
              "more pictures, or sample with a higher description.temperature."
            : step.preference == "stage2"
            ? "No question of the pool has a known answer, so stage 2 is left out."
            : "The control " + step.preference + " has no pairs and is left out.");
}

Conversation SticRun::description(const runs::InputItem& input, const runs::StepSpec& step) const
{
    const auto draw = sticDraw(m_options, input.item.id);
    const bool corrupts =
        step.stage == "rejected" && draw.corrupts && m_options.corruption != "none";
    std::string_view prompt = sticCaptionPrompts()[draw.caption];
    if (step.stage == "good" && m_options.goodPrompt == "good")
        prompt = sticGoodPrompt();
    else if (step.stage == "rejected" && !draw.corrupts)
        prompt = sticHallucinationPrompts()[draw.hallucination];
    else if (step.stage == "infused")
        prompt = sticCaptionPrompts()[draw.infused];
    else if (step.set == "test")
        prompt = testPrompt(m_options.testDescription);
    // Of a test by set and not by stage: before and after differ in the model alone.
    auto talk = describing(
        input, step, prompt, "descriptions of " + (step.set == "test" ? step.set : step.stage));
    if (corrupts)
        talk.corruption = corruptionOf(m_options, draw);
    return talk;
}

Result<void> SticRun::describe(int index, const runs::StepSpec& step)
{
    Asking asking;
    asking.title = titleOf(step);
    asking.items = described(step.set);
    asking.decoding = step.set == "pool" ? m_options.description : m_options.test;
    asking.conversation = [&](const runs::InputItem& input) { return description(input, step); };
    asking.unit = "descriptions";
    return ask(index, step, asking);
}

Conversation SticRun::answering(const runs::InputItem& input, const runs::StepSpec& step) const
{
    Conversation talk;
    talk.images = pathsOf(input);
    talk.imageSha256 = input.imageSha256;
    auto question = sticQuestion(input.item, m_options.answerPrompt);
    if (step.stage.starts_with("dar:")) {
        const auto stage =
            (m_options.respond == "blind" ? "blind:" : "describe:") + measuredIn(step.stage);
        question = withDescription(descriptionOf(stage, step.set, input), question);
    }
    talk.userTexts.push_back(std::move(question));
    talk.seed = Random::of(
        m_options.seed, "answers of " + step.set, static_cast<std::uint64_t>(input.item.id.value))
                    .next();
    return talk;
}

Result<void> SticRun::answer(int index, const runs::StepSpec& step)
{
    Asking asking;
    asking.title = titleOf(step);
    for (const auto* input : itemsOf(step.set))
        if (!input->item.answer.empty())
            asking.items.push_back(input);
    asking.decoding = m_options.test;
    asking.conversation = [&](const runs::InputItem& input) { return answering(input, step); };
    asking.mark = [](const std::string& text, const runs::InputItem& input) {
        return extractAll(text, input.item);
    };
    return ask(index, step, asking);
}

/// One pair a picture: what the good prompt made against what the bad one or the corrupted picture
/// made; two equal texts give none. Source: stic/generate_pref.py.
std::vector<PairRow> SticRun::descriptionPairs() const
{
    std::vector<PairRow> pairs;
    for (const auto* input : described("pool")) {
        const auto chosen = descriptionOf("good", "pool", *input);
        const auto rejected = descriptionOf("rejected", "pool", *input);
        if (chosen.empty() || rejected.empty() || chosen == rejected)
            continue;
        const auto draw = sticDraw(m_options, input->item.id);
        PairRow pair;
        pair.preference = "stage1";
        pair.item = input->item.id;
        pair.prompt = m_options.trainingPrompt == "good" ? sticGoodPrompt()
                                                         : sticCaptionPrompts()[draw.caption];
        pair.chosen = chosen;
        pair.rejected = rejected;
        pair.chosenStage = "good";
        pair.rejectedStage = "rejected";
        pair.chosenTurn = 1;
        pair.rejectedTurn = 1;
        pairs.push_back(std::move(pair));
    }
    return pairs;
}

/// The pool's questions with their known answers, the stage-1 model's description in front.
std::vector<PairRow> SticRun::instructions(bool infused) const
{
    std::vector<PairRow> rows;
    for (const auto* input : itemsOf("pool")) {
        const auto description = descriptionOf("infused", "pool", *input);
        if (input->item.answer.empty() || description.empty())
            continue;
        PairRow row;
        row.preference = infused ? "stage2" : "plain-sft";
        row.item = input->item.id;
        const auto question = sticQuestion(input->item, "letter");
        row.prompt = infused ? withDescription(description, question) : question;
        row.chosen = input->item.answer;
        row.chosenStage = "known answer";
        row.rejectedStage.clear();
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<PairRow> SticRun::partOfPairs(const std::string& control) const
{
    auto pairs = drawnPairs(m_past.pairs("stage1"), shareOfPairs(control), m_options.seed);
    if (control == "no-corruption" || control == "no-bad-prompt")
        std::erase_if(pairs, [&](const PairRow& pair) {
            return sticDraw(m_options, pair.item).corrupts == (control == "no-corruption");
        });
    for (auto& pair : pairs)
        pair.preference = control;
    return pairs;
}

std::vector<PairRow> SticRun::pairsFor(const std::string& preference) const
{
    if (preference == "stage1")
        return descriptionPairs();
    if (preference == "stage2" || preference == "plain-sft")
        return instructions(preference == "stage2");
    if (preference.starts_with("no-") || shareOfPairs(preference) < 1)
        return partOfPairs(preference);
    return controlPairs(m_past.pairs("stage1"), preference, m_options.seed,
        [&](const std::string& text) { return m_model.countTokens(text); });
}

Result<void> runStic(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const std::filesystem::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context)
{
    auto options = sticOptionsFromJsonText(job.options, "options of job.json");
    if (!options)
        return fail(options.error());
    return SticRun(job, std::move(*options), inputs, directory, earlier, model, context).run();
}

} // namespace slook::methods
