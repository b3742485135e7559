#include "engine/model_writer.h"
#include "train_fixture.h"
#include <c10/core/GradMode.h>

namespace slook::test {
namespace {

using namespace slook::engine;

class ModelWriter : public ::testing::Test {
protected:
    void SetUp() override { SLOOK_NEED(source); }
    std::filesystem::path source = parityDir() / "llava15" / "model";
    TemporaryFolder folder;
};

TEST_F(ModelWriter, WritesTheNamesAndBytesOfTheLibraryItself)
{
    const auto model = loadOrThrow(source);
    ASSERT_TRUE(writeModel(folder.path(), *model, source, at::kFloat));
    const auto wanted = readTensors(source / "model.safetensors");
    const auto got = readTensors(folder.path() / "model.safetensors");
    ASSERT_EQ(got.size(), wanted.size());
    for (const auto& [name, tensor] : wanted)
        EXPECT_TRUE(got.contains(name) && at::equal(got.at(name), tensor)) << name;
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "tokenizer.json"));
    EXPECT_EQ(readJson(folder.path() / "config.json")["dtype"], "float32");
}

TEST_F(ModelWriter, RoundsToHalfOnRequestAndLoadsAgain)
{
    const auto model = loadOrThrow(source);
    ASSERT_TRUE(writeModel(folder.path(), *model, source, at::kHalf));
    EXPECT_EQ(readJson(folder.path() / "config.json")["dtype"], "float16");
    const auto back = loadOrThrow(folder.path());
    for (const auto& [name, tensor] : model->parameters())
        EXPECT_TRUE(at::equal(back->parameters().at(name), tensor.to(at::kHalf).to(at::kFloat)))
            << name;
}

TEST_F(ModelWriter, KeepsATrainedAdapterAfterMerging)
{
    const auto model = loadOrThrow(source);
    auto adapter = startAdapter(*model);
    const c10::NoGradGuard noGradients;
    const auto logits = [](const VisionLanguageModel& m) {
        return m.logits(m.hidden(m.embed(at::arange(3, 13, at::kLong).unsqueeze(0))));
    };
    const auto with = logits(*model);
    adapter.merge();
    ASSERT_TRUE(writeModel(folder.path(), *model, source, at::kFloat));
    EXPECT_LT(distance(logits(*loadOrThrow(folder.path())), with), 1e-4);
}

TEST_F(ModelWriter, NeverOverwritesItsSource)
{
    const auto model = loadOrThrow(source);
    ASSERT_TRUE(writeModel(folder.path(), *model, source, at::kFloat));
    const auto copy = loadOrThrow(folder.path());
    EXPECT_FALSE(writeModel(folder.path(), *copy, folder.path(), at::kFloat));
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "config.json"));
}

} // namespace
} // namespace slook::test
