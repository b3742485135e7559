#include "workbench/item_query.h"
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <thread>

namespace slook::workbench {
namespace {

/// Calls `tell` with the item as each of its pairs and triplets shows it, at least once; true as
/// soon as `tell` says so.
template <class Tell>
bool anySubject(const FilterSubject& plain, const RunFacts& run, const Tell& tell)
{
    FilterSubject subject = plain;
    bool told = false;
    if (const auto pairs = run.pairs.find(plain.item->id); pairs != run.pairs.end())
        for (const PairRow& pair : pairs->second) {
            subject.text(RowText::Chosen) = &pair.chosen;
            subject.text(RowText::Rejected) = &pair.rejected;
            told = true;
            if (tell(subject))
                return true;
        }
    if (const auto triplets = run.triplets.find(plain.item->id); triplets != run.triplets.end())
        for (const TripletRow& triplet : triplets->second) {
            subject.score = triplet.score;
            told = true;
            if (tell(subject))
                return true;
        }
    return !told && tell(subject);
}

FilterSubject subjectOf(const ItemFacts& facts, const Marks& marks, const Item& item)
{
    FilterSubject subject;
    subject.item = &item;
    const auto source = facts.sources.find(item.source);
    if (source != facts.sources.end())
        subject.source = source->second;
    subject.answers[0] = item.answer;
    if (const auto found = marks.find(item.id); found != marks.end())
        subject.marks = found->second;
    return subject;
}

void addTransition(const RunFacts& run, FilterSubject& subject)
{
    const auto found = run.transitions.find(subject.item->id);
    if (found == run.transitions.end())
        return;
    const TransitionRow& row = found->second;
    subject.stage = run.stage;
    subject.type = row.type();
    subject.answers[1] = row.firstAnswer;
    subject.answers[2] = row.refinedAnswer;
    subject.text(RowText::First) = &row.firstText;
    subject.text(RowText::Refined) = &row.refinedText;
    subject.correct = row.firstCorrect;
    subject.disagree = row.extractorsDisagree;
}

} // namespace

Result<ItemFacts> readItemFacts(const store::Project& project)
{
    auto items = project.items();
    if (!items)
        return fail(items.error());
    const auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    ItemFacts facts;
    facts.items = std::move(*items);
    for (const SourceRow& source : *sources)
        facts.sources[source.id] = source.name;
    return facts;
}

FieldValues fieldValues(const ItemFacts& facts, std::size_t most)
{
    FieldValues values;
    for (const auto& [id, name] : facts.sources)
        if (values["source"].size() < most)
            values["source"].push_back(name);
    std::set<std::string> categories, splits;
    const auto put = [&](const char* field, std::set<std::string>& seen, const std::string& value) {
        if (!value.empty() && seen.size() < most && seen.insert(value).second)
            values[field].push_back(value);
    };
    for (const Item& item : facts.items) {
        put("category", categories, item.category);
        put("split", splits, item.split);
    }
    return values;
}

Result<Marks> readMarks(const store::Project& project)
{
    const auto rows = project.marks();
    if (!rows)
        return fail(rows.error());
    Marks marks;
    for (const MarkRow& mark : *rows)
        marks[mark.item].push_back(mark);
    return marks;
}

Result<RunFacts> readRunFacts(const store::Project& project, const ItemQuery& query)
{
    const auto run = project.run(std::to_string(query.run.value));
    if (!run)
        return fail(run.error());
    RunFacts facts { query.run, query.stage, query.extractor, run->lastSeq, {}, {}, {} };
    const auto stages = project.stages(query.run);
    if (!stages)
        return fail(stages.error());
    if (std::ranges::find(*stages, facts.stage) == stages->end())
        facts.stage = stages->empty() ? std::string() : stages->front();
    if (!facts.stage.empty()) {
        auto rows = project.transitions(query.run, facts.stage, query.extractor);
        if (!rows)
            return fail(rows.error());
        for (TransitionRow& row : *rows)
            facts.transitions.emplace(row.item, std::move(row));
    }
    auto pairs = project.pairs(query.run);
    if (!pairs)
        return fail(pairs.error());
    for (PairRow& pair : *pairs)
        facts.pairs[pair.item].push_back(std::move(pair));
    auto triplets = project.triplets(query.run);
    if (!triplets)
        return fail(triplets.error());
    for (TripletRow& triplet : *triplets)
        facts.triplets[triplet.item].push_back(std::move(triplet));
    return facts;
}

Result<ItemMatches> matching(
    const ItemFacts& facts, const Marks& marks, const RunFacts* run, const Filter& filter)
{
    if (!run && filter.asksForRun())
        return fail(ErrorKind::Invalid,
            "asks for a run's answers, and no run is chosen; choose one or start one",
            "the filter");
    const Filter butType = filter.without("type");
    const bool alike = butType.size() == filter.size();
    ItemMatches matches;
    const auto size = facts.items.empty()
        ? std::size_t { 0 }
        : static_cast<std::size_t>(facts.items.back().id.value) + 1;
    // Bytes while two threads write: neighbours in a vector<bool> share one.
    std::vector<char> passes(size), passesButType(size);
    const auto look = [&](const Item& item) {
        FilterSubject subject = subjectOf(facts, marks, item);
        if (run)
            addTransition(*run, subject);
        const auto fits = [&](const Filter& one) {
            return one.empty()
                || (run ? anySubject(subject, *run,
                        [&](const FilterSubject& shown) { return one.matches(shown); })
                        : one.matches(subject));
        };
        const auto at = static_cast<std::size_t>(item.id.value);
        passesButType[at] = fits(butType) ? 1 : 0;
        passes[at] = passesButType[at] && (alike || fits(filter)) ? 1 : 0;
    };
    constexpr std::size_t fewItems = 5000; // below this a second thread costs more than it brings
    const std::size_t middle = facts.items.size() < fewItems ? 0 : facts.items.size() / 2;
    {
        const std::jthread other([&] {
            for (std::size_t i = 0; i < middle; ++i)
                look(facts.items[i]);
        });
        for (std::size_t i = middle; i < facts.items.size(); ++i)
            look(facts.items[i]);
    }
    matches.all = static_cast<int>(facts.items.size());
    matches.shown = static_cast<int>(std::ranges::count(passes, 1));
    matches.passes.assign(passes.begin(), passes.end());
    matches.passesButType.assign(passesButType.begin(), passesButType.end());
    return matches;
}

namespace {

/// Counts the values of one field.
class Counter {
public:
    void add(std::string_view value, bool shown)
    {
        if (value.empty())
            return;
        auto found = m_counts.find(value);
        if (found == m_counts.end())
            found =
                m_counts.emplace(std::string(value), FacetValue { std::string(value), 0, 0 }).first;
        ++found->second.all;
        found->second.shown += shown ? 1 : 0;
    }

    /// Nothing where there is nothing to choose.
    [[nodiscard]] std::optional<Facet> facet(
        const char* field, std::size_t most, std::size_t questions, bool evenIfAlike) const
    {
        const bool alike =
            m_counts.size() == 1 && m_counts.begin()->second.all == static_cast<int>(questions);
        if (m_counts.empty() || (alike && !evenIfAlike))
            return std::nullopt;
        Facet facet { field, {}, 0 };
        for (const auto& [value, counts] : m_counts)
            facet.values.push_back(counts);
        std::ranges::sort(facet.values, [](const FacetValue& a, const FacetValue& b) {
            return a.all != b.all ? a.all > b.all : a.value < b.value;
        });
        if (facet.values.size() > most) {
            facet.more = static_cast<int>(facet.values.size() - most);
            facet.values.resize(most);
        }
        return facet;
    }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const
        {
            return std::hash<std::string_view>()(text);
        }
    };
    std::unordered_map<std::string, FacetValue, Hash, std::equal_to<>> m_counts;
};

/// "wrong-right": as the filter names the types.
std::string_view nameOfType(int type)
{
    constexpr std::array<std::string_view, 4> names { "right-right", "wrong-right", "right-wrong",
        "wrong-wrong" };
    return type >= 1 && type <= 4 ? names[static_cast<std::size_t>(type - 1)] : std::string_view();
}

} // namespace

std::vector<Facet> facetsOf(const ItemFacts& facts, const Marks& marks, const RunFacts* run,
    const ItemMatches& matches, std::size_t most)
{
    Counter source, category, split, answer, type, flag, star, tag;
    static const std::string nowhere;
    for (const Item& item : facts.items) {
        const auto at = static_cast<std::size_t>(item.id.value);
        const bool shown = at < matches.passes.size() && matches.passes[at];
        const auto name = facts.sources.find(item.source);
        source.add(name == facts.sources.end() ? nowhere : name->second, shown);
        category.add(item.category, shown);
        split.add(item.split, shown);
        if (!item.options.empty()) // other answers are as many as questions
            answer.add(item.answer, shown);
        if (run)
            if (const auto row = run->transitions.find(item.id); row != run->transitions.end())
                type.add(nameOfType(row->second.type()), shown);
        if (const auto found = marks.find(item.id); found != marks.end())
            for (const MarkRow& mark : found->second) {
                const bool isTag = mark.name.starts_with(kTagPrefix);
                Counter& counter = isTag ? tag : mark.name == "flag" ? flag : star;
                counter.add(isTag ? std::string_view(mark.name).substr(kTagPrefix.size())
                                  : std::string_view(mark.value),
                    shown);
            }
    }
    std::vector<Facet> all;
    const auto put = [&](const char* field, const Counter& counter, bool evenIfAlike = false) {
        if (auto facet = counter.facet(field, most, facts.items.size(), evenIfAlike))
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
