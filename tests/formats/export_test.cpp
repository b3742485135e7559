#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "fixture.h"
#include "formats/export.h"
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace slook::formats::test {
namespace {

namespace fs = std::filesystem;

class Export : public testing::Test {
protected:
    TemporaryFolder folder;
    ExportData data;
    ExportOptions options;

    void SetUp() override
    {
        addImage(1, true);
        addImage(2, false);
        addItem(1, "007", { { 1 } });
        addItem(2, "8", { { 1 } });
        addItem(3, "9", { { 2 }, { 1 } });
        data.imageBytes = [](ImageId id) {
            return Result<std::string>(png(static_cast<std::uint8_t>(id.value)));
        };
        for (const std::int64_t id : { 1, 2, 3 })
            data.pairs.push_back({ { id }, { 1 }, "correctness", { id }, 2, "Question?\nA. \"x\"",
                "good \xE7\xBA\xA2\nline", "bad\ttab", 2, 1 });
    }
    void addImage(std::int64_t id, bool stored)
    {
        ImageRow row;
        row.id = { id };
        row.sha256 =
            image::pixelSha256(image::filled(4, 4, { static_cast<std::uint8_t>(id), 20, 30 }));
        row.format = "png";
        row.storedBytes = stored;
        row.path = stored ? "" : folder.write("pool/two.png", png(2)).string();
        data.images.push_back(row);
    }
    void addItem(std::int64_t id, const std::string& key, std::vector<ImageId> images)
    {
        Item item;
        item.id = { id };
        item.key = key;
        item.question = "What \"is\"\n\tthis?";
        item.hint = "Look.";
        item.options = { { "A", "None" }, { "B", "3" }, { "C", "a\tb" } };
        item.answer = "B";
        item.category = "c";
        item.split = "dev";
        item.images = std::move(images);
        item.fields = R"({"l2-category":"deep","n":4})";
        data.items.push_back(std::move(item));
    }
    ExportReport pairsAs(const char* format, const fs::path& out)
    {
        options.format = format;
        return must(exportPairs(data, out, options));
    }
    std::vector<Json> lines(const fs::path& file)
    {
        std::vector<Json> records;
        std::ifstream stream(file);
        for (std::string line; std::getline(stream, line);)
            records.push_back(must(parseJson(line, file.string())));
        return records;
    }
    /// Each path names a picture file whose bytes are those handed over.
    void expectPicture(const std::string& name, std::uint8_t which)
    {
        EXPECT_EQ(must(readFile(folder / name)), png(which)) << name;
    }
};

TEST_F(Export, SclsFormIsOneArrayOfFourKeys)
{
    const auto report = pairsAs("scl", folder / "Preference.jsonl");
    EXPECT_EQ(report.records, 3);
    EXPECT_EQ(report.pictures, 2);
    const auto array = must(parseJson(must(readFile(folder / "Preference.jsonl")), ""));
    ASSERT_EQ(array.size(), 3u);
    std::vector<std::string> keys;
    for (const auto& [key, value] : array[0].items())
        keys.push_back(key);
    EXPECT_EQ(keys, (std::vector<std::string> { "image", "prompt", "chosen", "rejected" }));
    EXPECT_EQ(array[0]["chosen"], "good \xE7\xBA\xA2\nline");
    expectPicture(array[0]["image"], 1);
    expectPicture(array[2]["image"], 2);
    ASSERT_EQ(report.notCarried.size(), 2u);
    EXPECT_NE(report.notCarried[1].find("1 pairs lost"), std::string::npos);
}

TEST_F(Export, TrlsFormHasOneImagePartForEachPicture)
{
    pairsAs("trl", folder / "t.jsonl");
    const auto records = lines(folder / "t.jsonl");
    ASSERT_EQ(records.size(), 3u);
    for (const auto& record : records) {
        const auto& content = record["prompt"][0]["content"];
        const auto parts =
            std::ranges::count_if(content, [](const Json& p) { return p["type"] == "image"; });
        EXPECT_EQ(static_cast<std::size_t>(parts), record["images"].size());
        EXPECT_EQ(content.back()["text"], "Question?\nA. \"x\"");
        EXPECT_EQ(record["prompt"][0]["role"], "user");
        EXPECT_EQ(record["chosen"][0]["role"], "assistant");
        EXPECT_EQ(record["rejected"][0]["content"][0]["text"], "bad\ttab");
    }
    EXPECT_EQ(records[2]["images"].size(), 2u);
    expectPicture(records[2]["images"][0], 2);
}

TEST_F(Export, LlamaFactorysFormHasAsManyMarksAsPicturesAndARegister)
{
    folder.write("dataset_info.json", R"({"other": {"file_name": "o.json"}})");
    const auto report = pairsAs("llama-factory", folder / "mine.json");
    const auto array = must(parseJson(must(readFile(folder / "mine.json")), ""));
    for (const auto& record : array) {
        const auto text = record["conversations"][0]["value"].get<std::string>();
        std::size_t marks = 0;
        for (auto at = text.find("<image>"); at != std::string::npos;
             at = text.find("<image>", at + 1))
            ++marks;
        EXPECT_EQ(marks, record["images"].size());
        EXPECT_EQ(record["chosen"]["from"], "gpt");
    }
    const auto info = must(parseJson(must(readFile(folder / "dataset_info.json")), ""));
    EXPECT_TRUE(info.contains("other"));
    EXPECT_EQ(info["mine"]["ranking"], true);
    EXPECT_EQ(info["mine"]["file_name"], "mine.json");
    EXPECT_EQ(info["mine"]["columns"]["messages"], "conversations");
    EXPECT_EQ(report.files.size(), 2u);
}

TEST_F(Export, MsSwiftsLastMessageIsTheChosenAnswer)
{
    pairsAs("ms-swift", folder / "s.jsonl");
    const auto records = lines(folder / "s.jsonl");
    EXPECT_EQ(records[0]["messages"].back()["content"], "good \xE7\xBA\xA2\nline");
    EXPECT_EQ(records[0]["messages"][0]["content"], "<image>Question?\nA. \"x\"");
    EXPECT_EQ(records[0]["rejected_response"], "bad\ttab");
    EXPECT_EQ(records[2]["images"].size(), 2u);
}

/// The slices hold the same pairs in every program's own form: our records have the same keys.
TEST_F(Export, HasTheKeysOfRealFilesOfEachForm)
{
    SKIP_WITHOUT_SHARED();
    const std::pair<const char*, const char*> forms[] = {
        { "scl", "Preference_Data_llava7b_MathVision_1.jsonl" }, { "trl", "trl_vision_dpo.jsonl" },
        { "llama-factory", "llama_factory_dpo.json" }, { "ms-swift", "ms_swift_dpo.jsonl" }
    };
    const auto shape = [](auto&& self, const Json& json) -> std::string {
        if (json.is_array())
            return "[" + (json.empty() ? "" : self(self, json.back())) + "]";
        if (!json.is_object())
            return json.type_name();
        std::map<std::string, std::string> members;
        for (const auto& [key, value] : json.items())
            members[key] = self(self, value);
        std::string text = "{";
        for (const auto& [key, value] : members)
            text += key + ":" + value + ",";
        return text + "}";
    };
    const auto first = [](const std::string& text) {
        const auto whole = parseJson(text, "");
        return whole ? (*whole)[0] : must(parseJson(text.substr(0, text.find('\n')), ""));
    };
    for (const auto& [format, name] : forms) {
        pairsAs(format, folder / "x.json");
        const auto ours = first(must(readFile(folder / "x.json")));
        const auto theirs = first(must(readFile(shared("preference_multimodal") / name)));
        EXPECT_EQ(shape(shape, ours), shape(shape, theirs)) << format;
    }
}

TEST_F(Export, CanNamePicturesWhereTheyLie)
{
    options.copyPictures = false;
    const auto report = pairsAs("trl", folder / "t.jsonl");
    EXPECT_EQ(report.pictures, 1) << "only the one that lies in the project";
    EXPECT_EQ(lines(folder / "t.jsonl")[2]["images"][0], (folder / "pool/two.png").string());
}

TEST_F(Export, WritesAllOrNothing)
{
    const auto out = folder.write("out/old.jsonl", "old");
    options.format = "trl";
    auto broken = data;
    broken.items.pop_back();
    EXPECT_EQ(exportPairs(broken, out, options).error().kind, ErrorKind::Invalid);
    broken = data;
    broken.imageBytes = [](ImageId) { return Result<std::string>(fail(ErrorKind::Io, "gone")); };
    EXPECT_EQ(exportPairs(broken, out, options).error().what, "gone");
    auto stopping = options;
    stopping.stopRequested = [] { return true; };
    EXPECT_EQ(exportPairs(data, out, stopping).error().kind, ErrorKind::Stopped);
    EXPECT_EQ(must(readFile(out)), "old");
    EXPECT_FALSE(exportPairs(data, folder / "no/such/folder.jsonl", { .format = "scl" }));
    options.format = "xyz";
    EXPECT_EQ(exportPairs(data, out, options).error().kind, ErrorKind::Invalid);
    options.format = "trl";
    EXPECT_EQ(exportPairs({}, out, options).error().kind, ErrorKind::Invalid);
}

/// What was exported, imported again: the same questions and pixels.
void expectSame(const ImportBatch& batch, const ExportData& data)
{
    EXPECT_TRUE(batch.problems.empty());
    ASSERT_EQ(batch.items.size(), data.items.size());
    for (std::size_t i = 0; i < data.items.size(); ++i) {
        const auto& back = batch.items[i];
        const auto& item = data.items[i];
        EXPECT_EQ(back.key, item.key);
        EXPECT_EQ(back.question, item.question);
        EXPECT_EQ(back.answer, item.answer);
        EXPECT_EQ(back.category, item.category);
        EXPECT_EQ(back.split, item.split);
        ASSERT_EQ(back.options.size(), item.options.size());
        for (std::size_t k = 0; k < item.options.size(); ++k)
            EXPECT_EQ(back.options[k].text, item.options[k].text);
        ASSERT_EQ(batch.itemImages[i].size(), item.images.size());
        for (std::size_t k = 0; k < item.images.size(); ++k)
            EXPECT_EQ(batch.images[batch.itemImages[i][k]].row.sha256,
                data.images[static_cast<std::size_t>(item.images[k].value) - 1].sha256);
    }
}

TEST_F(Export, ItemsComeBackFromTheirTable)
{
    options.format = "vlmevalkit";
    const auto report = must(exportItems(data, folder / "t.tsv", options));
    EXPECT_EQ(report.records, 3);
    const auto batch = must(readSource(folder / "t.tsv"));
    expectSame(batch, data);
    EXPECT_EQ(batch.items[0].hint, "Look.");
    EXPECT_EQ(stringOr(must(parseJson(batch.items[0].fields, "")), "l2-category"), "deep");
    EXPECT_EQ(stringOr(must(parseJson(batch.items[0].fields, "")), "n"), "4");
}

TEST_F(Export, ItemsComeBackFromTheirLines)
{
    options.format = "jsonl";
    EXPECT_EQ(must(exportItems(data, folder / "t.jsonl", options)).pictures, 2);
    expectSame(must(readSource(folder / "t.jsonl")), data);
}

TEST_F(Export, ARealTableComesBackTheSame)
{
    SKIP_WITHOUT_SHARED();
    const auto batch = must(readSource(shared("vlmevalkit/LMUData/WorkbenchMix_DEV_MULTI.tsv")));
    ExportData real;
    for (std::size_t i = 0; i < batch.images.size(); ++i) {
        real.images.push_back(batch.images[i].row);
        real.images.back().id = { static_cast<std::int64_t>(i) + 1 };
    }
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        real.items.push_back(batch.items[i]);
        for (const auto position : batch.itemImages[i])
            real.items.back().images.push_back({ static_cast<std::int64_t>(position) + 1 });
    }
    real.imageBytes = [&](ImageId id) {
        return batch.images[static_cast<std::size_t>(id.value) - 1].load();
    };
    options.format = "vlmevalkit";
    must(exportItems(real, folder / "again.tsv", options));
    expectSame(must(readSource(folder / "again.tsv")), real);
}

TEST_F(Export, ResponsesHaveTheirQuestionAndVerdicts)
{
    ResponseRow row;
    row.id = { 5 };
    row.item = { 2 };
    row.stage = "before";
    row.turn = 2;
    row.text = "B \xFF";
    row.logprob = std::nan("");
    row.decoding = R"({"temperature":0})";
    row.tokenIds = { 1, 2 };
    data.responses = { row };
    data.extractions = { { { 5 }, "ours", "letter", 0, 1, "B", true },
        { { 5 }, "other", "", -1, -1, "", {} }, { { 6 }, "ours", "", -1, -1, "", {} } };
    options.format = "jsonl";
    EXPECT_EQ(must(exportResponses(data, folder / "r.jsonl", options)).records, 1);
    const auto record = lines(folder / "r.jsonl")[0];
    EXPECT_EQ(record["key"], "8");
    EXPECT_EQ(record["turn"], 2);
    EXPECT_EQ(record["right_answer"], "B");
    EXPECT_EQ(record["decoding"]["temperature"], 0);
    ASSERT_EQ(record["extractions"].size(), 2u);
    EXPECT_EQ(record["extractions"][0]["correct"], true);
    EXPECT_TRUE(record["extractions"][1]["correct"].is_null());
    EXPECT_TRUE(record["logprob"].is_null());
}

} // namespace
} // namespace slook::formats::test
