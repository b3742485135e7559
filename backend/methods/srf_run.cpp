#include "methods/srf_run.h"
#include "core/random.h"
#include "methods/extract.h"
#include <algorithm>
#include <charconv>

namespace slook::methods {
namespace {

/// Triplets that are compared at once: bounds the states in memory, and is the same in every run.
constexpr std::size_t comparedAtOnce = 32;

bool isSrfControl(const std::string& name)
{
    return std::ranges::find(srfControls(), name, &NamedText::name) != srfControls().end();
}

/// The number behind a name's first letters, 0 where there is none: "round2" -> 2.
int numberBehind(std::string_view text, std::string_view prefix)
{
    int number = 0;
    if (!text.starts_with(prefix))
        return 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + prefix.size(), end, number);
    return read.ec == std::errc() && read.ptr == end ? number : 0;
}

std::vector<ScoredTriplet> scored(const std::vector<TripletRow>& rows)
{
    std::vector<ScoredTriplet> all;
    for (const auto& row : rows)
        all.push_back({ tripletKindNamed(row.kind), row.score });
    return all;
}

QuestionAnswer cornersOf(const TripletRow& row)
{
    return { row.question, row.answer };
}

std::string titleOf(const std::string& corner, int round, int sample)
{
    const auto of = " " + std::to_string(sample) + " of round " + std::to_string(round);
    if (corner == "generate")
        return "Question with its answer" + of;
    return (corner == "reanswer" ? "Answer again" : "Question again") + of;
}

/// A question with its options, or alone with the right one's text.
bool asText(const SrfOptions& options, const Item& item)
{
    if (item.options.empty() || options.seedForm == "options" || needsOptions(item.question))
        return false;
    return options.seedForm == "text"
        || Random::of(options.seed, "srf seed form", static_cast<std::uint64_t>(item.id.value))
               .chance(0.5);
}

} // namespace

std::string srfQuestion(const Item& item, const std::string& answerPrompt)
{
    PromptStyle style;
    if (answerPrompt == "reasoned")
        return firstPrompt(item, style);
    style.reasoning = false;
    style.answerFormat = false;
    if (answerPrompt == "short" && !needsOptions(item.question)) {
        auto open = item;
        open.options.clear();
        open.answer.clear(); // a letter would make it a question with options
        return firstPrompt(open, style);
    }
    auto text = firstPrompt(item, style); // asks for a word or phrase where there are no options
    if (asksForLabel(item, style.options))
        text.append("\n").append(letterOnly);
    return text;
}

SrfRun::SrfRun(const runs::Job& job, SrfOptions options, const std::vector<runs::InputItem>& inputs,
    std::filesystem::path directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context)
    : RecipeRun(
        job, inputs, std::move(directory), earlier,
        [](const std::string& stage) {
            return stage.starts_with("generate:") || stage.starts_with("reanswer:")
                || stage.starts_with("reask:") || isTestDescription(stage);
        },
        model, context)
    , m_options(std::move(options))
{
}

std::optional<SrfRun::Place> SrfRun::placeOf(const std::string& stage) const
{
    const auto colon = stage.find(':');
    const auto dot = stage.find('.');
    if (colon == stage.npos)
        return std::nullopt;
    Place place { stage.substr(0, colon), 0, 1 };
    const auto round = stage.substr(colon, dot == stage.npos ? dot : dot - colon);
    place.round = numberBehind(round, ":");
    if (dot != stage.npos)
        place.sample = numberBehind(std::string_view(stage).substr(dot), ".");
    const bool known = place.round >= 1 && place.round <= m_options.rounds && place.sample >= 1
        && place.sample <= m_options.samples;
    return known ? std::optional(place) : std::nullopt;
}

bool SrfRun::isTraining(const std::string& name) const
{
    const int round = std::max(numberBehind(name, "round"), numberBehind(name, "generator"));
    return isSrfControl(name) || (round >= 1 && round <= m_options.rounds);
}

Result<void> SrfRun::check(const runs::StepSpec& step, int index) const
{
    if (!step.adapter.empty() && !isTraining(step.adapter))
        return fail(unknown(index, "adapter", step.adapter));
    const auto wrongStage = [&] { return Result<void>(fail(unknown(index, "stage", step.stage))); };
    const auto place = placeOf(step.stage);
    if (step.kind == "seed")
        return {};
    if (step.kind == "train")
        return isTraining(step.preference)
            ? Result<void>()
            : Result<void>(fail(unknown(index, "preference", step.preference)));
    if (step.kind == "generate" || step.kind == "score")
        return place && place->corner == step.kind ? Result<void>() : wrongStage();
    if (step.kind == "reconstruct")
        return place && (place->corner == "reanswer" || place->corner == "reask") ? Result<void>()
                                                                                  : wrongStage();
    const bool describes = step.kind == "describe" && isTestDescription(step.stage);
    if (step.kind != "answer" && !describes)
        return fail(unknown(index, "kind", step.kind));
    if (step.set != "test")
        return fail(unknown(index, "set", step.set));
    const std::string of = describes ? step.stage.substr(step.stage.find(':') + 1) : step.stage;
    const bool measured = of == "before" || (of.starts_with("after:") && isTraining(of.substr(6)));
    return measured ? Result<void>() : wrongStage();
}

Result<void> SrfRun::execute(int index, const runs::StepSpec& step)
{
    if (step.kind == "seed")
        return reportSeed(index, step);
    if (step.kind == "train")
        return learn(index, step);
    if (step.kind == "generate")
        return generate(index, step);
    if (step.kind == "reconstruct")
        return reconstruct(index, step);
    if (step.kind == "describe")
        return describeToRespond(index, step, m_options.test);
    return step.kind == "score" ? score(index, step) : answer(index, step);
}

Result<void> SrfRun::reportSeed(int index, const runs::StepSpec& step)
{
    const auto seed = itemsOf("seed");
    const auto total = static_cast<std::int64_t>(seed.size());
    if (auto begun = begin(index, step, "Labelled seed", 0, total, "questions"); !begun)
        return begun;
    for (const auto* input : seed) {
        const auto corners = questionAnswerOf(input->item, asText(m_options, input->item));
        TripletRow row;
        row.item = input->item.id;
        row.question = cleanText(corners.question);
        row.answer = cleanText(corners.answer);
        row.kind = tripletKindName(tripletKindOf(cornersOf(row), m_options.longWords));
        row.kept = true;
        if (auto told = report(runs::Tripled { std::move(row) }); !told)
            return told;
    }
    return tell(total);
}

std::vector<const runs::InputItem*> SrfRun::picturesOf(int round) const
{
    std::vector<const runs::InputItem*> pictures;
    int place = 0;
    for (const auto* input : described("unlabelled"))
        if (place++ % m_options.rounds == round - 1)
            pictures.push_back(input);
    return pictures;
}

std::optional<QuestionAnswer> SrfRun::said(
    const runs::InputItem& input, int round, int sample) const
{
    const auto stage = "generate:" + std::to_string(round) + "." + std::to_string(sample);
    const auto* answered = m_past.answer(stage, input.item.id, 1);
    return answered ? questionAnswerIn(answered->response.text) : std::nullopt;
}

std::optional<QuestionAnswer> SrfRun::generated(
    const runs::InputItem& input, int round, int sample) const
{
    auto corners = said(input, round, sample);
    for (int earlier = 1; corners && earlier < sample; ++earlier)
        if (said(input, round, earlier) == corners)
            return std::nullopt;
    return corners;
}

Conversation SrfRun::asking(
    const runs::InputItem& input, std::string text, const std::string& stream) const
{
    Conversation talk;
    talk.images = pathsOf(input);
    talk.imageSha256 = input.imageSha256;
    talk.userTexts.push_back(std::move(text));
    talk.seed =
        Random::of(m_options.seed, stream, static_cast<std::uint64_t>(input.item.id.value)).next();
    return talk;
}

Result<void> SrfRun::generate(int index, const runs::StepSpec& step)
{
    const auto place = *placeOf(step.stage);
    Asking asks;
    asks.title = titleOf(place.corner, place.round, place.sample);
    asks.items = picturesOf(place.round);
    asks.decoding = m_options.generation;
    asks.unit = "questions";
    asks.conversation = [&](const runs::InputItem& input) {
        return asking(input, std::string(askForQuestionAndAnswer), "srf " + step.stage);
    };
    return ask(index, step, asks);
}

Result<void> SrfRun::reconstruct(int index, const runs::StepSpec& step)
{
    const auto place = *placeOf(step.stage);
    Asking asks;
    asks.title = titleOf(place.corner, place.round, place.sample);
    for (const auto* input : picturesOf(place.round))
        if (generated(*input, place.round, place.sample))
            asks.items.push_back(input);
    asks.decoding = m_options.reconstruction;
    asks.unit = place.corner == "reask" ? "questions" : "answers";
    asks.conversation = [&](const runs::InputItem& input) {
        const auto corners = *generated(input, place.round, place.sample);
        const auto kind = tripletKindOf(corners, m_options.longWords);
        return asking(input,
            place.corner == "reask" ? askForQuestion(corners)
                                    : askForAnswer(kind, corners.question),
            "srf " + step.stage);
    };
    return ask(index, step, asks);
}

std::vector<TripletRow> SrfRun::complete(int round) const
{
    std::vector<TripletRow> rows;
    for (const auto* input : picturesOf(round))
        for (int sample = 1; sample <= m_options.samples; ++sample) {
            const auto corners = generated(*input, round, sample);
            const auto place = std::to_string(round) + "." + std::to_string(sample);
            const auto* question = m_past.answer("reask:" + place, input->item.id, 1);
            const auto* again = m_past.answer("reanswer:" + place, input->item.id, 1);
            if (!corners || !question || !again)
                continue;
            const auto kind = tripletKindOf(*corners, m_options.longWords);
            TripletRow row;
            row.round = round;
            row.item = input->item.id;
            row.sample = sample;
            row.kind = tripletKindName(kind);
            row.question = corners->question;
            row.answer = corners->answer;
            row.questionAgain = question->response.text;
            row.answerAgain = again->response.text;
            row.questionMeasure = measureName(
                questionMeasure(row.question, m_options.longWords), m_options.similarity);
            row.answerMeasure = measureName(answerMeasure(kind), m_options.similarity);
            rows.push_back(std::move(row));
        }
    return rows;
}

Result<void> SrfRun::compare(std::vector<TripletRow>& rows)
{
    std::map<std::string, TextStates> states;
    const auto embedding = [&](const std::string& a, const std::string& b) {
        return analysis::sentenceSimilarity(states.at(a).sentence, states.at(b).sentence);
    };
    const auto tokens = [&](const std::string& a, const std::string& b) {
        return analysis::tokenMatchF1(states.at(a).tokens, states.at(b).tokens);
    };
    TripletSimilarity how { embedding, tokens, m_options.longWords };
    if (m_options.similarity == "embedding")
        how.longText = how.shortText;
    else if (m_options.similarity == "token-f1")
        how.shortText = how.longText;
    if (auto start = use({}); !start) // the same reader in all rounds
        return start;
    for (std::size_t from = 0; from < rows.size(); from += comparedAtOnce) {
        const auto part =
            std::span(rows).subspan(from, std::min(comparedAtOnce, rows.size() - from));
        std::vector<std::string> texts;
        for (const auto& row : part)
            for (const auto& text : { questionStem(row.question), questionStem(row.questionAgain),
                     row.answer, row.answerAgain })
                if (std::ranges::find(texts, text) == texts.end())
                    texts.push_back(text);
        auto read = m_model.textStates(texts, m_options.encoder, *this);
        if (!read)
            return fail(read.error());
        states.clear();
        for (std::size_t i = 0; i < texts.size(); ++i)
            states.emplace(texts[i], std::move(read->at(i)));
        for (auto& row : part) {
            row.questionSimilarity = questionSimilarity(row.question, row.questionAgain, how);
            row.answerSimilarity =
                answerSimilarity(tripletKindNamed(row.kind), row.answer, row.answerAgain, how);
            row.score =
                consistency(row.questionSimilarity, row.answerSimilarity, m_options.questionWeight);
        }
        if (auto told = tell(static_cast<std::int64_t>(from + part.size())); !told)
            return told;
    }
    return {};
}

void SrfRun::keep(std::vector<TripletRow>& rows) const
{
    Selection selection;
    selection.share = m_options.keep;
    selection.leastPerKind = m_options.leastPerKind;
    selection.balance = m_options.balance == "seed" ? Balance::Seed
        : m_options.balance == "none"               ? Balance::None
                                                    : Balance::PerKind;
    for (const auto& row : m_past.triplets())
        if (row.round == 0)
            selection.seed.push_back(tripletKindNamed(row.kind));
    const auto kept = keptTriplets(scored(rows), selection);
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i].kept = kept[i];
}

Result<void> SrfRun::score(int index, const runs::StepSpec& step)
{
    const int round = placeOf(step.stage)->round;
    auto rows = complete(round);
    const auto name = std::to_string(round);
    if (auto begun = begin(index, step, "Scores of round " + name, 0,
            static_cast<std::int64_t>(rows.size()), "triplets");
        !begun)
        return begun;
    if (auto compared = compare(rows); !compared)
        return compared;
    keep(rows);
    std::size_t unread = 0, repeated = 0;
    for (const auto* input : picturesOf(round))
        for (int sample = 1; sample <= m_options.samples; ++sample) {
            const bool read = said(*input, round, sample).has_value();
            unread += read ? 0 : 1;
            repeated += read && !generated(*input, round, sample) ? 1 : 0;
        }
    const auto kept = std::ranges::count(rows, true, &TripletRow::kept);
    for (auto& row : rows)
        if (auto told = report(runs::Tripled { row }); !told)
            return told;
    return report(runs::Note { kept > 0 ? "info" : "warning",
        "Round " + name + ": of " + std::to_string(picturesOf(round).size()) + " pictures with "
            + std::to_string(m_options.samples) + " questions each, " + std::to_string(unread)
            + " were not in the form \"Question: ... Answer: ...\", " + std::to_string(repeated)
            + " repeated another one of the same picture, " + std::to_string(rows.size())
            + " were scored, " + std::to_string(kept) + " are kept." });
}

std::vector<TripletRow> SrfRun::learned(const std::string& training) const
{
    // A generator knows what the rounds before it kept, a round's model what that round kept too.
    int last = m_options.rounds;
    if (const int round = numberBehind(training, "round"); round > 0)
        last = round;
    if (const int round = numberBehind(training, "generator"); round > 0)
        last = round - 1;
    std::vector<TripletRow> rows;
    for (int round = 0; round <= last; ++round) {
        std::vector<TripletRow> made;
        for (const auto& row : m_past.triplets())
            if (row.round == round)
                made.push_back(row);
        std::vector<bool> kept;
        for (const auto& row : made)
            kept.push_back(row.kept);
        if (isSrfControl(training) && round > 0)
            kept = controlTriplets(
                scored(made), kept, training, m_options.seed + static_cast<std::uint64_t>(round));
        for (std::size_t i = 0; i < made.size(); ++i)
            if (kept[i])
                rows.push_back(made[i]);
    }
    return rows;
}

Result<void> SrfRun::learn(int index, const runs::StepSpec& step)
{
    const bool generator = step.preference.starts_with("generator");
    std::vector<Preference> examples;
    for (const auto& row : learned(step.preference)) {
        const auto mask = generator
            ? drawMask(m_options.mask, m_options.seed, row.item, row.round == 0 ? 0 : row.sample)
            : Mask::Answer;
        const auto text = maskedText(mask, tripletKindNamed(row.kind), cornersOf(row));
        auto one = preferenceOn(row.item, text.user, text.reply, {});
        if (!one)
            return fail(one.error());
        examples.push_back(std::move(*one));
    }
    return trainOn(index, step, trainingOf(m_options, generator), examples);
}

Result<void> SrfRun::answer(int index, const runs::StepSpec& step)
{
    Asking asks;
    asks.title = "Test answers by " + (step.adapter.empty() ? "the start" : step.adapter);
    asks.items = itemsOf("test");
    asks.decoding = m_options.test;
    asks.conversation = [&](const runs::InputItem& input) {
        const auto question = srfQuestion(input.item, m_options.answerPrompt);
        return asking(
            input, responding(m_options.respond, step, input, question), "answers of " + step.set);
    };
    asks.mark = [](const std::string& text, const runs::InputItem& input) {
        return extractAll(text, input.item);
    };
    return ask(index, step, asks);
}

Result<void> runSrf(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const std::filesystem::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context)
{
    auto options = srfOptionsFromJsonText(job.options, "options of job.json");
    if (!options)
        return fail(options.error());
    return SrfRun(job, std::move(*options), inputs, directory, earlier, model, context).run();
}

} // namespace slook::methods
