#include "bad_input.h"
#include "store/project.h"
#include <fstream>

using namespace slook;

TEST_F(BadInputTest, ATableWithBadBytes)
{
    write("bad.tsv", "index\tquestion\tanswer\n1\tcaf\xe9\tx\n");
    expectSentence(complaint({ "import", project(), path("bad.tsv").string() }), "bad.tsv");
    write("zero.tsv", std::string("index\tquestion\tanswer\n1\ta\0b\tx\n", 34));
    expectSentence(complaint({ "import", project(), path("zero.tsv").string() }), "zero.tsv");
    expectKept(0);
}

TEST_F(BadInputTest, AFileOfNoKnownForm)
{
    write("noise.dat", std::string(1000, '\x80'));
    expectSentence(complaint({ "import", project(), path("noise.dat").string() }), "noise.dat");
    expectSentence(complaint({ "import", project(), path("gone.tsv").string() }), "gone.tsv");
}

TEST_F(BadInputTest, AProjectThatIsOpenElsewhere)
{
    write("two.tsv", "index\tquestion\tanswer\n1\tred?\tyes\n");
    const auto owner = store::Project::open(project());
    ASSERT_TRUE(owner.has_value());
    const std::string sentence = complaint({ "import", project(), path("two.tsv").string() });
    expectSentence(sentence, "p.slook");
    EXPECT_NE(sentence.find(std::to_string(getpid())), std::string::npos) << sentence;
    EXPECT_EQ(json({ "info", project() })["items"], 0); // reading goes on beside the owner
}

TEST_F(BadInputTest, AProjectOfANewerVersion)
{
    constexpr std::streamoff userVersion = 60; // in SQLite's file header, big-endian
    {
        std::fstream file(project(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(userVersion);
        file.write("\0\0\x27\x10", 4);
    }
    const auto before = readFile(project());
    expectSentence(complaint({ "undo", project() }), "p.slook");
    expectSentence(complaint({ "info", project() }), "p.slook");
    EXPECT_EQ(*readFile(project()), *before);
}

TEST_F(BadInputTest, AFileThatIsNoProject)
{
    write("note.slook", "this is a text");
    expectSentence(complaint({ "info", path("note.slook").string() }), "note.slook");
    expectSentence(complaint({ "info", path("gone.slook").string() }), "gone.slook");
    expectSentence(complaint({ "new", project() }), "exists");
}

TEST_F(BadInputTest, AProjectWithoutQuestionsOrRuns)
{
    expectSentence(complaint({ "run", project(), "scl" }), "p.slook");
    expectSentence(complaint({ "show", project(), "accuracy" }), "p.slook");
    expectSentence(
        complaint({ "show", project(), "items", "--where", "colour:red" }), "colour:red");
    expectSentence(complaint({ "stop", project(), "7" }), "p.slook");
}

TEST_F(BadModelTest, AnUnknownSwitch)
{
    expectSentence(complaint({ "run", project(), "scl", "--set", "speed=high" }), "speed");
    expectSentence(complaint({ "run", project(), "scl", "--set", "turns" }), "turns");
}

TEST_F(BadInputTest, AFailureIsADocumentTooWhereJsonIsAsked)
{
    const Outcome outcome = run({ "info", path("gone.slook").string(), "--json" });
    EXPECT_EQ(outcome.exit, 1);
    EXPECT_EQ(outcome.json()["error"]["kind"], "not-found");
    EXPECT_EQ(outcome.errorLines(), 1u);
}
