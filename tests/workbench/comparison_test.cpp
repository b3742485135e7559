#include "analysis/paired.h"
#include "core/hash.h"
#include "must.h"
#include "runs/job.h"
#include "temporary_folder.h"
#include "workbench/comparison.h"
#include "workbench/op_id.h"
#include <gmock/gmock.h>

using namespace slook;
using namespace slook::workbench;

namespace {

/// 40 questions of two benchmarks. The method fixes 12 and breaks 2, its control fixes 11 and
/// breaks 2 others.
class ModelsOfAProject : public testing::Test {
protected:
    void SetUp() override
    {
        for (const char* name : { "a&b", "plain" }) {
            ImportBatch batch;
            batch.source.name = batch.source.file = name;
            batch.source.sha256 = sha256(std::string_view(name));
            batch.source.format = "vlmevalkit";
            for (int i = 0; i < 20; ++i) {
                Item item;
                item.key = std::to_string(i);
                item.question = i % 2 == 0 ? "How many?" : "Is it?";
                item.answer = "A";
                item.category = i % 2 == 0 ? "<even>" : "odd";
                batch.items.push_back(item);
                batch.itemImages.emplace_back();
            }
            (void)must(project.addImport(batch, newOpId()));
        }
        run.name = must(project.nextRunName("scl"));
        run.recipe = "scl";
        run.model = "/models/<b>x</b>";
        run.id = must(project.addRun(run, newOpId()));
        add("pool", [](int) { return false; });
        add("before", [](int id) { return id > 30; });
        add("after", afterwards);
        add("after:always-refined",
            [](int id) { return (id > 1 && id <= 12) || (id > 30 && id < 39); });
        run = must(project.run("1"));
    }

    static bool afterwards(int id) { return id <= 12 || id > 32; }

    void add(const std::string& stage, const std::function<bool(int)>& right)
    {
        std::vector<runs::Event> events;
        for (const Item& one : must(project.items())) {
            runs::Answered answered;
            answered.response.stage = stage;
            answered.response.item = one.id;
            answered.response.pixelsSha256 = std::to_string(one.id.value % 10);
            answered.response.seconds = 0.5;
            answered.extractions = { { {}, "ours", "r", 0, 0, "A",
                right(static_cast<int>(one.id.value)) } };
            events.push_back({ ++lastSeq, 0, answered });
        }
        ASSERT_TRUE(project.takeEvents(run.id, events));
    }

    std::int64_t lastSeq = 0;

    TemporaryFolder folder;
    store::Project project = must(store::Project::create(folder.path() / "p.slook"));
    RunRow run;
};

} // namespace

TEST(Holm, IsThatOfRsPAdjust)
{
    // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    EXPECT_THAT(analysis::holm(std::vector { 0.01, 0.04, 0.03, 0.005 }),
        testing::Pointwise(testing::DoubleEq(), { 0.03, 0.06, 0.06, 0.02 }));
    EXPECT_THAT(analysis::holm(std::vector { 0.6, 0.9 }),
        testing::Pointwise(testing::DoubleEq(), { 1.0, 1.0 }));
    EXPECT_TRUE(analysis::holm({}).empty());
    EXPECT_THROW((void)analysis::holm(std::vector { 1.2 }), std::invalid_argument);
}

TEST_F(ModelsOfAProject, AreTestedInPairsWithHolmAndAnsweredInASentence)
{
    const auto contenders = must(contendersNamed(project, { "1" }));
    ASSERT_EQ(contenders.size(), 3u); // the pool is no measurement
    const auto all = must(compareModels(project, contenders));
    ASSERT_EQ(all.tests.size(), 3u);
    EXPECT_EQ(all.scores[0].all.right, 10);
    EXPECT_EQ(all.scores[1].all.right, 20);
    EXPECT_TRUE(all.scores[2].control);
    EXPECT_EQ(all.scores[1].pictures, 10);
    EXPECT_DOUBLE_EQ(all.scores[1].seconds, 20.0);
    const auto& gain = all.tests[0];
    EXPECT_EQ(gain.change.fixed, 12);
    EXPECT_EQ(gain.change.broken, 2);
    EXPECT_DOUBLE_EQ(gain.difference, 0.25);
    // Two-sided binomial with 2 of 14: 2 * (1 + 14 + 91) / 2^14.
    EXPECT_NEAR(gain.change.p, 2.0 * 106 / 16384, 1e-12);
    EXPECT_NEAR(gain.holm, 3 * gain.change.p, 1e-12); // the smallest of three
    EXPECT_EQ(all.scores[1].bySource.at("a&b").right, 12);
    EXPECT_EQ(all.scores[1].byCategory.at("odd").n, 20);
    std::int64_t ofKinds = 0, rightOfKinds = 0;
    for (const auto& [kind, accuracy] : all.scores[1].byKind) {
        ofKinds += accuracy.n;
        rightOfKinds += accuracy.right;
    }
    EXPECT_EQ(ofKinds, 40); // every question is of one kind
    EXPECT_EQ(rightOfKinds, all.scores[1].all.right);
    EXPECT_EQ(all.scores[1].byKind.at("number").n, 20);
    EXPECT_NE(all.sentence.find("gave +2.5 points over always-refined"), std::string::npos)
        << all.sentence;
    EXPECT_NE(all.sentence.find("not shown"), std::string::npos);
    EXPECT_FALSE(contendersNamed(project, { "1:after" })); // alone
    EXPECT_FALSE(contendersNamed(project, { "1:after", "1:later" }));
    EXPECT_EQ(must(contendersNamed(project, { "1:after", "1:before" })).size(), 2u);
}

TEST_F(ModelsOfAProject, ThatAreEqualDifferByNothingWithoutASignBelowZero)
{
    add("after:seed-only", afterwards);
    const auto all = must(
        compareModels(project, must(contendersNamed(project, { "1:after", "1:after:seed-only" }))));
    EXPECT_NE(all.sentence.find("gave +0.0 points over seed-only"), std::string::npos)
        << all.sentence;
}

TEST_F(ModelsOfAProject, AreWrittenWithForeignTextsEscaped)
{
    const auto all = must(compareModels(project, must(contendersNamed(project, { "1" }))));
    const auto latex = comparisonLatex(all, publishedRows("stic"));
    EXPECT_NE(latex.find("a\\&b"), std::string::npos);
    EXPECT_NE(latex.find("Published by others"), std::string::npos);
    EXPECT_EQ(std::ranges::count(latex, '{'), std::ranges::count(latex, '}'));
    // By kind, for the three models: of "How many?" the start has 5 of 20 right, and so on.
    EXPECT_NE(
        latex.find("\nnumber & 20 & 25.0 [11.2, 46.9] & 50.0 [29.9, 70.1] & "), std::string::npos)
        << latex;
    EXPECT_NE(latex.find("\n<even> & 20 & 25.0 [11.2, 46.9] & "), std::string::npos);
    EXPECT_NE(
        latex.find(" & 40 & 10 & 0.0 & 20.0 \\\\\n"), std::string::npos); // the cost of a model
    const auto csv = comparisonCsv(all);
    EXPECT_NE(csv.find("after,source,plain,20,8,0.400000"), std::string::npos) << csv;
    EXPECT_NE(csv.find("after,question kind,number,20,"), std::string::npos) << csv;
    const auto page = runReportHtml(run, all, publishedRows("scl"));
    EXPECT_NE(page.find("/models/&lt;b&gt;x&lt;/b&gt;"), std::string::npos);
    EXPECT_EQ(page.find("<even>"), std::string::npos);
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_NE(page.find("LLaVA-1.5-7B + SCL"), std::string::npos);
}

TEST_F(ModelsOfAProject, AReportSaysWhetherTheWeightsWereInInt8)
{
    const auto all = must(compareModels(project, must(contendersNamed(project, { "1" }))));
    runs::Job job;
    job.recipe = "sweep";
    job.model.folder = "/models/one";
    for (const bool int8 : { false, true }) {
        job.model.int8 = int8;
        run.job = runs::toText(job);
        const auto page = runReportHtml(run, all, {});
        EXPECT_EQ(page.find("8-bit whole numbers") != std::string::npos, int8);
        EXPECT_NE(page.find("as the model's files have them") != std::string::npos, int8);
    }
}

TEST(PublishedRows, AreThoseOfThePapers)
{
    EXPECT_EQ(publishedRows("scl").size(), 24u);
    EXPECT_EQ(publishedRows("stic").size(), 7u);
    EXPECT_EQ(publishedRows().size(), 31u);
    for (const auto& row : publishedRows())
        if (row.model == "LLaVA-1.5-7B + SCL") {
            EXPECT_EQ(row.accuracy.at(6), (std::pair<std::string, double> { "MMMU", 33.33 }));
        } else if (row.model.starts_with("LLaVA-1.5-7B + POVID (")) {
            EXPECT_EQ(row.accuracy.size(), 4u); // the others were not published
        }
}
