#include "scenes/samples.h"
#include "scenes/describe.h"
#include <algorithm>

namespace slook::scenes {
namespace {

constexpr std::string_view kPurpose = "export";
constexpr int kTries = 64; // scenes tried for one sample; nearly every scene allows every kind

Conversation oneTurn(std::string user, std::string reply)
{
    return { { std::move(user), { std::move(reply), {} } } };
}

void fillMcq(Sample& sample, const Question& question, const PromptTexts& prompts)
{
    const AnswerForm form = AnswerForm::Letter;
    sample.category = kindWord(question.kind);
    sample.question = question.text;
    sample.options = question.options;
    sample.answer = std::string(1, optionLetter(question.right));
    sample.conversation =
        oneTurn(askOptions(question, form, OptionStyle::Lines, prompts), sample.answer);
}

void fillReview(Sample& sample, const Question& question, bool wrong, const PromptTexts& prompts,
    Random& random)
{
    const int count = static_cast<int>(question.options.size());
    const int first =
        wrong ? (question.right + 1 + random.below(count - 1)) % count : question.right;
    const AnswerForm form = prompts.extractor.empty() ? AnswerForm::Plain : AnswerForm::Marked;
    fillMcq(sample, question, prompts);
    sample.conversation = {
        { askOptions(question, form, OptionStyle::Sentences, prompts),
            answerOption(question, form, first, true), 0.0 },
        { askReview(random.pick(prompts.reviews), form, prompts),
            answerOption(question, form, question.right, true) },
    };
}

bool fillFromQuestion(Sample& sample, const ExportOptions& options, int number, Random& random)
{
    const bool needsOptions = options.kind == ExportKind::Mcq || options.kind == ExportKind::Review;
    // Exist is left out where no options are asked: its question means nothing without them.
    constexpr QuestionKind alone[] { QuestionKind::Colour, QuestionKind::Shape, QuestionKind::Count,
        QuestionKind::Relation, QuestionKind::Position };
    const auto kind = needsOptions ? static_cast<QuestionKind>(number % kQuestionKinds)
                                   : alone[number % std::size(alone)];
    const auto question = makeQuestion(sample.scene, kind, random);
    if (!question)
        return false;
    if (options.kind == ExportKind::Mcq)
        fillMcq(sample, *question, options.prompts);
    else if (options.kind == ExportKind::Review)
        fillReview(sample, *question, number / kQuestionKinds % 2 == 1, options.prompts, random);
    else {
        const bool reverse = options.kind == ExportKind::Reverse;
        sample.category = kindWord(kind);
        sample.question = reverse ? askQuestionTo(question->answer()) : question->text;
        sample.answer = reverse ? question->text : question->answer();
        sample.conversation =
            oneTurn(reverse ? sample.question : askShort(question->text), sample.answer);
    }
    return true;
}

bool fillYesNo(Sample& sample, int number, std::span<const KindNumber> popular, Random& random)
{
    const auto choice = static_cast<AbsentChoice>(number % 3);
    const auto question = makeYesNo(sample.scene, choice, number / 3 % 2 == 0, popular, random);
    if (!question)
        return false;
    sample.category = choiceWord(choice);
    sample.question = question->text;
    sample.answer = question->yes ? "Yes" : "No";
    sample.conversation = oneTurn(question->text, sample.answer);
    return true;
}

void fillDescription(Sample& sample, const PromptTexts& prompts, Random& random)
{
    sample.category = "description";
    sample.question = random.pick(prompts.captions);
    sample.answer = describe(sample.scene);
    sample.conversation = oneTurn(sample.question, sample.answer);
}

Level levelOf(const ExportOptions& options, int number)
{
    if (options.mixedLevels) // by sixes, so that every kind of question meets both levels
        return number / kQuestionKinds % 2 == 0 ? Level::Easy : Level::Hard;
    return options.level;
}

} // namespace

Sample makeSample(const ExportOptions& options, int number, std::span<const KindNumber> popular)
{
    for (int attempt = 0; attempt < kTries; ++attempt) {
        const auto index =
            static_cast<std::uint64_t>(number) * kTries + static_cast<std::uint64_t>(attempt);
        Random random = Random::of(options.seed, "export texts", index);
        Sample sample;
        sample.scene = makeScene(options.seed, index, levelOf(options, number), kPurpose);
        if (options.kind == ExportKind::Describe) {
            fillDescription(sample, options.prompts, random);
            return sample;
        }
        if (options.kind == ExportKind::YesNo ? fillYesNo(sample, number, popular, random)
                                              : fillFromQuestion(sample, options, number, random))
            return sample;
    }
    throw std::logic_error("[makeSample] no scene allows question " + std::to_string(number));
}

std::vector<KindNumber> popularKinds(const ExportOptions& options)
{
    std::vector<Scene> scenes;
    for (int number = 0; number < std::min(options.count, 1000); ++number)
        scenes.push_back(makeScene(options.seed, static_cast<std::uint64_t>(number) * kTries,
            levelOf(options, number), kPurpose));
    return kindsByFrequency(scenes);
}

} // namespace slook::scenes
