#pragma once
#include "fixture.h"

/// Each bad input: exit 1, nothing on stdout, one sentence that names object, cause, next step, and
/// a project that is as it was.
class BadInputTest : public CliTest {
protected:
    void SetUp() override { ASSERT_EQ(run({ "new", project() }).exit, 0); }

    /// @param object  what the sentence must name
    static void expectSentence(const std::string& sentence, const std::string& object)
    {
        EXPECT_NE(sentence.find(object), std::string::npos) << sentence;
        EXPECT_NE(sentence.find(';'), std::string::npos) << "no next step: " << sentence;
        EXPECT_LT(sentence.size(), 600u) << sentence;
    }
    /// The project is whole and has so many questions.
    void expectKept(int items) const
    {
        EXPECT_EQ(json({ "check", project() })["problems"].size(), 0u);
        EXPECT_EQ(json({ "info", project() })["items"], items);
    }
};

/// Bad models: a copy of the embedded one to spoil, and a project with a few questions.
class BadModelTest : public BadInputTest {
protected:
    static constexpr int questions = 6;
    void SetUp() override
    {
        projectWithScenes(questions);
        std::filesystem::copy(embeddedModel(), model());
    }
    std::filesystem::path model() const { return path("model"); }
    std::filesystem::path weights() const { return model() / "model.safetensors"; }

    Arguments smallRun() const
    {
        return { "run", project(), "scl", "--model", model().string(), "--threads", "1", "--set",
            "pool.maxNewTokens=24", "--set", "test.maxNewTokens=24" };
    }
    std::string runIt() const { return complaint(smallRun()); }
};
