#include "core/random.h"
#include "methods/extract.h"
#include "methods/prompts.h"
#include "methods/scl.h"
#include "methods/scl_run.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace slook::methods {
namespace {

std::string titleOf(const runs::StepSpec& step)
{
    if (step.stage == "pool")
        return "Answers that pairs are made from";
    if (step.adapter.empty())
        return "Test answers before training";
    return "Test answers after training on " + step.adapter;
}

} // namespace

std::vector<const runs::InputItem*> SclRun::itemsOf(const std::string& set) const
{
    std::vector<const runs::InputItem*> items;
    for (const auto& input : m_inputs)
        if (input.set == set || input.set == "both")
            items.push_back(&input);
    return items;
}

const runs::Decoding& SclRun::decodingOf(const runs::StepSpec& step) const
{
    return step.set == "pool" ? m_options.pool : m_options.test;
}

/// By set and not by stage: before and after differ in the model alone.
std::uint64_t SclRun::seedOf(const runs::StepSpec& step, ItemId item) const
{
    return Random::of(
        m_options.seed, "answers of " + step.set, static_cast<std::uint64_t>(item.value))
        .next();
}

Conversation SclRun::conversation(const runs::InputItem& input, const runs::StepSpec& step) const
{
    Conversation talk;
    talk.images = pathsOf(input);
    talk.imageSha256 = input.imageSha256;
    talk.userTexts.push_back(firstPrompt(input.item, m_options.prompt));
    for (int turn = 0; turn < m_options.turns; ++turn)
        talk.userTexts.push_back(reviewPrompt(input.item, m_options.review, m_options.prompt));
    talk.repeatImages = m_options.repeatImage;
    talk.seed = seedOf(step, input.item.id);
    return talk;
}

bool SclRun::allAnswered(
    const std::string& stage, const std::vector<const runs::InputItem*>& items) const
{
    return std::ranges::all_of(items, [&](const auto* input) {
        for (int turn = 1; turn <= m_options.turns + 1; ++turn)
            if (!m_past.answered(stage, input->item.id, turn))
                return false;
        return true;
    });
}

Result<void> SclRun::answer(int index, const runs::StepSpec& step)
{
    const bool trained = step.adapter.empty() || !m_past.pairs(step.adapter).empty();
    const auto items =
        trained ? itemsOf(step.set) : std::vector<const runs::InputItem*>(); // said before
    const auto turns = m_options.turns + 1;
    std::int64_t done = 0;
    for (const auto* input : items)
        for (int turn = 1; turn <= turns; ++turn)
            done += m_past.answered(step.stage, input->item.id, turn) ? 1 : 0;
    const auto total = static_cast<std::int64_t>(items.size()) * turns;
    if (auto begun = begin(index, step, titleOf(step), done, total, "answers"); !begun)
        return begun;
    m_refused = 0;
    const auto size = std::max<std::size_t>(1, m_model.block());
    for (std::size_t from = 0; from < items.size(); from += size) {
        const std::vector block(items.begin() + static_cast<std::ptrdiff_t>(from),
            items.begin() + static_cast<std::ptrdiff_t>(std::min(items.size(), from + size)));
        if (auto answered = answerBlock(step, block, done); !answered)
            return answered;
    }
    if (m_refused == items.size() && !items.empty()) // a run over nothing is no result
        return fail(ErrorKind::Invalid,
            "none of the " + std::to_string(items.size()) + " questions could be asked ("
                + step.stage + "); the first: " + m_refusal,
            m_job.model.folder);
    return {};
}

Result<void> SclRun::answerBlock(const runs::StepSpec& step,
    const std::vector<const runs::InputItem*>& block, std::int64_t& done)
{
    if (allAnswered(step.stage, block))
        return {};
    if (stopRequested())
        return fail(ErrorKind::Stopped, "stopped on request");
    if (m_inUse != step.adapter) {
        const auto artifact = step.adapter.empty() ? std::filesystem::path()
                                                   : m_directory / artifactPath(step.adapter);
        if (auto used = m_model.use(artifact); !used)
            return used;
        m_inUse = step.adapter;
    }
    std::vector<Conversation> conversations;
    for (const auto* input : block)
        conversations.push_back(conversation(*input, step));
    return m_model.converse(
        conversations, decodingOf(step),
        [&](std::size_t which, int turn, Answer answer) {
            return take(step, *block.at(which), turn, std::move(answer), done);
        },
        [&](std::size_t which, std::string reason) {
            if (m_refused++ == 0)
                m_refusal = reason;
            return report(runs::Note { "warning",
                "Question " + block.at(which)->item.key + " was left out (" + step.stage
                    + "): " + reason });
        },
        *this);
}

Result<void> SclRun::take(const runs::StepSpec& step, const runs::InputItem& input, int turn,
    Answer answer, std::int64_t& done)
{
    if (m_past.answered(step.stage, input.item.id, turn))
        return {}; // of a block that was cut off
    auto decoding = toJson(decodingOf(step));
    decoding["seed"] = seedOf(step, input.item.id);
    runs::Answered answered;
    auto& row = answered.response;
    row.stage = step.stage;
    row.item = input.item.id;
    row.turn = turn;
    row.prompt = cleanText(answer.prompt);
    row.text = cleanText(answer.text);
    row.tokenIds = std::move(answer.tokenIds);
    row.finish = std::move(answer.finish);
    row.logprob = answer.logprob;
    row.pixelsSha256 = std::move(answer.pixelsSha256);
    row.decoding = dumpLine(decoding);
    row.seconds = answer.seconds;
    answered.extractions = extractAll(row.text, input.item, m_options.prompt.options);
    if (auto told = report(std::move(answered)); !told)
        return told;
    return tell(++done);
}

} // namespace slook::methods
