#include "core/file.h"
#include "core/json.h"
#include "fixture.h"
#include "formats/json_records.h"
#include <map>
#include <nlohmann/json.hpp>

/// Benchmarks in the JSON of their authors; the counts are those of the slices' READMEs.
namespace slook::formats::test {
namespace {

namespace fs = std::filesystem;

Json documentOf(const fs::path& file)
{
    return must(parseJson(must(readFile(file)), file.string()));
}

/// Their pictures are not in the slices: one of a few pixels for each name.
class Benchmarks : public testing::Test {
protected:
    void SetUp() override
    {
        if (!fs::exists(shared("")))
            GTEST_SKIP() << "the folder of real data is not there";
    }

    void makePicture(const std::string& name) const
    {
        folder.write(name, png(static_cast<std::uint8_t>(name.size())));
    }

    [[nodiscard]] ImportBatch read(const std::string& file) const
    {
        ImportOptions options;
        options.imageRoot = folder.path();
        return must(readSource(shared(file), options));
    }

    static const Item& withKey(const ImportBatch& batch, const std::string& key)
    {
        const auto found = std::ranges::find(batch.items, key, &Item::key);
        if (found == batch.items.end())
            throw std::runtime_error("no item " + key);
        return *found;
    }

    TemporaryFolder folder;
};

TEST_F(Benchmarks, ScienceQaByPidWithPicturesOfTheirSplit)
{
    const auto file = "scienceqa/data/scienceqa/problems.json";
    EXPECT_EQ(must(sniffFormat(shared(file))), "scienceqa");
    const auto alone = must(readSource(shared(file)));
    EXPECT_EQ(alone.items.size(), 103u);
    EXPECT_EQ(alone.problems.size(), 97u) << "their pictures are not there";
    const auto problems = documentOf(shared(file));
    for (const auto& [pid, problem] : problems.items())
        if (problem["image"].is_string())
            makePicture("images/" + problem["split"].get<std::string>() + "/" + pid + "/image.png");
    const auto batch = read(file);
    ASSERT_EQ(batch.items.size(), 200u);
    std::map<std::string, int> splits;
    for (const auto& item : batch.items) {
        ++splits[item.split];
        const auto& problem = problems[item.key];
        const auto right = std::ranges::find(item.options, item.answer, &Option::label);
        ASSERT_NE(right, item.options.end());
        EXPECT_EQ(right->text, problem["choices"][problem["answer"].get<std::size_t>()]);
        EXPECT_EQ(item.hint, problem["hint"]);
    }
    EXPECT_EQ(
        splits, (std::map<std::string, int> { { "train", 70 }, { "val", 30 }, { "test", 100 } }));
}

TEST_F(Benchmarks, ACutObjectSaysHowManyRecordsAreWhole)
{
    const auto file = shared("scienceqa/data/scienceqa_truncated/problems.json");
    const auto refused = readSource(file);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("24 whole records"), std::string::npos)
        << refused.error().what;
    ImportOptions options;
    options.wholeRecordsOfCutFile = true;
    const auto batch = must(readSource(file, options));
    EXPECT_EQ(batch.items.size() + batch.problems.size(), 24u + 1u);
    EXPECT_EQ(batch.problems.back().reason, "the file is cut off in this record");
}

TEST_F(Benchmarks, MathVistaAnswersAreTextsOfChoices)
{
    const auto file = "other_benchmarks/mathvista/data/testmini.json";
    EXPECT_EQ(must(sniffFormat(shared(file))), "mathvista");
    const auto problems = documentOf(shared(file));
    for (const auto& [pid, one] : problems.items())
        makePicture(one["image"]);
    const auto batch = read(file);
    EXPECT_EQ(batch.items.size(), 40u);
    EXPECT_EQ(
        std::ranges::count_if(batch.items, [](const Item& i) { return !i.options.empty(); }), 21);
    EXPECT_EQ(withKey(batch, "10").answer, "E");
    EXPECT_EQ(withKey(batch, "40").answer, "7");
    EXPECT_EQ(withKey(batch, "40").split, "testmini");
}

TEST_F(Benchmarks, HallusionBenchAsksYesOrNo)
{
    const auto file = "other_benchmarks/hallusionbench/HallusionBench.json";
    EXPECT_EQ(must(sniffFormat(shared(file))), "hallusionbench");
    EXPECT_EQ(must(readSource(shared(file))).items.size(), 6u) << "those without a picture";
    const auto questions = documentOf(shared(file));
    for (const auto& one : questions)
        if (one["filename"].is_string())
            makePicture(one["filename"]);
    const auto batch = read(file);
    EXPECT_EQ(batch.items.size(), 60u);
    EXPECT_EQ(withKey(batch, "VD_figure_2_4_1_1").answer, "yes");
    EXPECT_EQ(withKey(batch, "VD_figure_2_4_1_1").question, "Are there any ducks in this figure?");
}

TEST_F(Benchmarks, StatementsOfVsrAreTrueOrNot)
{
    const auto file = "other_benchmarks/vsr/data/splits/random/dev.jsonl";
    EXPECT_EQ(must(sniffFormat(shared(file))), "vsr");
    const auto text = must(readFile(shared(file)));
    JsonRecords records(text);
    while (const auto record = records.next())
        makePicture(stringOr(must(parseJson(record->text, "")), "image"));
    const auto batch = read(file);
    ASSERT_EQ(batch.items.size(), 60u);
    EXPECT_EQ(batch.items[0].answer, "no");
    EXPECT_TRUE(
        batch.items[0].question.starts_with("The bench is at the right side of the train."));
    EXPECT_EQ(batch.items[1].answer, "yes");
}

TEST_F(Benchmarks, SugarCrepeDrawsWhichCaptionComesFirst)
{
    const auto file = "other_benchmarks/sugarcrepe/data/swap_obj.json";
    EXPECT_EQ(must(sniffFormat(shared(file))), "sugarcrepe");
    const auto captions = documentOf(shared(file));
    for (const auto& [key, one] : captions.items())
        makePicture(one["filename"]);
    const auto batch = read(file);
    ASSERT_EQ(batch.items.size(), 40u);
    int first = 0;
    for (const auto& item : batch.items) {
        first += item.answer == "A";
        EXPECT_EQ(item.options[item.answer == "A" ? 0 : 1].text, captions[item.key]["caption"]);
    }
    EXPECT_GT(first, 8); // of 40 coins: outside of 8..32 once in 10,000 times
    EXPECT_LT(first, 32);
}

TEST_F(Benchmarks, MmmuWithoutItsPicturesSaysWhereTheyAre)
{
    const auto file = "other_benchmarks/mmmu/mmmu-pro_output/gpt-4o_standard_10_options_cot.jsonl";
    EXPECT_EQ(must(sniffFormat(shared(file))), "mmmu");
    const auto refused = readSource(shared(file));
    const auto reason = refused ? refused->problems.at(0).reason : refused.error().what;
    EXPECT_NE(reason.find("Parquet"), std::string::npos) << reason;
}

TEST_F(Benchmarks, NumberedPicturesOfEvalscope)
{
    ImportOptions options;
    options.imageRoot = shared("other_benchmarks/evalscope");
    const auto batch = must(readSource(
        shared("other_benchmarks/evalscope/custom_eval/multimodal/mcq/example.jsonl"), options));
    ASSERT_GE(batch.items.size(), 3u);
    EXPECT_EQ(batch.itemImages[0].size(), 4u);
    EXPECT_EQ(batch.items[1].answer, "D");
}

TEST_F(Benchmarks, GaokaoHasItsQuestionsAndPictures)
{
    std::size_t questions = 0;
    std::size_t pictures = 0;
    for (const auto& entry : fs::directory_iterator(shared("gaokao_mm/Data"))) {
        if (entry.path().extension() != ".json")
            continue;
        EXPECT_EQ(must(sniffFormat(entry.path())), "gaokao-mm");
        const auto batch = must(readSource(entry.path()));
        EXPECT_TRUE(batch.problems.empty());
        questions += batch.items.size();
        for (const auto& images : batch.itemImages)
            pictures += images.size();
    }
    EXPECT_EQ(questions, 26u);
    EXPECT_EQ(pictures, 44u);
}

TEST(BenchmarkForms, SeedAndMmVetAreReadAsTheyArePublished)
{
    TemporaryFolder folder;
    folder.write("1", png(1));
    folder.write("v1_0.png", png(2));
    folder.write("seed.json", R"({"questions": [{"question_id": "7",
        "question": "How many?", "choice_a": "1", "choice_b": "2", "choice_c": "3", "choice_d": "4",
        "answer": "B", "data_id": "1", "question_type_id": 4}]})");
    const auto seed = must(readSource(folder.path() / "seed.json"));
    EXPECT_EQ(seed.source.format, "seed-bench");
    EXPECT_EQ(seed.items.at(0).answer, "B");
    EXPECT_EQ(seed.items.at(0).options.size(), 4u);
    EXPECT_EQ(seed.itemImages.at(0).size(), 1u);
    folder.write("vet.json", R"({"v1_0": {"imagename": "v1_0.png",
        "question": "What is x?", "answer": "-1<AND>-5", "capability": ["ocr", "math"]}})");
    const auto vet = must(readSource(folder.path() / "vet.json"));
    EXPECT_EQ(vet.source.format, "mm-vet");
    EXPECT_EQ(vet.items.at(0).category, "ocr+math");
}

/// The keys of the published rows; a record's answer is the letter of a choice.
TEST(BenchmarkForms, MmevalproHasTripletsOfQuestions)
{
    TemporaryFolder folder;
    folder.write("1.png", png(1));
    folder.write("pro.jsonl",
        R"({"index": 0, "triplet_id": 1, "question": "Which?", "choices": ["a", "b"], "answer": "B", "image": "1.png", "source": "MMMU", "question_category": "x", "eval_type": "Origin"}
{"index": 1, "triplet_id": 1, "question": "Seen?", "choices": "['c', 'd', 'e']", "answer": "C", "image": "1.png", "source": "MMMU", "eval_type": "Perception"}
{"index": 2, "triplet_id": 1, "question": "Known?", "choices": ["f", "g"], "answer": "Z", "image": "1.png", "source": "MMMU", "eval_type": "Knowledge"}
)");
    const auto batch = must(readSource(folder.path() / "pro.jsonl"));
    EXPECT_EQ(batch.source.format, "mmevalpro");
    ASSERT_EQ(batch.items.size(), 2u);
    EXPECT_EQ(batch.items[0].key, "0");
    EXPECT_EQ(batch.items[0].answer, "B");
    EXPECT_EQ(batch.items[0].category, "Origin");
    EXPECT_EQ(batch.items[1].options.size(), 3u);
    EXPECT_EQ(must(parseJson(batch.items[1].fields, ""))["triplet_id"], 1);
    ASSERT_EQ(batch.problems.size(), 1u);
    EXPECT_NE(batch.problems[0].reason.find("none of the options"), std::string::npos);

    folder.write("out.json",
        R"([{"index": 0, "triplet_id": 1, "model_output": "It is B.", "answer": "B", "source": "MMMU", "eval_type": "Origin"}])");
    const auto answers = must(readSource(folder.path() / "out.json"));
    EXPECT_EQ(answers.source.format, "mmevalpro-answers");
    EXPECT_EQ(answers.items.at(0).answer, "B");
}

TEST(BenchmarkForms, OddMembersAreProblemsAndNoCrash)
{
    TemporaryFolder folder;
    const auto file = folder.path() / "odd.json";
    folder.write("odd.json", R"({"1": {"question": "A?", "choices": ["a", "b"], "answer": 0,
        "hint": "", "image": null, "split": "test"}, "2": [], "3": {"question": "B?", "choices":
        ["a"], "answer": 1}, 4: "x", "5": {"question": "C?", "choices": {}, "answer": 0}})");
    const auto batch = must(readSource(file));
    EXPECT_EQ(batch.items.size(), 1u);
    EXPECT_GE(batch.problems.size(), 3u);
    for (const char* text : { "{", "{\"1\"", "{\"1\":", "{\"1\": {\"question\"" }) {
        folder.write("odd.json", text);
        ImportOptions options;
        options.format = "scienceqa";
        EXPECT_FALSE(readSource(file, options)) << text;
    }
}

} // namespace
} // namespace slook::formats::test
