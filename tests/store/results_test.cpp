#include "fixture.h"
#include <cmath>
#include <fstream>
#include <limits>

namespace slook::store::test {
namespace {

runs::Answered answer(ItemId item, int turn, const std::string& text, std::optional<bool> correct,
    const std::string& stage = "before")
{
    runs::Answered answered;
    answered.response.stage = stage;
    answered.response.item = item;
    answered.response.turn = turn;
    answered.response.prompt = "prompt of turn " + std::to_string(turn);
    answered.response.text = text;
    answered.response.tokenIds = { 1, 29871, 2 };
    answered.response.finish = "eos";
    answered.response.logprob = -1.5;
    answered.response.decoding = R"({"temperature":0})";
    answered.extractions = { { {}, "ours", "letter", 0, 1, text.substr(0, 1), correct },
        { {}, "other", "", -1, -1, "", correct } };
    return answered;
}

class ResultsTest : public testing::Test {
protected:
    TemporaryFolder folder;
    Project project = must(Project::create(folder / "p.slook"));
    std::vector<ItemId> items;
    RunId run;
    std::vector<runs::Event> events;

    void SetUp() override
    {
        must(project.addImport(batchOf(5), "op1"));
        for (const auto& item : must(project.items()))
            items.push_back(item.id);
        run = must(project.addRun(runNamed("0001-scl"), "op2"));
    }
    void add(runs::EventBody body)
    {
        events.push_back(
            { static_cast<std::int64_t>(events.size()) + 1, 1'700'000'000'000, std::move(body) });
    }
    /// All four types on items 0 to 3, an unknown key on item 4.
    void fill()
    {
        add(runs::Started { "worker", "host", 5, 2, "cpu", false });
        add(runs::StepBegan { 0, "answer", "First answers", 10 });
        const bool first[] = { true, false, true, false };
        const bool refined[] = { true, true, false, false };
        for (std::size_t i = 0; i < 4; ++i) {
            add(answer(items[i], 1, "A first", first[i]));
            add(answer(items[i], 2, "B refined", refined[i]));
            add(runs::Progress { 0, static_cast<std::int64_t>(i), 10, "answers", 3.0, 2.0 });
        }
        add(answer(items[4], 1, "C", std::nullopt));
        add(answer(items[4], 2, "C", std::nullopt));
        add(runs::Paired { { {}, {}, "correctness", items[1], 2, "ask", "good", "bad", 2, 1 } });
        add(runs::Measured { { {}, "correctness", 1,
            { { "loss", std::log(2.0) },
                { "grad_norm", std::numeric_limits<double>::quiet_NaN() } } } });
        add(runs::Note { "warning", "one picture is small" });
        add(runs::Finished { runs::Ending::Done, "" });
    }
};

TEST_F(ResultsTest, KeepsWhatWasDoneToPicturesAndWhereSidesCameFrom)
{
    auto described = answer(items[0], 1, "A text", std::nullopt, "rejected");
    described.corruptions = { { {}, 0, "gaussian_noise", R"({"sigma":25})",
        18'446'744'073'709'551'615u, "before", "after" } };
    add(described);
    PairRow pair { {}, {}, "stage1", items[0], 0, "ask", "good", "bad", 1, 1, "good", "rejected" };
    add(runs::Paired { pair });
    must(project.takeEvents(run, events));
    const auto rows = must(project.corruptions(run));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].response, must(project.responses(run))[0].id);
    EXPECT_EQ(rows[0].op, "gaussian_noise");
    EXPECT_EQ(rows[0].parameters, R"({"sigma":25})");
    EXPECT_EQ(rows[0].seed, 18'446'744'073'709'551'615u);
    EXPECT_EQ(rows[0].sha256Before, "before");
    EXPECT_EQ(rows[0].sha256After, "after");
    EXPECT_EQ(must(project.pairs(run))[0].chosenStage, "good");
    EXPECT_EQ(must(project.pairs(run))[0].rejectedStage, "rejected");
    EXPECT_EQ(must(project.extractionsOf(run, "ours")).size(), 1u);
    events.clear();
    described.corruptions[0].sha256After = "before"; // the very pixels: not corrupted
    events.push_back({ 3, 0, described });
    EXPECT_FALSE(project.takeEvents(run, events));
    events[0].body = answer(items[0], 1, "Anew, clean", std::nullopt, "rejected");
    must(project.takeEvents(run, events));
    EXPECT_TRUE(must(project.corruptions(run)).empty());
}

TEST_F(ResultsTest, KeepsTripletsAndReplacesARepeatedOne)
{
    TripletRow row;
    row.round = 1;
    row.item = items[2];
    row.sample = 3;
    row.kind = "vqa";
    row.question = "What color is the star?";
    row.answer = "red";
    row.questionAgain = "Which color has the star?";
    row.answerAgain = "blue";
    row.questionSimilarity = 0.81;
    row.answerSimilarity = 0.64;
    row.score = 0.72;
    row.questionMeasure = "embedding";
    row.answerMeasure = "exact";
    add(runs::Tripled { row });
    row.round = 0;
    row.sample = 1;
    row.kept = true;
    add(runs::Tripled { row });
    must(project.takeEvents(run, events));
    const auto rows = must(project.triplets(run));
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].round, 0); // the seed's first
    EXPECT_TRUE(rows[0].kept);
    const auto& back = rows[1];
    EXPECT_EQ(back.item, items[2]);
    EXPECT_EQ(back.sample, 3);
    EXPECT_EQ(back.kind, "vqa");
    EXPECT_EQ(back.question, "What color is the star?");
    EXPECT_EQ(back.answer, "red");
    EXPECT_EQ(back.questionAgain, "Which color has the star?");
    EXPECT_EQ(back.answerAgain, "blue");
    EXPECT_EQ(back.questionSimilarity, 0.81);
    EXPECT_EQ(back.answerSimilarity, 0.64);
    EXPECT_EQ(back.score, 0.72);
    EXPECT_EQ(back.questionMeasure, "embedding");
    EXPECT_EQ(back.answerMeasure, "exact");
    EXPECT_FALSE(back.kept);
    row.answerAgain = "green";
    events = { { 3, 0, runs::Tripled { row } } };
    must(project.takeEvents(run, events));
    EXPECT_EQ(must(project.triplets(run)).size(), 2u);
    EXPECT_EQ(must(project.triplets(run))[0].id, rows[0].id);
    EXPECT_EQ(must(project.triplets(run))[0].answerAgain, "green");
    EXPECT_EQ(must(project.check()).counts.at("triplet"), 2);
    row.score = 1.5;
    events = { { 4, 0, runs::Tripled { row } } };
    EXPECT_FALSE(project.takeEvents(run, events));
}

TEST_F(ResultsTest, KeepsWhatEachPairWasRewardedWith)
{
    RewardRow row;
    row.training = "correctness";
    row.step = 4;
    row.epoch = 0.5;
    row.item = items[1];
    row.chosen = 0.25;
    row.rejected = std::nan(""); // a training that breaks has such numbers
    auto earlier = row;
    earlier.step = 2;
    earlier.rejected = -0.5;
    add(runs::Rewarded { { row } });
    add(runs::Rewarded { { earlier, earlier } }); // the second replaces the first
    must(project.takeEvents(run, events));
    const auto rows = must(project.rewards(run));
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].step, 2);
    EXPECT_EQ(rows[0].item, items[1]);
    EXPECT_EQ(rows[0].margin(), 0.75);
    EXPECT_EQ(rows[1].epoch, 0.5);
    EXPECT_EQ(rows[1].chosen, 0.25);
    EXPECT_TRUE(std::isnan(rows[1].rejected));
    EXPECT_TRUE(must(project.rewards(run, "random")).empty());
    row.item = ItemId { 999 };
    events = { { 3, 0, runs::Rewarded { { earlier, row } } } };
    EXPECT_FALSE(project.takeEvents(run, events)); // another project's
}

TEST_F(ResultsTest, AReadingByHandStandsForEveryExtractorUntilItIsTakenBack)
{
    fill();
    must(project.takeEvents(run, events));
    const auto rows = [&] { return must(project.transitions(run, "before", "ours")); };
    ASSERT_EQ(rows().size(), 4u);
    const auto before = rows()[1]; // wrong first, then right
    ASSERT_EQ(before.type(), 2);
    must(project.readByHand(
        std::vector<HandReading> { { before.first, "B", true, "it means B" } }, "op-1"));
    must(project.readByHand(
        std::vector<HandReading> { { before.first, "B", true, "it means B" } }, "op-1")); // once
    EXPECT_EQ(rows()[1].type(), 1);
    EXPECT_EQ(rows()[1].firstAnswer, "B");
    EXPECT_EQ(rows()[0].type(), 1); // the others stay
    ASSERT_EQ(must(project.handReadings(run)).size(), 1u);
    EXPECT_EQ(must(project.handReadings(run))[0].reason, "it means B");
    for (const ExtractionRow& one : must(project.extractionsOf(run, "ours")))
        if (one.response == before.first) {
            EXPECT_EQ(one.correct, std::optional(true));
            EXPECT_EQ(one.rule, "by hand: it means B");
        }
    // What the extractors made of it is still there.
    for (const ExtractionRow& one : must(project.extractions(before.first)))
        EXPECT_EQ(one.correct, std::optional(false));
    must(project.undo());
    EXPECT_EQ(rows()[1].type(), 2);
    EXPECT_TRUE(must(project.handReadings(run)).empty());
    must(project.redo());
    EXPECT_EQ(rows()[1].type(), 1);
    must(project.readByHand(
        std::vector<HandReading> { { before.first, {}, std::nullopt, "was right after all" } },
        "op-2"));
    EXPECT_EQ(rows()[1].type(), 2);
    EXPECT_TRUE(must(project.handReadings(run)).empty());
    must(project.undo()); // the earlier reading is in force again
    EXPECT_EQ(rows()[1].type(), 1);
}

TEST_F(ResultsTest, AReadingByHandCanReadWhatNoExtractorCould)
{
    fill();
    must(project.takeEvents(run, events));
    const auto unread = must(project.responses(run, "before"));
    std::vector<HandReading> readings;
    for (const ResponseRow& one : unread)
        if (one.item == items[4])
            readings.push_back({ one.id, "C", one.turn == 2, "read by a person" });
    ASSERT_EQ(readings.size(), 2u);
    must(project.readByHand(readings, "op-1"));
    const auto rows = must(project.transitions(run, "before", "ours"));
    ASSERT_EQ(rows.size(), 5u);
    EXPECT_EQ(rows.back().type(), 2);
    EXPECT_FALSE(project.readByHand({}, "op-2"));
    EXPECT_FALSE(project.readByHand(
        std::vector<HandReading> { { unread[0].id, "A", true, "" } }, "op-3")); // why?
    EXPECT_FALSE(project.readByHand(
        std::vector<HandReading> { { { 9999 }, "A", true, "because" } }, "op-4"));
}

TEST_F(ResultsTest, TakesEventsInExactlyOnce)
{
    fill();
    const auto all = std::span<const runs::Event>(events);
    must(project.takeEvents(run, all.first(7)));
    must(project.takeEvents(run, all.first(7)));
    must(project.takeEvents(run, all.subspan(3, 8)));
    must(project.takeEvents(run, all));
    must(project.takeEvents(run, {}));
    EXPECT_EQ(must(project.run("1")).lastSeq, static_cast<std::int64_t>(events.size()));
    EXPECT_EQ(must(project.responses(run)).size(), 10u);
    EXPECT_EQ(must(project.pairs(run)).size(), 1u);
    EXPECT_EQ(must(project.metrics(run)).size(), 1u);
    EXPECT_EQ(must(project.check()).counts.at("extraction"), 20);
}

TEST_F(ResultsTest, RefusesAGapAndKeepsNothingOfThatBatch)
{
    fill();
    auto holed = events;
    holed.erase(holed.begin() + 5);
    const auto refused = project.takeEvents(run, holed);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Invalid);
    EXPECT_EQ(must(project.run("1")).lastSeq, 0);
    EXPECT_TRUE(must(project.responses(run)).empty());
    EXPECT_EQ(project.takeEvents({ 77 }, events).error().kind, ErrorKind::NotFound);
}

TEST_F(ResultsTest, RefusesEventsAboutAnotherProjectsItems)
{
    add(answer({ 4711 }, 1, "A", true));
    EXPECT_NE(project.takeEvents(run, events).error().what.find("4711"), std::string::npos);
    EXPECT_EQ(must(project.run("1")).lastSeq, 0);
}

TEST_F(ResultsTest, FollowsTheStateOfTheRun)
{
    fill();
    EXPECT_EQ(must(project.run("0001-scl")).state, RunState::Waiting);
    must(project.takeEvents(run, std::span(events).first(2)));
    auto row = must(project.run("1"));
    EXPECT_EQ(row.state, RunState::Running);
    EXPECT_EQ(row.started, 1'700'000'000'000);
    must(project.takeEvents(run, events));
    row = must(project.run("0001"));
    EXPECT_EQ(row.state, RunState::Done);
    EXPECT_EQ(row.finished, 1'700'000'000'000);
    must(project.setRunState(run, RunState::Failed, "the worker ended (signal 9)"));
    row = must(project.run("1"));
    EXPECT_EQ(row.state, RunState::Failed);
    EXPECT_EQ(row.error, "the worker ended (signal 9)");
    EXPECT_EQ(project.run("7").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(project.run("").error().kind, ErrorKind::NotFound);
}

TEST_F(ResultsTest, GivesBackResponsesAndExtractions)
{
    fill();
    must(project.takeEvents(run, events));
    EXPECT_EQ(must(project.stages(run)), std::vector<std::string> { "before" });
    const auto rows = must(project.responses(run, "before"));
    ASSERT_EQ(rows.size(), 10u);
    EXPECT_TRUE(must(project.responses(run, "after")).empty());
    const auto row = must(project.response(rows[1].id));
    EXPECT_EQ(row.prompt, "prompt of turn 2");
    EXPECT_EQ(row.tokenIds, (std::vector<std::int64_t> { 1, 29871, 2 }));
    EXPECT_EQ(row.logprob, -1.5);
    EXPECT_EQ(row.item, items[0]);
    const auto found = must(project.extractions(rows[1].id));
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[1].extractor, "ours");
    EXPECT_EQ(found[1].answer, "B");
    EXPECT_EQ(found[1].end, 1);
    EXPECT_EQ(found[1].correct, true);
    EXPECT_EQ(must(project.extractions(rows[8].id))[0].correct, std::nullopt);
}

TEST_F(ResultsTest, JoinsBothAnswersIntoTransitionsOfAllTypes)
{
    fill();
    must(project.takeEvents(run, events));
    const auto rows = must(project.transitions(run, "before", "ours"));
    ASSERT_EQ(rows.size(), 4u) << "an item without a known answer has no type";
    const int types[] = { 1, 2, 3, 4 };
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(rows[i].type(), types[i]);
        EXPECT_EQ(rows[i].item, items[i]);
        EXPECT_EQ(rows[i].firstText, "A first");
        EXPECT_EQ(rows[i].refinedAnswer, "B");
        EXPECT_FALSE(rows[i].extractorsDisagree);
    }
    EXPECT_EQ(rows[0].source, "made");
    EXPECT_EQ(rows[0].options.size(), 3u);
    EXPECT_EQ(rows[0].images.size(), 2u);
    EXPECT_TRUE(must(project.transitions(run, "before", "nobody")).empty());
    std::size_t visited = 0;
    must(project.forEachTransition(run, "before", "ours", [&](const TransitionRow& row) {
        const TransitionRow& whole = rows.at(visited++);
        EXPECT_EQ(row.item, whole.item);
        EXPECT_EQ(row.first, whole.first);
        EXPECT_EQ(row.refined, whole.refined);
        EXPECT_EQ(row.type(), whole.type());
        EXPECT_EQ(row.firstText, whole.firstText);
        EXPECT_EQ(row.refinedText, whole.refinedText);
        EXPECT_EQ(row.firstAnswer, whole.firstAnswer);
        EXPECT_EQ(row.refinedAnswer, whole.refinedAnswer);
        EXPECT_EQ(row.question, "");
    }));
    EXPECT_EQ(visited, rows.size());
}

TEST_F(ResultsTest, UsesTheLastTurnAndMarksExtractorsThatDisagree)
{
    add(answer(items[0], 1, "A", true));
    add(answer(items[0], 2, "B", false));
    auto third = answer(items[0], 3, "C last", true);
    third.extractions[1] = { {}, "other", "first letter", 0, 1, "C", false };
    add(third);
    add(answer(items[1], 1, "A", true)); // not refined yet
    must(project.takeEvents(run, events));
    const auto rows = must(project.transitions(run, "before", "ours"));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].refinedText, "C last");
    EXPECT_EQ(rows[0].type(), 1);
    EXPECT_TRUE(rows[0].extractorsDisagree);
    EXPECT_EQ(must(project.transitions(run, "before", "other"))[0].type(), 3);
}

TEST_F(ResultsTest, AnExtractorThatReadsNothingDisagreesWithNobody)
{
    auto first = answer(items[0], 1, "## A ##", true);
    first.extractions.push_back({ {}, "llava", "", -1, -1, "", false });
    add(first);
    add(answer(items[0], 2, "## A ##", true));
    must(project.takeEvents(run, events));
    EXPECT_FALSE(must(project.transitions(run, "before", "ours"))[0].extractorsDisagree);
}

TEST_F(ResultsTest, AResumedWorkersRepetitionsReplaceTheOlderRows)
{
    fill();
    must(project.takeEvents(run, events));
    const auto before = must(project.responses(run));
    auto again = answer(items[0], 1, "D again", false);
    again.extractions.pop_back();
    add(again);
    add(runs::Paired { { {}, {}, "correctness", items[1], 2, "ask", "better", "bad", 2, 1 } });
    add(runs::Measured { { {}, "correctness", 1, { { "loss", 0.5 } } } });
    must(project.takeEvents(run, events));
    const auto after = must(project.responses(run));
    EXPECT_EQ(after.size(), before.size());
    EXPECT_EQ(after[0].id, before[0].id);
    EXPECT_EQ(after[0].text, "D again");
    EXPECT_EQ(must(project.extractions(after[0].id)).size(), 1u);
    ASSERT_EQ(must(project.pairs(run)).size(), 1u);
    EXPECT_EQ(must(project.pairs(run))[0].chosen, "better");
    const auto metrics = must(project.metrics(run));
    ASSERT_EQ(metrics.size(), 1u);
    EXPECT_EQ(metrics[0].values, (std::map<std::string, double> { { "loss", 0.5 } }));
}

TEST_F(ResultsTest, KeepsMetricsExactlyAndNaNToo)
{
    fill();
    for (int step = 2; step <= 4; ++step)
        add(runs::Measured { { {}, "correctness", step, { { "loss", 0.1 * step } } } });
    add(runs::Measured { { {}, "random", 1, { { "loss", 9.0 } } } });
    must(project.takeEvents(run, events));
    const auto rows = must(project.metrics(run, "correctness"));
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].values.at("loss"), std::log(2.0));
    EXPECT_TRUE(std::isnan(rows[0].values.at("grad_norm")));
    EXPECT_EQ(rows[2].values.at("loss"), 0.1 * 3);
    EXPECT_EQ(must(project.metrics(run, "correctness", 3)).size(), 1u);
    EXPECT_EQ(must(project.metrics(run)).size(), 5u);
}

TEST_F(ResultsTest, KeepsNotesAndOnlyTheNewestProgress)
{
    fill();
    must(project.takeEvents(run, events));
    const auto notes = must(project.notes(run));
    ASSERT_EQ(notes.size(), 5u);
    EXPECT_TRUE(std::holds_alternative<runs::Started>(notes[0].body));
    EXPECT_TRUE(std::holds_alternative<runs::StepBegan>(notes[1].body));
    ASSERT_TRUE(std::holds_alternative<runs::Progress>(notes[2].body));
    EXPECT_EQ(std::get<runs::Progress>(notes[2].body).done, 3);
    EXPECT_TRUE(std::holds_alternative<runs::Note>(notes[3].body));
    EXPECT_TRUE(std::holds_alternative<runs::Finished>(notes[4].body));
}

TEST_F(ResultsTest, GivesPairsOfOnePreference)
{
    fill();
    add(runs::Paired { { {}, {}, "random", items[2], 3, "ask", "x", "y", 1, 2 } });
    must(project.takeEvents(run, events));
    EXPECT_EQ(must(project.pairs(run)).size(), 2u);
    const auto random = must(project.pairs(run, "random"));
    ASSERT_EQ(random.size(), 1u);
    EXPECT_EQ(random[0].chosenTurn, 1);
    EXPECT_EQ(random[0].item, items[2]);
}

TEST_F(ResultsTest, NamesRunsInOrderAndPastFoldersThatAreLeftOver)
{
    EXPECT_EQ(must(project.nextRunName("scl")), "0002-scl");
    std::filesystem::create_directories(project.folder() / "runs/0011-scl");
    EXPECT_EQ(must(project.nextRunName("SRF ../x")), "0012-srf----x");
    must(project.addRun(runNamed("0012-srf"), "op3"));
    const auto rows = must(project.runs());
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].name, "0012-srf");
    EXPECT_EQ(must(project.addRun(runNamed("0012-srf"), "op3")), rows[0].id);
    EXPECT_EQ(project.addRun(runNamed("0012-srf"), "op4").error().kind, ErrorKind::Invalid);
}

TEST_F(ResultsTest, ResultsOutliveTheUndoOfTheirImport)
{
    fill();
    must(project.takeEvents(run, events));
    must(project.undo());
    EXPECT_TRUE(must(project.items()).empty());
    EXPECT_EQ(must(project.transitions(run, "before", "ours")).size(), 4u);
    EXPECT_EQ(must(project.items({ .ids = { items[0] } })).size(), 1u);
}

TEST_F(ResultsTest, ADeletedLayoutComesBackByUndoWithItsPoints)
{
    LayoutRow layout;
    layout.feature = "vision";
    layout.method = "tsne";
    layout.options = "{}";
    layout.points = { { run, items[0], 0.5, -1 }, { run, items[1], 2, 3 } };
    const auto first = must(project.addLayout(layout, "l1"));
    layout.start = first;
    const auto second = must(project.addLayout(layout, "l2"));
    must(project.removeLayout(first, "r1"));
    must(project.removeLayout(first, "r1")); // a repeat
    ASSERT_EQ(must(project.layouts()).size(), 1u);
    EXPECT_EQ(must(project.layouts()).at(0).id, second);
    EXPECT_EQ(must(project.layout(second)).start, first); // what started from it stays
    EXPECT_EQ(project.layout(first).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(project.removeLayout(first, "r2").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(must(project.undo()), "Deleted layout 1 of vision");
    const auto back = must(project.layout(first));
    ASSERT_EQ(back.points.size(), 2u);
    EXPECT_EQ(back.points[0].x, 0.5);
    EXPECT_EQ(back.points[1].item, items[1]);
    must(project.redo());
    EXPECT_EQ(must(project.layouts()).size(), 1u);
}

} // namespace
} // namespace slook::store::test
