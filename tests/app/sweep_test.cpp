#include "fixture.h"

using namespace slook;

/// Sweeps and corrupted views with the real worker and the embedded model, small.
class SweepTest : public CliTest {
protected:
    void SetUp() override { projectWithScenes(12); }
    Arguments sweep(const Arguments& more) const
    {
        Arguments all { "sweep", project(), "--threads", "1", "--seed", "2" };
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
};

TEST_F(SweepTest, AsksAboutEveryLevelAndKeepsWhatWasDone)
{
    const auto report =
        json(sweep({ "--op", "gaussian_noise", "--severities", "1,5", "--count", "10" }));
    EXPECT_EQ(report["op"], "gaussian_noise");
    ASSERT_EQ(report["levels"].size(), 3u);
    EXPECT_EQ(report["levels"][0]["title"], "as they are");
    for (const auto& level : report["levels"]) {
        EXPECT_EQ(level["asked"], 10);
        EXPECT_EQ(level["missing"], 0);
        EXPECT_EQ(level["samePixels"], 0);
        EXPECT_LT(level["accuracy"]["low"], level["accuracy"]["high"]);
    }
    EXPECT_EQ(report["levels"][2]["changed"]["n"], 10);
    EXPECT_EQ(json({ "show", project(), "sweep" }), report);
    EXPECT_EQ(json({ "show", project(), "accuracy" }), report);
    EXPECT_EQ(json({ "check", project() })["counts"]["corruption"], 20);
    // The clean answers are those of a plain question; the corrupted ones saw other pixels.
    const auto responses = json({ "show", project(), "responses" })["responses"];
    std::map<std::string, std::set<std::string>> pixels;
    for (const auto& one : responses)
        pixels[one["item"].dump()].insert(one["pixelsSha256"].get<std::string>());
    for (const auto& [item, seen] : pixels)
        EXPECT_EQ(seen.size(), 3u) << item;
}

// The corruption is taken away on purpose: an amount of 0 changes no pixel.
TEST_F(SweepTest, NoticesThatNothingIsCorrupted)
{
    const auto said =
        complaint(sweep({ "--op", "brightness", "--levels", "amount=0", "--count", "4" }));
    EXPECT_NE(said.find("left every pixel as it was"), std::string::npos) << said;
    EXPECT_EQ(json({ "check", project() })["counts"]["corruption"], 0);
    const auto report = json({ "show", project(), "sweep" });
    EXPECT_EQ(report["levels"].size(), 1u); // the clean pictures alone
}

TEST_F(SweepTest, SaysWhatALevelMayBe)
{
    EXPECT_NE(complaint(sweep({ "--op", "low_resolution", "--levels", "3" })).find("severity 3"),
        std::string::npos);
    EXPECT_NE(complaint(sweep({ "--op", "melt" })).find("choose from"), std::string::npos);
}

TEST_F(SweepTest, AViewIsCorruptedAfterAPreviewOfTwelve)
{
    const Arguments verb { "corrupt", project(), "--op", "pixelate", "--level", "4" };
    auto looked = verb;
    looked.emplace_back("--preview");
    const auto preview = json(looked)["preview"];
    ASSERT_EQ(preview.size(), 12u);
    for (const auto& one : preview)
        EXPECT_NE(one["sha256Before"], one["sha256After"]);
    EXPECT_EQ(json({ "show", project(), "items" })["items"].size(), 12u); // nothing was added
    const auto added = json(verb);
    EXPECT_EQ(added["items"], 12);
    EXPECT_EQ(added["format"], "corrupted");
    const auto items = json({ "show", project(), "items" })["items"];
    ASSERT_EQ(items.size(), 24u);
    const auto fields = *parseJson(items[12]["fields"].get<std::string>(), "");
    EXPECT_EQ(fields["corruption"][0]["op"], "pixelate");
    EXPECT_EQ(fields["corruption"][0]["sha256After"], preview[0]["sha256After"]);
    EXPECT_EQ(run({ "undo", project() }).exit, 0);
    EXPECT_EQ(json({ "show", project(), "items" })["items"].size(), 12u);
}
