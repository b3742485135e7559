#include "core/hash.h"
#include "core/json.h"
#include "fixture.h"
#include "formats/base64.h"
#include "formats/importers.h"
#include "formats/python_list.h"
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <random>
#include <sys/stat.h>

namespace slook::formats::test {
namespace {

namespace fs = std::filesystem;

class Import : public testing::Test {
protected:
    TemporaryFolder folder;
    std::string picture = toBase64(png(1));

    ImportBatch table(const std::string& text)
    {
        return must(readSource(folder.write("t.tsv", text)));
    }
    Error refusal(const std::string& name, const std::string& text)
    {
        const auto batch = readSource(folder.write(name, text));
        EXPECT_FALSE(batch);
        return batch ? Error {} : batch.error();
    }
};

TEST(Base64, IsThatOfTheStandard) // RFC 4648, section 10
{
    const std::pair<const char*, const char*> vectors[] = { { "", "" }, { "f", "Zg==" },
        { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" } };
    for (const auto& [plain, coded] : vectors) {
        EXPECT_EQ(toBase64(plain), coded);
        EXPECT_EQ(fromBase64(coded), plain);
    }
    EXPECT_EQ(fromBase64("data:image/png;base64,Zm9v"), "foo");
    EXPECT_EQ(fromBase64("Zm 9v\nYmFy"), "foobar");
    for (const char* bad : { "Zg=", "Z", "Zm9v!", "Zg==Zg==", "Zg===", "\xFF" })
        EXPECT_EQ(fromBase64(bad), std::nullopt) << bad;
    EXPECT_EQ(fromBase64("Zm8"), "fo") << "without its padding";
}

TEST(PythonList, ReadsLiteralsAndEvaluatesNothing)
{
    using List = std::vector<std::string>;
    EXPECT_EQ(fromPythonList("['a', \"b'c\", 3, -1.5e3]"), (List { "a", "b'c", "3", "-1.5e3" }));
    EXPECT_EQ(fromPythonList(" [ ] "), List {});
    EXPECT_EQ(fromPythonList("['a',]"), (List { "a" }));
    EXPECT_EQ(fromPythonList(R"(['it\'s', 'a\nb', '\x41\u00e9', '\q'])"),
        (List { "it's", "a\nb", "A\xC3\xA9", "\\q" }));
    for (const char* bad : { "", "[", "['a'", "['a]", "[a]", "[__import__('os')]", "['a' 'b']",
             "['a'] + x", "[['a']]", "[,]", "['\\x4']", "['\\" })
        EXPECT_EQ(fromPythonList(bad), std::nullopt) << bad;
}

TEST_F(Import, ReadsQuotedCellsWithTabsQuotesAndNewlines)
{
    const auto batch =
        table("\xEF\xBB\xBFindex\tquestion\tA\tB\tanswer\tsource\r\n"
              "007\t\"two\nlines, a \"\"quote\"\" and a\ttab\"\tNone\tNA\tA\tx=\"1\"\r\n"
              "\r\n"
              "8\tplain\t3\t\tB. \t\r\n"
              "9\tlast\t3\t4\tb\tno line end");
    ASSERT_EQ(batch.items.size(), 2u);
    EXPECT_EQ(batch.items[0].key, "007");
    EXPECT_EQ(batch.items[0].question, "two\nlines, a \"quote\" and a\ttab");
    EXPECT_EQ(batch.items[0].options[0].text, "None") << "a word, not nothing";
    EXPECT_EQ(batch.items[0].options[1].text, "NA");
    EXPECT_EQ(stringOr(must(parseJson(batch.items[0].fields, "")), "source"), "x=\"1\"");
    EXPECT_EQ(batch.items[0].line, 2);
    EXPECT_EQ(batch.items[1].options[0].text, "3") << "as written, no 3.0";
    EXPECT_EQ(batch.items[1].answer, "B");
    EXPECT_EQ(batch.items[1].line, 6);
    ASSERT_EQ(batch.problems.size(), 1u);
    EXPECT_EQ(batch.problems[0].line, 5);
    EXPECT_NE(batch.problems[0].reason.find("none of the options"), std::string::npos);
}

TEST_F(Import, TakesEveryFormOfPicture)
{
    const auto other = toBase64(png(2));
    folder.write("images/t/a.png", png(3));
    folder.write("b.png", png(4));
    const auto batch = table("index\timage\timage_path\tquestion\n"
                             "1\t"
        + picture + "\tnamed.png\tq\n2\t1\t\tq\n3\t['" + picture + "', \"" + other + "\"]\t\tq\n"
        + "4\t\ta.png\tq\n5\t\t['a.png','./b.png']\tq\n6\t\t\tq\n7\t8\t\tq\n8\t" + other
        + "\t\tq\n");
    EXPECT_TRUE(batch.problems.empty()) << batch.problems[0].reason;
    ASSERT_EQ(batch.items.size(), 8u);
    const std::size_t counts[] = { 1, 1, 2, 1, 2, 0, 1, 1 };
    for (std::size_t i = 0; i < 8; ++i)
        EXPECT_EQ(batch.itemImages[i].size(), counts[i]) << i;
    EXPECT_EQ(batch.itemImages[1], batch.itemImages[0]);
    EXPECT_EQ(batch.itemImages[6], batch.itemImages[7]) << "a reference forward";
    EXPECT_EQ(batch.images.size(), 4u) << "equal pixels once";
    const auto& first = batch.images[batch.itemImages[0][0]];
    EXPECT_TRUE(first.row.storedBytes);
    EXPECT_EQ(must(first.load()), png(1));
    EXPECT_EQ(first.row.width, 4);
    EXPECT_EQ(first.row.format, "png");
    const auto& second = batch.images[batch.itemImages[2][1]];
    EXPECT_EQ(must(second.load()), png(2)) << "the second of a list";
    const auto& file = batch.images[batch.itemImages[3][0]];
    EXPECT_FALSE(file.row.storedBytes);
    EXPECT_EQ(file.row.path, (folder / "images/t/a.png").string());
}

TEST_F(Import, GivesEveryBadRowItsLineAndReason)
{
    const std::string head = "index\timage\timage_path\tquestion\tA\tB\tanswer\n";
    const std::pair<std::string, const char*> rows[] = {
        { "1\t\t\t\ta\tb\tA", "\"question\" is empty" },
        { "2\t\t\tq\ta\tb\tC", "none of the options" },
        { "3\t\t\tq\ta\tb\tAB", "none of the options" },
        { "4\t" + std::string(100, '!') + "\t\tq\ta\tb\tA", "base64" },
        { "5\t" + toBase64(std::string(90, 'x')) + "\t\tq\ta\tb\tA", "" },
        { "6\t['x\t\tq\ta\tb\tA", "list" },
        { "7\t77\t\tq\ta\tb\tA", "no row with that index" },
        { "8\t\tmissing.png\tq\ta\tb\tA", "is not in" },
        { "9\t\t../../../../../../etc/passwd\tq\ta\tb\tA", "outside" },
        { "10\t\t/etc/passwd\tq\ta\tb\tA", "outside" },
        { "11\t\thttps://x.org/a.png\tq\ta\tb\tA", "address" },
        { "12\t\t\tq\xFF\ta\tb\tA", "UTF-8" },
        { std::string("13\t\t\tq\0\ta\tb\tA", 14), "UTF-8" },
        { "14\t\t\tq\ta\tb\tA\textra", "8 cells" },
        { "good\t\t\tagain\ta\tb\tA", "line 2" },
        { "15\t\tlfs.jpg\tq\ta\tb\tA", "git lfs pull" },
        { "16\t\tcut.png\tq\ta\tb\tA", "" },
    };
    folder.write("lfs.jpg", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n");
    folder.write("cut.png", png(9).substr(0, 60));
    std::string text = head + "good\t\t\tq\ta\tb\tA\n";
    for (const auto& [row, reason] : rows)
        text += row + "\n";
    const auto batch = table(text);
    EXPECT_EQ(batch.items.size(), 1u);
    ASSERT_EQ(batch.problems.size(), std::size(rows));
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        EXPECT_EQ(batch.problems[i].line, static_cast<int>(i) + 3);
        EXPECT_NE(batch.problems[i].reason.find(rows[i].second), std::string::npos)
            << rows[i].first << " | " << batch.problems[i].reason;
    }
    EXPECT_TRUE(batch.images.empty());
}

TEST_F(Import, UnderstandsAnswersAsLettersTextsAndBrackets)
{
    const std::vector<Option> options { { "A", "red" }, { "B", "4" }, { "C", "a" },
        { "D", " Blue " } };
    EXPECT_EQ(labelOf("B", options), "B");
    EXPECT_EQ(labelOf("(B)", options), "B");
    EXPECT_EQ(labelOf("b.", options), "B");
    EXPECT_EQ(labelOf("4", options), "B");
    EXPECT_EQ(labelOf("a", options), "C") << "the text of an option before a small letter";
    EXPECT_EQ(labelOf("blue", options), "D");
    EXPECT_EQ(labelOf("AB", options), std::nullopt);
    EXPECT_EQ(labelOf("E", options), std::nullopt);
    EXPECT_EQ(labelOf("x", { { "A", "x" }, { "B", "x" } }), std::nullopt)
        << "two options are equal";
}

TEST_F(Import, ShortRowsHaveEmptyCellsButACutFileIsSaid)
{
    const std::string head = "index\tquestion\tA\tB\tanswer\n";
    EXPECT_EQ(table(head + "1\tq\ta\tb\tA\n2\tq\ta\n3\tq\ta\tb\tB\n").items.size(), 3u);
    for (const char* end : { "2\tq\ta", "2\t\"q and no end\ta\tb\tA\n" }) {
        const auto file = folder.write("cut.tsv", head + "1\tq\ta\tb\tA\n" + end);
        const auto refused = readSource(file);
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().what.find("line 3"), std::string::npos) << refused.error().what;
        EXPECT_NE(refused.error().what.find("1 whole records"), std::string::npos);
        ImportOptions options;
        options.wholeRecordsOfCutFile = true;
        const auto batch = must(readSource(file, options));
        EXPECT_EQ(batch.items.size(), 1u);
        ASSERT_EQ(batch.problems.size(), 1u);
        EXPECT_EQ(batch.problems[0].line, 3);
    }
}

TEST_F(Import, RefusesTablesThatAreNone)
{
    EXPECT_EQ(refusal("a.tsv", "").kind, ErrorKind::Invalid);
    EXPECT_NE(refusal("b.tsv", "index\tA\tB\n1\ta\tb\n").what.find("no form"), std::string::npos);
    EXPECT_NE(refusal("c.tsv", "question\tA\tA\nq\ta\tb\n").what.find("twice"), std::string::npos);
    EXPECT_NE(
        refusal("d.tsv", std::string("\xFF\xFEq\0u\0", 6)).what.find("UTF-16"), std::string::npos);
    EXPECT_NE(
        refusal("e.tsv", "question" + std::string(2000, '\t') + "\nq\n").what.find("1,000 columns"),
        std::string::npos);
    EXPECT_NE(refusal("f.tsv", "question\n").what.find("no question"), std::string::npos);
    EXPECT_NE(refusal("g.pkl", "\x80\x04\x95").what.find("pickle"), std::string::npos);
    EXPECT_NE(refusal("h.tsv", "question\n\"" + std::string(65 << 20, 'x')).what.find("64 MiB"),
        std::string::npos);
}

TEST_F(Import, NeverWaitsForAPipeOrFollowsALinkOutside)
{
    ASSERT_EQ(::mkfifo((folder / "pipe.tsv").c_str(), 0600), 0);
    EXPECT_EQ(readSource(folder / "pipe.tsv").error().kind, ErrorKind::Invalid);
    ASSERT_EQ(::mkfifo((folder / "pipe.png").c_str(), 0600), 0);
    fs::create_symlink("/etc/hostname", folder / "link.png");
    const auto batch =
        table("index\timage_path\tquestion\n1\tpipe.png\tq\n2\tlink.png\tq\n3\t\tq\n");
    EXPECT_EQ(batch.items.size(), 1u);
    EXPECT_EQ(batch.problems.size(), 2u);
}

TEST_F(Import, ReadsJsonByContentNotByName)
{
    folder.write("a.png", png(1));
    const std::string one =
        R"({"id": 5, "image": "a.png", "question": "q1", "options": ["x", 4], "answer": 4})";
    const std::string two = R"({"id": "5", "image": ["a.png"], "question": "q2"})";
    const std::string forms[] = { one + "\n" + two + "\n", "[" + one + ",\n" + two + "]",
        "[\n" + one + "\n,\n" + two + "\n]\n", one + "\r\n\r\n" + two,
        "\xEF\xBB\xBF" + one + "\n" + two,
        "{\n\"id\": 5, \"image\": \"a.png\",\n\"question\": \"q1\", \"options\": [\"x\", 4], "
        "\"answer\": \"4\"}\n"
            + two };
    for (const auto& text : forms) {
        const auto batch = must(readSource(folder.write("x.json", text)));
        ASSERT_EQ(batch.items.size(), 2u) << text;
        EXPECT_EQ(batch.items[0].answer, "B") << "a number against a text";
        EXPECT_EQ(batch.items[0].options[1].text, "4");
        EXPECT_EQ(batch.items[0].key, "5");
        EXPECT_EQ(batch.items[1].key, "5#2") << "ids repeat";
        EXPECT_EQ(batch.images.size(), 1u);
    }
}

TEST_F(Import, OneBadJsonRecordCostsOneRecord)
{
    const std::string good = R"({"question_id": 1, "text": "q"})";
    const auto batch = must(readSource(folder.write("x.jsonl",
        good + "\n{\"question_id\": 2, \"text\": \n" + R"({"text": "a", "text": "b"})" + "\n"
            + std::string(200, '[') + std::string(200, ']')
            + "\n\"q\"\n{\"text\": 1e400}\n{\"text\": \"\\ud800\"}\n"
            + R"({"question_id": 18446744073709551615, "text": "big id"})"
            + "\n{\"text\": \"\xC3\x28\"}\n")));
    ASSERT_EQ(batch.items.size(), 2u);
    EXPECT_EQ(batch.items[1].key, "18446744073709551615") << "ids stay exact";
    ASSERT_EQ(batch.problems.size(), 7u);
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(batch.problems[static_cast<std::size_t>(i)].line, i + 2);
    EXPECT_NE(batch.problems[1].reason.find("twice"), std::string::npos);
    EXPECT_NE(batch.problems[2].reason.find("deeper"), std::string::npos);
}

TEST_F(Import, SaysWhereAJsonFileIsCutAndOffersWholeRecords)
{
    const std::string text = "[\n{\"id\": \"1\", \"text\": \"q\"},\n{\"id\": \"2\", \"te";
    const auto file = folder.write("x.json", text);
    const auto refused = readSource(file);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("byte " + std::to_string(text.size())), std::string::npos);
    EXPECT_NE(refused.error().what.find("line 3"), std::string::npos);
    EXPECT_NE(refused.error().what.find("1 whole records"), std::string::npos);
    ImportOptions options;
    options.wholeRecordsOfCutFile = true;
    EXPECT_EQ(must(readSource(file, options)).items.size(), 1u);
    EXPECT_FALSE(readSource(folder.write("y.json", "[{\"id\": \"1\", \"text\": \"q\"},\n")));
}

TEST_F(Import, TakesTheFirstTurnsOfAConversation)
{
    folder.write("images/a.png", png(1));
    const auto batch = must(readSource(folder.write("x.json", R"([
      {"id": "1", "image": "a.png", "conversations": [{"from": "human", "value": "<image>\nWhat?"},
        {"from": "gpt", "value": "A cat."}, {"from": "human", "value": "Sure?"}, {"from": "gpt", "value": "Yes."}]},
      {"id": "2", "image": "a.png", "conversations": [{"from": "human", "value": "What?\n<image>"}]},
      {"id": "3", "conversations": [{"from": "gpt", "value": "I begin."}]},
      {"id": "4", "conversations": "none"}, {"id": "5", "image": 7, "text": "q"}])")));
    ASSERT_EQ(batch.items.size(), 2u);
    EXPECT_EQ(batch.items[0].question, "What?");
    EXPECT_EQ(batch.items[0].answer, "A cat.");
    EXPECT_EQ(batch.items[1].question, "What?");
    EXPECT_EQ(batch.items[1].answer, "");
    EXPECT_EQ(batch.problems.size(), 3u);
    EXPECT_EQ(must(parseJson(batch.items[0].fields, ""))["conversations"].size(), 4u);
}

TEST_F(Import, AFolderGivesItsPicturesByContentAndInOrder)
{
    folder.write("pool/train/b/2.png", png(1));
    folder.write("pool/train/a/1.JPG", png(2)); // PNG bytes under another name
    folder.write("pool/noname", png(3));
    folder.write("pool/.hidden/x.png", png(4));
    folder.write("pool/.x.png", png(5));
    folder.write("pool/notes.txt", "not a picture");
    folder.write("pool/bad.png", "not a picture either");
    const auto batch = must(readSource(folder / "pool"));
    ASSERT_EQ(batch.items.size(), 3u);
    EXPECT_EQ(batch.items[0].key, "noname");
    EXPECT_EQ(batch.items[1].key, "train/a/1.JPG");
    EXPECT_EQ(batch.items[1].category, "a");
    EXPECT_EQ(batch.items[1].split, "train");
    EXPECT_EQ(batch.images[1].row.format, "png");
    ASSERT_EQ(batch.problems.size(), 1u);
    EXPECT_EQ(batch.problems[0].key, "bad.png");
    ImportOptions options;
    options.copyPictures = true;
    const auto copied = must(readSource(folder / "pool", options));
    EXPECT_TRUE(copied.images[0].row.storedBytes);
    EXPECT_EQ(must(copied.images[0].load()), png(3));
}

TEST_F(Import, CanBeStoppedAndTellsHowFarItIs)
{
    std::string text = "index\timage\tquestion\n";
    for (int i = 0; i < 600; ++i)
        text += std::to_string(i) + "\t" + picture + "\tq\n";
    const auto file = folder.write("t.tsv", text);
    ImportOptions options;
    std::int64_t last = 0;
    options.onProgress = [&](const Progress& progress) {
        EXPECT_GE(progress.done, last);
        EXPECT_LE(progress.done, progress.total);
        last = progress.done;
    };
    EXPECT_EQ(must(readSource(file, options)).items.size(), 600u);
    EXPECT_EQ(last, static_cast<std::int64_t>(text.size()));
    std::atomic<int> asked = 0;
    options.onProgress = {};
    options.stopRequested = [&] { return ++asked > 100; };
    EXPECT_EQ(readSource(file, options).error().kind, ErrorKind::Stopped);
}

TEST_F(Import, ThePicturesOfAFileThatChangesAreNoticed)
{
    const auto file = folder.write("t.tsv", "index\timage\tquestion\n1\t" + picture + "\tq\n");
    const auto batch = must(readSource(file));
    folder.write("t.tsv", "index\timage\tquestion\n");
    EXPECT_FALSE(batch.images[0].load());
}

TEST_F(Import, UsesNameSplitAndFormatThatAreGiven)
{
    const auto file = folder.write("t.tsv", "index\tquestion\tsplit\n1\tq\t\n2\tq\tdev\n");
    ImportOptions options;
    options.name = "mine";
    options.split = "test";
    const auto batch = must(readSource(file, options));
    EXPECT_EQ(batch.source.name, "mine");
    EXPECT_EQ(batch.source.file, file.string());
    EXPECT_EQ(batch.source.sha256, must(sha256OfFile(file)));
    EXPECT_EQ(batch.items[0].split, "test");
    EXPECT_EQ(batch.items[1].split, "dev");
    options.format = "xlsx";
    EXPECT_EQ(readSource(file, options).error().kind, ErrorKind::Invalid);
    options.format = "easy-vqa";
    EXPECT_EQ(readSource(file, options).error().kind, ErrorKind::Invalid);
    EXPECT_EQ(readSource(folder / "none").error().kind, ErrorKind::NotFound);
    options.format.clear();
    options.imageRoot = folder / "none";
    EXPECT_EQ(readSource(file, options).error().kind, ErrorKind::NotFound);
}

/// Seeds and every form, cut, flipped and spliced: no crash, at most two seconds each.
TEST_F(Import, MutatedFilesNeverCrash)
{
    folder.write("a.png", png(1));
    fs::create_directories(folder / "images");
    const std::string seeds[] = {
        "index\timage\timage_path\tquestion\thint\tA\tB\tanswer\tcategory\n1\t" + picture
            + "\t\t\"q \"\"x\"\"\n\"\t\ta\tb\tA\tc\n2\t1\t\tq\t\ta\tb\tB\tc\n3\t['" + picture
            + "']\t['a.png']\tq\th\tNone\tb\tA\tc\n",
        "[{\"id\": \"1\", \"image\": \"a.png\", \"conversations\": [{\"from\": \"human\", "
        "\"value\": \"<image>\\nq\"}, "
        "{\"from\": \"gpt\", \"value\": \"\\u00e9\"}]},\n {\"id\": 2, \"image\": [\"a.png\"], "
        "\"question\": \"q\", "
        "\"options\": [\"a\", 1, null], \"answer\": \"a\"}]",
        "{\"question_id\": 1, \"image\": \"a.png\", \"text\": \"q\", \"category\": "
        "\"c\"}\n{\"question_id\": 2, \"text\": "
        "\"q\"}\n",
        "[[\"what is the color?\", \"red\", 0], [\"is it?\", \"yes\", 1]]",
    };
    const std::string bits[] = { "\t", "\n", "\"", "\\", "[", "]", "{", "}", ",", "\r",
        std::string(1, '\0'), "\xFF", "'", "<image>", "\xEF\xBB\xBF", "1e999",
        std::string(3000, '['), std::string(3000, '"'), std::string(70, '\t') };
    std::mt19937 random(5);
    double slowest = 0;
    int taken = 0;
    for (int round = 0; round < 240; ++round) {
        auto text = seeds[static_cast<std::size_t>(round) % std::size(seeds)];
        for (unsigned k = random() % 4 + 1; k > 0; --k) {
            const auto at = random() % (text.size() + 1);
            if (random() % 6 == 0)
                text.resize(at);
            else if (random() % 3 == 0 && at < text.size())
                text[at] = static_cast<char>(random());
            else
                text.insert(at, bits[random() % std::size(bits)]);
        }
        for (const char* format : { "", "vlmevalkit", "llava" }) {
            ImportOptions options;
            options.format = format;
            options.wholeRecordsOfCutFile = round % 2 == 0;
            const auto file = folder.write("questions.json", text);
            const auto begin = std::chrono::steady_clock::now();
            const auto batch = readSource(file, options);
            slowest = std::max(slowest,
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
            taken += batch.has_value();
            if (!batch) {
                EXPECT_FALSE(batch.error().what.empty());
            }
        }
    }
    std::printf("720 mutated imports: %d taken in part, slowest %.3f s\n", taken, slowest);
    EXPECT_LT(slowest, 2);
    EXPECT_GT(taken, 50);
}

TEST_F(Import, AForeignTableIsReadByAPersonsColumns)
{
    const std::string text =
        "id\tprompt\tquestion\tgold\tA\tB\n5\tWhich?\tinternal\tB\tred\tblue\n";
    const auto file = folder.write("t.tsv", text);
    ImportOptions options;
    options.columns = { { "question", "prompt" }, { "answer", "gold" }, { "index", "id" } };
    const auto batch = must(readSource(file, options));
    ASSERT_EQ(batch.items.size(), 1u);
    const Item& item = batch.items[0];
    EXPECT_EQ(item.key, "5");
    EXPECT_EQ(item.question, "Which?");
    EXPECT_EQ(item.answer, "B");
    // What had the name before is kept and is no question any more.
    EXPECT_EQ(stringOr(*parseJson(item.fields, "fields"), "question (own)"), "internal");
    EXPECT_EQ(must(readSource(file)).items[0].question, "internal");
    const auto unknown = readSource(folder.write("u.tsv", "prompt\tgold\nWhich?\tB\n"));
    ASSERT_FALSE(unknown);
    EXPECT_EQ(must(readSource(folder.path() / "u.tsv", options)).items[0].question, "Which?");
}

TEST_F(Import, ATableWithCommasIsReadToo)
{
    const auto batch = must(readSource(folder.write("t.csv",
        "index,question,A,B,answer\r\n1,\"Red, or blue?\nSay \"\"one\"\".\",red,blue,A\r\n")));
    EXPECT_EQ(batch.source.format, "vlmevalkit");
    ASSERT_EQ(batch.items.size(), 1u);
    EXPECT_EQ(batch.items[0].question, "Red, or blue?\nSay \"one\".");
    EXPECT_EQ(batch.items[0].options[1].text, "blue");
    EXPECT_EQ(batch.items[0].answer, "A");
}

TEST_F(Import, RecordsOfNoKnownKindAreReadByAPersonsFields)
{
    const auto file = folder.write("r.jsonl",
        "{\"uid\": \"a\", \"query\": \"Which?\", \"candidates\": [\"red\", \"blue\"], \"gold\": "
        "\"blue\"}\n");
    EXPECT_FALSE(sniffFormat(file));
    const auto columns = must(sourceColumns(file));
    ASSERT_EQ(columns.size(), 4u);
    EXPECT_EQ(columns[1].name, "query");
    EXPECT_EQ(columns[2].sample, "[\"red\",\"blue\"]");
    ImportOptions options;
    options.columns = { { "question", "query" }, { "options", "candidates" }, { "answer", "gold" },
        { "question_id", "uid" } };
    const auto batch = must(readSource(file, options));
    ASSERT_EQ(batch.items.size(), 1u);
    EXPECT_EQ(batch.items[0].key, "a");
    EXPECT_EQ(batch.items[0].question, "Which?");
    EXPECT_EQ(batch.items[0].answer, "B");
}

TEST_F(Import, ColumnsAreShownWithTheirFirstValue)
{
    const auto columns = must(sourceColumns(folder.write(
        "t.tsv", "question\timage\n" + std::string(300, 'x') + "\t" + picture + "\n")));
    ASSERT_EQ(columns.size(), 2u);
    EXPECT_EQ(columns[0].sample, std::string(200, 'x') + "…");
    for (const char* format : { "vlmevalkit", "llava" })
        EXPECT_EQ(mappedFields(format).front(), "question");
    EXPECT_TRUE(mappedFields("folder").empty());
}

} // namespace
} // namespace slook::formats::test
