#include "fixture.h"
#include <algorithm>

using namespace slook;

/// One small round with a control, compared and reported by the command line.
class CompareTest : public CliTest {
protected:
    void SetUp() override
    {
        projectWithScenes(40);
        ASSERT_EQ(run({ "run", project(), "scl", "--control", "random", "--threads", "1", "--set",
                          "training.epochs=1", "--set", "holdOut=12" })
                      .exit,
            0);
    }
};

TEST_F(CompareTest, AnswersInTablesASentenceAndFiles)
{
    const auto all = json({ "compare", project(), "1", "--published", "--latex",
        path("t.tex").string(), "--csv", path("t.csv").string() });
    ASSERT_EQ(all["models"].size(), 3u);
    EXPECT_EQ(all["tests"].size(), 3u);
    EXPECT_EQ(all["publishedByOthers"].size(), 31u);
    for (const auto& test : all["tests"])
        EXPECT_GE(test["holm"], test["p"]);
    EXPECT_FALSE(all["sentence"].get<std::string>().empty());
    EXPECT_NE(readFile(path("t.tex")).value().find("\\toprule"), std::string::npos);
    EXPECT_GT(readFile(path("t.csv")).value().size(), 200u);
    (void)json({ "report", project(), "1", path("r.html").string() });
    const auto page = readFile(path("r.html")).value();
    EXPECT_NE(page.find("after:random"), std::string::npos);
    EXPECT_NE(page.find("p with Holm"), std::string::npos);
    EXPECT_NE(
        complaint({ "compare", project(), "1:after" }).find("fewer than two"), std::string::npos);
    EXPECT_NE(
        complaint({ "compare", project(), "1:after", "1:best" }).find("it has"), std::string::npos);
    EXPECT_NE(complaint({ "report", project(), "1", path("r.doc").string() }).find(".html"),
        std::string::npos);
}
