#include "core/hash.h"
#include "core/json.h"
#include "fixture.h"
#include <map>
#include <nlohmann/json.hpp>
#include <set>

/// Real files; the counts are those of their READMEs.
namespace slook::formats::test {
namespace {

namespace fs = std::filesystem;

struct Counted {
    const char* file;
    int rows;
    std::size_t options; ///< of the first item
};

class Vlmevalkit : public testing::TestWithParam<Counted> { };

TEST_P(Vlmevalkit, ImportsEveryRow)
{
    SKIP_WITHOUT_SHARED();
    const auto file = shared("vlmevalkit/LMUData") / GetParam().file;
    EXPECT_EQ(must(sniffFormat(file)), "vlmevalkit");
    const auto batch = must(readSource(file));
    for (const auto& problem : batch.problems)
        ADD_FAILURE() << problem.line << " " << problem.key << ": " << problem.reason;
    EXPECT_EQ(batch.items.size(), static_cast<std::size_t>(GetParam().rows));
    EXPECT_EQ(batch.items[0].options.size() > 0, GetParam().options > 0);
    for (const auto& image : batch.images) {
        ASSERT_TRUE(image.row.width > 0 && image.row.height > 0);
        if (image.row.storedBytes) {
            EXPECT_EQ(sha256(must(image.load())), image.row.fileSha256);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Files, Vlmevalkit,
    testing::Values(Counted { "WorkbenchMix_DEV.tsv", 224, 1 },
        Counted { "WorkbenchMix_DEV_MULTI.tsv", 5, 1 },
        Counted { "WorkbenchMix_DEV_circular.tsv", 70, 1 },
        Counted { "WorkbenchMix_DEV_PATHS.tsv", 20, 1 },
        Counted { "WorkbenchMix_DEV_YORN.tsv", 40, 0 },
        Counted { "WorkbenchMix_DEV_VQA.tsv", 12, 0 },
        Counted { "WorkbenchMix_DEV_NOANSWER.tsv", 24, 1 },
        Counted { "WorkbenchMix_DEV_SQA.tsv", 18, 1 }));

TEST(RealFiles, TheMainTableHasTheSourcesAndPicturesThatItsReadmeNames)
{
    SKIP_WITHOUT_SHARED();
    const auto batch = must(readSource(shared("vlmevalkit/LMUData/WorkbenchMix_DEV.tsv")));
    std::map<std::string, int> sources;
    int several = 0;
    int chinese = 0;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const auto& item = batch.items[i];
        const auto fields = must(parseJson(item.fields, item.key));
        ++sources[stringOr(fields, "source")];
        several += batch.itemImages[i].size() > 1;
        chinese += stringOr(fields, "source") == "gaokao_mm";
        EXPECT_GE(batch.itemImages[i].size(), 1u);
        EXPECT_TRUE(item.options.size() >= 2 && item.options.size() <= 5) << item.key;
        EXPECT_EQ(item.answer.size(), 1u);
        EXPECT_TRUE(fields.contains("l2-category"));
    }
    EXPECT_EQ(sources,
        (std::map<std::string, int> { { "puzzlevqa", 28 }, { "mathvision", 64 }, { "easy_vqa", 56 },
            { "clothing", 20 }, { "vlms_are_blind", 38 }, { "gaokao_mm", 18 } }));
    EXPECT_EQ(several, 2);
    EXPECT_EQ(chinese, 18);
}

TEST(RealFiles, RotatedRowsShareTheBaseRowsPicture)
{
    SKIP_WITHOUT_SHARED();
    const auto batch = must(readSource(shared("vlmevalkit/LMUData/WorkbenchMix_DEV_circular.tsv")));
    std::map<std::string, std::set<std::vector<std::size_t>>> pictures;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const auto fields = must(parseJson(batch.items[i].fields, ""));
        pictures[stringOr(fields, "g_index")].insert(batch.itemImages[i]);
    }
    EXPECT_LT(pictures.size(), batch.items.size());
    for (const auto& [group, sets] : pictures)
        EXPECT_EQ(sets.size(), 1u) << group;
}

TEST(RealFiles, TextOnlyRowsAreKeptWithoutAPicture)
{
    SKIP_WITHOUT_SHARED();
    const auto batch = must(readSource(shared("vlmevalkit/LMUData/WorkbenchMix_DEV_SQA.tsv")));
    EXPECT_EQ(
        std::ranges::count_if(batch.itemImages, [](const auto& list) { return list.empty(); }), 14);
    EXPECT_EQ(batch.images.size(), 4u);
}

TEST(RealFiles, PicturesOfATableByPathLieBesideItOrUnderTheRoot)
{
    SKIP_WITHOUT_SHARED();
    const auto file = shared("vlmevalkit/LMUData/WorkbenchMix_DEV_PATHS.tsv");
    const auto beside = must(readSource(file));
    ImportOptions options;
    options.imageRoot = shared("vlmevalkit/LMUData/images/WorkbenchMix_DEV_PATHS");
    EXPECT_EQ(must(readSource(file, options)).items.size(), beside.items.size());
    EXPECT_FALSE(beside.images[0].row.storedBytes);
    EXPECT_TRUE(fs::path(beside.images[0].row.path).is_absolute());
    EXPECT_EQ(must(sha256OfFile(beside.images[0].row.path)), beside.images[0].row.fileSha256);
}

TEST(RealFiles, PredictionFilesAreTextOnlyQuestionsWithThePredictionKept)
{
    SKIP_WITHOUT_SHARED();
    for (const auto& entry : fs::directory_iterator(shared("vlmevalkit/predictions"))) {
        const auto batch = must(readSource(entry.path()));
        EXPECT_EQ(batch.items.size(), 64u);
        EXPECT_TRUE(must(parseJson(batch.items[0].fields, "")).contains("prediction"));
    }
}

TEST(RealFiles, EasyVqaHasItsQuestionsAndPictures)
{
    SKIP_WITHOUT_SHARED();
    for (const char* name : { "easy_vqa", "easy_vqa/data" }) {
        EXPECT_EQ(must(sniffFormat(shared(name))), "easy-vqa");
        const auto batch = must(readSource(shared(name)));
        EXPECT_EQ(batch.items.size(), 629u);
        EXPECT_TRUE(batch.problems.empty());
        std::set<std::string> paths;
        for (const auto& image : batch.images)
            paths.insert(image.row.path);
        EXPECT_LE(paths.size(), 63u) << "pictures of equal pixels are one";
        std::map<std::string, int> splits;
        for (const auto& item : batch.items) {
            ++splits[item.split];
            ASSERT_FALSE(item.options.empty());
            const auto written = stringOr(must(parseJson(item.fields, "")), "answer");
            const auto right = std::ranges::find(item.options, item.answer, &Option::label);
            ASSERT_NE(right, item.options.end());
            EXPECT_EQ(right->text, written);
            const auto kind = item.options.size();
            EXPECT_TRUE(kind == 2 || kind == 3 || kind == 8);
        }
        EXPECT_EQ(splits.size(), 2u);
    }
    const auto test = must(readSource(shared("easy_vqa/data/test/questions.json")));
    EXPECT_EQ(test.items[0].key, "test-0");
    EXPECT_EQ(test.items[0].split, "test");
    EXPECT_EQ(test.items[0].question, "what is the red shape?");
}

TEST(RealFiles, EasyVqasOrderOfOptionsHangsOnTheSeedAlone)
{
    SKIP_WITHOUT_SHARED();
    ImportOptions other;
    other.seed = 1;
    const auto source = shared("easy_vqa");
    const auto first = must(readSource(source));
    const auto again = must(readSource(source));
    const auto shuffled = must(readSource(source, other));
    int moved = 0;
    std::map<std::string, int> letters;
    for (std::size_t i = 0; i < first.items.size(); ++i) {
        EXPECT_EQ(first.items[i].answer, again.items[i].answer);
        moved += first.items[i].answer != shuffled.items[i].answer;
        if (first.items[i].options.size() == 3)
            ++letters[first.items[i].answer];
        if (first.items[i].options.size() == 2) {
            EXPECT_EQ(first.items[i].options[0].text, "yes");
        }
    }
    EXPECT_GT(moved, 20);
    EXPECT_EQ(letters.size(), 3u) << "no letter is always right";
}

TEST(RealFiles, FoldersOfPhotos)
{
    SKIP_WITHOUT_SHARED();
    const auto clothing = must(readSource(shared("clothing_photos")));
    EXPECT_EQ(clothing.source.format, "folder");
    EXPECT_EQ(clothing.items.size(), 100u);
    EXPECT_TRUE(clothing.problems.empty());
    std::map<std::string, int> classes;
    for (const auto& item : clothing.items)
        ++classes[item.category];
    EXPECT_EQ(classes.size(), 10u);
    EXPECT_EQ(classes.begin()->second, 10);
    EXPECT_EQ(clothing.items[0].split, "train");

    const auto coco = must(readSource(shared("coco_photos")));
    EXPECT_EQ(coco.items.size(), 20u);
    EXPECT_TRUE(coco.problems.empty()) << coco.problems[0].reason;
}

TEST(RealFiles, GitLfsPointersAreProblemsThatSayWhatToDo)
{
    SKIP_WITHOUT_SHARED();
    const auto batch =
        readSource(shared("llava/playground/data/eval/llava-bench-in-the-wild/questions.jsonl"));
    ASSERT_FALSE(batch);
    EXPECT_NE(batch.error().what.find("git lfs pull"), std::string::npos) << batch.error().what;
}

TEST(RealFiles, LlavasDemoQuestions)
{
    SKIP_WITHOUT_SHARED();
    const auto batch = must(readSource(shared("llava/serve_examples/questions.jsonl")));
    EXPECT_EQ(batch.source.format, "llava");
    EXPECT_EQ(batch.items.size(), 2u);
    EXPECT_EQ(batch.images.size(), 2u);
    EXPECT_EQ(batch.items[0].category, "detail");
}

/// The pictures of these are not in the slices, so each name that they use is made here.
class Llava : public testing::TestWithParam<Counted> { };

TEST_P(Llava, ImportsEveryRecord)
{
    SKIP_WITHOUT_SHARED();
    const auto file = shared("llava") / GetParam().file;
    TemporaryFolder root;
    const auto missing = readSource(file);
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().what.find("is not in"), std::string::npos) << missing.error().what;

    std::ifstream stream(file);
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    int made = 0;
    for (auto at = text.find("\"image\": \""); at != std::string::npos;
         at = text.find("\"image\": \"", at + 1)) {
        const auto name = text.substr(at + 10, text.find('"', at + 10) - at - 10);
        root.write(name, png(static_cast<std::uint8_t>(made++ % 250)));
    }
    ImportOptions options;
    options.imageRoot = root.path();
    const auto batch = must(readSource(file, options));
    EXPECT_EQ(batch.items.size(), static_cast<std::size_t>(GetParam().rows));
    EXPECT_TRUE(batch.problems.empty()) << batch.problems[0].reason;
    std::set<std::string> keys;
    for (const auto& item : batch.items) {
        keys.insert(item.key);
        EXPECT_EQ(item.question.find("<image>"), std::string::npos);
        EXPECT_FALSE(item.question.empty());
    }
    EXPECT_EQ(keys.size(), batch.items.size()) << "keys are unique though ids repeat";
}

INSTANTIATE_TEST_SUITE_P(Files, Llava,
    testing::Values(Counted { "playground/data/coco2014_val_qa_eval/qa90_questions.jsonl", 45, 0 },
        Counted { "playground/data/coco2014_val_gpt4_qa_30x3.jsonl", 45, 0 },
        Counted { "playground/data/eval/pope/llava_pope_test.jsonl", 178, 0 },
        Counted { "playground/data/eval/textvqa/llava_textvqa_val_v051_ocr.jsonl", 60, 0 },
        Counted { "playground/data/eval/vizwiz/llava_test.jsonl", 60, 0 },
        Counted { "instruct/llava_instruct_slice.json", 45, 0 },
        Counted { "pretrain/blip_laion_cc_sbu_slice.json", 60, 0 }));

TEST(RealFiles, JsonLinesNamedJsonWithNumbersAndTexts)
{
    SKIP_WITHOUT_SHARED();
    int items = 0;
    for (const auto& entry : fs::directory_iterator(shared("puzzlevqa/data"))) {
        if (entry.path().extension() != ".json")
            continue;
        const auto batch = must(readSource(entry.path()));
        EXPECT_TRUE(batch.problems.empty()) << entry.path() << batch.problems[0].reason;
        items += static_cast<int>(batch.items.size());
    }
    EXPECT_EQ(items, 80);
}

TEST(RealFiles, MathVision)
{
    SKIP_WITHOUT_SHARED();
    ImportOptions options;
    options.imageRoot = shared("mathvision");
    const auto batch = must(readSource(shared("mathvision/data/test.jsonl"), options));
    EXPECT_EQ(batch.items.size(), 80u);
    EXPECT_EQ(
        std::ranges::count_if(batch.items, [](const Item& i) { return i.options.empty(); }), 16);
}

/// Files whose pictures are not in the slices, or that have none: each name gets a picture here.
class WithPictures : public testing::TestWithParam<Counted> { };

TEST_P(WithPictures, ImportsEveryRecord)
{
    SKIP_WITHOUT_SHARED();
    const auto file = shared(GetParam().file);
    std::ifstream stream(file);
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    TemporaryFolder root;
    int made = 0;
    for (auto at = text.find(".jpg\""), from = at; at != std::string::npos;
         at = text.find(".jpg\"", at + 1)) {
        from = text.rfind('"', at) + 1;
        root.write(text.substr(from, at + 4 - from), png(static_cast<std::uint8_t>(made++ % 250)));
    }
    ImportOptions options;
    options.imageRoot = root.path();
    const auto batch = must(readSource(file, options));
    for (const auto& problem : batch.problems)
        ADD_FAILURE() << problem.line << " " << problem.key << ": " << problem.reason;
    EXPECT_EQ(batch.items.size(), static_cast<std::size_t>(GetParam().rows));
    EXPECT_EQ(batch.images.empty(), made == 0);
}

INSTANTIATE_TEST_SUITE_P(Files, WithPictures,
    testing::Values(Counted { "llama_factory/data/alpaca_en_demo.json", 20, 0 },
        Counted { "llama_factory/data/mllm_demo.json", 6, 0 },
        Counted { "other_benchmarks/pope/output/coco/coco_pope_random.json", 60, 0 },
        Counted { "other_benchmarks/pope/output/coco/coco_pope_popular.json", 60, 0 },
        Counted { "other_benchmarks/pope/output/coco/coco_pope_adversarial.json", 60, 0 },
        Counted { "preference_multimodal/povid_readme_example.json", 1, 0 },
        Counted { "preference_multimodal/stic_pref_sft.json", 36, 0 },
        Counted { "preference_multimodal/stic_6k_coco_names_slice.json", 100, 0 }));

TEST(RealFiles, PicturesOfVisionModelsAreBlind)
{
    SKIP_WITHOUT_SHARED();
    const auto questions = must(readSource(shared("vlms_are_blind/questions.jsonl")));
    EXPECT_EQ(questions.items.size(), 48u);
    EXPECT_TRUE(questions.problems.empty());
    EXPECT_EQ(must(readSource(shared("vlms_are_blind/src"))).items.size(), 48u);
}

/// Each turn of LLaVA's test conversion; a picture of the 97 is not in the slice.
TEST(RealFiles, ScienceQaAsLlavaConvertsIt)
{
    SKIP_WITHOUT_SHARED();
    const auto file = shared("scienceqa/llava/llava_test_CQM-A.json");
    const auto batch = must(readSource(file));
    EXPECT_EQ(batch.items.size() + batch.problems.size(), 100u);
    for (const auto& problem : batch.problems)
        EXPECT_NE(problem.reason.find("image.png"), std::string::npos) << problem.reason;
}

TEST(RealFiles, MessagesWithContentParts)
{
    SKIP_WITHOUT_SHARED();
    ImportOptions options;
    options.imageRoot = shared("other_benchmarks/evalscope");
    const auto batch = must(readSource(
        shared("other_benchmarks/evalscope/custom_eval/multimodal/vqa/example_openai.jsonl"),
        options));
    EXPECT_FALSE(batch.items.empty());
    EXPECT_FALSE(batch.images.empty());
}

/// LLaVA's answer files; the prompts are their questions, the answers stay in the fields.
class LlavaAnswers : public testing::TestWithParam<Counted> { };

TEST_P(LlavaAnswers, ImportEveryRecord)
{
    SKIP_WITHOUT_SHARED();
    const auto file = shared("llava/playground/data/eval") / GetParam().file;
    EXPECT_EQ(must(sniffFormat(file)), "llava-answers");
    const auto batch = must(readSource(file));
    for (const auto& problem : batch.problems)
        ADD_FAILURE() << problem.line << " " << problem.key << ": " << problem.reason;
    ASSERT_EQ(batch.items.size(), static_cast<std::size_t>(GetParam().rows));
    EXPECT_EQ(batch.items[0].options.size(), GetParam().options);
    for (const auto& item : batch.items) {
        const auto fields = must(parseJson(item.fields, item.key));
        for (const char* key :
            { "question_id", "prompt", "text", "answer_id", "model_id", "metadata" })
            EXPECT_TRUE(fields.contains(key)) << key;
        EXPECT_FALSE(item.question.empty());
        if (!item.options.empty()) {
            EXPECT_EQ(item.question.find("\nA. "), std::string::npos)
                << "options stand in the prompt only";
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Files, LlavaAnswers,
    testing::Values(Counted { "pope/answers/llava-v1.5-13b.jsonl", 178, 0 },
        Counted { "textvqa/answers/llava-v1.5-13b.jsonl", 60, 0 },
        Counted { "vizwiz/answers/llava-v1.5-13b.jsonl", 60, 0 },
        Counted { "mmbench/answers/mmbench_dev_20230712/llava-v1.5-13b.jsonl", 150, 2 },
        Counted { "llava-bench-in-the-wild/answers_gpt4.jsonl", 34, 0 }));

TEST(RealFiles, OthersAreRefusedWithAReason)
{
    SKIP_WITHOUT_SHARED();
    const char* files[] = { "scienceqa/data/scienceqa_truncated/problems.json",
        "llava/playground/data/eval/seed_bench/answers_upload/llava-v1.5-13b.jsonl",
        "easy_vqa/data/test/images/0.png", "README.md" };
    for (const char* file : files) {
        const auto batch = readSource(shared(file));
        ASSERT_FALSE(batch) << file;
        EXPECT_EQ(batch.error().kind, ErrorKind::Invalid) << file << message(batch.error());
    }
}

} // namespace
} // namespace slook::formats::test
