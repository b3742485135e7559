#include "core/file.h"
#include "core/json_file.h"
#include "image/decode.h"
#include "must.h"
#include "parity.h"
#include "temporary_folder.h"
#include "workbench/prompt_length.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace slook;
using workbench::PromptLength;
namespace fs = std::filesystem;

namespace {

/// What transformers' processor of a family makes of questions with pictures.
class PromptLengths : public testing::TestWithParam<const char*> {
protected:
    static fs::path folder() { return parityFolder() / GetParam(); }
};

TEST_P(PromptLengths, AreThoseThatTheReferenceCounts)
{
    if (!fs::exists(folder() / "cases.json") || !fs::exists(folder() / "model/tokenizer.json"))
        GTEST_SKIP() << "the folder of fixtures is not there";
    const auto length = must(PromptLength::of(folder() / "model"));
    EXPECT_EQ(length.estimate(), "");
    const Json cases = must(readJson(folder() / "cases.json"));
    int compared = 0, withPictures = 0;
    for (const Json& one : cases["cases"]) {
        if (one["kind"] != "generate")
            continue;
        for (std::size_t i = 0; i < one["batch"].size(); ++i) {
            const Json& row = one["batch"][i];
            const Json& content = row["messages"][0]["content"];
            if (row["messages"].size() != 1)
                continue;
            Item item;
            item.question = content.is_string() ? content.get<std::string>()
                                                : content.back()["text"].get<std::string>();
            std::vector<ImageRow> pictures;
            for (const Json& name : row["images"]) {
                const auto picture =
                    must(image::decodeFile(parityFolder() / "images" / name.get<std::string>()));
                ImageRow image;
                image.width = picture.width;
                image.height = picture.height;
                pictures.push_back(image);
            }
            std::int64_t expected = 0;
            for (const Json& used : one["attention_mask"][i])
                expected += used.get<std::int64_t>();
            const auto tokens = must(length.count(item, pictures));
            EXPECT_EQ(tokens.total(), expected) << one["id"] << " " << i;
            EXPECT_EQ(tokens.pictures > 0, !pictures.empty());
            EXPECT_GE(length.atMost(item, pictures), expected);
            ++compared;
            withPictures += pictures.empty() ? 0 : 1;
        }
    }
    EXPECT_GT(compared, 1);
    EXPECT_EQ(withPictures > 0, std::string(GetParam()) != "llama_text");
}

INSTANTIATE_TEST_SUITE_P(
    Families, PromptLengths, testing::Values("llava15", "llavanext", "smolvlm", "llama_text"));

TEST(PromptLength, SaysWhereItIsAnEstimateAndWhatIsBroken)
{
    TemporaryFolder folder;
    EXPECT_EQ(PromptLength::of(folder.path()).error().kind, ErrorKind::NotFound);
    const auto model = fs::path(SLOOK_SOURCE_DIR) / "resources" / "model";
    fs::copy_file(model / "tokenizer.json", folder / "tokenizer.json");
    folder.write("config.json", R"({"model_type": "llava"})");
    EXPECT_NE(PromptLength::of(folder.path()).error().what.find("max_position_embeddings"),
        std::string::npos);
    folder.write("config.json",
        R"({"model_type": "another", "vision_config": {}, "text_config": {"max_position_embeddings": 9}})");
    const auto length = must(PromptLength::of(folder.path()));
    EXPECT_EQ(length.context(), 9);
    EXPECT_NE(length.estimate().find("without a chat template"), std::string::npos);
    EXPECT_NE(length.estimate().find("without pictures"), std::string::npos);
    ImageRow picture;
    picture.width = picture.height = 99;
    Item item;
    item.question = "What?";
    EXPECT_EQ(must(length.count(item, std::array { picture })).pictures, 0);
    folder.write("config.json",
        R"({"model_type": "llava", "vision_config": {"image_size": -1}, "text_config": {"max_position_embeddings": 9}})");
    const auto absurd = must(PromptLength::of(folder.path()));
    EXPECT_NE(absurd.estimate().find("without pictures"), std::string::npos);
}

TEST(PromptLength, TheEmbeddedModelTakes64TokensAPicture)
{
    const auto model = fs::path(SLOOK_SOURCE_DIR) / "resources" / "model";
    const auto length = must(PromptLength::of(model));
    EXPECT_EQ(length.context(), 1024); // config.json
    ImageRow picture;
    picture.width = 500;
    picture.height = 20;
    Item item;
    item.question = "What colour is it?";
    EXPECT_EQ(must(length.places(picture)), 64);
    EXPECT_EQ(length.patchSize(), 12); // vision_config of config.json: 96 / 12 = 8 a side
    EXPECT_EQ(length.pieceOf(4), "<image>"); // image_token_index
    EXPECT_EQ(length.pieceOf(-1), "");
    const std::vector pictures { picture, picture };
    const auto tokens = must(length.count(item, pictures));
    EXPECT_EQ(tokens.pictures, 128); // image_seq_length of config.json, twice
    item.options = { { "A", "red" }, { "B", "blue" } };
    EXPECT_GT(must(length.count(item, pictures)).text, tokens.text);
}

} // namespace
