#include "fixture.h"

namespace {

class CliProjectTest : public CliTest { };

constexpr const char* twoRows = "index\tquestion\tA\tB\tanswer\n"
                                "1\tWhat is \x1b[31mred\x1b[0m?\tone\ttwo\tA\n"
                                "2\tWhat is blue?\tone\ttwo\tB\n";

} // namespace

TEST_F(CliProjectTest, SaysHowItIsUsedAndRefusesWrongUsageWithTwo)
{
    EXPECT_EQ(run({ "--help" }).exit, 0);
    EXPECT_EQ(run({ "--version" }).exit, 0);
    EXPECT_EQ(run({}).exit, 2);
    EXPECT_EQ(run({ "dance" }).exit, 2);
    EXPECT_EQ(run({ "new" }).exit, 2);
    EXPECT_EQ(run({ "export", project(), "pairs", "--format", "xml", "--out", "x" }).exit, 2);
}

TEST_F(CliProjectTest, MakesAProjectAndImportsATable)
{
    write("two.tsv", twoRows);
    EXPECT_EQ(json({ "new", project() })["project"], project());
    const auto imported = json({ "import", project(), path("two.tsv").string(), "--name", "pair" });
    EXPECT_EQ(imported["items"], 2);
    EXPECT_EQ(imported["source"], "pair");
    EXPECT_EQ(json({ "info", project() })["items"], 2);
    EXPECT_EQ(json({ "check", project() })["problems"].size(), 0u);
    const auto items = json({ "show", project(), "items", "--where", "answer:B" })["items"];
    ASSERT_EQ(items.size(), 1u);
    EXPECT_EQ(items[0]["question"], "What is blue?");
    EXPECT_EQ(items[0]["source"], "pair");
}

TEST_F(CliProjectTest, LetsNoTerminalEscapePass)
{
    write("two.tsv", twoRows);
    ASSERT_EQ(run({ "new", project() }).exit, 0);
    ASSERT_EQ(run({ "import", project(), path("two.tsv").string() }).exit, 0);
    const Outcome shown = run({ "show", project(), "items" });
    EXPECT_EQ(shown.exit, 0);
    EXPECT_EQ(shown.out.find('\x1b'), std::string::npos);
    EXPECT_NE(shown.out.find("\\x1b[31mred"), std::string::npos);
}

TEST_F(CliProjectTest, TakesAnImportBackAndMakesItAgain)
{
    write("two.tsv", twoRows);
    ASSERT_EQ(run({ "new", project() }).exit, 0);
    ASSERT_EQ(run({ "import", project(), path("two.tsv").string() }).exit, 0);
    EXPECT_EQ(run({ "undo", project() }).exit, 0);
    EXPECT_EQ(json({ "info", project() })["items"], 0);
    EXPECT_EQ(run({ "redo", project() }).exit, 0);
    EXPECT_EQ(json({ "info", project() })["items"], 2);
    EXPECT_FALSE(json({ "history", project() })["history"].empty());
    EXPECT_NE(complaint({ "redo", project() }), "");
}

TEST_F(CliProjectTest, MarksTheQuestionsThatAFilterFinds)
{
    projectWithScenes(6);
    EXPECT_EQ(json({ "mark", project(), "--flag", "red", "--tag", "hard" })["questions"], 6);
    EXPECT_NE(
        complaint({ "mark", project(), "--where", "flag:blue", "--star" }).find("no question"),
        std::string::npos);
    EXPECT_EQ(run({ "undo", project() }).exit, 0);
    EXPECT_NE(complaint({ "mark", project(), "--where", "tag:hard", "--star" }), "");
    EXPECT_EQ(
        json({ "mark", project(), "--where", "flag:red", "--flag", "red", "--off" })["questions"],
        6);
    EXPECT_NE(complaint({ "mark", project(), "--flag", "pink" }).find("pink"), std::string::npos);
    EXPECT_NE(complaint({ "mark", project(), "--where", "type:2", "--star" }).find("run"),
        std::string::npos);
    EXPECT_NE(complaint({ "mark", project() }).find("--flag"), std::string::npos);
}

TEST_F(CliProjectTest, WritesQuestionsThatItCanReadAgain)
{
    projectWithScenes(6);
    const std::string out = path("items.tsv").string();
    EXPECT_EQ(
        json({ "export", project(), "items", "--format", "vlmevalkit", "--out", out })["rows"], 6);
    EXPECT_EQ(json({ "import", project(), out, "--name", "again" })["items"], 6);
    EXPECT_EQ(json({ "show", project(), "items", "--where", "source:again" })["items"].size(), 6u);
}

TEST_F(CliProjectTest, MakesTheSampleProject)
{
    const auto sources = json({ "sample", project() })["sources"];
    ASSERT_EQ(sources.size(), 2u);
    int items = 0;
    for (const auto& source : sources) {
        items += source["items"].get<int>();
        EXPECT_EQ(source["problems"], 0);
    }
    EXPECT_EQ(sources[0]["file"], "secondlook-cli scenes, 336 rendered with seed 2024");
    EXPECT_EQ(sources[1]["file"], "resources/sample/easy_vqa/data/test");
    EXPECT_GE(items, 400);
    EXPECT_NE(complaint({ "sample", project() }).find("exists"), std::string::npos);
}

TEST_F(CliProjectTest, ShowsThePixelsThatAModelGets)
{
    ASSERT_EQ(
        run({ "scenes", path("scenes").string(), "--count", "1", "--pictures-beside" }).exit, 0);
    std::string picture;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path("scenes")))
        if (entry.path().extension() == ".png")
            picture = entry.path().string();
    const auto seen =
        json({ "image", "seen", embeddedModel(), picture, path("seen.png").string() });
    EXPECT_EQ(seen["seen"]["width"], 96); // of the embedded model's processor
    EXPECT_EQ(seen["seen"]["height"], 96);
    EXPECT_TRUE(std::filesystem::exists(path("seen.png")));
}

TEST_F(CliProjectTest, CorruptsAPictureAndSaysHow)
{
    ASSERT_EQ(
        run({ "scenes", path("scenes").string(), "--count", "1", "--pictures-beside" }).exit, 0);
    std::string picture;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path("scenes")))
        if (entry.path().extension() == ".png")
            picture = entry.path().string();
    const std::string out = path("spoiled.png").string();
    const auto said = json({ "image", "corrupt", picture, out, "--op", "gaussian_noise", "--set",
        "sigma=25", "--seed", "7" });
    EXPECT_EQ(said["corruption"],
        slook::Json::parse(R"({"op": "gaussian_noise", "sigma": 25.0, "seed": 7})"));
    EXPECT_NE(said["sha256Before"], said["sha256After"]);
    const auto again = json({ "image", "corrupt", picture, path("again.png").string(), "--op",
        "gaussian_noise", "--set", "sigma=25", "--seed", "7" });
    EXPECT_EQ(said["sha256After"], again["sha256After"]);
    EXPECT_NE(complaint({ "image", "corrupt", picture, out, "--op", "jpeg", "--set", "quality=0" })
                  .find("1 to 100"),
        std::string::npos);
    EXPECT_NE(complaint({ "image", "corrupt", out, path("same.png").string(), "--op", "occlude",
                            "--set", "width=x" })
                  .find("key=number"),
        std::string::npos);
    EXPECT_GE(json({ "image", "corruptions" }).size(), 25u);
}

TEST_F(CliProjectTest, InspectsAModelFolder)
{
    const auto info = json({ "model", "inspect", embeddedModel() });
    EXPECT_EQ(info["modelType"], "llava");
    EXPECT_GT(info["parameters"], 1'000'000);
}
