#include "fixture.h"

/// `model int8` through the real worker.
class Int8Test : public CliTest { };

TEST_F(Int8Test, SaysHowFarWholeNumbersAreFromTheModelsOwn)
{
    const auto report =
        json({ "model", "int8", embeddedModel(), "--count", "6", "--max-new-tokens", "6" });
    EXPECT_EQ(report["questions"], 6);
    EXPECT_EQ(report["withLetters"], 6);
    EXPECT_LE(report["sameAnswers"], 6);
    EXPECT_GT(report["meanDifference"], 0.0);
    EXPECT_GT(report["plain"]["weightBytes"], report["int8"]["weightBytes"]);
    const auto shown = run({ "model", "int8", embeddedModel(), "--count", "2" });
    EXPECT_EQ(shown.exit, 0);
    EXPECT_NE(shown.out.find("the same option letter"), std::string::npos) << shown.out;
}

TEST_F(Int8Test, NamesTheFolderThatIsNoModel)
{
    EXPECT_NE(
        complaint({ "model", "int8", path("none").string() }).find("none"), std::string::npos);
}
