#include "core/file.h"
#include "core/json.h"
#include "fixture.h"
#include "formats/base64.h"
#include "formats/export.h"
#include "formats/json_records.h"
#include "formats/preference.h"
#include "formats/traces.h"
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

/// Preference pairs and traces in the forms of other programs, in and out.
namespace slook::formats::test {
namespace {

namespace fs = std::filesystem;

struct Texts {
    std::string prompt, chosen, rejected;
    std::size_t pictures = 0;
    auto operator<=>(const Texts&) const = default;
};

std::vector<Texts> textsIn(const ImportBatch& batch)
{
    std::vector<Texts> all;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const auto pair = pairTexts(must(parseJson(batch.items[i].fields, "")));
        all.push_back(
            { batch.items[i].question, pair.chosen, pair.rejected, batch.itemImages[i].size() });
    }
    return all;
}

/// The pairs as their slice's own list has them.
std::vector<Texts> sourceTexts()
{
    std::vector<Texts> all;
    const auto text = must(readFile(shared("preference_multimodal/pairs_source.jsonl")));
    JsonRecords records(text);
    while (const auto record = records.next()) {
        const auto json = must(parseJson(record->text, ""));
        all.push_back({ json["question"], json["chosen"], json["rejected"], 1 });
    }
    return all;
}

class PairFile : public testing::TestWithParam<const char*> { };

TEST_P(PairFile, HasThePairsOfItsSource)
{
    SKIP_WITHOUT_SHARED();
    const auto file = shared("preference_multimodal") / GetParam();
    EXPECT_EQ(must(sniffFormat(file)),
        std::string(GetParam()).starts_with("stic") ? "stic-pairs" : "pairs");
    const auto batch = must(readSource(file));
    for (const auto& problem : batch.problems)
        ADD_FAILURE() << problem.line << ": " << problem.reason;
    EXPECT_EQ(batch.items.size(), 36u);
    EXPECT_EQ(batch.source.items, 36);
    EXPECT_EQ(textsIn(batch), sourceTexts());
}

INSTANTIATE_TEST_SUITE_P(Forms, PairFile,
    testing::Values("llama_factory_dpo.json", "llama_factory_kto.json", "povid_preference.json",
        "Preference_Data_llava7b_MathVision_1.jsonl", "ms_swift_dpo.jsonl", "trl_vision_dpo.jsonl",
        "mdpo.json", "pairs_source.jsonl", "stic_pref.jsonl", "stic_pref.json"));

struct CountedPairs {
    const char* file;
    std::size_t items;
    std::size_t pairs;
};

class TextPairs : public testing::TestWithParam<CountedPairs> { };

TEST_P(TextPairs, AreTakenWithTheirEarlierTurns)
{
    SKIP_WITHOUT_SHARED();
    const auto batch = must(readSource(shared("llama_factory/data") / GetParam().file));
    EXPECT_EQ(batch.source.format, "pairs");
    for (const auto& problem : batch.problems)
        ADD_FAILURE() << problem.line << ": " << problem.reason;
    EXPECT_EQ(batch.items.size(), GetParam().items);
    const auto texts = textsIn(batch);
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count_if(
                  texts, [](const Texts& t) { return !t.chosen.empty() && !t.rejected.empty(); })),
        GetParam().pairs);
}

INSTANTIATE_TEST_SUITE_P(LlamaFactory, TextPairs,
    testing::Values(CountedPairs { "dpo_en_demo.json", 40, 40 },
        CountedPairs { "dpo_zh_demo.json", 20, 20 }, CountedPairs { "v1_dpo_demo.jsonl", 5, 5 },
        CountedPairs { "kto_en_demo.json", 30, 0 }));

TEST(PairForms, KeepSystemTextAndHistoryBesideTheQuestion)
{
    TemporaryFolder folder;
    const auto batch = must(readSource(folder.write("p.jsonl",
        R"({"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"One?"},
        {"role":"assistant","content":"1"},{"role":"user","content":"Two?"},
        {"role":"assistant","content":"2"}],"rejected_response":"3"})")));
    ASSERT_EQ(batch.items.size(), 1u);
    EXPECT_EQ(textsIn(batch)[0], (Texts { "Two?", "2", "3", 0 }));
    const auto fields = must(parseJson(batch.items[0].fields, ""));
    EXPECT_EQ(fields["system"], "Be brief.");
    ASSERT_EQ(fields["history"].size(), 2u);
    EXPECT_EQ(fields["history"][1]["content"], "1");
}

/// One record each of forms that no slice has; what they must become is the same everywhere.
TEST(PairForms, ReadWhatTheTrainersDocument)
{
    const char* records[] = {
        R"({"instruction":"Which","input":"one?","chosen":"a","rejected":"b"})",
        R"({"system":"","query":"<image>Which\none?","response":"a","rejected_response":"b",
            "images":["p.png"],"history":[["x","y"]]})",
        R"({"prompt":"Which\none?","chosen":"a","rejected":"b","image":"p.png"})",
        R"({"chosen":[{"role":"user","content":"Which\none?"},{"role":"assistant","content":"a"}],
            "rejected":[{"role":"user","content":"Which\none?"},{"role":"assistant","content":"b"}]})",
        R"({"idx":3,"image":"p.png","text":"{\"question\":\"Which\\none?\",\"chosen\":\"a\",\"rejected\":\"b\"}"})",
        R"({"messages":[{"role":"user","content":[{"type":"image","image":"p.png"},
            {"type":"text","text":"Which\none?"}]},{"role":"assistant","content":"a"}],
            "rejected_response":[{"role":"assistant","content":"b"}]})",
    };
    TemporaryFolder folder;
    folder.write("p.png", png(1));
    for (const char* record : records) {
        std::string text = record;
        std::erase(text, '\n'); // JSON Lines
        const auto batch = must(readSource(folder.write("p.jsonl", text)));
        ASSERT_EQ(batch.items.size(), 1u) << record;
        auto found = textsIn(batch)[0];
        EXPECT_EQ(found.pictures, text.find("p.png") == std::string::npos ? 0u : 1u) << record;
        found.pictures = 0;
        EXPECT_EQ(found, (Texts { "Which\none?", "a", "b", 0 })) << record;
    }
}

TEST(PairForms, LabelledAnswersToOneQuestionArePairedOnce)
{
    const auto line = [](const char* answer, bool label) {
        return std::string(R"({"prompt":"Q?","completion":")") + answer + R"(","label":)"
            + (label ? "true" : "false") + "}\n";
    };
    TemporaryFolder folder;
    const auto batch = must(readSource(folder.write("k.jsonl",
        line("good 1", true) + line("good 2", true) + line("bad 1", false)
            + line("good 3", true))));
    const auto texts = textsIn(batch);
    ASSERT_EQ(texts.size(), 3u);
    EXPECT_EQ(texts[0], (Texts { "Q?", "good 1", "bad 1", 0 }));
    EXPECT_EQ(texts[1], (Texts { "Q?", "good 2", "", 0 }));
    EXPECT_EQ(texts[2], (Texts { "Q?", "good 3", "", 0 }));
}

TEST(PairForms, PicturesMayStandInTheRecordItself)
{
    TemporaryFolder folder;
    const auto batch = must(readSource(folder.write("d.jsonl",
        R"({"messages":[{"role":"user","content":"<image>Q?"},{"role":"assistant","content":"a"}],"rejected_response":"b","images":["data:image/png;base64,)"
            + toBase64(png(9, 3)) + "\"]}\n")));
    ASSERT_EQ(batch.images.size(), 1u);
    EXPECT_EQ(batch.images[0].row.width, 3);
    EXPECT_TRUE(batch.images[0].row.storedBytes);
}

TEST(PairForms, RecordsThatAreNoneSayWhy)
{
    const std::pair<const char*, const char*> records[] = {
        { R"({"prompt":"Q","chosen":7,"rejected":"b"})", "neither a text nor turns" },
        { R"({"chosen":"a","rejected":"b"})", "no prompt" },
        { R"({"prompt":"Q","chosen":"","rejected":""})", "both of its sides are empty" },
        { R"({"prompt":[{"role":"wizard","content":"Q"}],"chosen":"a","rejected":"b"})",
            "neither a text nor a list of turns" },
        { R"({"chosen":[{"role":"user","content":"Q"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"R"},{"role":"assistant","content":"b"}]})",
            "different prompts" },
        { R"({"prompt":"Q","chosen":"a","rejected":"b","image":{"bytes":null}})", "file name" },
        { R"({"conversations":[{"from":"human","value":"Q"}],"rejected_conversations":[{"from":"gpt","value":"b"}]})",
            "neither a text nor turns" },
        { R"({"messages":[],"label":true})", "does not end with the model" },
        { R"({"prompt":"Q","chosen":"a","rejected":"b","images":["../p.png"]})", "" },
    };
    TemporaryFolder folder;
    for (const auto& [record, reason] : records) {
        const auto refused = readSource(folder.write("p.jsonl", std::string(record) + "\n"));
        ASSERT_FALSE(refused) << record;
        EXPECT_NE(refused.error().what.find(reason), std::string::npos)
            << record << ": " << refused.error().what;
    }
}

/// What was exported in each form comes back with the same texts and pictures.
TEST(PairForms, ComeBackAsTheyWereWritten)
{
    TemporaryFolder folder;
    ExportData data;
    for (const std::int64_t id : { 1, 2 }) {
        ImageRow image;
        image.id = { id };
        image.sha256 =
            image::pixelSha256(image::filled(4, 4, { static_cast<std::uint8_t>(id), 20, 30 }));
        image.format = "png";
        image.storedBytes = true;
        data.images.push_back(image);
        Item item;
        item.id = { id };
        item.key = "k" + std::to_string(id);
        item.images = { { id } };
        data.items.push_back(item);
        data.pairs.push_back({ { id }, { 1 }, "correctness", { id }, 2,
            "Which \"one\"?\nA. x\n" + std::to_string(id), "good \xE7\xBA\xA2\n\\boxed{A}",
            "bad\t*" });
    }
    data.imageBytes = [](ImageId id) {
        return Result<std::string>(png(static_cast<std::uint8_t>(id.value)));
    };
    for (const auto& format : pairFormats()) {
        const auto out = folder.path() / (format + ".json");
        ExportOptions options;
        options.format = format;
        const auto report = must(exportPairs(data, out, options));
        EXPECT_EQ(report.records, 2) << format;
        EXPECT_FALSE(report.notCarried.empty()) << format;
        const auto batch = must(readSource(out));
        EXPECT_EQ(batch.source.format, format == "stic" ? "stic-pairs" : "pairs") << format;
        ASSERT_EQ(batch.items.size(), 2u) << format;
        const auto texts = textsIn(batch);
        for (std::size_t i = 0; i < 2; ++i) {
            EXPECT_EQ(texts[i],
                (Texts { data.pairs[i].prompt, data.pairs[i].chosen, data.pairs[i].rejected, 1 }))
                << format;
            ASSERT_EQ(batch.itemImages[i].size(), 1u) << format;
            EXPECT_EQ(batch.images[batch.itemImages[i][0]].row.sha256, data.images[i].sha256)
                << format;
        }
    }
}

TEST(Traces, HaveTheTypesOfTheirReadme)
{
    SKIP_WITHOUT_SHARED();
    const std::pair<const char*, std::map<int, int>> files[] = {
        { "QAs_geminipro_MathVision_1_64.jsonl", { { 1, 7 }, { 2, 22 }, { 3, 4 }, { 4, 31 } } },
        { "QAs_qwenvlmax_MathVision_1_64.jsonl", { { 1, 8 }, { 2, 7 }, { 3, 9 }, { 4, 40 } } },
    };
    for (const auto& [name, expected] : files) {
        const auto file = shared("preference_multimodal") / name;
        EXPECT_EQ(must(sniffFormat(file)), "scl-traces");
        const auto batch = must(readSource(file));
        EXPECT_TRUE(batch.problems.empty());
        ASSERT_EQ(batch.items.size(), 64u);
        std::map<int, int> types;
        for (const auto& item : batch.items) {
            const auto fields = must(parseJson(item.fields, ""));
            const auto trace = traceOf(fields);
            EXPECT_FALSE(trace.review.empty());
            ASSERT_TRUE(trace.firstRight && trace.refinedRight);
            const int type =
                *trace.firstRight ? (*trace.refinedRight ? 1 : 3) : (*trace.refinedRight ? 2 : 4);
            EXPECT_EQ(fields["Type"], type);
            ++types[type];
        }
        EXPECT_EQ(types, expected);
        EXPECT_EQ(batch.items[0].options.size(), 5u) << "the option lines of the question";
        EXPECT_EQ(batch.items[0].options[4].text, "21:30");
        EXPECT_TRUE(batch.items[0].question.ends_with("4:00?"));
    }
}

} // namespace
} // namespace slook::formats::test
