#include "engine/config.h"
#include "fixture.h"
#include <gmock/gmock.h>

namespace slook::engine {
namespace {

using ::testing::HasSubstr;

Json parsed(const std::string& text)
{
    return *parseJson(text, "test");
}

LlavaConfig configOf(const std::string& text)
{
    const auto config = parseLlavaConfig(parsed(text), "config.json");
    if (!config)
        throw std::runtime_error(message(config.error()));
    return *config;
}

std::string refusalOf(const std::string& text)
{
    const auto config = parseLlavaConfig(parsed(text), "config.json");
    EXPECT_FALSE(config);
    return config ? std::string() : message(config.error());
}

TEST(LlavaConfigs, PublishedOnesMayLeaveOutWhatTheirClassesKnow)
{
    // The keys that the published 7B folder writes; values of the classes' documentation.
    const auto config = configOf(
        R"({"model_type":"llava","image_token_index":32000,"pad_token_id":32001,"projector_hidden_act":"gelu",
        "text_config":{"model_type":"llama","max_position_embeddings":4096,"rms_norm_eps":1e-05,"torch_dtype":"float16","vocab_size":32064},
        "vision_config":{"hidden_size":1024,"image_size":336,"intermediate_size":4096,"model_type":"clip_vision_model","num_attention_heads":16,
        "num_hidden_layers":24,"patch_size":14,"projection_dim":768,"vocab_size":32000},"vision_feature_layer":-2,"vision_feature_select_strategy":"default"})");
    EXPECT_EQ(config.text.hiddenSize, 4096);
    EXPECT_EQ(config.text.layers, 32);
    EXPECT_EQ(config.text.keyValueHeads, 32);
    EXPECT_EQ(config.text.headSize, 128);
    EXPECT_EQ(config.text.vocabularySize, 32064);
    EXPECT_EQ(config.text.rope.theta, 10000.0);
    EXPECT_EQ(config.vision.activation, Activation::QuickGelu);
    EXPECT_EQ(config.tokensPerImage(), 576);
    EXPECT_EQ(config.visionLayersUsed(), 23);
    EXPECT_TRUE(config.projectorBias);
    EXPECT_FALSE(config.text.tiedEmbeddings);
}

TEST(LlavaConfigs, WithoutAVisionPartMeanLlavasOwnTower)
{
    const auto config = configOf(R"({"model_type":"llava","text_config":{}})");
    EXPECT_EQ(config.vision.imageSize, 336);
    EXPECT_EQ(config.vision.layers, 24);
}

TEST(LlavaConfigs, RopeComesInOldAndNewWriting)
{
    EXPECT_EQ(
        configOf(
            R"({"model_type":"llava","text_config":{"rope_theta":20001.0,"rope_scaling":null}})")
            .text.rope.theta,
        20001.0);
    EXPECT_EQ(
        configOf(
            R"({"model_type":"llava","text_config":{"rope_parameters":{"rope_theta":5e5,"rope_type":"default"}}})")
            .text.rope.theta,
        5e5);
    const auto linear = configOf(
        R"({"model_type":"llava","text_config":{"rope_scaling":{"type":"linear","factor":4.0}}})")
                            .text.rope;
    EXPECT_EQ(linear.type, RopeConfig::Type::Linear);
    EXPECT_EQ(linear.factor, 4.0);
    EXPECT_THAT(
        refusalOf(
            R"({"model_type":"llava","text_config":{"rope_scaling":{"type":"yarn","factor":4.0}}})"),
        HasSubstr("yarn"));
}

TEST(LlavaConfigs, TiedEmbeddingsAreSaidAtEitherLevel)
{
    EXPECT_TRUE(configOf(R"({"model_type":"llava","tie_word_embeddings":true,"text_config":{}})")
                    .text.tiedEmbeddings);
    EXPECT_TRUE(configOf(R"({"model_type":"llava","text_config":{"tie_word_embeddings":true}})")
                    .text.tiedEmbeddings);
    EXPECT_FALSE(configOf(R"({"model_type":"llava","text_config":{}})").text.tiedEmbeddings);
}

TEST(LlavaConfigs, SelectStrategyFullKeepsTheClassToken)
{
    const auto config = configOf(
        R"({"model_type":"llava","vision_feature_select_strategy":"full","vision_feature_layer":-1,"text_config":{}})");
    EXPECT_EQ(config.tokensPerImage(), 577);
    EXPECT_EQ(config.visionLayersUsed(), 24);
}

TEST(LlavaConfigs, SizesThatCannotBeAreNamed)
{
    const std::string a = R"({"model_type":"llava","text_config":{)";
    EXPECT_THAT(
        refusalOf(a + R"("hidden_size":1000000000000}})"), HasSubstr("text_config.hidden_size"));
    EXPECT_THAT(refusalOf(a + R"("num_hidden_layers":0}})"), HasSubstr("num_hidden_layers"));
    EXPECT_THAT(refusalOf(a + R"("vocab_size":-5}})"), HasSubstr("vocab_size"));
    EXPECT_THAT(refusalOf(a + R"("vocab_size":"many"}})"), HasSubstr("no whole number"));
    EXPECT_THAT(refusalOf(a + R"("hidden_size":4095}})"), HasSubstr("no multiple of 32"));
    EXPECT_THAT(refusalOf(a + R"("num_key_value_heads":5}})"), HasSubstr("multiple of 5"));
    EXPECT_THAT(refusalOf(a + R"("head_dim":7}})"), HasSubstr("head_dim"));
    EXPECT_THAT(refusalOf(a + R"("hidden_act":"mish"}})"), HasSubstr("mish"));
    EXPECT_THAT(refusalOf(a + R"("max_position_embeddings":2000000,"head_dim":4096}})"),
        HasSubstr("1 GiB"));
    EXPECT_THAT(refusalOf(R"({"model_type":"llava","vision_feature_layer":-99,"text_config":{}})"),
        HasSubstr("24 layers"));
    EXPECT_THAT(refusalOf(R"({"model_type":"llava","vision_config":{"model_type":"siglip"}})"),
        HasSubstr("siglip"));
    EXPECT_THAT(refusalOf(R"({"model_type":"bert"})"), HasSubstr("bert"));
    EXPECT_THAT(refusalOf(R"([])"), HasSubstr("(none)"));
    EXPECT_THAT(refusalOf(R"({"model_type":"llava","image_token_index":-3,"text_config":{}})"),
        HasSubstr("image_token_index"));
}

TEST(GenerationDefaultsOfAFolder, TakeTheEndTokensFromWhereverTheyAre)
{
    const test::TemporaryFolder empty;
    EXPECT_EQ(readGenerationDefaults(empty.path(), parsed(R"({"text_config":{"eos_token_id":7}})"))
                  ->eosTokenIds,
        (std::vector<std::int64_t> { 7 }));
    EXPECT_EQ(readGenerationDefaults(empty.path(),
                  parsed(R"({"eos_token_id":[3,4],"text_config":{"eos_token_id":7}})"))
                  ->eosTokenIds,
        (std::vector<std::int64_t> { 3, 4 }));
    SLOOK_NEED(test::parityDir());
    const auto defaults = readGenerationDefaults(test::parityDir() / "llava15/model", parsed("{}"));
    ASSERT_TRUE(defaults);
    EXPECT_EQ(defaults->padTokenId, 1499);
}

} // namespace
} // namespace slook::engine
