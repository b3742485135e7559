#include "fixture.h"
#include "store/project.h"
#include <fstream>

namespace fs = std::filesystem;
using namespace slook;

namespace {

/// Each bad input: exit 1, nothing on stdout, one sentence that names object, cause, next step.
class BadInputTest : public CliTest {
protected:
    void SetUp() override { ASSERT_EQ(run({ "new", project() }).exit, 0); }

    fs::path copiedModel() const
    {
        const fs::path copy = path("model");
        fs::copy(embeddedModel(), copy);
        return copy;
    }
    std::string runWith(const fs::path& model) const
    {
        return complaint({ "run", project(), "scl", "--model", model.string() });
    }
    static bool names(const std::string& sentence, const std::string& object)
    {
        EXPECT_NE(sentence.find(object), std::string::npos) << sentence;
        EXPECT_NE(sentence.find(';'), std::string::npos) << "no next step: " << sentence;
        return sentence.find(object) != std::string::npos;
    }
};

class BadModelTest : public BadInputTest {
protected:
    void SetUp() override { projectWithScenes(8); }
};

} // namespace

TEST_F(BadModelTest, AMissingModelFolder)
{
    names(runWith(path("nowhere")), "nowhere");
    EXPECT_EQ(json({ "runs", project() })["runs"].size(), 0u);
}

TEST_F(BadModelTest, ATruncatedWeightFile)
{
    const fs::path model = copiedModel();
    fs::resize_file(model / "model.safetensors", 100'000);
    names(runWith(model), "model.safetensors");
    names(complaint({ "model", "inspect", model.string() }), "model.safetensors");
}

TEST_F(BadModelTest, WeightsAsAPickle)
{
    const fs::path model = copiedModel();
    fs::rename(model / "model.safetensors", model / "pytorch_model.bin");
    names(runWith(model), "pytorch_model.bin");
}

TEST_F(BadModelTest, ATokenizerOfAbsurdSize)
{
    const fs::path model = copiedModel();
    fs::resize_file(model / "tokenizer.json", std::uintmax_t { 1 } << 30); // sparse
    names(runWith(model), "tokenizer.json");
}

TEST_F(BadInputTest, ATableWithBadBytes)
{
    write("bad.tsv", "index\tquestion\tanswer\n1\tcaf\xe9\tx\n");
    names(complaint({ "import", project(), path("bad.tsv").string() }), "bad.tsv");
    write("zero.tsv", std::string("index\tquestion\tanswer\n1\ta\0b\tx\n", 34));
    names(complaint({ "import", project(), path("zero.tsv").string() }), "zero.tsv");
    EXPECT_EQ(json({ "info", project() })["items"], 0);
}

TEST_F(BadInputTest, AFileOfNoKnownForm)
{
    write("noise.dat", std::string(1000, '\x80'));
    names(complaint({ "import", project(), path("noise.dat").string() }), "noise.dat");
    names(complaint({ "import", project(), path("gone.tsv").string() }), "gone.tsv");
}

TEST_F(BadInputTest, AProjectThatIsOpenElsewhere)
{
    write("two.tsv", "index\tquestion\tanswer\n1\tred?\tyes\n");
    const auto owner = store::Project::open(project());
    ASSERT_TRUE(owner.has_value());
    const std::string sentence = complaint({ "import", project(), path("two.tsv").string() });
    names(sentence, "p.slook");
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
    names(complaint({ "undo", project() }), "p.slook");
    names(complaint({ "info", project() }), "p.slook");
    EXPECT_EQ(*readFile(project()), *before);
}

TEST_F(BadInputTest, AFileThatIsNoProject)
{
    write("note.slook", "this is a text");
    names(complaint({ "info", path("note.slook").string() }), "note.slook");
    names(complaint({ "info", path("gone.slook").string() }), "gone.slook");
    names(complaint({ "new", project() }), "exists");
}

TEST_F(BadInputTest, AProjectWithoutQuestionsOrRuns)
{
    names(complaint({ "run", project(), "scl" }), "p.slook");
    names(complaint({ "show", project(), "accuracy" }), "p.slook");
    names(complaint({ "show", project(), "items", "--where", "colour:red" }), "colour:red");
    names(complaint({ "stop", project(), "7" }), "p.slook");
}

TEST_F(BadModelTest, AnUnknownSwitch)
{
    names(complaint({ "run", project(), "scl", "--set", "speed=high" }), "speed");
    names(complaint({ "run", project(), "scl", "--set", "turns" }), "turns");
}

TEST_F(BadInputTest, AFailureIsADocumentTooWhereJsonIsAsked)
{
    const Outcome outcome = run({ "info", path("gone.slook").string(), "--json" });
    EXPECT_EQ(outcome.exit, 1);
    EXPECT_EQ(outcome.json()["error"]["kind"], "not-found");
    EXPECT_EQ(outcome.errorLines(), 1u);
}
