#include "audit_fixture.h"
#include "core/file.h"
#include "core/json.h"
#include "workbench/audit_apply.h"
#include "workbench/audit_files.h"
#include "workbench/export.h"
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

using namespace slook;
using namespace slook::workbench;

TEST_F(AuditTest, AppliesToThePairsInOneStepThatCanBeUndone)
{
    AuditOptions options;
    options.name = "half";
    options.annotators = { "MK" };
    options.pairs = 20;
    options.mirrored = 0;
    const auto batch = must(newAudit(*project, {}, options));
    std::set<PairId> reversed;
    std::set<PairId> tied;
    judge(batch, "MK", [&](const AuditTask& task, const auto& pair) {
        if (task.position < 4) {
            reversed.insert(task.pair);
            return better(pair.rejected);
        }
        if (task.position < 6) {
            tied.insert(task.pair);
            return plain(Choice::Tie);
        }
        return better(pair.chosen);
    });
    const auto report = must(auditReport(*project, batch, 50));
    EXPECT_EQ(precision(report, "all", "").precision.hits, 14);
    EXPECT_EQ(precision(report, "all", "").precision.n, 18);
    ApplyOptions apply;
    const auto planned = must(planApply(*project, report, apply));
    EXPECT_EQ(planned.kept, 14);
    EXPECT_EQ(planned.relabelled, 4);
    EXPECT_EQ(planned.dropped, 2);
    EXPECT_EQ(planned.unjudged, 20);
    EXPECT_GT(planned.labelSmoothing, 0);
    EXPECT_LT(planned.labelSmoothing, 0.5);
    const auto set = must(applyAudit(*project, report, apply));
    EXPECT_EQ(set.preference, "audited-1");
    EXPECT_DOUBLE_EQ(set.labelSmoothing, planned.labelSmoothing);
    const auto run = must(project->run("1"));
    const auto derived = must(project->pairs(run.id, "audited-1"));
    EXPECT_EQ(derived.size(), 38u);
    const auto before = must(project->pairs(run.id, "correctness"));
    for (const PairRow& pair : before) {
        const auto now = std::ranges::find(derived, pair.item, &PairRow::item);
        if (tied.contains(pair.id))
            EXPECT_EQ(now, derived.end());
        else
            EXPECT_EQ(now->chosen, reversed.contains(pair.id) ? pair.rejected : pair.chosen);
    }
    must(project->undo());
    EXPECT_TRUE(must(project->pairs(run.id, "audited-1")).empty());
    apply.reversed = Treatment::Drop;
    apply.unjudged = false;
    EXPECT_EQ(must(planApply(*project, report, apply)).pairs.size(), 14u);
    EXPECT_EQ(must(planApply(*project, report, apply)).labelSmoothing, 0) << "all were judged";
    apply.labelSmoothing = 0.5;
    EXPECT_FALSE(planApply(*project, report, apply));
}

TEST_F(AuditTest, EstimatesSmoothingFromThePrecisionOfThePairsType)
{
    AuditOptions options;
    options.name = "types";
    options.annotators = { "MK" };
    options.sampling = Sampling::Stratified;
    options.pairs = 20; // ten of each type, ten of each are left
    options.mirrored = 0;
    const auto batch = must(newAudit(*project, {}, options));
    int wrongRight = 0;
    judge(batch, "MK", [&](const AuditTask&, const auto& pair) {
        return better(pair.pair.type == 2 && ++wrongRight <= 4 ? pair.rejected : pair.chosen);
    });
    const auto report = must(auditReport(*project, batch, 50));
    EXPECT_DOUBLE_EQ(precision(report, "type", "wrong-right").precision.share, 0.6);
    EXPECT_DOUBLE_EQ(precision(report, "type", "right-wrong").precision.share, 1);
    ASSERT_TRUE(report.weighted);
    EXPECT_DOUBLE_EQ(report.weighted->share, 0.8); // strata of equal size
    // Ten pairs with 0.4 wrong, ten with none, among forty.
    EXPECT_DOUBLE_EQ(must(planApply(*project, report, {})).labelSmoothing, 0.1);
}

TEST_F(AuditTest, VerdictsTravelToAnotherCopyOfTheProject)
{
    const auto batch = plan(0.2);
    judge(batch, "MK", [](const AuditTask& task, const auto& pair) {
        auto verdict = better(task.position % 3 ? pair.chosen : pair.rejected, 4.25);
        verdict.choice = task.position % 2 ? Choice::MuchBetter : Choice::Better;
        verdict.note = task.position == 1 ? "=cmd(), \"quoted\",\nand a second line" : "";
        verdict.reasons = { "wrong count", "other" };
        return verdict;
    });
    auto other = make(folder.path() / "other.slook");
    for (const char* format : { "jsonl", "csv" }) {
        const auto file = folder.path() / (std::string("v.") + format);
        EXPECT_EQ(must(exportVerdicts(*project, batch, format, file)).rows, 48);
        AuditOptions options;
        options.name = std::string("of ") + format;
        options.annotators = { "CD" };
        options.seed = 99;
        const auto target = must(newAudit(other, {}, options));
        const auto report = must(importVerdicts(other, target, file));
        EXPECT_EQ(report.verdicts, 48);
        EXPECT_EQ(report.newTasks, 48) << "MK is not in that plan";
        const auto tasks = must(other.auditTasks(target.id, "MK"));
        const auto verdicts = must(other.verdicts(target.id, "MK"));
        ASSERT_EQ(verdicts.size(), 48u);
        int much = 0;
        for (const auto& verdict : verdicts) {
            much += verdict.choice == Choice::MuchBetter;
            EXPECT_EQ(verdict.seconds, 4.25);
            EXPECT_EQ(verdict.reasons, (std::vector<std::string> { "wrong count", "other" }));
        }
        EXPECT_EQ(much, 24);
        EXPECT_EQ(std::ranges::count(
                      verdicts, "=cmd(), \"quoted\",\nand a second line", &VerdictRow::note),
            1);
        const auto here = must(auditReport(*project, batch, 50));
        const auto there = must(auditReport(other, target, 50));
        for (const auto& one : here.outcomes) {
            const auto same = std::ranges::find(there.outcomes, one.pair, &PairOutcome::pair);
            ASSERT_NE(same, there.outcomes.end());
        }
        must(other.undo());
        EXPECT_TRUE(must(other.verdicts(target.id)).empty());
    }
    const auto csv = must(readFile(folder.path() / "v.csv"));
    EXPECT_EQ(csv.find(",=cmd"), std::string::npos) << "no formula for a spreadsheet";
    EXPECT_EQ(csv.find(",\"=cmd"), std::string::npos);
}

TEST_F(AuditTest, TakesAMinimalTableAndNamesABadRow)
{
    const auto batch = plan();
    const auto file = folder.path() / "theirs.csv";
    must(writeFileAtomically(file, "annotator,pair,label\nEF,1,chosen\nEF,2,tie\n"));
    EXPECT_EQ(must(importVerdicts(*project, batch, file)).verdicts, 2);
    const auto verdicts = must(project->verdicts(batch.id, "EF"));
    EXPECT_EQ(verdicts[0].better, must(auditedPairs(*project, batch.id)).at({ 1 }).chosen);
    EXPECT_EQ(verdicts[1].choice, Choice::Tie);
    const auto refused = [&](const std::string& text) {
        must(writeFileAtomically(file, text));
        const auto report = importVerdicts(*project, batch, file);
        return report ? std::string("taken") : message(report.error());
    };
    EXPECT_NE(refused("annotator,pair,label\nEF,1,chosen\nEF,999,tie\n").find("line 3"),
        std::string::npos);
    EXPECT_NE(
        refused("annotator,pair,label\nEF,1,perhaps\n").find("has no verdict"), std::string::npos);
    EXPECT_NE(refused("annotator,pair,label\n,1,tie\n").find("annotator"), std::string::npos);
    EXPECT_NE(refused("annotator,pair,label\nEF,1\n").find("2 cells"), std::string::npos);
    EXPECT_NE(refused("annotator,pair,label\n").find("no verdict"), std::string::npos);
    EXPECT_EQ(must(project->verdicts(batch.id)).size(), 2u);
}

TEST_F(AuditTest, ACorrectedAnswerBecomesAPairWithItsSpan)
{
    const auto batch = plan();
    const auto pair = must(auditedPairs(*project, batch.id)).at({ 25 });
    // Item 25 is right-wrong: chosen "A red <b>cup</b> 24".
    must(fixAnswer(*project, batch.id, { 25 }, pair.chosen,
        "A r\xC3\xB6"
        "d <b>cup</b> 24",
        "MK"));
    const auto run = must(project->run("1"));
    const auto edited = must(project->pairs(run.id, "edited"));
    ASSERT_EQ(edited.size(), 1u);
    EXPECT_EQ(edited[0].chosen,
        "A r\xC3\xB6"
        "d <b>cup</b> 24");
    EXPECT_EQ(edited[0].rejected, "A red <b>cup</b> 24");
    EXPECT_EQ(edited[0].prompt, pair.pair.prompt);
    const auto origin = must(project->pairOrigins(must(project->pairSets()).at(0).id)).at(0);
    EXPECT_EQ(origin.parent, PairId { 25 });
    EXPECT_EQ(origin.begin, 3);
    EXPECT_EQ(origin.end, 4);
    EXPECT_FALSE(fixAnswer(*project, batch.id, { 25 }, pair.chosen, pair.pair.chosen, "MK"));
    EXPECT_FALSE(fixAnswer(*project, batch.id, { 25 }, pair.chosen, "", "MK"));
    EXPECT_FALSE(fixAnswer(*project, batch.id, { 25 }, pair.chosen, "\xFF", "MK"));
    EXPECT_FALSE(fixAnswer(*project, batch.id, { 25 }, { 999 }, "x", "MK"));
    must(project->undo());
    EXPECT_TRUE(must(project->pairs(run.id, "edited")).empty());
}

TEST(ReplacedSpan, KeepsCharactersWhole)
{
    const auto span = replacedSpan("caf\xC3\xA9!", "caf\xC3\xA8!"); // same first byte of the letter
    EXPECT_EQ(span.begin, 3u);
    EXPECT_EQ(span.end, 5u);
    EXPECT_EQ(span.by, "\xC3\xA8");
    const auto doubled = replacedSpan("aa", "aaa");
    EXPECT_EQ(doubled.begin, 2u);
    EXPECT_EQ(doubled.end, 2u);
    EXPECT_EQ(doubled.by, "a");
}

TEST_F(AuditTest, AuditedPairsGoToEveryTrainingExport)
{
    const auto batch = plan();
    judge(batch, "MK", [](const auto&, const auto& pair) { return better(pair.chosen); });
    const auto report = must(auditReport(*project, batch, 50));
    ApplyOptions apply;
    apply.labelSmoothing = 0.05;
    must(applyAudit(*project, report, apply));
    const auto run = must(project->run("1"));
    for (const std::string& format : pairFormats()) {
        ExportOptions options;
        options.format = format;
        options.preference = "audited-1";
        options.out = folder.path() / (format + ".json");
        const auto written = must(exportPairs(*project, run, options));
        EXPECT_EQ(written.rows, 40) << format;
        EXPECT_TRUE(std::ranges::any_of(written.notCarried, [](const std::string& one) {
            return one.find("label smoothing of 0.05") != std::string::npos;
        })) << format;
    }
}

TEST_F(AuditTest, VerdictsGoToArgillaAndLlmComparatorWithWhatTheyCannotCarry)
{
    const auto batch = plan();
    judge(batch, "AB", [](const auto&, const auto& pair) {
        auto verdict = better(pair.rejected);
        verdict.choice = Choice::MuchBetter;
        verdict.reasons = { "wrong count" };
        verdict.note = "two cups";
        return verdict;
    });
    judge(batch, "MK", [](const auto& task, const auto&) {
        return plain(task.pair.value == 1 ? Choice::Tie
                : task.pair.value == 2    ? Choice::BothBad
                                          : Choice::CannotJudge);
    });
    const auto pairs = must(auditedPairs(*project, batch.id));

    // Columns of a ranking question as Argilla 1.x writes them to the hub.
    const auto file = folder.path() / "argilla.jsonl";
    auto report = must(exportVerdicts(*project, batch, "argilla", file));
    EXPECT_EQ(report.rows, 80);
    EXPECT_NE(report.notCarried.at(0).find("How much better"), std::string::npos);
    std::istringstream lines(must(readFile(file)));
    std::string line;
    int records = 0;
    while (std::getline(lines, line)) {
        ++records;
        const auto record = must(parseJson(line, "argilla"));
        const auto metadata = must(parseJson(record["metadata"].get<std::string>(), "metadata"));
        const auto& pair = pairs.at({ metadata["pair"].get<std::int64_t>() });
        const auto& of = [&](const Json& ranked, int rank) {
            for (const auto& one : ranked)
                if (one["rank"] == rank)
                    return record[one["value"].get<std::string>()].get<std::string>();
            return std::string();
        };
        ASSERT_EQ(record["preference"].size(), 2u);
        EXPECT_EQ(record["preference"][0]["user_id"], "AB");
        EXPECT_EQ(record["preference"][0]["status"], "submitted");
        EXPECT_EQ(of(record["preference"][0]["value"], 1), pair.pair.rejected);
        EXPECT_EQ(of(record["preference"][0]["value"], 2), pair.pair.chosen);
        EXPECT_EQ(of(record["preference-suggestion"], 1), pair.pair.chosen);
        EXPECT_EQ(record["preference-suggestion-metadata"]["type"], "model");
        EXPECT_EQ(record["reasons"][0]["value"][0], "wrong count");
        EXPECT_EQ(record["note"][0]["value"], "two cups");
        const auto& second = record["preference"][1];
        EXPECT_EQ(second["status"], pair.pair.id.value == 1 ? "submitted" : "discarded");
        EXPECT_EQ(second["value"].is_null(), pair.pair.id.value != 1);
        if (pair.pair.id.value == 1) {
            EXPECT_EQ(second["value"][0]["rank"], 1);
            EXPECT_EQ(second["value"][1]["rank"], 1);
        }
    }
    EXPECT_EQ(records, 40);

    report = must(exportVerdicts(*project, batch, "llm-comparator", folder.path() / "c.json"));
    EXPECT_NE(report.notCarried.at(1).find("38 verdicts"), std::string::npos);
    const auto document = must(parseJson(must(readFile(folder.path() / "c.json")), "comparator"));
    EXPECT_TRUE(document["metadata"]["custom_fields_schema"].is_array());
    EXPECT_EQ(document["models"].size(), 2u);
    ASSERT_EQ(document["examples"].size(), 40u);
    for (const auto& example : document["examples"]) {
        const bool both = example["individual_rater_scores"].size() == 2;
        EXPECT_EQ(example["individual_rater_scores"][0]["score"], -1.5); // B is much better
        EXPECT_EQ(example["score"], both ? -0.75 : -1.5);
        EXPECT_TRUE(example["individual_rater_scores"][0]["is_flipped"].is_boolean());
        EXPECT_NE(example["output_text_a"], example["output_text_b"]);
        for (const char* field : { "input_text", "tags", "custom_fields" })
            EXPECT_TRUE(example.contains(field)) << field;
    }
}

TEST_F(AuditTest, WhatPeopleSaidStandsBesideAnExportOfPairs)
{
    const auto batch = plan();
    judge(batch, "MK", [](const auto& task, const auto& pair) {
        return task.pair.value == 3 ? plain(Choice::Tie) : better(pair.rejected);
    });
    const auto run = must(project->run("1"));
    ExportOptions options;
    options.format = "trl";
    options.out = folder.path() / "pairs.jsonl";
    auto written = must(exportPairs(*project, run, options));
    const auto lineage = folder.path() / "pairs.lineage.jsonl";
    EXPECT_TRUE(std::ranges::find(written.files, lineage) != written.files.end());
    const auto linesOf = [&] {
        std::istringstream text(must(readFile(lineage)));
        std::vector<Json> rows;
        for (std::string line; std::getline(text, line);)
            rows.push_back(must(parseJson(line, "lineage")));
        return rows;
    };
    auto rows = linesOf();
    ASSERT_EQ(rows.size(), 40u);
    EXPECT_EQ(rows[2]["row"], 3);
    EXPECT_EQ(rows[2]["verdicts"][0]["label"], "tie");
    EXPECT_EQ(rows[3]["verdicts"][0]["label"], "rejected");
    EXPECT_EQ(rows[3]["verdicts"][0]["annotator"], "MK");
    must(applyAudit(*project, must(auditReport(*project, batch, 20)), {}));
    options.preference = "audited-1";
    written = must(exportPairs(*project, run, options));
    rows = linesOf();
    ASSERT_EQ(rows.size(), 39u); // the tie is dropped
    EXPECT_EQ(rows[2]["parent"], 4);
    EXPECT_EQ(rows[2]["change"], "relabelled");
    EXPECT_EQ(rows[2]["verdicts"].size(), 1u);
}
