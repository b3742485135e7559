#include "workbench/audit_forms.h"
#include "core/hash.h"
#include <nlohmann/json.hpp>

namespace slook::workbench {
namespace {

/// Verdicts that count, pair by pair in the order in which pairs come.
std::vector<std::vector<const VerdictRecord*>> byPair(const std::vector<VerdictRecord>& records)
{
    std::vector<std::vector<const VerdictRecord*>> groups;
    std::map<PairId, std::size_t> places;
    for (const VerdictRecord& record : records) {
        const auto [place, isNew] = places.emplace(record.pair->pair.id, groups.size());
        if (isNew)
            groups.emplace_back();
        if (record.counts)
            groups[place->second].push_back(&record);
    }
    std::erase_if(groups, [](const auto& group) { return group.empty(); });
    return groups;
}

std::string lostOf(const std::vector<VerdictRecord>& records)
{
    const auto old = std::ranges::count(records, false, &VerdictRecord::counts);
    return old == 0 ? "" : std::to_string(old) + " superseded verdicts have no place in this form.";
}

Json ranked(const std::string& first, const std::string& second, bool tie)
{
    return Json::array({ Json { { "rank", 1 }, { "value", first } },
        Json { { "rank", tie ? 1 : 2 }, { "value", second } } });
}

std::string responseOf(const AuditedPair& pair, ResponseId answer)
{
    const bool chosenFirst = sha256(pair.pair.chosen) < sha256(pair.pair.rejected);
    return (answer == pair.chosen) == chosenFirst ? "response1" : "response2";
}

/// The ranking of an annotator; null where both sides are refused.
Json rankingOf(const VerdictRecord& record)
{
    const AuditedPair& pair = *record.pair;
    if (record.verdict->choice == Choice::Tie)
        return ranked("response1", "response2", true);
    if (!record.verdict->better)
        return nullptr;
    const ResponseId other = record.verdict->better == pair.chosen ? pair.rejected : pair.chosen;
    return ranked(responseOf(pair, record.verdict->better), responseOf(pair, other), false);
}

Json argillaRecord(const std::vector<const VerdictRecord*>& group)
{
    const VerdictRecord& one = *group.front();
    const AuditedPair& pair = *one.pair;
    Json preference = Json::array();
    Json reasons = Json::array();
    Json notes = Json::array();
    for (const VerdictRecord* record : group) {
        const std::string& who = record->task->annotator;
        Json ranking = rankingOf(*record);
        const char* status = ranking.is_null() ? "discarded" : "submitted";
        preference.push_back({ { "user_id", who }, { "value", ranking }, { "status", status } });
        if (!record->verdict->reasons.empty())
            reasons.push_back({ { "user_id", who }, { "value", record->verdict->reasons },
                { "status", status } });
        if (!record->verdict->note.empty())
            notes.push_back(
                { { "user_id", who }, { "value", record->verdict->note }, { "status", status } });
    }
    const std::string chosen = responseOf(pair, pair.chosen);
    const std::string first = chosen == "response1" ? pair.pair.chosen : pair.pair.rejected;
    const std::string second = chosen == "response1" ? pair.pair.rejected : pair.pair.chosen;
    const Json metadata { { "audit", one.batch->name }, { "pair", pair.pair.id.value },
        { "benchmark", pair.benchmark }, { "key", pair.item.key }, { "method", pair.method },
        { "type", typeName(pair.pair.type) }, { "corruption", pair.corruption } };
    return { { "prompt", pair.pair.prompt }, { "response1", first }, { "response2", second },
        { "preference", preference },
        { "preference-suggestion", ranked(chosen, responseOf(pair, pair.rejected), false) },
        { "preference-suggestion-metadata",
            { { "type", "model" }, { "score", nullptr }, { "agent", pair.method } } },
        { "reasons", reasons }, { "note", notes }, { "external_id", one.pairSha256 },
        { "metadata", dumpLine(metadata) } };
}

/// From A's side; empty where nobody could judge.
std::optional<double> scoreOf(const VerdictRecord& record)
{
    constexpr double better = 1;
    constexpr double muchBetter = 1.5;
    if (record.verdict->choice == Choice::CannotJudge)
        return std::nullopt;
    if (!record.verdict->better)
        return 0;
    const double size = record.verdict->choice == Choice::MuchBetter ? muchBetter : better;
    return record.verdict->better == record.pair->chosen ? size : -size;
}

std::string rationaleOf(const VerdictRecord& record)
{
    std::string text = record.task->annotator;
    if (record.verdict->choice == Choice::BothBad)
        text += ", both bad";
    for (const std::string& reason : record.verdict->reasons)
        text += ", " + reason;
    return text + (record.verdict->note.empty() ? "" : ": " + record.verdict->note);
}

} // namespace

std::string labelName(const VerdictRow& verdict, const AuditedPair& pair)
{
    if (!verdict.better)
        return nameOf(verdict.choice);
    return verdict.better == pair.chosen ? "chosen" : "rejected";
}

std::string argillaForm(const std::vector<VerdictRecord>& records, std::vector<std::string>& losses)
{
    std::string text;
    for (const auto& group : byPair(records))
        text += dumpLine(argillaRecord(group)) + "\n";
    losses.emplace_back("How much better an answer is, the order that people saw, times, flags and "
                        "pictures have no place in this form; \"both bad\" and \"cannot judge\" "
                        "are both written as discarded.");
    if (auto lost = lostOf(records); !lost.empty())
        losses.push_back(std::move(lost));
    return text;
}

std::string comparatorForm(
    const std::vector<VerdictRecord>& records, std::vector<std::string>& losses)
{
    Json examples = Json::array();
    int silent = 0;
    for (const auto& group : byPair(records)) {
        const AuditedPair& pair = *group.front()->pair;
        Json scores = Json::array();
        double sum = 0;
        for (const VerdictRecord* record : group) {
            const auto score = scoreOf(*record);
            silent += score ? 0 : 1;
            if (!score)
                continue;
            sum += *score;
            scores.push_back({ { "is_flipped", record->task->left != pair.chosen },
                { "score", *score }, { "rationale", rationaleOf(*record) } });
        }
        if (scores.empty())
            continue;
        examples.push_back(
            { { "input_text", pair.pair.prompt }, { "tags", Json::array({ pair.benchmark }) },
                { "output_text_a", pair.pair.chosen }, { "output_text_b", pair.pair.rejected },
                { "score", sum / static_cast<double>(scores.size()) },
                { "individual_rater_scores", scores },
                { "custom_fields",
                    { { "type", typeName(pair.pair.type) }, { "method", pair.method },
                        { "corruption", pair.corruption }, { "key", pair.item.key } } } });
    }
    Json schema = Json::array();
    for (const char* name : { "type", "method", "corruption" })
        schema.push_back({ { "name", name }, { "type", "category" } });
    schema.push_back({ { "name", "key" }, { "type", "string" } });
    losses.emplace_back("Times, flags and pictures have no place in this form; a tie and \"both "
                        "bad\" both count 0.");
    if (silent > 0)
        losses.push_back(std::to_string(silent)
            + " verdicts \"cannot judge\" are left out: this form takes scores alone.");
    if (auto lost = lostOf(records); !lost.empty())
        losses.push_back(std::move(lost));
    return dumpPretty({ { "metadata",
                            { { "source_path", records.front().batch->name },
                                { "custom_fields_schema", schema } } },
               { "models",
                   Json::array(
                       { Json { { "name", "chosen" } }, Json { { "name", "rejected" } } }) },
               { "examples", examples } })
        + "\n";
}

} // namespace slook::workbench
