#include "core/file.h"
#include "teacher.h"
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace slook::teach {
namespace {

namespace fs = std::filesystem;

/// Pictures alone for two steps, then texts without a picture, then conversations about pictures.
class TeacherTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        m_folder = fs::temp_directory_path() / ("slook-teach-" + std::to_string(::getpid()));
        fs::create_directories(m_folder);
        ASSERT_TRUE(writeFileAtomically(m_folder / "plan.json", R"({"seed": 3, "stages": [
            {"name": "see", "steps": 2, "pictures": 2, "patchWeight": 1, "rateBegin": 0.01, "rateEnd": 0.01,
             "rule": "adam"},
            {"name": "words", "steps": 1, "texts": 2, "textLength": 30, "rateBegin": 0.001, "rateEnd": 0.001,
             "rule": "adam"},
            {"name": "talk", "steps": 1, "texts": 1, "rows": 1, "pictures": 1, "rowLength": 60, "rateBegin": 0.01, "rateEnd": 0, "drill": 1}]})"));
        ASSERT_TRUE(writeFileAtomically(m_folder / "prompts.json", "{}"));
    }
    void TearDown() override { fs::remove_all(m_folder); }

    TeachOptions options(const std::string& out) const
    {
        TeachOptions o;
        o.shape = fs::path(SLOOK_SOURCE_DIR) / "resources/model";
        o.out = m_folder / out;
        o.plan = m_folder / "plan.json";
        o.prompts = m_folder / "prompts.json";
        o.printEvery = 0;
        return o;
    }
    static at::Tensor weights(const Teacher& teacher)
    {
        std::vector<at::Tensor> all;
        for (const auto& group : teacher.learner().optimizer().groups())
            all.push_back(group.parameters.values().clone());
        return at::cat(all);
    }
    fs::path m_folder;
};

TEST_F(TeacherTest, GoesOnFromAStopToTheSameBits)
{
    const auto straight = Teacher::create(options("straight"));
    ASSERT_TRUE(straight) << straight.error().what;
    const auto start = weights(**straight);
    ASSERT_TRUE((*straight)->run([] { return false; }));
    EXPECT_EQ((*straight)->stepsDone(), 4);
    for (int stops = 1; stops <= 3; stops += 2) {
        const auto part = Teacher::create(options("stopped"));
        ASSERT_TRUE(part) << part.error().what;
        ASSERT_TRUE((*part)->run([&] { return (*part)->stepsDone() >= stops; }));
        EXPECT_EQ((*part)->stepsDone(), stops);
    }
    const auto last = Teacher::create(options("stopped"));
    ASSERT_TRUE(last) << last.error().what;
    EXPECT_EQ((*last)->stepsDone(), 3);
    ASSERT_TRUE((*last)->run([] { return false; }));
    EXPECT_TRUE(at::equal(weights(**straight), weights(**last)));
    EXPECT_FALSE(at::equal(weights(**straight), start));
    const auto model = engine::Session::load(m_folder / "stopped" / "model");
    EXPECT_TRUE(model) << model.error().what;
}

} // namespace
} // namespace slook::teach
