#include "core/file.h"
#include "temporary_folder.h"
#include "workbench/model_info.h"
#include <gtest/gtest.h>

using namespace slook;
namespace fs = std::filesystem;

namespace {

/// A copy of the embedded model that a test may damage.
class ModelFolder {
public:
    ModelFolder() { fs::copy(fs::path(SLOOK_SOURCE_DIR) / "resources/model", path()); }
    fs::path path() const { return m_folder.path() / "model"; }
    void write(const char* name, const std::string& bytes) const
    {
        ASSERT_TRUE(writeFileAtomically(path() / name, bytes).has_value());
    }
    /// The one sentence that inspecting the folder fails with.
    std::string complaint() const
    {
        const auto info = workbench::inspectModel(path());
        return info ? "" : message(info.error());
    }

private:
    TemporaryFolder m_folder;
};

std::string header(const std::string& json)
{
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i)
        bytes[i] = static_cast<char>((json.size() >> (8 * i)) & 255);
    return bytes + json;
}

} // namespace

TEST(ModelInfo, ReadsTheEmbeddedModel)
{
    const auto info = workbench::inspectModel(fs::path(SLOOK_SOURCE_DIR) / "resources/model");
    ASSERT_TRUE(info.has_value()) << message(info.error());
    EXPECT_EQ(info->type, "llava");
    EXPECT_EQ(info->languageModel, "llama");
    EXPECT_GT(info->parameters, 1'000'000);
    EXPECT_LT(info->weightBytes, 16u << 20);
    EXPECT_NE(info->chatTemplate.find("messages"), std::string::npos);
    EXPECT_NE(info->chatTemplateFile.find("chat_template.jinja"), std::string::npos);
    EXPECT_EQ(info->chatTemplateProblem, "");
}

TEST(ModelInfo, FindsAChatTemplateWhereverItStandsAndSaysWhatIsWrongWithIt)
{
    const ModelFolder model;
    fs::remove(model.path() / "chat_template.jinja");
    model.write("tokenizer_config.json", R"({"chat_template": "{{ messages }}"})");
    auto info = workbench::inspectModel(model.path());
    ASSERT_TRUE(info.has_value()) << message(info.error());
    EXPECT_EQ(info->chatTemplate, "{{ messages }}");
    EXPECT_NE(info->chatTemplateFile.find("tokenizer_config.json"), std::string::npos);
    model.write("chat_template.jinja", "{% if");
    info = workbench::inspectModel(model.path());
    ASSERT_TRUE(info.has_value()) << "another one may be chosen";
    EXPECT_EQ(info->chatTemplate, "");
    EXPECT_NE(info->chatTemplateProblem.find("chat_template.jinja"), std::string::npos);
}

TEST(ModelInfo, CountsParametersOfTheHeader)
{
    const ModelFolder model;
    model.write("model.safetensors",
        header(R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
               R"("b":{"dtype":"F16","shape":[4],"data_offsets":[24,32]}})")
            + std::string(32, '\0'));
    const auto info = workbench::inspectModel(model.path());
    ASSERT_TRUE(info.has_value()) << message(info.error());
    EXPECT_EQ(info->parameters, 10);
    EXPECT_EQ(info->parametersByType.at("F32"), 6);
    EXPECT_EQ(info->parametersByType.at("F16"), 4);
}

TEST(ModelInfo, SaysWhichFileIsMissing)
{
    const ModelFolder model;
    fs::remove(model.path() / "tokenizer.json");
    EXPECT_NE(model.complaint().find("tokenizer.json"), std::string::npos);
    fs::remove(model.path() / "model.safetensors");
    EXPECT_NE(model.complaint().find("model.safetensors"), std::string::npos);
    fs::remove(model.path() / "config.json");
    EXPECT_NE(model.complaint().find("config.json"), std::string::npos);
    fs::remove_all(model.path());
    EXPECT_NE(model.complaint().find("no folder"), std::string::npos);
}

TEST(ModelInfo, RefusesPicklesWithoutOpeningThem)
{
    const ModelFolder model;
    fs::remove(model.path() / "model.safetensors");
    model.write("pytorch_model.bin", "not read");
    EXPECT_NE(model.complaint().find("pickle (pytorch_model.bin)"), std::string::npos);
}

TEST(ModelInfo, NoticesTruncatedLyingAndForeignWeightFiles)
{
    const ModelFolder model;
    const fs::path weights = model.path() / "model.safetensors";
    fs::resize_file(weights, fs::file_size(weights) - 1);
    EXPECT_NE(model.complaint().find("truncated"), std::string::npos);
    fs::resize_file(weights, fs::file_size(weights) + 5);
    EXPECT_NE(model.complaint().find("damaged"), std::string::npos);
    for (const std::string& bytes : { std::string("abc"), std::string(64, '\xff'),
             header("{}") + "x", header("[1]"), header(R"({"a":{"shape":[-1]}})"),
             header(R"({"a":{"dtype":"F32","shape":[1099511627776,1099511627776],)"
                    R"("data_offsets":[0,4]}})"),
             header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{}})") }) {
        model.write("model.safetensors", bytes);
        EXPECT_FALSE(model.complaint().empty());
    }
}

TEST(ModelInfo, RefusesAnIndexThatLeavesTheFolder)
{
    const ModelFolder model;
    model.write("model.safetensors.index.json", R"({"weight_map":{"a":"../other.safetensors"}})");
    EXPECT_NE(model.complaint().find("outside the folder"), std::string::npos);
}
