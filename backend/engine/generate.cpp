#include "engine/generate.h"
#include "engine/generation_pool.h"
#include "engine/row_parallel.h"
#include "engine/shortcuts.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <cmath>
#include <mutex>

namespace slook::engine {
namespace {

Result<void> checkOptions(const GenerationOptions& options)
{
    const Sampling& s = options.sampling;
    const auto refuse = [](const std::string& what) { return fail(ErrorKind::Invalid, what); };
    if (options.maxNewTokens < 1)
        return refuse("the largest number of new tokens is " + std::to_string(options.maxNewTokens)
            + ", it must be at least 1");
    if (options.rows < 1)
        return refuse("the number of conversations at once is " + std::to_string(options.rows)
            + ", it must be at least 1");
    if (s.sample && !(s.temperature > 0.0 && std::isfinite(s.temperature)))
        return refuse(
            "the temperature must be above 0; for the best token always, switch sampling off");
    if (!(s.topP > 0.0 && s.topP <= 1.0) || !(s.typicalP > 0.0 && s.typicalP <= 1.0)
        || !(s.minP >= 0.0 && s.minP <= 1.0))
        return refuse("top-p, typical-p and min-p are probabilities between 0 and 1");
    if (!(s.repetitionPenalty > 0.0 && std::isfinite(s.repetitionPenalty)))
        return refuse("the repetition penalty must be above 0; 1 switches it off");
    if (s.topK < 0 || s.noRepeatNgram < 0 || s.minNewTokens < 0)
        return refuse(
            "top-k, the n-gram size and the least number of new tokens cannot be negative");
    return {};
}

/// Conversations that one thread holds, beside others that do the same with theirs.
class Lane final : public Conversations {
public:
    Lane(Conversations& all, std::mutex& mutex)
        : m_all(all)
        , m_mutex(mutex)
    {
    }
    void add(std::size_t conversation, Opening opening)
    {
        m_conversations.push_back(conversation);
        m_openings.push_back(std::move(opening));
    }

    std::optional<Opening> next() override
    {
        return m_next < m_openings.size() ? std::optional(std::move(m_openings[m_next++]))
                                          : std::nullopt;
    }
    std::optional<NextTurn> said(std::size_t conversation, int turn, const Turn& said) override
    {
        const std::lock_guard guard(m_mutex);
        return m_all.said(m_conversations[conversation], turn, said);
    }
    void refused(std::size_t conversation, const Error& reason) override
    {
        const std::lock_guard guard(m_mutex);
        m_all.refused(m_conversations[conversation], reason);
    }
    bool stopRequested() override
    {
        const std::lock_guard guard(m_mutex);
        return m_all.stopRequested();
    }
    std::string text(std::span<const std::int64_t> ids) override
    {
        const std::lock_guard guard(m_mutex);
        return m_all.text(ids);
    }

private:
    Conversations& m_all;
    std::mutex& m_mutex;
    std::vector<std::size_t> m_conversations; ///< their numbers among all
    std::vector<Opening> m_openings;
    std::size_t m_next = 0;
};

/// Whether each thread decodes conversations of its own: where the weights fit into the processor's
/// cache, the matrices of one step are too small to be worth sharing.
bool hasLanes(const VisionLanguageModel& model)
{
    return shortcuts().parts && model.device().is_cpu() && !model.shape().heavy
        && threadsForParts() > 1;
}

/// Which lane holds a conversation depends on its number and on how many there are, so that the
/// same call computes the same bits. Neighbours stay together: they often share a picture. A
/// conversation alone has all threads.
Result<void> converseInLanes(const VisionLanguageModel& model, const GenerationOptions& options,
    Conversations& conversations, std::size_t threads)
{
    std::vector<Opening> openings;
    while (auto opening = conversations.next()) {
        if (conversations.stopRequested())
            return fail(ErrorKind::Stopped, "was stopped");
        openings.push_back(std::move(*opening));
    }
    const auto lanes = std::clamp<std::size_t>(openings.size(), 1, threads);
    constexpr std::size_t mostNeighbours = 8;
    const auto neighbours = std::clamp<std::size_t>(openings.size() / lanes, 1, mostNeighbours);
    std::mutex mutex;
    std::vector<Lane> all(lanes, Lane(conversations, mutex));
    for (std::size_t number = 0; number < openings.size(); ++number)
        all[number / neighbours % lanes].add(number, std::move(openings[number]));
    if (lanes == 1)
        return holdInPool(model, options, all.front());
    auto one = options;
    one.cacheBytes /= lanes;
    std::vector<Result<void>> ends(lanes);
    onThreads(static_cast<std::int64_t>(lanes), [&](std::int64_t lane) {
        const c10::InferenceMode noGradients; // threads of the pool have settings of their own
        const auto i = static_cast<std::size_t>(lane);
        ends[i] = holdInPool(model, one, all[i]);
    });
    for (auto& end : ends)
        if (!end)
            return end;
    return {};
}

/// One turn for each of some openings.
class OneTurn final : public Conversations {
public:
    OneTurn(std::span<const Opening> openings,
        const std::function<std::string(std::span<const std::int64_t>)>& text)
        : turns(openings.size())
        , m_openings(openings)
        , m_text(text)
    {
    }
    std::optional<Opening> next() override
    {
        return m_next < m_openings.size() ? std::optional(m_openings[m_next++]) : std::nullopt;
    }
    std::optional<NextTurn> said(std::size_t conversation, int, const Turn& turn) override
    {
        turns[conversation] = turn;
        return std::nullopt;
    }
    void refused(std::size_t, const Error& reason) override
    {
        if (!refusal)
            refusal = reason;
    }
    std::string text(std::span<const std::int64_t> ids) override
    {
        return m_text ? m_text(ids) : std::string();
    }

    std::vector<Turn> turns;
    std::optional<Error> refusal;

private:
    std::span<const Opening> m_openings;
    const std::function<std::string(std::span<const std::int64_t>)>& m_text;
    std::size_t m_next = 0;
};

} // namespace

const char* finishName(Finish finish)
{
    return finish == Finish::Eos ? "eos" : finish == Finish::Stop ? "stop" : "length";
}

Result<void> converse(const VisionLanguageModel& model, const GenerationOptions& options,
    Conversations& conversations)
{
    if (auto checked = checkOptions(options); !checked)
        return checked;
    const c10::InferenceMode noGradients;
    const OneThreadEach each(!model.shape().heavy);
    if (hasLanes(model))
        return converseInLanes(
            model, options, conversations, static_cast<std::size_t>(threadsForParts()));
    return holdInPool(model, options, conversations);
}

Result<std::vector<Turn>> generate(const VisionLanguageModel& model,
    const GenerationOptions& options, std::span<const Opening> openings,
    const std::function<std::string(std::span<const std::int64_t>)>& text)
{
    OneTurn turns(openings, text);
    if (auto held = converse(model, options, turns); !held)
        return fail(std::move(held).error());
    if (turns.refusal)
        return fail(*turns.refusal);
    return std::move(turns.turns);
}

} // namespace slook::engine
