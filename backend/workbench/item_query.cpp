#include "workbench/item_query.h"
#include <algorithm>
#include <set>

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
            subject.texts["chosen"] = &pair.chosen;
            subject.texts["rejected"] = &pair.rejected;
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
    subject.source = source == facts.sources.end() ? std::string() : source->second;
    subject.answers = { item.answer };
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
    subject.answers.insert(subject.answers.end(), { row.firstAnswer, row.refinedAnswer });
    subject.texts = { { "first", &row.firstText }, { "refined", &row.refinedText } };
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
    ItemMatches matches;
    const auto size = facts.items.empty()
        ? std::size_t { 0 }
        : static_cast<std::size_t>(facts.items.back().id.value) + 1;
    matches.passes.resize(size);
    matches.passesButType.resize(size);
    matches.all = static_cast<int>(facts.items.size());
    for (const Item& item : facts.items) {
        FilterSubject subject = subjectOf(facts, marks, item);
        if (run)
            addTransition(*run, subject);
        const auto passes = [&](const Filter& one) {
            return one.empty()
                || (run ? anySubject(subject, *run,
                        [&](const FilterSubject& shown) { return one.matches(shown); })
                        : one.matches(subject));
        };
        const auto at = static_cast<std::size_t>(item.id.value);
        matches.passesButType[at] = passes(butType);
        matches.passes[at] = matches.passesButType[at] && passes(filter);
        matches.shown += matches.passes[at] ? 1 : 0;
    }
    return matches;
}

} // namespace slook::workbench
