#include "bad_input.h"
#include <fstream>
#include <functional>
#include <sys/stat.h>

namespace fs = std::filesystem;
using namespace slook;

namespace {

/// A way to spoil a model folder, and the file that the sentence must name.
struct Spoiled {
    const char* name;
    const char* object;
    std::function<void(const fs::path& folder)> spoil;
};

/// The first `from` becomes `to`, wherever it stands in the file.
void replaceIn(const fs::path& file, const std::string& from, const std::string& to)
{
    std::string bytes = *readFile(file);
    const auto at = bytes.find(from);
    ASSERT_NE(at, std::string::npos) << file;
    bytes.replace(at, from.size(), to);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

void put(const fs::path& file, std::string_view bytes)
{
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

std::function<void(const fs::path&)> removed(const char* name)
{
    return [name](const fs::path& folder) { fs::remove(folder / name); };
}
std::function<void(const fs::path&)> cut(const char* name, std::uintmax_t bytes)
{
    return [name, bytes](const fs::path& folder) { fs::resize_file(folder / name, bytes); };
}
std::function<void(const fs::path&)> changed(
    const char* name, const std::string& from, const std::string& to)
{
    return [=](const fs::path& folder) { replaceIn(folder / name, from, to); };
}

/// A vocabulary of `count` made-up words.
std::string hugeTokenizer(int count)
{
    std::string text = R"({"version":"1.0","added_tokens":[],"model":{"type":"BPE","vocab":{)";
    for (int i = 0; i < count; ++i)
        text += (i == 0 ? "\"w" : ",\"w") + std::to_string(i) + "\":" + std::to_string(i);
    return text + R"(},"merges":[]}})";
}

constexpr std::uintmax_t gibi = std::uintmax_t { 1 } << 30;

std::vector<Spoiled> ways()
{
    const char* weights = "model.safetensors";
    return {
        { "NoConfig", "config.json", removed("config.json") },
        { "NoTokenizer", "tokenizer.json", removed("tokenizer.json") },
        { "NoWeights", "model", removed(weights) },
        { "ConfigCut", "config.json", cut("config.json", 700) },
        { "ConfigOversized", "config.json", cut("config.json", gibi) }, // sparse
        { "ConfigOfAbsurdSizes", "config.json",
            changed("config.json", R"("intermediate_size": 512)",
                R"("intermediate_size": 4611686018427387904)") },
        { "ConfigOfAbsurdDepth", "config.json",
            changed(
                "config.json", R"("num_hidden_layers": 5)", R"("num_hidden_layers": 2000000000)") },
        { "ConfigThatFitsOtherWeights", "config.json",
            changed("config.json", R"("intermediate_size": 512)", R"("intermediate_size": 768)") },
        { "ConfigOfAnotherFamily", "config.json",
            changed("config.json", R"("model_type": "llava")", R"("model_type": "gpt99")") },
        { "ConfigThatIsAPipe", "config.json",
            [](const fs::path& folder) {
                fs::remove(folder / "config.json");
                ASSERT_EQ(::mkfifo((folder / "config.json").c_str(), 0600), 0);
            } },
        { "WeightsCut", weights, cut(weights, 100'000) },
        { "WeightsCutInTheirHeader", weights, cut(weights, 5'000) },
        { "WeightsEmpty", weights, cut(weights, 0) },
        { "WeightsGrown", weights, cut(weights, gibi) },
        { "WeightsWhoseHeaderLiesAboutItsLength", weights,
            [](const fs::path& folder) {
                std::fstream file(
                    folder / "model.safetensors", std::ios::in | std::ios::out | std::ios::binary);
                file.write("\0\0\0\0\0\0\0\x40", 8);
            } },
        { "WeightsThatLieAboutATensor", weights,
            changed(weights, R"("shape":[1024,192])", R"("shape":[9999,192])") },
        { "WeightsThatOverlap", weights,
            changed(weights, R"("data_offsets":[393216,393600])",
                R"("data_offsets":[393200,393600])") },
        { "WeightsWithoutATensor", "input_layernorm",
            changed(weights, "layers.0.input_layernorm", "layers.0.entry_layernorm") },
        { "WeightsInAPickle", "pytorch_model.bin",
            [](const fs::path& folder) {
                fs::rename(folder / "model.safetensors", folder / "pytorch_model.bin");
            } },
        { "APickleUnderTheNameOfWeights", weights,
            [](const fs::path& folder) {
                put(folder / "model.safetensors",
                    "\x80\x02}q\x01(X\x01\x00\x00\x00wq\x02K\x01u." + std::string(64, 'x'));
            } },
        { "AShardThatIsMissing", "model-00002-of-00002.safetensors",
            [](const fs::path& folder) {
                fs::rename(
                    folder / "model.safetensors", folder / "model-00001-of-00002.safetensors");
                put(folder / "model.safetensors.index.json",
                    R"({"weight_map":{"language_model.model.embed_tokens.weight":)"
                    R"("model-00001-of-00002.safetensors","language_model.model.norm.weight":)"
                    R"("model-00002-of-00002.safetensors"}})");
            } },
        { "ATokenizerCut", "tokenizer.json", cut("tokenizer.json", 20'000) },
        { "ATokenizerOversized", "tokenizer.json", cut("tokenizer.json", gibi) },
        { "ATokenizerOfTooManyWords", "tokenizer.json",
            [](const fs::path& folder) {
                put(folder / "tokenizer.json", hugeTokenizer(1'100'000));
            } },
        { "ATokenizerWithAnAbsurdId", "tokenizer.json",
            changed("tokenizer.json", R"("id": 1)", R"("id": 1099511627776)") },
        { "ATokenizerOfEndlessDepth", "tokenizer.json",
            [](const fs::path& folder) {
                put(folder / "tokenizer.json", std::string(1'000'000, '['));
            } },
    };
}

class SpoiledModel : public BadModelTest, public testing::WithParamInterface<Spoiled> { };

} // namespace

TEST_P(SpoiledModel, IsOneSentenceAndCostsNothing)
{
    GetParam().spoil(model());
    const std::string sentence = runIt();
    expectSentence(sentence, GetParam().object);
    expectKept(questions);
    // What the worker refused is a failed run with that sentence; what is seen before is no run.
    const Json known = json({ "runs", project() });
    for (const auto& one : known["runs"])
        EXPECT_EQ(one["state"], "failed");
    EXPECT_LE(known["runs"].size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Ways, SpoiledModel, testing::ValuesIn(ways()),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(BadModelTest, AMissingFolder)
{
    fs::remove_all(model());
    expectSentence(runIt(), model().string());
    EXPECT_EQ(json({ "runs", project() })["runs"].size(), 0u);
}

TEST_F(BadModelTest, InspectedTellsWhatARunWould)
{
    fs::resize_file(weights(), 100'000);
    expectSentence(complaint({ "model", "inspect", model().string() }), "model.safetensors");
    expectSentence(
        complaint({ "model", "chat", model().string(), "--ask", "Hello?" }), "model.safetensors");
}
