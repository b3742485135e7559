#include "bad_input.h"
#include "image/encode.h"
#include "runs/directory.h"
#include <fstream>

namespace fs = std::filesystem;
using namespace slook;

namespace {

/// Inputs that show only while a run works.
class BadRunTest : public BadModelTest {
protected:
    std::string failedRun(Arguments arguments) const
    {
        std::string sentence = complaint(arguments);
        EXPECT_EQ(json({ "runs", project() })["runs"][0]["state"], "failed");
        expectKept(questions);
        return sentence;
    }
    Arguments smallRunWith(const Arguments& more) const
    {
        Arguments arguments = smallRun();
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    std::size_t answers() const
    {
        return json({ "show", project(), "responses" })["responses"].size();
    }
    void putAdapter(const std::string& config, const std::string& tensors) const
    {
        fs::create_directory(path("adapter"));
        write("adapter/adapter_config.json", config);
        if (!tensors.empty())
            write("adapter/adapter_model.safetensors", tensors);
    }
};

/// A safetensors file of zeros in float: names with shapes of two sizes.
std::string tensorsOf(const std::vector<std::pair<std::string, std::pair<int, int>>>& tensors)
{
    std::string header = "{";
    std::size_t end = 0;
    for (const auto& [name, shape] : tensors) {
        const std::size_t begin = end;
        end += static_cast<std::size_t>(shape.first) * static_cast<std::size_t>(shape.second) * 4;
        header += (header.size() > 1 ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":[)"
            + std::to_string(shape.first) + "," + std::to_string(shape.second)
            + "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
    }
    header += "}";
    std::string length;
    for (int i = 0; i < 8; ++i)
        length += static_cast<char>(header.size() >> (8 * i));
    return length + header + std::string(end, '\0');
}

constexpr const char* loraOnQueries =
    R"({"peft_type":"LORA","r":2,"lora_alpha":4,"target_modules":["q_proj"]})";

/// Bytes of the tensor `name` in a safetensors file become `value`, two by two.
void spoilTensor(const fs::path& file, const std::string& name, std::uint16_t value)
{
    std::string bytes = *readFile(file);
    std::uint64_t length = 0;
    for (int i = 7; i >= 0; --i)
        length = length << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
    const auto header = parseJson(bytes.substr(8, length), "header");
    const auto offsets = header->at(name).at("data_offsets");
    for (std::size_t at = offsets[0]; at < offsets[1].get<std::size_t>(); at += 2) {
        bytes[8 + length + at] = static_cast<char>(value & 255);
        bytes[8 + length + at + 1] = static_cast<char>(value >> 8);
    }
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

} // namespace

TEST_F(BadRunTest, AnAdapterWhoseLayersTheModelLacks)
{
    putAdapter(R"({"peft_type":"LORA","r":2,"lora_alpha":4,"target_modules":["nowhere_proj"]})",
        tensorsOf({ { "base_model.model.layers.0.nowhere_proj.lora_A.weight", { 2, 192 } },
            { "base_model.model.layers.0.nowhere_proj.lora_B.weight", { 192, 2 } } }));
    expectSentence(
        failedRun(smallRunWith({ "--adapter", path("adapter").string() })), "nowhere_proj");
}

TEST_F(BadRunTest, AnAdapterForALargerModel)
{
    const std::string layer =
        "base_model.model.language_model.model.layers.0.self_attn.q_proj.lora_";
    putAdapter(loraOnQueries,
        tensorsOf({ { layer + "A.weight", { 2, 4096 } }, { layer + "B.weight", { 4096, 2 } } }));
    expectSentence(failedRun(smallRunWith({ "--adapter", path("adapter").string() })), "adapter");
}

TEST_F(BadRunTest, AnAdapterInAPickleOrCut)
{
    putAdapter(loraOnQueries, "");
    write("adapter/adapter_model.bin", "\x80\x02}q\x01.");
    expectSentence(complaint(smallRunWith({ "--adapter", path("adapter").string() })), "adapter");
    write("adapter/adapter_model.safetensors", std::string(5, '\x40'));
    expectSentence(complaint(smallRunWith({ "--adapter", path("adapter").string() })), "adapter");
    expectSentence(complaint(smallRunWith({ "--adapter", path("nowhere").string() })), "nowhere");
    expectKept(questions);
}

TEST_F(BadRunTest, AQuestionBeyondTheContextCostsThatQuestionOnly)
{
    std::string question = "Is it";
    for (int i = 0; i < 3000; ++i)
        question += " very";
    const auto png = image::encodePng(image::filled(6, 6, { 1, 2, 3 }));
    write("small.png", { png.begin(), png.end() });
    write("long.tsv",
        "index\timage_path\tquestion\tA\tB\tanswer\nlongest\tsmall.png\t" + question
            + " big?\tyes\tno\tA\nshort\tsmall.png\tIs it big?\tyes\tno\tA\n");
    ASSERT_EQ(run({ "import", project(), path("long.tsv").string() }).exit, 0);
    const Outcome outcome = run(smallRun());
    EXPECT_EQ(json({ "runs", project() })["runs"][0]["state"], "done") << outcome.err;
    EXPECT_EQ(outcome.exit, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("longest"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("token"), std::string::npos) << outcome.err;
    std::set<std::int64_t> answered;
    const Json shown = json({ "show", project(), "responses" });
    for (const auto& one : shown["responses"])
        answered.insert(one["item"].get<std::int64_t>());
    EXPECT_EQ(answered.size(), static_cast<std::size_t>(questions) + 1);
    expectKept(questions + 2);
}

TEST_F(BadRunTest, WeightsThatHoldNoNumbers)
{
    constexpr std::uint16_t notANumber = 0x7e00; // float16
    spoilTensor(weights(), "language_model.model.norm.weight", notANumber);
    expectSentence(failedRun(smallRun()), "finite");
    EXPECT_EQ(answers(), 0u);
}

TEST_F(BadRunTest, AnAbsurdLearningRateIsRefusedBeforeTheRun)
{
    expectSentence(
        complaint(smallRunWith({ "--set", "training.learningRate=1e30" })), "learningRate");
    EXPECT_EQ(json({ "runs", project() })["runs"].size(), 0u);
}

TEST_F(BadRunTest, ATrainingThatRunsOffEveryNumberStopsBeforeItsNextStep)
{
    ASSERT_EQ(run({ "scenes", path("more").string(), "--count", "40", "--seed", "4" }).exit, 0);
    ASSERT_EQ(run({ "import", project(), path("more/scenes.tsv").string() }).exit, 0);
    // Every step multiplies the weights by 1 - 10 * 10.
    const std::string sentence = complaint(smallRunWith({ "--set", "training.learningRate=10",
        "--set", "training.weightDecay=10", "--set", "training.schedule=constant", "--set",
        "training.warmupRatio=0", "--set", "training.epochs=60", "--set", "training.batch=1",
        "--set", "training.microBatch=1", "--set", "pool.temperature=0.7" }));
    expectSentence(sentence, "finite");
    EXPECT_NE(sentence.find("learning rate"), std::string::npos) << sentence;
    EXPECT_EQ(json({ "runs", project() })["runs"][0]["state"], "failed");
    EXPECT_GT(answers(), 0u); // what was answered and measured before stays
    const Json shown = json({ "show", project(), "metrics" });
    for (const auto& one : shown["metrics"])
        EXPECT_TRUE(one["values"]["loss"].is_number()) << one;
    expectKept(questions + 40);
}
