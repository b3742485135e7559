#include "workbench/run_facts.h"
#include <algorithm>
#include <array>
#include <stdexcept>

namespace slook::workbench {
namespace {

enum AnswerText { FirstText, RefinedText, FirstAnswer, RefinedAnswer };

/// Questions that were answered and are not among those of the project.
Result<void> addGone(
    const store::Project& project, const ItemFacts& questions, AnswerFacts& answers)
{
    store::ItemFilter gone;
    for (const AnswerFacts::Row& row : answers.rows())
        if (questions.rowOf(row.item) < 0)
            gone.ids.push_back(row.item);
    if (gone.ids.empty())
        return {};
    auto facts = readItemFacts(project, gone);
    if (!facts)
        return fail(facts.error());
    answers.setGone(std::move(*facts));
    return {};
}

} // namespace

void AnswerFacts::add(const TransitionRow& row)
{
    if (!m_rows.empty() && row.item <= m_rows.back().item)
        throw std::invalid_argument("[AnswerFacts::add] item " + std::to_string(row.item.value)
            + " after item " + std::to_string(m_rows.back().item.value));
    m_rows.push_back({ row.item, row.first, row.refined, row.firstCorrect, row.refinedCorrect,
        row.extractorsDisagree });
    m_texts.add(std::array<std::string_view, 4> {
        row.firstText, row.refinedText, row.firstAnswer, row.refinedAnswer });
}

int AnswerFacts::rowOf(ItemId item) const
{
    const auto found = std::ranges::lower_bound(m_rows, item, {}, &Row::item);
    return found == m_rows.end() || found->item != item ? -1
                                                        : static_cast<int>(found - m_rows.begin());
}

TransitionRow AnswerFacts::transition(std::size_t row, const ItemFacts& questions) const
{
    const Row& one = m_rows[row];
    const auto texts = m_texts.row(row);
    const auto text = [&](AnswerText n) { return std::string(PackedTexts::part(texts, n).text); };
    TransitionRow result;
    result.item = one.item;
    result.first = one.first;
    result.refined = one.refined;
    result.firstText = text(FirstText);
    result.refinedText = text(RefinedText);
    result.firstAnswer = text(FirstAnswer);
    result.refinedAnswer = text(RefinedAnswer);
    result.firstCorrect = one.firstCorrect;
    result.refinedCorrect = one.refinedCorrect;
    result.extractorsDisagree = one.disagree;
    const bool known = questions.rowOf(one.item) >= 0;
    const ItemFacts& facts = known ? questions : m_gone;
    const int at = facts.rowOf(one.item);
    if (at < 0)
        return result;
    Item item = facts.item(static_cast<std::size_t>(at));
    result.key = std::move(item.key);
    result.source = facts.sourceOf(static_cast<std::size_t>(at));
    result.category = std::move(item.category);
    result.question = std::move(item.question);
    result.options = std::move(item.options);
    result.answer = std::move(item.answer);
    result.images = std::move(item.images);
    return result;
}

void AnswerFacts::describe(std::size_t row, FilterSubject& subject) const
{
    const Row& one = m_rows[row];
    const auto texts = m_texts.row(row);
    subject.type = one.type();
    subject.text(RowText::First) = PackedTexts::part(texts, FirstText);
    subject.text(RowText::Refined) = PackedTexts::part(texts, RefinedText);
    subject.answers[1] = PackedTexts::part(texts, FirstAnswer).text;
    subject.answers[2] = PackedTexts::part(texts, RefinedAnswer).text;
    subject.correct = one.firstCorrect;
    subject.disagree = one.disagree;
}

void PairFacts::add(const PairRow& pair)
{
    rows.push_back({ pair.item, texts.size(), pair.id });
    texts.add(std::array<std::string_view, 2> { pair.chosen, pair.rejected });
}

void PairFacts::sort()
{
    std::ranges::stable_sort(rows, {}, &Row::item);
    texts.shrink();
}

Result<RunFacts> readRunFacts(
    const store::Project& project, const ItemFacts& questions, const ItemQuery& query)
{
    const auto run = project.run(std::to_string(query.run.value));
    if (!run)
        return fail(run.error());
    RunFacts facts;
    facts.run = query.run;
    facts.stage = query.stage;
    facts.extractor = query.extractor;
    facts.lastSeq = run->lastSeq;
    const auto stages = project.stages(query.run);
    if (!stages)
        return fail(stages.error());
    if (std::ranges::find(*stages, facts.stage) == stages->end())
        facts.stage = stages->empty() ? std::string() : stages->front();
    if (!facts.stage.empty()) {
        AnswerFacts answers;
        auto read = project.forEachTransition(query.run, facts.stage, query.extractor,
            [&](const TransitionRow& row) { answers.add(row); });
        if (read)
            read = addGone(project, questions, answers);
        if (!read)
            return fail(read.error());
        answers.shrink();
        facts.answers = std::make_shared<const AnswerFacts>(std::move(answers));
    }
    auto read =
        project.forEachPair(query.run, {}, [&](const PairRow& pair) { facts.pairs.add(pair); });
    if (!read)
        return fail(read.error());
    facts.pairs.sort();
    const auto triplets = project.triplets(query.run);
    if (!triplets)
        return fail(triplets.error());
    for (const TripletRow& triplet : *triplets)
        facts.triplets.push_back({ triplet.item, triplet.score });
    std::ranges::stable_sort(facts.triplets, {}, &TripletScore::item);
    return facts;
}

} // namespace slook::workbench
