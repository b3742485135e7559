#include "core/file.h"
#include "core/json.h"
#include "engine/text_encoder.h"
#include "temporary_folder.h"
#include <ATen/ATen.h>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace slook;
using namespace slook::engine;

namespace {

namespace fs = std::filesystem;
const fs::path fixture = fs::path(SLOOK_SOURCE_DIR) / "tests" / "fixtures" / "bert";

at::Tensor tensorOf(const Json& values)
{
    return at::tensor(values.get<std::vector<double>>()).to(at::kFloat);
}

/// A copy of the fixture to be spoiled.
class TextEncoders : public testing::Test {
protected:
    void SetUp() override
    {
        for (const char* name : { "config.json", "vocab.txt", "model.safetensors" })
            fs::copy_file(fixture / name, m_folder.path() / name);
    }
    std::string refused() const
    {
        const auto encoder = TextEncoder::load(m_folder.path(), at::kCPU);
        return encoder ? std::string() : message(encoder.error());
    }
    void setConfig(const char* key, const Json& value) const
    {
        auto config = *parseJson(*readFile(fixture / "config.json", 1u << 20), "config.json");
        config[key] = value;
        std::ofstream(m_folder.path() / "config.json") << dumpLine(config);
    }
    TemporaryFolder m_folder;
};

} // namespace

// Expected values by transformers, tests/oracle/make_encoder_fixture.py. All texts at once, so that
// each is padded to the longest.
TEST_F(TextEncoders, GiveTransformersStates)
{
    const auto encoder = TextEncoder::load(fixture, at::kCPU);
    ASSERT_TRUE(encoder) << message(encoder.error());
    const auto text = readFile(fixture / "expected.json", 1u << 20);
    const auto rows = (*parseJson(*text, "expected.json"))["texts"];
    std::vector<std::string> texts;
    for (const Json& row : rows)
        texts.push_back(row["text"]);
    const auto states = (*encoder)->states(texts);
    ASSERT_EQ(states.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto inner = static_cast<std::int64_t>(rows[i]["ids"].size()) - 2;
        ASSERT_EQ(states[i].tokens.size(0), inner) << texts[i];
        EXPECT_EQ(states[i].pooled.defined(), inner > 0);
        if (inner == 0)
            continue;
        EXPECT_LT(
            (states[i].pooled - tensorOf(rows[i]["sentence"])).abs().max().item<float>(), 1e-5)
            << texts[i];
        EXPECT_LT(
            (states[i].tokens[0] - tensorOf(rows[i]["first"])).abs().max().item<float>(), 2e-5)
            << texts[i];
    }
}

TEST_F(TextEncoders, RefuseWhatTheyCannotRead)
{
    EXPECT_EQ(refused(), "");
    setConfig("model_type", "roberta");
    EXPECT_NE(refused().find("roberta"), std::string::npos);
    setConfig("position_embedding_type", "relative_key");
    EXPECT_NE(refused().find("position_embedding_type"), std::string::npos);
    setConfig("num_attention_heads", 5);
    EXPECT_NE(refused().find("hidden_size"), std::string::npos);
    setConfig("vocab_size", 100);
    EXPECT_NE(refused().find("tokenizer"), std::string::npos);
    setConfig("num_hidden_layers", 3);
    EXPECT_NE(refused().find("encoder.layer.2"), std::string::npos);
    setConfig("num_hidden_layers", 2);
    EXPECT_EQ(refused(), "");
    fs::create_directories(m_folder.path() / "1_Pooling");
    std::ofstream(m_folder.path() / "1_Pooling" / "config.json")
        << R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false})";
    EXPECT_NE(refused().find("pooling"), std::string::npos);
}

TEST_F(TextEncoders, CutTextsAtTheLengthOfTheFolder)
{
    std::ofstream(m_folder.path() / "sentence_bert_config.json") << R"({"max_seq_length": 5})";
    const auto encoder = TextEncoder::load(m_folder.path(), at::kCPU);
    ASSERT_TRUE(encoder);
    const std::vector<std::string> texts { "the the the the the", "the the the" };
    const auto states = (*encoder)->states(texts);
    EXPECT_EQ(states[0].tokens.size(0), 3);
    EXPECT_TRUE(at::allclose(states[0].tokens, states[1].tokens, 0, 1e-5));
}
