#include "worker/int8_report.h"
#include "engine/generate.h"
#include "engine/score.h"
#include "engine/session.h"
#include "image/decode.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <chrono>

namespace slook::worker {
namespace {

/// What one form of the model says to all questions.
struct Said {
    at::Tensor first; ///< [questions, vocabulary] log-probabilities of the answer's first token
    std::vector<std::vector<std::int64_t>> answers;
    std::vector<std::string> letters; ///< the likeliest; empty where a question has none
    Int8Side side;
};

Result<std::vector<engine::Prompt>> promptsOf(
    engine::Session& session, const std::vector<Int8Question>& questions)
{
    std::vector<engine::Prompt> prompts;
    for (const auto& question : questions) {
        std::vector<engine::SeenPicture> pictures;
        if (!question.image.empty()) {
            const auto picture = image::decodeFile(question.image);
            if (!picture)
                return fail(picture.error());
            auto seen = session.see(*picture);
            if (!seen)
                return fail(seen.error());
            pictures.push_back(std::move(*seen));
        }
        const auto message = text::userMessage(question.text, static_cast<int>(pictures.size()));
        auto prompt = session.prompt({ &message, 1 }, pictures);
        if (!prompt)
            return fail(prompt.error());
        prompts.push_back(std::move(*prompt));
    }
    return prompts;
}

Result<std::string> likeliest(const engine::Session& session, const engine::Prompt& prompt,
    const std::vector<std::string>& letters)
{
    if (letters.empty())
        return std::string();
    const auto scores = session.labelLogProbs(prompt, letters);
    if (!scores)
        return fail(scores.error());
    return letters[static_cast<std::size_t>(std::ranges::max_element(*scores) - scores->begin())];
}

Result<Said> ask(engine::Session& session, const std::vector<Int8Question>& questions,
    int maxNewTokens, methods::StepContext& context)
{
    const auto began = std::chrono::steady_clock::now();
    const auto prompts = promptsOf(session, questions);
    if (!prompts)
        return fail(prompts.error());
    std::vector<engine::Opening> openings;
    for (const auto& prompt : *prompts)
        openings.push_back(prompt.opening);
    engine::GenerationOptions options;
    options.maxNewTokens = maxNewTokens;
    options.eosTokenIds = session.defaults().eosTokenIds;
    const auto turns = engine::generate(session.model(), options, openings);
    if (!turns)
        return fail(turns.error());
    Said said;
    for (const auto& turn : *turns) {
        said.side.tokens += static_cast<std::int64_t>(turn.ids.size());
        said.answers.push_back(turn.ids);
    }
    said.side.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    for (const auto& [name, weight] : session.model().parameters())
        said.side.weightBytes += static_cast<std::int64_t>(weight.nbytes());
    auto first = engine::nextTokenLogProbs(session.model(), openings);
    if (!first)
        return fail(first.error());
    said.first = std::move(*first);
    for (std::size_t i = 0; i < questions.size(); ++i) {
        if (context.stopRequested())
            return fail(ErrorKind::Stopped, "stopped on request");
        auto letter = likeliest(session, (*prompts)[i], questions[i].letters);
        if (!letter)
            return fail(letter.error());
        said.letters.push_back(std::move(*letter));
    }
    return said;
}

Result<Said> askWith(bool int8, const std::filesystem::path& folder,
    const std::vector<Int8Question>& questions, int maxNewTokens, methods::StepContext& context)
{
    engine::SessionOptions options;
    options.int8 = int8;
    const auto session = engine::Session::load(folder, options);
    if (!session)
        return fail(session.error());
    return ask(**session, questions, maxNewTokens, context);
}

} // namespace

Result<Int8Report> compareInt8(const std::filesystem::path& folder,
    const std::vector<Int8Question>& questions, int maxNewTokens, methods::StepContext& context)
{
    if (questions.empty())
        return fail(ErrorKind::Invalid, "there are no questions to compare with; give some");
    const auto plain = askWith(false, folder, questions, maxNewTokens, context);
    if (!plain)
        return fail(plain.error());
    const auto int8 = askWith(true, folder, questions, maxNewTokens, context);
    if (!int8)
        return fail(int8.error());
    Int8Report report;
    report.questions = static_cast<std::int64_t>(questions.size());
    const auto apart = (plain->first - int8->first).abs();
    report.meanDifference = apart.mean().item<double>();
    report.largestDifference = apart.max().item<double>();
    const auto p = plain->first.to(at::kDouble), q = int8->first.to(at::kDouble);
    report.meanDivergence = (p.exp() * (p - q)).sum(1).mean().item<double>();
    for (std::size_t i = 0; i < questions.size(); ++i) {
        report.sameAnswers += plain->answers[i] == int8->answers[i] ? 1 : 0;
        report.withLetters += questions[i].letters.empty() ? 0 : 1;
        report.sameLetters +=
            !questions[i].letters.empty() && plain->letters[i] == int8->letters[i] ? 1 : 0;
    }
    report.plain = plain->side;
    report.int8 = int8->side;
    return report;
}

} // namespace slook::worker
