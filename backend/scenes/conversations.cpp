#include "scenes/conversations.h"
#include "scenes/describe.h"
#include "scenes/drill.h"
#include "scenes/words.h"
#include "scenes/yes_no.h"

namespace slook::scenes {
namespace {

Conversation single(std::string user, std::string reply)
{
    return { { std::move(user), { std::move(reply), {} } } };
}

/// Relations, positions and counts are learned last, so they are asked more often.
std::optional<Question> drawQuestion(const Scene& scene, Random& random)
{
    return makeQuestion(scene,
        static_cast<QuestionKind>(random.weighted({ .13, .13, .18, .22, .14, .20 })), random);
}

AnswerForm drawForm(Random& random)
{
    return static_cast<AnswerForm>(random.weighted({ .40, .12, .48 }));
}

/// Benchmarks list options in several ways; the marked form is met in all of them.
std::string ask(
    const Question& question, AnswerForm form, const PromptTexts& prompts, Random& random)
{
    if (form != AnswerForm::Marked)
        return askOptions(question, form, OptionStyle::Lines, prompts);
    const auto style = static_cast<OptionStyle>(random.weighted({ .35, .15, .50 }));
    const std::string_view separator = random.chance(.65) ? " " : "\n";
    return askOptions(question, form, style, prompts, separator);
}

Conversation firstTurn(const Question& question, const CurriculumOptions& options, Random& random)
{
    const AnswerForm form = drawForm(random);
    const bool reasoned = !random.chance(options.letterOnly);
    return { { ask(question, form, options.prompts, random),
        answerOption(question, form, question.right, reasoned) } };
}

const std::string& drawReview(const PromptTexts& prompts, Random& random)
{
    static const PromptTexts
        ours; // the short review of our own stays in the mix whatever the caller gives
    return random.chance(.35) ? random.pick(ours.reviews) : random.pick(prompts.reviews);
}

/// A wrong first answer comes with its reason as often as a right one: else the review would learn
/// to trust whatever is reasoned.
Conversation review(const Question& question, const CurriculumOptions& options, Random& random)
{
    const AnswerForm form = random.chance(.5) ? AnswerForm::Marked : AnswerForm::Plain;
    const int count = static_cast<int>(question.options.size());
    const bool wrong = random.chance(options.wrongFirst);
    const int first =
        wrong ? (question.right + 1 + random.below(count - 1)) % count : question.right;
    const bool reasoned = random.chance(.65);
    const std::string user = ask(question, form, options.prompts, random);
    const std::string& prompt = drawReview(options.prompts, random);
    return { { user, answerOption(question, form, first, reasoned), 0.0 },
        { askReview(prompt, form, options.prompts),
            answerOption(question, form, question.right, true) } };
}

std::optional<Conversation> shortAnswer(const Scene& scene, Random& random)
{
    const auto question = drawQuestion(scene, random);
    if (!question || question->kind == QuestionKind::Exist)
        return std::nullopt;
    return single(askShort(question->text), question->answer());
}

std::optional<Conversation> yesNo(const Scene& scene, Random& random)
{
    const bool yes = random.chance(.5);
    const auto choice = random.chance(.5) ? AbsentChoice::Adversarial : AbsentChoice::Random;
    const auto question = random.chance(.5) ? makeShapeYesNo(scene, yes, random)
                                            : makeYesNo(scene, choice, yes, {}, random);
    if (!question)
        return std::nullopt;
    const std::string tail = random.chance(.4) ? "" : " Please answer yes or no.";
    return single(question->text + tail, question->yes ? "Yes" : "No");
}

/// The same options, with a question that says the answer.
Question told(Question question)
{
    question.text = "The answer is " + question.answer() + ".";
    for (std::size_t i = 0; i < question.options.size(); ++i)
        question.reasons[i] = "The answer is " + question.options[i] + ".";
    return question;
}

Conversation description(const Scene& scene, const CurriculumOptions& options, Random& random)
{
    const PromptTexts& prompts = options.prompts;
    switch (random.weighted({ .35, .40, .25 })) {
    case 0:
        return single(random.pick(prompts.carefulCaptions), describe(scene));
    case 1: {
        const std::string& prompt = random.pick(prompts.captions);
        const int invented = random.chance(options.neutralInvents) ? 1 + random.below(2) : 0;
        return single(prompt, describeWithInvented(scene, invented, random));
    }
    default: {
        const std::string& prompt = random.pick(prompts.inventiveCaptions);
        return single(prompt, describeFreely(scene, random));
    }
    }
}

/// STIC's second stage: an earlier description, not always true, stands before the question.
Conversation described(
    const Scene& scene, const Question& question, const PromptTexts& prompts, Random& random)
{
    const std::string text = describeWithInvented(scene, random.chance(.3) ? 1 : 0, random);
    const AnswerForm form = AnswerForm::Letter;
    return { { "Image description:\n" + text + "\n\n"
            + askOptions(question, form, OptionStyle::Lines, prompts),
        answerOption(question, form, question.right, false), true } };
}

std::optional<Conversation> reverse(const Scene& scene, Random& random)
{
    const auto question = drawQuestion(scene, random);
    if (!question || question->kind == QuestionKind::Exist)
        return std::nullopt;
    if (random.chance(.5))
        return single(std::string(kAskForQuestion), questionAndAnswer(*question));
    return single(askQuestionTo(question->answer()), question->text);
}

Question pooledQuestion(Random& random)
{
    Question question;
    question.text = "Which one?";
    question.options = optionPool(random);
    const std::size_t most = random.chance(.25) ? 8 : 4; // benchmarks have longer lists, too
    if (question.options.size() > most)
        question.options.resize(most);
    question.right = random.below(static_cast<int>(question.options.size()));
    for (const std::string& option : question.options)
        question.reasons.push_back("It is " + option + ".");
    return question;
}

/// An answer that says its option and then the letter; only the letter is trained.
Conversation binding(const Scene& scene, const CurriculumOptions& options, Random& random)
{
    Question question = pooledQuestion(random);
    const int kind = random.weighted({ .45, .30, .25 });
    if (kind == 0)
        if (auto about = drawQuestion(scene, random))
            question = std::move(*about);
    const bool saysNothing = kind == 2;
    if (saysNothing)
        question = told(question);
    const AnswerForm form = saysNothing ? drawForm(random)
        : random.chance(.3)             ? AnswerForm::Marked
                                        : AnswerForm::Plain;
    const int option = random.below(static_cast<int>(question.options.size()));
    Reply reply = answerOption(
        question, form, saysNothing ? question.right : option, /*reasoned=*/!saysNothing);
    for (const std::size_t at : reply.letters)
        reply.learned.push_back({ at, at + 1 });
    return { { ask(question, form, options.prompts, random), std::move(reply) } };
}

} // namespace

std::optional<Conversation> sceneConversation(
    const Scene& scene, const CurriculumOptions& options, Random& random)
{
    const Mix& mix = options.mix;
    const int kind = random.weighted({ mix.shortAnswer, mix.yesNo, mix.description, mix.reverse,
        mix.drill, mix.binding, mix.first, mix.review, mix.told, mix.described });
    switch (kind) {
    case 0:
        return shortAnswer(scene, random);
    case 1:
        return yesNo(scene, random);
    case 2:
        return description(scene, options, random);
    case 3:
        return reverse(scene, random);
    case 4:
        return drill(scene, options.drills, random);
    case 5:
        return binding(scene, options, random);
    default:
        break;
    }
    const auto question = drawQuestion(scene, random);
    if (!question)
        return std::nullopt;
    switch (kind) {
    case 6:
        return firstTurn(*question, options, random);
    case 7:
        return review(*question, options, random);
    case 8:
        return firstTurn(told(*question), options, random);
    default:
        return described(scene, *question, options.prompts, random);
    }
}

Conversation textConversation(const CurriculumOptions& options, Random& random)
{
    const TextMix& mix = options.texts;
    if (random.weighted(
            { mix.strings + mix.pairs + mix.letters + mix.options + mix.said, mix.binding })
        == 0)
        return textDrill(mix, random);
    const Scene scene = makeScene(options.seed, random.next(), Level::Easy, "training texts");
    return binding(scene, options, random);
}

Conversation easyVqaConversation(
    const EasyVqaPicture& picture, const CurriculumOptions& options, Random& random)
{
    std::vector<std::size_t>
        open; // three of four questions want yes or no: the others would be rare
    for (std::size_t i = 0; i < picture.asked.size(); ++i)
        if (picture.asked[i].answer != "yes" && picture.asked[i].answer != "no")
            open.push_back(i);
    const std::size_t number = !open.empty() && random.chance(.4)
        ? random.pick(open)
        : static_cast<std::size_t>(random.below(static_cast<int>(picture.asked.size())));
    const auto& asked = picture.asked[number];
    const Question question = easyVqaQuestion(picture, number, random);
    switch (random.weighted({ .33, .12, .35, .20 })) {
    case 0:
        return single(askShort(asked.question), asked.answer);
    case 1:
        return single(asked.question, asked.answer);
    case 2:
        return firstTurn(question, options, random);
    default:
        return review(question, options, random);
    }
}

} // namespace slook::scenes
