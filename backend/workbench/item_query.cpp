#include "workbench/item_query.h"
#include <algorithm>
#include <array>
#include <optional>
#include <thread>

namespace slook::workbench {
namespace {

/// The rows of a table, which is sorted by item, that belong to items that are asked for one after
/// the other.
template <class Row> class OfItem {
public:
    OfItem(const std::vector<Row>& rows, ItemId first)
        : m_rows(rows)
        , m_at(std::ranges::lower_bound(rows, first, {}, &Row::item))
    {
    }
    std::span<const Row> next(ItemId item) ///< larger than those before
    {
        while (m_at != m_rows.end() && m_at->item < item)
            ++m_at;
        const auto begin = m_at;
        while (m_at != m_rows.end() && m_at->item == item)
            ++m_at;
        return { begin, m_at };
    }

private:
    const std::vector<Row>& m_rows;
    typename std::vector<Row>::const_iterator m_at;
};

/// A filter among the answers, pairs and triplets of one run, question by question.
class RunLook {
public:
    RunLook(const RunFacts& run, const Marks& marks, ItemId first)
        : m_run(run)
        , m_marks(marks)
        , m_answers(run.answers->rows(), first)
        , m_pairs(run.pairs.rows, first)
        , m_triplets(run.triplets, first)
    {
    }

    /// Whether the filter holds for the question as one of its pairs and triplets shows it.
    /// Adds the answers to `subject`. @param item  larger than those before
    /// @param passing  gets the places of those of its pairs for which it holds
    bool holds(const Filter& filter, ItemId item, FilterSubject& subject,
        std::vector<std::size_t>& passing)
    {
        const auto answers = m_answers.next(item);
        if (!answers.empty()) {
            subject.stage = m_run.stage;
            m_run.answers->describe(
                static_cast<std::size_t>(&answers.front() - m_run.answers->rows().data()), subject);
        }
        const auto pairs = m_pairs.next(item);
        const auto triplets = m_triplets.next(item);
        if (pairs.empty() && triplets.empty())
            return filter.matches(subject);
        bool any = false;
        for (const PairFacts::Row& pair : pairs) {
            FilterSubject shown = subject;
            const auto texts = m_run.pairs.texts.row(pair.text);
            shown.text(RowText::Chosen) = PackedTexts::part(texts, 0);
            shown.text(RowText::Rejected) = PackedTexts::part(texts, 1);
            shown.pairMarks = m_marks.of(pair.pair);
            if (!filter.matches(shown))
                continue;
            any = true;
            passing.push_back(static_cast<std::size_t>(&pair - m_run.pairs.rows.data()));
        }
        for (std::size_t i = 0; i < triplets.size() && !any; ++i) {
            FilterSubject shown = subject;
            shown.score = triplets[i].score;
            any = filter.matches(shown);
        }
        return any;
    }

private:
    const RunFacts& m_run;
    const Marks& m_marks;
    OfItem<AnswerFacts::Row> m_answers;
    OfItem<PairFacts::Row> m_pairs;
    OfItem<TripletScore> m_triplets;
};

/// What passes, in bytes while two threads write: neighbours in a vector<bool> share one.
struct Passing {
    std::vector<char> items, itemsButType; ///< by the item's number
    std::vector<char> pairs; ///< by their places in the run's facts
};

/// Looks at rows [begin, end) of the questions.
void lookAtRows(const ItemFacts& facts, std::size_t begin, std::size_t end, const Marks& marks,
    const RunFacts* run, const Filter& filter, Passing& passing)
{
    if (begin == end)
        return;
    const Filter butType = filter.without("type"), type = filter.only("type");
    std::optional<RunLook> answers;
    if (run)
        answers.emplace(*run, marks, facts.id(begin));
    std::vector<std::size_t> pairs; // of one question, whatever its type
    for (std::size_t row = begin; row < end; ++row) {
        const ItemId id = facts.id(row);
        const auto at = static_cast<std::size_t>(id.value);
        if (filter.empty()) {
            passing.items[at] = passing.itemsButType[at] = 1;
            continue;
        }
        FilterSubject subject = facts.subject(row);
        subject.marks = marks.of(id);
        pairs.clear();
        const bool holds =
            answers ? answers->holds(butType, id, subject, pairs) : butType.matches(subject);
        passing.itemsButType[at] = holds ? 1 : 0;
        if (!holds || !type.matches(subject)) // pairs and triplets change no type
            continue;
        passing.items[at] = 1;
        for (const std::size_t pair : pairs)
            passing.pairs[pair] = 1;
    }
}

/// Looks at rows from the first one on until a screenful of them pass, and tells them; gives up
/// where too few do. @return how many rows it looked at
std::size_t lookForFirst(const ItemFacts& facts, const Passing& passing,
    const std::function<void(std::size_t, std::size_t)>& look,
    const std::function<void(const std::vector<ItemId>&)>& begun)
{
    constexpr std::size_t step = 10'000, most = 100'000, screenful = 100;
    std::vector<ItemId> first;
    std::size_t looked = 0;
    for (; looked < most && first.size() < screenful; looked += step) {
        look(looked, looked + step);
        for (std::size_t row = looked; row < looked + step; ++row)
            if (passing.items[static_cast<std::size_t>(facts.id(row).value)] != 0)
                first.push_back(facts.id(row));
    }
    if (first.size() >= screenful)
        begun(first);
    return looked;
}

} // namespace

Result<Marks> readMarks(const store::Project& project)
{
    const auto rows = project.marks();
    if (!rows)
        return fail(rows.error());
    Marks marks;
    for (const MarkRow& mark : *rows)
        (mark.pair ? marks.pairs[mark.pair] : marks.items[mark.item]).push_back(mark);
    return marks;
}

Result<ItemMatches> matching(const ItemFacts& facts, const Marks& marks, const RunFacts* run,
    const Filter& filter, const std::function<void(const std::vector<ItemId>&)>& begun)
{
    if (!run && filter.asksForRun())
        return fail(ErrorKind::Invalid,
            "asks for a run's answers, and no run is chosen; choose one or start one",
            "the filter");
    const auto size = facts.empty()
        ? std::size_t { 0 }
        : static_cast<std::size_t>(facts.id(facts.size() - 1).value) + 1;
    Passing passing { std::vector<char>(size), std::vector<char>(size),
        std::vector<char>(run ? run->pairs.rows.size() : 0) };
    const auto look = [&](std::size_t begin, std::size_t end) {
        lookAtRows(facts, begin, end, marks, run, filter, passing);
    };
    constexpr std::size_t manyItems = 200'000;
    std::size_t looked = 0;
    if (begun && facts.size() >= manyItems)
        looked = lookForFirst(facts, passing, look, begun);
    constexpr std::size_t fewItems = 5000; // below this a second thread costs more than it brings
    const std::size_t middle =
        facts.size() < fewItems ? looked : looked + (facts.size() - looked) / 2;
    {
        const std::jthread other([&] { look(looked, middle); });
        look(middle, facts.size());
    }
    ItemMatches matches;
    matches.all = static_cast<int>(facts.size());
    matches.shown = static_cast<int>(std::ranges::count(passing.items, 1));
    matches.passes.assign(passing.items.begin(), passing.items.end());
    matches.passesButType.assign(passing.itemsButType.begin(), passing.itemsButType.end());
    for (std::size_t i = 0; i < passing.pairs.size(); ++i)
        if (passing.pairs[i] != 0)
            matches.pairs.push_back(run->pairs.rows[i].pair);
    std::ranges::sort(matches.pairs);
    return matches;
}

namespace {

struct Tally {
    int shown = 0; ///< of those that pass the filter
    int all = 0;
    void add(bool isShown)
    {
        ++all;
        shown += isShown ? 1 : 0;
    }
};

/// Counts the values of one field, by the numbers of texts that rows share or by themselves.
class Counter {
public:
    explicit Counter(const SharedTexts* shared = nullptr)
        : m_shared(shared)
        , m_tallies(shared ? shared->size() : 1)
    {
    }
    void add(std::uint32_t number, bool shown) { m_tallies[number].add(shown); }
    void add(std::string_view value, bool shown)
    {
        const std::uint32_t number = m_own.number(value);
        if (number == m_tallies.size())
            m_tallies.emplace_back();
        m_tallies[number].add(shown);
    }

    /// Nothing where there is nothing to choose.
    [[nodiscard]] std::optional<Facet> facet(
        const char* field, std::size_t most, std::size_t questions, bool evenIfAlike) const
    {
        const SharedTexts& texts = m_shared ? *m_shared : m_own;
        std::vector<std::uint32_t> used;
        for (std::uint32_t i = 1; i < m_tallies.size(); ++i) // 0 is the empty text
            if (m_tallies[i].all > 0)
                used.push_back(i);
        const bool alike =
            used.size() == 1 && m_tallies[used.front()].all == static_cast<int>(questions);
        if (used.empty() || (alike && !evenIfAlike))
            return std::nullopt;
        const auto listed = std::min(most, used.size());
        std::ranges::partial_sort(used, used.begin() + static_cast<std::ptrdiff_t>(listed),
            [&](std::uint32_t a, std::uint32_t b) {
                return m_tallies[a].all != m_tallies[b].all ? m_tallies[a].all > m_tallies[b].all
                                                            : texts.at(a) < texts.at(b);
            });
        Facet facet { field, {}, static_cast<int>(used.size() - listed) };
        for (const std::uint32_t i : std::span(used).first(listed))
            facet.values.push_back({ texts.at(i), m_tallies[i].shown, m_tallies[i].all });
        return facet;
    }

private:
    const SharedTexts* m_shared;
    SharedTexts m_own;
    std::vector<Tally> m_tallies;
};

/// The marks of a question and of its pairs, each once.
std::vector<MarkRow> marksWithPairs(
    const Marks& marks, ItemId item, std::span<const PairFacts::Row> pairs)
{
    const auto own = marks.of(item);
    std::vector<MarkRow> all(own.begin(), own.end());
    for (const PairFacts::Row& pair : pairs)
        for (const MarkRow& mark : marks.of(pair.pair))
            if (std::ranges::none_of(all, [&](const MarkRow& one) {
                    return one.name == mark.name && one.value == mark.value;
                }))
                all.push_back(mark);
    return all;
}

void countMarks(
    std::span<const MarkRow> marks, bool shown, Counter& flag, Counter& star, Counter& tag)
{
    for (const MarkRow& mark : marks) {
        const bool isTag = mark.name.starts_with(kTagPrefix);
        Counter& counter = isTag ? tag : mark.name == "flag" ? flag : star;
        counter.add(isTag ? std::string_view(mark.name).substr(kTagPrefix.size())
                          : std::string_view(mark.value),
            shown);
    }
}

} // namespace

std::vector<Facet> facetsOf(const ItemFacts& facts, const Marks& marks, const RunFacts* run,
    const ItemMatches& matches, std::size_t most)
{
    const SharedTexts& names = facts.names();
    Counter source(&names), category(&names), split(&names), answer, type, flag, star, tag;
    static const std::vector<AnswerFacts::Row> none;
    static const std::vector<PairFacts::Row> noPairs;
    OfItem<AnswerFacts::Row> answers(run ? run->answers->rows() : none, {});
    // A filter finds a question by the marks of its pairs, so they are counted with its own.
    OfItem<PairFacts::Row> pairs(run && !marks.pairs.empty() ? run->pairs.rows : noPairs, {});
    for (std::size_t i = 0; i < facts.size(); ++i) {
        const ItemFacts::Row& row = facts.rows()[i];
        const auto at = static_cast<std::size_t>(row.id.value);
        const bool shown = at < matches.passes.size() && matches.passes[at];
        source.add(row.sourceName, shown);
        category.add(row.category, shown);
        split.add(row.split, shown);
        if (row.labels != 0) // answers to open questions are as many as questions
            answer.add(facts.answerOf(i), shown);
        for (const AnswerFacts::Row& one : answers.next(row.id))
            type.add(typeName(one.type()), shown);
        countMarks(marksWithPairs(marks, row.id, pairs.next(row.id)), shown, flag, star, tag);
    }
    std::vector<Facet> all;
    const auto put = [&](const char* field, const Counter& counter, bool evenIfAlike = false) {
        if (auto facet = counter.facet(field, most, facts.size(), evenIfAlike))
            all.push_back(std::move(*facet));
    };
    put("type", type, true);
    put("source", source, true);
    put("category", category);
    put("split", split);
    put("answer", answer);
    put("flag", flag);
    put("star", star);
    put("tag", tag);
    return all;
}

} // namespace slook::workbench
