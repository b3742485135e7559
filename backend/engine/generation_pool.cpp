#include "engine/generation_pool.h"
#include "engine/drafts.h"
#include "engine/few_rows.h"
#include "engine/score.h"
#include "engine/shared_prompts.h"
#include "engine/shortcuts.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace slook::engine {
namespace {

using Ids = std::vector<std::int64_t>;

constexpr std::int64_t tokensPerPrefill = 4096; ///< of a prefill: bounds the memory of activations

/// A conversation that occupies a row of the cache.
struct Row {
    std::size_t conversation = 0;
    int turn = 1;
    std::uint64_t seed = 0;
    std::uint64_t draws = 0; ///< random numbers used so far, over all turns
    Ids seen; ///< prompt and all that was said: HF's input_ids
    Ids pending; ///< ids that the model has not read yet; one while decoding
    at::Tensor features; ///< of the pictures among the pending ids
    Ids draft; ///< guesses behind the pending id of a row that decodes
    DraftTrust trust; ///< in this turn
    Turn said;
};

/// The next token of each line of scores.
class Choice {
public:
    /// @param logits [lines, vocabulary] float
    Choice(const GenerationOptions& options, const at::Tensor& logits)
        : m_options(options)
        , m_sums(at::logsumexp(logits, { -1 }).cpu())
    {
        if (!options.sampling.isPlainGreedy()) {
            m_scores = logits.cpu().contiguous();
            return;
        }
        const auto [values, indices] = logits.max(-1);
        m_values = values.cpu();
        m_best = indices.cpu();
    }

    /// The token that `row` says by line `line`, and its log-probability. Uses up one of the row's
    /// random numbers where it is drawn.
    [[nodiscard]] std::pair<std::int64_t, float> token(std::size_t line, Row& row) const
    {
        const float sum = m_sums.const_data_ptr<float>()[line];
        if (m_best.defined())
            return { m_best.const_data_ptr<std::int64_t>()[line],
                m_values.const_data_ptr<float>()[line] - sum };
        const auto width = static_cast<std::size_t>(m_scores.size(1));
        const std::span plain(m_scores.const_data_ptr<float>() + line * width, width);
        std::vector<float> scores(plain.begin(), plain.end());
        processScores(scores, row.seen, static_cast<std::int64_t>(row.said.ids.size()),
            m_options.eosTokenIds, m_options.sampling);
        const auto id = m_options.sampling.sample
            ? drawToken(scores, uniformAt(row.seed, row.draws++))
            : bestToken(scores);
        return { id, plain[static_cast<std::size_t>(id)] - sum };
    }

private:
    const GenerationOptions& m_options;
    at::Tensor m_sums; ///< [lines] log of the sum of e^score
    at::Tensor m_values, m_best; ///< [lines], where the best token is taken as it is
    at::Tensor m_scores; ///< [lines, vocabulary], elsewhere
};

/// All rows of one call. Rows that decode come first, rows that wait for a longer pass behind them:
/// the same order as in the cache, so that every pass takes neighbouring rows.
class Pool {
public:
    Pool(const VisionLanguageModel& model, const GenerationOptions& options,
        Conversations& conversations)
        : m_model(model)
        , m_options(options)
        , m_conversations(conversations)
    {
        const ModelShape& shape = model.shape();
        const auto perToken = 2 * shape.layers * shape.keyValueHeads * shape.headSize
            * static_cast<std::int64_t>(c10::elementSize(model.type()));
        const auto perRow =
            perToken * std::min<std::int64_t>(shape.contextLength, 512 + options.maxNewTokens);
        m_rowLimit = std::clamp<std::int64_t>(
            static_cast<std::int64_t>(options.cacheBytes) / perRow, 1, options.rows);
    }

    Result<void> run()
    {
        while (true) {
            if (m_conversations.stopRequested())
                return fail(ErrorKind::Stopped, "was stopped");
            admit();
            if (m_rows.empty())
                return {};
            const auto decoding = partition();
            const auto waiting = static_cast<std::int64_t>(m_rows.size()) - decoding;
            const bool joins = shortcuts().continuousBatching && waiting * 8 >= m_rowLimit;
            if (waiting > 0 && (decoding == 0 || joins))
                readWaiting(decoding);
            else if (guess(decoding))
                verify(decoding);
            else
                pass(0, decoding);
            endTurns();
        }
    }

private:
    /// Takes new conversations when a quarter of the rows is free: a pass for one alone would waste
    /// time.
    void admit()
    {
        auto free = m_rowLimit - static_cast<std::int64_t>(m_rows.size());
        const bool joins = shortcuts().continuousBatching && free * 4 >= m_rowLimit;
        if (m_exhausted || (!m_rows.empty() && !joins))
            return;
        std::vector<Opening> fresh;
        std::vector<std::size_t> numbers;
        while (free > 0 && !m_exhausted) {
            auto opening = m_conversations.next();
            if (!opening) {
                m_exhausted = true;
                break;
            }
            const auto number = m_started++;
            if (auto reason = cannotRead(m_model.shape(), 0, opening->ids, opening->features, 1)) {
                m_conversations.refused(number, *reason);
                continue;
            }
            fresh.push_back(std::move(*opening));
            numbers.push_back(number);
            --free;
        }
        takeIn(fresh, numbers);
    }

    /// Gives each opening a row behind the others; what some begin with alike is read here, once.
    void takeIn(const std::vector<Opening>& fresh, const std::vector<std::size_t>& numbers)
    {
        constexpr auto anyNumber = std::numeric_limits<std::size_t>::max() / 2;
        auto groups = sharedPrompts(fresh, m_model.shape().imageTokenId, anyNumber);
        std::ranges::stable_sort(groups, [](const auto& a, const auto& b) { // less padding
            const bool alone[] = { a.members.size() == 1, b.members.size() == 1 };
            return alone[0] != alone[1] ? alone[1] : a.common < b.common;
        });
        const auto first = m_rows.size();
        const auto add = [&](std::size_t which) {
            Row row;
            row.conversation = numbers[which];
            row.seed = fresh[which].seed;
            row.seen = row.pending = fresh[which].ids;
            row.features = fresh[which].features;
            m_rows.push_back(std::move(row));
            if (m_cache.rows() > 0)
                m_cache.setLength(static_cast<std::int64_t>(m_rows.size()) - 1, 0);
        };
        for (const auto& group : groups)
            add(group.members.front());
        readBeginnings(first, groups);
        for (std::size_t g = 0; g < groups.size() && groups[g].members.size() > 1; ++g)
            for (std::size_t m = 1; m < groups[g].members.size(); ++m) {
                add(groups[g].members[m]);
                m_cache.copyRow(m_cache, static_cast<std::int64_t>(first + g),
                    static_cast<std::int64_t>(m_rows.size()) - 1);
                forgetRead(m_rows.back(), groups[g].common);
            }
    }

    /// Reads what the members of each group have in common, in the row of its first member. Groups
    /// of several come first.
    void readBeginnings(std::size_t first, std::span<const SharedPrompts> groups)
    {
        std::int64_t count = 0;
        for (const auto& group : groups)
            count += group.members.size() > 1 ? 1 : 0;
        for (std::int64_t done = 0; done < count;) {
            const auto from = first + static_cast<std::size_t>(done);
            std::int64_t rows = 0;
            std::vector<std::int64_t> counts;
            for (; done + rows < count; ++rows) { // they are sorted by length
                const auto length = groups[static_cast<std::size_t>(done + rows)].common;
                if (rows > 0 && (rows + 1) * static_cast<std::int64_t>(length) > tokensPerPrefill)
                    break;
                counts.push_back(static_cast<std::int64_t>(length));
            }
            const auto some = std::span(m_rows).subspan(from, counts.size());
            makeRoom(static_cast<std::int64_t>(from), rows, counts.back());
            m_cache.startAt(static_cast<std::int64_t>(from));
            (void)readRows(some, counts, counts.back());
            m_cache.advance(counts);
            for (std::size_t i = 0; i < some.size(); ++i)
                forgetRead(some[i], static_cast<std::size_t>(counts[i]));
            done += rows;
        }
    }

    /// The first `count` pending ids are in the cache, pictures and all.
    static void forgetRead(Row& row, std::size_t count)
    {
        row.pending.erase(
            row.pending.begin(), row.pending.begin() + static_cast<std::ptrdiff_t>(count));
        row.features = at::Tensor();
    }

    /// Puts rows that decode in front. Returns how many they are.
    std::int64_t partition()
    {
        std::size_t front = 0, back = m_rows.size();
        while (true) {
            while (front < back && m_rows[front].pending.size() == 1)
                ++front;
            while (front < back && m_rows[back - 1].pending.size() != 1)
                --back;
            if (front >= back)
                return static_cast<std::int64_t>(front);
            swapRows(front, back - 1);
        }
    }

    void swapRows(std::size_t one, std::size_t other)
    {
        std::swap(m_rows[one], m_rows[other]);
        if (m_cache.rows() > 0)
            m_cache.swapRows(static_cast<std::int64_t>(one), static_cast<std::int64_t>(other));
    }

    /// Reads the pending ids of all rows from `first` on, in passes of bounded size.
    void readWaiting(std::int64_t first)
    {
        const auto end = static_cast<std::int64_t>(m_rows.size());
        while (first < end) {
            std::int64_t count = 0, longest = 0;
            while (first + count < end) {
                const auto length = static_cast<std::int64_t>(
                    m_rows[static_cast<std::size_t>(first + count)].pending.size());
                if (count > 0 && (count + 1) * std::max(longest, length) > tokensPerPrefill)
                    break;
                longest = std::max(longest, length);
                ++count;
            }
            pass(first, count);
            first += count;
        }
    }

    void makeRoom(std::int64_t first, std::int64_t count, std::int64_t tokens)
    {
        std::int64_t needed = tokens;
        if (m_cache.rows() > 0)
            needed += m_cache.longest(first, count);
        constexpr std::int64_t step = 128;
        if (m_cache.rows() == 0)
            m_cache = m_model.makeCache(m_rowLimit,
                (needed + std::min(m_options.maxNewTokens, m_model.shape().contextLength) + step)
                    / step * step);
        else if (needed > m_cache.capacity())
            m_cache.reserve((needed + needed / 4 + step) / step * step);
    }

    /// Reads the pending ids of `count` rows and lets each say one token.
    void pass(std::int64_t first, std::int64_t count)
    {
        const auto begin = std::chrono::steady_clock::now();
        const auto rows = std::span(m_rows).subspan(
            static_cast<std::size_t>(first), static_cast<std::size_t>(count));
        std::vector<std::int64_t> counts;
        for (const auto& row : rows)
            counts.push_back(static_cast<std::int64_t>(row.pending.size()));
        const auto tokens = *std::ranges::max_element(counts);
        makeRoom(first, count, tokens);
        m_cache.startAt(first);
        const auto logits = m_model.logits(readRows(rows, counts, tokens));
        m_cache.advance(counts);
        chooseTokens(rows, logits);
        shareTime(rows, begin);
    }

    static void shareTime(std::span<Row> rows, std::chrono::steady_clock::time_point begin)
    {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        for (auto& row : rows)
            row.said.seconds += took.count() / static_cast<double>(rows.size());
    }

    /// Drafts for the first `count` rows. False: none has one.
    bool guess(std::int64_t count)
    {
        const auto& shape = m_model.shape();
        const auto share = (kernels::fewRows - count) / count; // more would be multiplied otherwise
        if (!m_options.drafts || !shortcuts().drafts || !shape.readsDrafts || share < 1)
            return false;
        bool any = false;
        for (Row& row : std::span(m_rows).first(static_cast<std::size_t>(count))) {
            const auto length = static_cast<std::int64_t>(row.seen.size());
            const auto left = std::min(shape.contextLength - length - 1,
                m_options.maxNewTokens - static_cast<std::int64_t>(row.said.ids.size()) - 1);
            const auto most = std::min({ share, row.trust.most(), left });
            row.draft.clear();
            if (row.turn > 1 && most > 0)
                row.draft =
                    draftBehind(row.seen, static_cast<std::size_t>(most), shape.imageTokenId);
            any = any || !row.draft.empty();
        }
        return any;
    }

    /// Reads the pending id and the draft of `count` rows, each token for itself, and lets each row
    /// say one token, and one more for each guess that came true.
    void verify(std::int64_t count)
    {
        const auto begin = std::chrono::steady_clock::now();
        const auto rows = std::span(m_rows).first(static_cast<std::size_t>(count));
        Ids ids;
        std::vector<std::int64_t> owners;
        std::size_t longest = 0;
        for (std::size_t r = 0; r < rows.size(); ++r) {
            ids.push_back(rows[r].pending.front());
            ids.insert(ids.end(), rows[r].draft.begin(), rows[r].draft.end());
            owners.resize(ids.size(), static_cast<std::int64_t>(r));
            longest = std::max(longest, rows[r].draft.size() + 1);
        }
        makeRoom(0, count, static_cast<std::int64_t>(longest));
        m_cache.startWith(owners);
        const auto tokens = at::tensor(ids, at::kLong).unsqueeze(1);
        const auto states = m_model.hidden(m_model.embed(tokens), {}, {}, &m_cache);
        const Choice choice(m_options, m_model.logits(states.squeeze(1)));
        std::size_t first = 0;
        for (std::size_t r = 0; r < rows.size(); ++r) {
            const auto guessed = rows[r].draft.size();
            sayWhileTrue(static_cast<std::int64_t>(r), choice, first);
            first += guessed + 1;
        }
        shareTime(rows, begin);
    }

    /// @param first the scores behind the row's pending id; those behind its guesses follow
    void sayWhileTrue(std::int64_t which, const Choice& choice, std::size_t first)
    {
        Row& row = m_rows[static_cast<std::size_t>(which)];
        const auto guessed = row.draft.size();
        std::size_t said = 0;
        bool goesOn = true;
        while (goesOn) {
            say(row, choice, first + said);
            const bool ends = !std::isfinite(row.said.logprobs.back()) || finished(row);
            goesOn = !ends && said < guessed && row.draft[said] == row.said.ids.back();
            ++said;
        }
        m_cache.setLength(which,
            m_cache.length(which) + static_cast<std::int64_t>(said)); // wrong ones: forgotten
        row.trust.learn(static_cast<std::int64_t>(guessed), static_cast<std::int64_t>(said) - 1);
        row.said.drafted += static_cast<std::int64_t>(guessed);
        row.said.accepted += static_cast<std::int64_t>(said) - 1;
        row.draft.clear();
    }

    /// Reads the first counts[r] pending ids of each row. Returns the final hidden state behind the
    /// last of them, [rows, hiddenSize].
    at::Tensor readRows(
        std::span<Row> rows, const std::vector<std::int64_t>& counts, std::int64_t tokens)
    {
        const auto n = static_cast<std::int64_t>(rows.size());
        const auto long64 = at::TensorOptions().dtype(at::kLong);
        const std::int64_t padding =
            m_model.shape().imageTokenId == 0 ? 1 : 0; // right of the ids: nobody looks there
        auto ids = at::full({ n, tokens }, padding, long64);
        auto* to = ids.mutable_data_ptr<std::int64_t>();
        std::vector<at::Tensor> features;
        std::vector<std::int64_t> last;
        for (std::int64_t r = 0; r < n; ++r) {
            Row& row = rows[static_cast<std::size_t>(r)];
            std::copy_n(row.pending.begin(), counts[static_cast<std::size_t>(r)], to + r * tokens);
            last.push_back(counts[static_cast<std::size_t>(r)] - 1);
            if (row.features.defined())
                features.push_back(row.features.to(m_model.device()));
            row.features = at::Tensor();
        }
        const auto embeds = m_model.embed(
            ids.to(m_model.device()), features.empty() ? at::Tensor() : at::cat(features));
        const auto keep = at::tensor(last, long64).unsqueeze(1).to(m_model.device());
        return m_model.hidden(embeds, {}, {}, &m_cache, keep).squeeze(1);
    }

    void chooseTokens(std::span<Row> rows, const at::Tensor& logits)
    {
        const Choice choice(m_options, logits);
        for (std::size_t r = 0; r < rows.size(); ++r)
            say(rows[r], choice, r);
    }

    static void say(Row& row, const Choice& choice, std::size_t line)
    {
        const auto [id, logprob] = choice.token(line, row);
        row.said.ids.push_back(id);
        row.said.logprobs.push_back(logprob);
        row.seen.push_back(id);
        row.pending.assign(1, id);
    }

    std::optional<Finish> finished(const Row& row)
    {
        if (std::ranges::find(m_options.eosTokenIds, row.said.ids.back())
            != m_options.eosTokenIds.end())
            return Finish::Eos;
        if (!m_options.stopStrings.empty()) {
            const auto text = m_conversations.text(row.said.ids);
            for (const auto& stop : m_options.stopStrings)
                if (!stop.empty() && text.find(stop) != std::string::npos)
                    return Finish::Stop;
        }
        const bool full =
            static_cast<std::int64_t>(row.seen.size()) >= m_model.shape().contextLength;
        if (full || static_cast<std::int64_t>(row.said.ids.size()) >= m_options.maxNewTokens)
            return Finish::Length;
        return std::nullopt;
    }

    /// Hands over the turns that are complete; their rows go on, or are given back.
    void endTurns()
    {
        for (std::size_t r = m_rows.size(); r-- > 0;) {
            Row& row = m_rows[r];
            if (row.said.ids.empty())
                continue; // waits for its first token
            if (!std::isfinite(row.said.logprobs.back())) {
                m_conversations.refused(row.conversation,
                    { ErrorKind::Invalid,
                        "the model's scores are not finite; its weights are damaged or training "
                        "diverged",
                        {} });
                drop(r);
                continue;
            }
            const auto finish = finished(row);
            if (!finish)
                continue;
            row.said.finish = *finish;
            if (!proceed(row))
                drop(r);
        }
    }

    /// Asks for the next turn. False: the conversation has ended.
    bool proceed(Row& row)
    {
        auto next = m_conversations.said(row.conversation, row.turn, row.said);
        if (!next)
            return false;
        const auto before = static_cast<std::int64_t>(row.seen.size());
        if (auto reason = cannotRead(m_model.shape(), before, next->ids, next->features, 1)) {
            m_conversations.refused(row.conversation, *reason);
            return false;
        }
        row.seen.insert(row.seen.end(), next->ids.begin(), next->ids.end());
        row.pending.insert(
            row.pending.end(), next->ids.begin(), next->ids.end()); // behind the last id said
        row.features = next->features;
        row.said = {};
        row.trust = {};
        ++row.turn;
        return true;
    }

    void drop(std::size_t r)
    {
        const auto last = m_rows.size() - 1;
        // The dropped row's own keys are not needed any more: one copy, not an exchange.
        if (r != last) {
            m_cache.copyRow(m_cache, static_cast<std::int64_t>(last), static_cast<std::int64_t>(r));
            m_rows[r] = std::move(m_rows[last]);
        }
        m_rows.pop_back();
        m_cache.setLength(static_cast<std::int64_t>(last), 0);
    }

    const VisionLanguageModel& m_model;
    const GenerationOptions& m_options;
    Conversations& m_conversations;
    std::int64_t m_rowLimit = 1;
    std::vector<Row> m_rows;
    KvCache m_cache;
    std::size_t m_started = 0;
    bool m_exhausted = false;
};

} // namespace

Result<void> holdInPool(const VisionLanguageModel& model, const GenerationOptions& options,
    Conversations& conversations)
{
    return Pool(model, options, conversations).run();
}

} // namespace slook::engine
