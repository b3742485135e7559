#include "core/file.h"
#include "core/json.h"
#include "image/encode.h"
#include "must.h"
#include "temporary_folder.h"
#include "workbench/export.h"
#include "workbench/import.h"
#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

namespace slook::workbench::test {
namespace {

namespace fs = std::filesystem;

class ImportAnswers : public testing::Test {
protected:
    void SetUp() override { m_project.emplace(must(store::Project::create(m_folder / "p.slook"))); }

    ImportReport imported(const fs::path& file) { return must(importInto(*m_project, file, {})); }
    fs::path written(const std::string& name, const std::string& text) const
    {
        must(writeFileAtomically(m_folder / name, text));
        return m_folder / name;
    }
    static fs::path sharedFile(const std::string& name)
    {
        return fs::path(SLOOK_SHARED_DIR) / "data" / name;
    }
    std::string checkNamed(const ImportPreview& preview, const std::string& words) const
    {
        for (const auto& check : preview.checks)
            if (check.text.find(words) != std::string::npos)
                return (check.fine ? "fine: " : "look: ") + check.text;
        return "no such check";
    }
    static std::string drawn(int red)
    {
        const auto bytes =
            image::encodePng(image::filled(4, 4, { static_cast<std::uint8_t>(red), 1, 2 }));
        return { bytes.begin(), bytes.end() };
    }

    TemporaryFolder m_folder;
    std::optional<store::Project> m_project;
};

TEST_F(ImportAnswers, TracesAreTransitionsOfTheTypesThatTheirReadmeCounts)
{
    const auto file = sharedFile("preference_multimodal/QAs_geminipro_MathVision_1_64.jsonl");
    if (!fs::exists(file))
        GTEST_SKIP() << "the folder of real data is not there";
    const auto report = imported(file);
    ASSERT_TRUE(report.pairs.has_value());
    EXPECT_EQ(report.pairs->answers, 128);
    EXPECT_EQ(report.pairs->pairs, 0);
    const auto run = must(m_project->run(report.pairs->run));
    EXPECT_EQ(run.state, RunState::Done);
    std::array<int, 5> types {};
    for (const auto& row : must(m_project->transitions(run.id, "trace", "file")))
        ++types[static_cast<std::size_t>(row.type())];
    EXPECT_EQ(types, (std::array { 0, 7, 22, 4, 31 }));
    EXPECT_EQ(must(m_project->transitions(run.id, "trace", "ours")).size(), 64u);

    ExportOptions options;
    options.format = "scl-traces";
    options.out = m_folder / "back.jsonl";
    EXPECT_EQ(must(exportResponses(*m_project, run, options)).rows, 64);
    const auto again = must(importInto(*m_project, options.out, {}));
    const auto second = must(m_project->run(again.pairs->run));
    const auto before = must(m_project->responses(run.id, "trace"));
    const auto after = must(m_project->responses(second.id, "trace"));
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i)
        EXPECT_EQ(before[i].text, after[i].text);
    types = {};
    for (const auto& row : must(m_project->transitions(second.id, "trace", "file")))
        ++types[static_cast<std::size_t>(row.type())];
    EXPECT_EQ(types, (std::array { 0, 7, 22, 4, 31 }));
}

TEST_F(ImportAnswers, LlavasAnswersAreFiledUnderTheQuestionsThatAreThereAndGoOutAgain)
{
    const auto eval = sharedFile("llava/playground/data/eval");
    if (!fs::exists(eval))
        GTEST_SKIP() << "the folder of real data is not there";
    const auto questions = must(readFile(eval / "pope/llava_pope_test.jsonl"));
    std::istringstream lines(questions);
    for (std::string line; std::getline(lines, line);)
        written(stringOr(must(parseJson(line, "")), "image"), drawn(1));
    ImportOptions withPictures;
    withPictures.imageRoot = m_folder.path();
    must(importInto(*m_project, eval / "pope/llava_pope_test.jsonl", withPictures));
    const auto before = must(m_project->items());
    ASSERT_EQ(before.size(), 178u); // its README
    for (const char* name : { "pope/answers/llava-v1.5-13b.jsonl",
             "mmbench/answers/mmbench_dev_20230712/llava-v1.5-13b.jsonl" }) {
        const auto report = imported(eval / name);
        ASSERT_TRUE(report.pairs.has_value());
        const bool pope = std::string(name).starts_with("pope");
        EXPECT_EQ(report.pairs->answers, pope ? 178 : 150);
        EXPECT_EQ(report.pairs->known, pope ? 178 : 0);
        EXPECT_EQ(report.source.items, pope ? 0 : 150);
        const auto run = must(m_project->run(report.pairs->run));
        for (const auto& answer : must(m_project->responses(run.id, "answer")))
            EXPECT_EQ(std::ranges::any_of(
                          before, [&](const Item& item) { return item.id == answer.item; }),
                pope);
        ExportOptions options;
        options.format = "llava-answers";
        options.out = m_folder / "back.jsonl";
        EXPECT_EQ(must(exportResponses(*m_project, run, options)).rows, report.pairs->answers);
        const auto original = must(readFile(eval / name));
        const auto back = must(readFile(options.out));
        std::istringstream theirs(original), ours(back);
        std::string one, other;
        while (std::getline(theirs, one) && std::getline(ours, other))
            EXPECT_EQ(must(parseJson(one, "")), must(parseJson(other, "")));
        EXPECT_FALSE(std::getline(ours, other));
    }
    must(m_project->undo());
    must(m_project->undo());
    EXPECT_TRUE(must(m_project->runs()).empty());
    EXPECT_EQ(must(m_project->items()).size(), 178u) << "the questions were there before";
}

TEST_F(ImportAnswers, MmevalprosAnswersAreMarkedByItsOwnRule)
{
    written("1.png", drawn(1));
    imported(written("pro.jsonl",
        R"({"index": 0, "triplet_id": 1, "question": "Which?", "choices": ["a", "b"], "answer": "B", "image": "1.png", "source": "MMMU", "eval_type": "Origin"}
{"index": 1, "triplet_id": 1, "question": "Seen?", "choices": ["c", "d"], "answer": "A", "image": "1.png", "source": "MMMU", "eval_type": "Perception"}
)"));
    const std::string file = R"([
 {"index": 0, "triplet_id": 1, "model_output": "B.", "answer": "B", "source": "MMMU", "eval_type": "Origin"},
 {"index": 1, "triplet_id": 2, "model_output": "D", "answer": "A", "source": "MMMU", "eval_type": "Perception"}
])";
    const auto report = imported(written("out.json", file));
    ASSERT_TRUE(report.pairs.has_value());
    EXPECT_EQ(report.pairs->answers, 2);
    EXPECT_EQ(report.pairs->known, 1) << "the second is of another triplet";
    const auto run = must(m_project->run(report.pairs->run));
    std::vector<std::optional<bool>> verdicts;
    for (const auto& row : must(m_project->extractionsOf(run.id, "file")))
        verdicts.push_back(row.correct);
    std::ranges::sort(verdicts); // auto_score.py: the letter stands in the output
    EXPECT_EQ(verdicts, (std::vector<std::optional<bool>> { false, true }));
    ExportOptions options;
    options.format = "mmevalpro-answers";
    options.out = m_folder / "back.json";
    EXPECT_EQ(must(exportResponses(*m_project, run, options)).rows, 2);
    auto back = must(parseJson(must(readFile(options.out)), ""));
    std::sort(back.begin(), back.end(),
        [](const Json& a, const Json& b) { return a["index"].get<int>() < b["index"].get<int>(); });
    EXPECT_EQ(back, must(parseJson(file, "")));
}

TEST_F(ImportAnswers, PredictionsAreAnswersWithTheJudgesVerdict)
{
    const auto report = imported(written("model_Bench_judge_result.tsv",
        "index\tquestion\tA\tB\tanswer\tprediction\thit\n"
        "1\tWhich?\tred\tblue\tA\tIt is red, so A.\t1\n"
        "2\tWhich?\tred\tblue\tA\tB\t0\n"));
    ASSERT_TRUE(report.pairs.has_value());
    EXPECT_EQ(report.pairs->answers, 2);
    const auto run = must(m_project->run(report.pairs->run));
    const auto answers = must(m_project->responses(run.id, "prediction"));
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(answers[0].text, "It is red, so A.");
    std::vector<std::optional<bool>> verdicts;
    for (const auto& row : must(m_project->extractionsOf(run.id, "file")))
        verdicts.push_back(row.correct);
    EXPECT_EQ(verdicts, (std::vector<std::optional<bool>> { true, false }));
    must(m_project->undo());
    EXPECT_TRUE(must(m_project->runs()).empty()) << "undoing the import takes its run along";
}

TEST_F(ImportAnswers, QuestionsAloneMakeNoRun)
{
    EXPECT_FALSE(imported(written("q.tsv", "index\tquestion\n1\tWhich?\n")).pairs.has_value());
    EXPECT_TRUE(must(m_project->runs()).empty());
}

TEST_F(ImportAnswers, PairsOfOtherTrainersBecomeASetThatCanBeExported)
{
    written("a.png", drawn(1));
    const auto report = imported(written("povid.json",
        R"([{"id": "7", "image": "./a.png",
             "conversations": [{"from": "human", "value": "<image>\nQ?"}, {"from": "gpt", "value": "good"}],
             "rejected_conversations": [{"from": "human", "value": "<image>\nQ?"}, {"from": "gpt", "value": "bad"}]}])"));
    ASSERT_TRUE(report.pairs.has_value());
    EXPECT_EQ(report.pairs->pairs, 1);
    EXPECT_EQ(report.pairs->claimed, 0);
    const auto run = must(m_project->run(report.pairs->run));
    const auto pairs = must(m_project->pairs(run.id, "imported"));
    ASSERT_EQ(pairs.size(), 1u);
    EXPECT_EQ(pairs[0].prompt, "Q?");
    EXPECT_EQ(pairs[0].chosen, "good");
    ExportOptions options;
    options.format = "trl";
    options.preference = "imported";
    options.out = m_folder / "out.jsonl";
    EXPECT_EQ(must(exportPairs(*m_project, run, options)).rows, 1);
}

TEST_F(ImportAnswers, ThePreviewListsWhatIsStrange)
{
    written("a.png", drawn(1));
    const auto preview = must(previewImport(
        written("p.jsonl",
            R"({"messages":[{"role":"system","content":"S"},{"role":"user","content":"<image><image>One?"},{"role":"assistant","content":"a"}],"rejected_response":"b","images":["a.png"],"id":"x"}
{"prompt":"Two?","completion":"c","label":true,"images":["a.png"],"id":"x"}
)"),
        {}));
    EXPECT_EQ(checkNamed(preview, "<image> marks"),
        "look: 1 question have another number of <image> marks than pictures; the first: x");
    EXPECT_TRUE(checkNamed(preview, "repeat a key").starts_with("look: 1 question"));
    EXPECT_TRUE(checkNamed(preview, "one label only").starts_with("look: 1 question"));
    EXPECT_TRUE(checkNamed(preview, "system text").starts_with("look: 1 question"));
    EXPECT_NE(
        checkNamed(preview, "by the hash").find("1 of them more than once"), std::string::npos);
    EXPECT_TRUE(must(m_project->sources()).empty()) << "nothing was written";
}

TEST_F(ImportAnswers, TheSamePictureTwiceInAFolderIsSaid)
{
    for (const char* name : { "pool/a.png", "pool/b.png" }) {
        fs::create_directories(m_folder / "pool");
        written(name, drawn(3));
    }
    const auto preview = must(previewImport(m_folder / "pool", {}));
    EXPECT_TRUE(checkNamed(preview, "by the hash").starts_with("look: 1 different picture"));
}

TEST_F(ImportAnswers, TextsLongerThanTheModelsContextAreSaid)
{
    const auto tiny = fs::path(SLOOK_SHARED_DIR) / "tiny_model";
    fs::path model;
    for (const auto& entry : fs::recursive_directory_iterator(tiny))
        if (entry.path().filename() == "tokenizer.json")
            model = m_folder / "model", fs::create_directories(model),
            fs::copy_file(
                entry.path(), model / "tokenizer.json", fs::copy_options::overwrite_existing);
    if (model.empty())
        GTEST_SKIP() << "the tiny model is not there";
    must(writeFileAtomically(
        model / "config.json", R"({"text_config": {"max_position_embeddings": 50}})"));
    std::string longText;
    for (int i = 0; i < 60; ++i)
        longText += "word ";
    ImportOptions options;
    options.model = model;
    const auto preview = must(previewImport(
        written("t.tsv", "index\tquestion\n1\tShort?\n2\t" + longText + "\n"), options));
    EXPECT_TRUE(checkNamed(preview, "tokens of the model")
                    .starts_with("look: 1 question are longer than the 50 tokens of the model's "
                                 "context (an estimate: counted without a chat template"))
        << checkNamed(preview, "tokens of the model");
    ASSERT_EQ(preview.tooLong.size(), 1u);
    EXPECT_EQ(preview.tooLong[0].key, "2");
    EXPECT_EQ(preview.tooLong[0].line, 3);
    EXPECT_NE(preview.tooLong[0].reason.find(" of 50 tokens: "), std::string::npos);
    EXPECT_NE(preview.tooLong[0].reason.find(" of text, 0 of pictures"), std::string::npos);
}

TEST_F(ImportAnswers, PicturesCountAgainstTheModelsContext)
{
    // The embedded model has 1,024 tokens of context and takes 64 a picture: 15 leave room, 16 not.
    std::string table = "index\tquestion\timage_path\n";
    for (int i = 0; i < 16; ++i)
        written("p" + std::to_string(i) + ".png", drawn(i));
    for (const int count : { 1, 15, 16 }) {
        table += std::to_string(count) + "\tWhich?\t\"[";
        for (int i = 0; i < count; ++i)
            table += (i > 0 ? ", " : "") + std::string("'p") + std::to_string(i) + ".png'";
        table += "]\"\n";
    }
    ImportOptions options;
    options.model = fs::path(SLOOK_SOURCE_DIR) / "resources" / "model";
    const auto preview = must(previewImport(written("t.tsv", table), options));
    ASSERT_EQ(preview.batch.items.size(), 3u);
    ASSERT_EQ(preview.tooLong.size(), 1u);
    EXPECT_EQ(preview.tooLong[0].key, "16");
    EXPECT_NE(preview.tooLong[0].reason.find(" 1024 of pictures"), std::string::npos)
        << preview.tooLong[0].reason;
    options.model.clear();
    EXPECT_TRUE(must(previewImport(m_folder / "t.tsv", options)).tooLong.empty());
}

} // namespace
} // namespace slook::workbench::test
