#include "fixture.h"

namespace fs = std::filesystem;

namespace {

/// `model chat` through the real worker.
class ChatTest : public CliTest {
protected:
    void SetUp() override
    {
        ASSERT_EQ(
            run({ "scenes", path("scenes").string(), "--count", "1", "--pictures-beside" }).exit,
            0);
        for (const auto& entry : fs::recursive_directory_iterator(path("scenes")))
            if (entry.path().extension() == ".png")
                m_picture = entry.path().string();
    }
    std::string m_picture;
};

} // namespace

TEST_F(ChatTest, AnswersTurnByTurn)
{
    const auto said = json({ "model", "chat", embeddedModel(), "--image", m_picture, "--ask",
        "Is there a square in the image?", "--ask", "Look again.", "--max-new-tokens", "8" });
    ASSERT_EQ(said["answers"].size(), 2u);
    EXPECT_EQ(said["answers"][1]["turn"], 2);
    EXPECT_LE(said["answers"][0]["tokenIds"].size(), 8u);
    EXPECT_EQ(said["answers"][0]["pixelsSha256"].get<std::string>().size(), 64u);
}

TEST_F(ChatTest, RefusesATextBeyondTheContext)
{
    std::string text;
    for (int i = 0; i < 4000; ++i)
        text += "square ";
    const std::string sentence = complaint({ "model", "chat", embeddedModel(), "--ask", text });
    EXPECT_NE(sentence.find("token"), std::string::npos) << sentence;
}

TEST_F(ChatTest, RefusesAPictureThatIsNone)
{
    write("no.png", "this is no picture");
    EXPECT_NE(complaint({ "model", "chat", embeddedModel(), "--image", path("no.png").string(),
                            "--ask", "What is it?" })
                  .find("no.png"),
        std::string::npos);
}
