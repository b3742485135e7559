#include "workbench/comparison.h"
#include "analysis/paired.h"
#include "workbench/filter.h"
#include "workbench/question_kind.h"
#include "workbench/verdict.h"
#include <algorithm>
#include <cstdio>
#include <set>

namespace slook::workbench {
namespace {

constexpr double shownBelow = 0.05;

bool isMeasured(const std::string& stage)
{
    return stage == "before" || stage.starts_with("after");
}

/// The name behind "after:"; "after" alone is SCL's own preference.
std::string preferenceOf(const std::string& stage)
{
    return stage.starts_with("after:") ? stage.substr(6)
        : stage == "after"             ? std::string("correctness")
                                       : std::string();
}

bool isControl(const std::string& stage)
{
    const auto name = preferenceOf(stage);
    return !name.empty() && name != "correctness" && !name.starts_with("stage")
        && !name.starts_with("round");
}

struct Answers {
    ContenderScore score;
    Verdicts verdicts;
};

struct Facts {
    std::map<ItemId, Item> items;
    std::map<ItemId, std::string> kinds; ///< of question
    std::map<SourceId, std::string> sources;
};

Result<Facts> factsOf(const store::Project& project)
{
    const auto items = project.items();
    const auto sources = project.sources();
    if (!items || !sources)
        return fail(!items ? items.error() : sources.error());
    Facts facts;
    for (const Item& one : *items) {
        facts.items.emplace(one.id, one);
        facts.kinds.emplace(one.id, questionKind(one));
    }
    for (const SourceRow& one : *sources)
        facts.sources.emplace(one.id, one.name);
    return facts;
}

std::map<std::string, Accuracy> grouped(
    const Verdicts& verdicts, const std::map<ItemId, std::string>& groupOf)
{
    std::map<std::string, Verdicts> parts;
    for (const auto& [item, right] : verdicts)
        if (const auto group = groupOf.find(item); group != groupOf.end() && !group->second.empty())
            parts[group->second][item] = right;
    std::map<std::string, Accuracy> shares;
    for (const auto& [name, part] : parts)
        shares.emplace(name, accuracyOf(part, 0));
    return shares;
}

Result<Answers> answersOf(const store::Project& project, const Contender& contender,
    const Facts& facts, const std::string& extractor)
{
    const auto responses = project.responses(contender.run.id, contender.stage);
    if (!responses)
        return fail(responses.error());
    const auto marks = project.extractionsOf(contender.run.id, extractor);
    if (!marks)
        return fail(marks.error());
    const auto transitions = project.transitions(contender.run.id, contender.stage, extractor);
    if (!transitions)
        return fail(transitions.error());
    std::map<ResponseId, bool> right;
    for (const ExtractionRow& one : *marks)
        if (one.correct)
            right[one.response] = *one.correct;
    Answers found;
    std::set<std::string> pictures;
    std::int64_t tokens = 0;
    for (const ResponseRow& one : *responses) {
        ++found.score.answers;
        found.score.seconds += one.seconds;
        pictures.insert(one.pixelsSha256);
        const auto mark = right.find(one.id);
        if (one.turn != 1 || mark == right.end())
            continue;
        found.verdicts[one.item] = mark->second;
        tokens += static_cast<std::int64_t>(one.tokenIds.size());
    }
    if (found.verdicts.empty())
        return fail(ErrorKind::Invalid,
            "has no answer that the extractor " + extractor
                + " has marked right or wrong; choose another stage or extractor",
            contender.name());
    auto& score = found.score;
    score.contender = contender;
    score.trained = contender.stage != "before";
    score.control = isControl(contender.stage);
    score.pictures = static_cast<std::int64_t>(pictures.size());
    score.all = accuracyOf(
        found.verdicts, static_cast<double>(tokens) / static_cast<double>(found.verdicts.size()));
    std::map<ItemId, std::string> source, category, kind, type;
    for (const auto& [item, correct] : found.verdicts)
        if (const auto known = facts.items.find(item); known != facts.items.end()) {
            source[item] = facts.sources.at(known->second.source);
            category[item] = known->second.category;
            kind[item] = facts.kinds.at(item);
        }
    for (const TransitionRow& one : *transitions)
        type[one.item] = typeName(one.type());
    score.bySource = grouped(found.verdicts, source);
    score.byCategory = grouped(found.verdicts, category);
    score.byKind = grouped(found.verdicts, kind);
    score.byType = grouped(found.verdicts, type);
    return found;
}

double shareOn(const Verdicts& verdicts, const Verdicts& other)
{
    double right = 0, n = 0;
    for (const auto& [item, correct] : verdicts)
        if (other.contains(item)) {
            right += correct ? 1 : 0;
            ++n;
        }
    return n > 0 ? right / n : 0;
}

std::string pointsText(double difference)
{
    char text[40];
    std::snprintf(text, sizeof text, "%+.1f points", 100 * difference + 0.0); // no "-0.0"
    return text;
}

/// "The labels of 0003-scl gave +0.8 points over always-refined (n = 300, p = 0.550, Holm 1.000):
/// not shown."
std::string labelsOf(const ModelComparison& comparison, std::size_t method)
{
    const ContenderTest* best = nullptr;
    std::size_t against = 0;
    for (const ContenderTest& one : comparison.tests) {
        if (one.a != method && one.b != method)
            continue;
        const auto other = one.a == method ? one.b : one.a;
        const auto& score = comparison.scores[other];
        if (!score.control || score.contender.run.id != comparison.scores[method].contender.run.id)
            continue;
        if (!best || score.all.share > comparison.scores[against].all.share) {
            best = &one;
            against = other;
        }
    }
    const auto& run = comparison.scores[method].contender.run.name;
    if (!best)
        return "No control stands beside " + comparison.scores[method].contender.name()
            + ", so nothing says whether its labels did it. ";
    const double gain = best->b == method ? best->difference : -best->difference;
    const bool shown = best->holm < shownBelow;
    return "The labels of " + run + " gave " + pointsText(gain) + " over "
        + preferenceOf(comparison.scores[against].contender.stage)
        + " (n = " + std::to_string(best->change.n) + ", " + pText(best->change.p) + ", with Holm "
        + pText(best->holm).substr(4) + "): " + (shown ? "shown. " : "not shown. ");
}

std::string bestOf(const ModelComparison& comparison)
{
    std::size_t best = 0;
    for (std::size_t i = 1; i < comparison.scores.size(); ++i)
        if (comparison.scores[i].all.share > comparison.scores[best].all.share)
            best = i;
    std::size_t beaten = 0, met = 0;
    for (const ContenderTest& one : comparison.tests)
        if (one.a == best || one.b == best) {
            ++met;
            const bool ahead = (one.b == best) == (one.change.fixed > one.change.broken);
            beaten += ahead && one.holm < shownBelow ? 1 : 0;
        }
    return comparison.scores[best].contender.name() + " has the highest share, "
        + percentText(comparison.scores[best].all.share) + "; it is shown to be better than "
        + std::to_string(beaten) + " of the " + std::to_string(met)
        + " others that it shares questions with (exact McNemar, Holm over "
        + std::to_string(comparison.tests.size()) + " tests).";
}

} // namespace

Result<std::vector<Contender>> contendersNamed(
    const store::Project& project, const std::vector<std::string>& words)
{
    std::vector<Contender> contenders;
    for (const std::string& word : words) {
        const auto colon = word.find(':');
        const auto run = project.run(word.substr(0, colon));
        if (!run)
            return fail(run.error());
        const auto stages = project.stages(run->id);
        if (!stages)
            return fail(stages.error());
        const auto wanted = colon == std::string::npos ? std::string() : word.substr(colon + 1);
        std::string names;
        bool found = false;
        for (const std::string& stage : *stages) {
            names += (names.empty() ? "" : ", ") + stage;
            if (wanted.empty() ? !isMeasured(stage) : stage != wanted)
                continue;
            found = true;
            contenders.push_back({ *run, stage });
        }
        if (!found)
            return fail(ErrorKind::NotFound,
                (wanted.empty() ? std::string("has no measured stage")
                                : "has no stage \"" + wanted + "\"")
                    + (names.empty() ? "; it has answered nothing yet" : "; it has " + names),
                run->name);
    }
    if (contenders.size() < 2)
        return fail(ErrorKind::Invalid,
            "are fewer than two; name another run, or a run with its stages", "the models");
    return contenders;
}

Result<ModelComparison> compareModels(const store::Project& project,
    const std::vector<Contender>& contenders, const std::string& extractor)
{
    const auto facts = factsOf(project);
    if (!facts)
        return fail(facts.error());
    ModelComparison comparison;
    comparison.extractor = extractor;
    std::vector<Verdicts> verdicts;
    for (const Contender& one : contenders) {
        auto answers = answersOf(project, one, *facts, extractor);
        if (!answers)
            return fail(answers.error());
        comparison.scores.push_back(std::move(answers->score));
        verdicts.push_back(std::move(answers->verdicts));
    }
    std::vector<double> ps;
    for (std::size_t a = 0; a < verdicts.size(); ++a)
        for (std::size_t b = a + 1; b < verdicts.size(); ++b) {
            const auto change = compared(verdicts[a], verdicts[b]);
            if (change.n == 0)
                continue;
            comparison.tests.push_back({ a, b, change,
                shareOn(verdicts[b], verdicts[a]) - shareOn(verdicts[a], verdicts[b]), 1 });
            ps.push_back(change.p);
        }
    const auto adjusted = analysis::holm(ps);
    for (std::size_t i = 0; i < adjusted.size(); ++i)
        comparison.tests[i].holm = adjusted[i];
    for (std::size_t i = 0; i < comparison.scores.size(); ++i)
        if (comparison.scores[i].trained && !comparison.scores[i].control)
            comparison.sentence += labelsOf(comparison, i);
    comparison.sentence += bestOf(comparison);
    return comparison;
}

} // namespace slook::workbench
