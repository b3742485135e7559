#include "fixture.h"
#include <cmath>

using namespace slook;

/// Features, layouts and overlaps with the real worker and the embedded model, small.
class MapTest : public CliTest {
protected:
    void SetUp() override
    {
        projectWithScenes(40);
        ASSERT_EQ(run({ "run", project(), "embed", "--set", "of=vision,states,question",
                          "--threads", "1" })
                      .exit,
            0);
    }
};

TEST_F(MapTest, FeaturesAreKeptAndLaidOutWithAllTheirSettings)
{
    const auto embeddings = json({ "show", project(), "embeddings" })["embeddings"];
    ASSERT_EQ(embeddings.size(), 3u);
    for (const auto& one : embeddings) {
        EXPECT_EQ(one["rows"], 40);
        EXPECT_GT(one["columns"], 8);
        EXPECT_EQ(one["problem"], "");
    }
    const Arguments verb { "layout", project(), "--feature", "vision", "--perplexity", "5",
        "--iterations", "300", "--csv", path("map.csv").string() };
    const auto first = json(verb);
    EXPECT_EQ(first["points"], 40);
    EXPECT_EQ(first["iterations"], 300);
    EXPECT_GT(first["trustworthiness"], 0.5);
    EXPECT_GT(first["divergence"], 0.0);
    const auto csv = readFile(path("map.csv")).value();
    EXPECT_EQ(std::ranges::count(csv, '\n'), 41);
    auto again = verb;
    again.back() = path("again.csv").string();
    (void)json(again);
    EXPECT_EQ(readFile(path("again.csv")).value(), csv); // the same points, byte for byte
    const auto onward = json({ "layout", project(), "--feature", "states:-1", "--perplexity", "5",
        "--iterations", "50", "--start", "1" });
    EXPECT_EQ(onward["start"], 1);
    const auto pca = json({ "layout", project(), "--feature", "vision", "--method", "pca",
        "--limit", "25", "--seed", "4" });
    EXPECT_EQ(pca["points"], 25);
    EXPECT_TRUE(pca["divergence"].is_null());
    EXPECT_EQ(json({ "show", project(), "layouts" })["layouts"].size(), 4u);
    EXPECT_EQ(json({ "check", project() })["counts"]["layout"], 4);
}

TEST_F(MapTest, SaysWhatIsMissingOrWrong)
{
    EXPECT_NE(complaint({ "layout", project(), "--feature", "smell" }).find("vision of"),
        std::string::npos);
    EXPECT_NE(complaint({ "layout", project(), "--feature", "vision" }).find("perplexity"),
        std::string::npos); // 30 does not fit 40 points
    EXPECT_NE(
        complaint({ "layout", project(), "--method", "pca", "--start", "9" }).find("layout 9"),
        std::string::npos);
    EXPECT_FALSE(complaint({ "overlap", project(), "--pool", "nobody" }).empty());
    // A file that was changed behind our back is no feature of this run any more.
    const auto file = json({ "show", project(), "embeddings" })["embeddings"][0]["file"];
    auto bytes = readFile(file.get<std::string>()).value();
    bytes.back() = static_cast<char>(bytes.back() + 1);
    ASSERT_TRUE(writeFileAtomically(file.get<std::string>(), bytes));
    EXPECT_NE(complaint({ "layout", project(), "--method", "pca" }).find("another file"),
        std::string::npos);
    bytes.resize(bytes.size() - 4);
    ASSERT_TRUE(writeFileAtomically(file.get<std::string>(), bytes));
    EXPECT_NE(json({ "show", project(), "embeddings" })["embeddings"][0]["problem"], "");
}

TEST_F(MapTest, ASourceOfTheSamePicturesOverlapsWhole)
{
    ASSERT_EQ(
        run({ "import", project(), path("scenes/scenes.tsv").string(), "--name", "again" }).exit,
        0);
    ASSERT_EQ(run({ "run", project(), "embed", "--set", "of=vision", "--threads", "1" }).exit, 0);
    const auto sources = json({ "show", project(), "items" })["items"];
    const auto report = json({ "overlap", project(), "--pool", "again", "--neighbours", "5" });
    ASSERT_EQ(report["sources"].size(), 1u);
    EXPECT_EQ(report["sources"][0]["n"], 40);
    // Of the same pictures each has its twin, so the sets are mixed at least as well as by chance.
    EXPECT_GT(report["sources"][0]["overlap"], 0.9);
    EXPECT_TRUE(report["spearman"].is_null());
}
