#include "core/file.h"
#include "engine/adapter.h"
#include "engine/tensor_file.h"
#include "train_fixture.h"

namespace slook::test {
namespace {

using namespace slook::engine;
namespace fs = std::filesystem;

class Adapter : public ::testing::Test {
protected:
    void SetUp() override
    {
        SLOOK_NEED(parityDir() / "dpo" / "llava15");
        model = loadOrThrow(parityDir() / "llava15" / "model");
    }
    /// Writes the start adapter after `change` has been at its config and tensors, and reads it.
    Error readChanged(const std::function<void(Json&, std::map<std::string, at::Tensor>&)>& change)
    {
        const auto source = parityDir() / "dpo" / "llava15" / "adapter_init";
        auto config = readJson(source / "adapter_config.json");
        auto tensors = readTensors(source / "adapter_model.safetensors");
        change(config, tensors);
        EXPECT_TRUE(writeFileAtomically(folder.path() / "adapter_config.json", dumpLine(config)));
        EXPECT_TRUE(writeTensorFile(folder.path() / "adapter_model.safetensors", tensors));
        const auto read = readAdapter(folder.path(), *model);
        return read ? Error { ErrorKind::Internal, "was read", {} } : read.error();
    }
    std::unique_ptr<VisionLanguageModel> model;
    TemporaryFolder folder;
};

TEST_F(Adapter, ReadsOldModulePathsLikeNewOnes)
{
    const auto current = startAdapter(*model).values().clone();
    const auto old =
        readAdapter(parityDir() / "dpo" / "llava15" / "adapter_init_old_names", *model);
    ASSERT_TRUE(old) << message(old.error());
    EXPECT_TRUE(at::equal(old->values(), current));
}

TEST_F(Adapter, ComesBackAsItWasWritten)
{
    for (const auto names : { AdapterNames::Current, AdapterNames::Old }) {
        auto adapter = startAdapter(*model);
        const auto values = adapter.values().clone();
        ASSERT_TRUE(writeAdapter(folder.path(), adapter, "base", names));
        adapter.detach();
        const auto back = readAdapter(folder.path(), *model);
        ASSERT_TRUE(back) << message(back.error());
        EXPECT_TRUE(at::equal(back->values(), values));
        EXPECT_EQ(back->settings().rank, 8);
        EXPECT_EQ(back->modules().front().lora->scale, 2.0);
    }
}

TEST_F(Adapter, IsWrittenUnderTheNamesOfItsGeneration)
{
    const auto adapter = startAdapter(*model);
    const auto written = [&](AdapterNames names) {
        EXPECT_TRUE(writeAdapter(folder.path(), adapter, "", names));
        return readTensors(folder.path() / "adapter_model.safetensors");
    };
    EXPECT_EQ(written(AdapterNames::Current).begin()->first,
        readTensors(parityDir() / "dpo/llava15/adapter_init/adapter_model.safetensors")
            .begin()
            ->first);
    EXPECT_EQ(written(AdapterNames::Old).begin()->first,
        readTensors(parityDir() / "dpo/llava15/adapter_init_old_names/adapter_model.safetensors")
            .begin()
            ->first);
}

TEST_F(Adapter, KeepsRanksAndAlphasOfSingleLayers)
{
    LoraSettings settings;
    settings.rankPattern = { { "layers.0.self_attn.q_proj", 4 } };
    settings.alphaPattern = { { "down_proj", 64.0 } };
    auto adapter = LoraAdapter::create(*model, settings, 1);
    ASSERT_TRUE(adapter) << adapter.error().what;
    ASSERT_TRUE(writeAdapter(folder.path(), *adapter, ""));
    adapter->detach();
    const auto back = readAdapter(folder.path(), *model);
    ASSERT_TRUE(back) << message(back.error());
    EXPECT_EQ(back->modules().front().rank, 4);
    EXPECT_DOUBLE_EQ(back->modules().front().lora->scale, 32.0 / 4);
    EXPECT_DOUBLE_EQ(back->modules().back().lora->scale, 64.0 / 8);
}

TEST_F(Adapter, ForAnotherModelIsRefusedInOneSentence)
{
    const auto missing = readChanged([](Json&, auto& tensors) {
        const auto first = tensors.begin()->second;
        const std::string path =
            "base_model.model.model.language_model.layers.99.mlp.up_proj.lora_";
        tensors[path + "A.weight"] = first;
        tensors[path + "B.weight"] = first.t().contiguous();
    });
    EXPECT_EQ(missing.kind, ErrorKind::Invalid);
    EXPECT_NE(missing.what.find("layers.99"), std::string::npos) << missing.what;
    const auto shapes = readChanged([](Json&, auto& tensors) {
        for (auto& [name, tensor] : tensors)
            if (name.find("lora_A") != std::string::npos)
                tensor = at::cat({ tensor, tensor }, 1);
    });
    EXPECT_NE(shapes.what.find("another model"), std::string::npos) << shapes.what;
    EXPECT_EQ(model->linears().back()->lora, nullptr); // nothing stays attached
}

TEST_F(Adapter, ThatLiesIsRefused)
{
    EXPECT_NE(
        readChanged([](Json& config, auto&) { config["peft_type"] = "IA3"; }).what.find("no LoRA"),
        std::string::npos);
    EXPECT_NE(
        readChanged([](Json& config, auto&) { config["use_dora"] = true; }).what.find("use_dora"),
        std::string::npos);
    EXPECT_NE(readChanged([](Json& config, auto&) { config["r"] = 16; }).what.find("rank"),
        std::string::npos);
    EXPECT_NE(readChanged([](Json& config, auto&) { config["r"] = -1; }).what.find("out of range"),
        std::string::npos);
    EXPECT_NE(readChanged([](Json& config, auto&) {
        config["lora_alpha"] = "many";
    }).what.find("out of range"),
        std::string::npos);
    EXPECT_NE(readChanged([](Json& config, auto&) {
        config["modules_to_save"] = { "lm_head" };
    }).what.find("modules_to_save"),
        std::string::npos);
    EXPECT_NE(readChanged([](Json&, auto& tensors) {
        tensors.erase(tensors.begin());
    }).what.find("only one"),
        std::string::npos);
    EXPECT_NE(readChanged([](Json&, auto& tensors) {
        tensors["x"] = at::zeros({ 2 });
    }).what.find("no part"),
        std::string::npos);
    EXPECT_NE(readChanged([](Json&, auto& tensors) { tensors.clear(); }).what, "was read");
    EXPECT_NE(readChanged([](Json& config, auto&) { config = Json::array(); }).what, "was read");
}

TEST_F(Adapter, InAPickleOrAbsentIsRefused)
{
    EXPECT_EQ(readAdapter(folder.path() / "nowhere", *model).error().kind, ErrorKind::NotFound);
    fs::copy_file(parityDir() / "dpo/llava15/adapter_init/adapter_config.json",
        folder.path() / "adapter_config.json");
    EXPECT_TRUE(writeFileAtomically(folder.path() / "adapter_model.bin", "PK"));
    EXPECT_NE(readAdapter(folder.path(), *model).error().what.find("pickle"), std::string::npos);
}

} // namespace
} // namespace slook::test
