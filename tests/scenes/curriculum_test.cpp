#include "core/file.h"
#include "image/encode.h"
#include "scenes/curriculum.h"
#include "scenes/render.h"
#include "scenes/samples.h"
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <unistd.h>

namespace slook::scenes {
namespace {

namespace fs = std::filesystem;

/// A training folder of easy-VQA's form with three questions about one blue rectangle.
class EasyVqaFolder : public ::testing::Test {
protected:
    void SetUp() override
    {
        m_root = fs::temp_directory_path() / ("slook-easy-vqa-" + std::to_string(::getpid()));
        write("train",
            R"([["what is the blue shape?", "rectangle", 3], ["is no circle present?", "yes", 3],
            ["is there a red shape?", "no", 3]])");
        write("test", "[]");
    }
    void TearDown() override { fs::remove_all(m_root); }

    void write(const std::string& split, const std::string& questions) const
    {
        fs::create_directories(m_root / split / "images");
        ASSERT_TRUE(writeFileAtomically(m_root / split / "questions.json", questions).has_value());
        const auto png = image::encodePng(image::filled(64, 64, { 0, 0, 255 }));
        ASSERT_TRUE(writeFileAtomically(m_root / split / "images" / "3.png",
            { reinterpret_cast<const char*>(png.data()), png.size() })
                        .has_value());
    }
    fs::path m_root;
};

TEST_F(EasyVqaFolder, TellsWhatThePictureShows)
{
    const auto pictures = readEasyVqa(m_root / "train");
    ASSERT_TRUE(pictures.has_value()) << pictures.error().what;
    ASSERT_EQ(pictures->size(), 1u);
    EXPECT_EQ((*pictures)[0].colour, "blue");
    EXPECT_EQ((*pictures)[0].shape, "rectangle");
    EXPECT_EQ((*pictures)[0].asked.size(), 3u);
}

TEST_F(EasyVqaFolder, NeverReadsTheTestSplit)
{
    EXPECT_FALSE(readEasyVqa(m_root / "test").has_value());
    EXPECT_FALSE(readEasyVqa(m_root / "test" / "").has_value());
}

TEST_F(EasyVqaFolder, NamesABadEntry)
{
    for (const std::string bad :
        { R"([["a", "yes", 1], ["b", "yes"]])", R"([["a", "yes", 1], ["b", "maybe", 1]])",
            R"([["a", "yes", 1], ["b", "yes", -4]])" }) {
        write("train", bad);
        const auto read = readEasyVqa(m_root / "train");
        ASSERT_FALSE(read.has_value()) << bad;
        EXPECT_EQ(read.error().kind, ErrorKind::Invalid);
        EXPECT_NE(read.error().what.find("entry 2"), std::string::npos) << read.error().what;
    }
    write("train", "{}");
    EXPECT_FALSE(readEasyVqa(m_root / "train").has_value());
}

TEST_F(EasyVqaFolder, AsksWithItsOwnOptions)
{
    const auto pictures = readEasyVqa(m_root / "train");
    ASSERT_TRUE(pictures.has_value());
    Random random(1);
    const Question shape = easyVqaQuestion((*pictures)[0], 0, random);
    EXPECT_EQ(std::set<std::string>(shape.options.begin(), shape.options.end()),
        (std::set<std::string> { "circle", "rectangle", "triangle" }));
    EXPECT_EQ(shape.answer(), "rectangle");
    EXPECT_EQ(
        shape.reasons[static_cast<std::size_t>(shape.right)], "The image shows a blue rectangle.");
    const Question yesNo = easyVqaQuestion((*pictures)[0], 1, random);
    EXPECT_EQ(yesNo.options.size(), 2u);
    EXPECT_EQ(yesNo.answer(), "yes");
    EXPECT_EQ(
        yesNo.reasons[static_cast<std::size_t>(1 - yesNo.right)], "The image shows a blue circle.");
    const Question red = easyVqaQuestion((*pictures)[0], 2, random);
    EXPECT_EQ(
        red.reasons[static_cast<std::size_t>(1 - red.right)], "The image shows a red rectangle.");
    EXPECT_THROW((void)easyVqaQuestion((*pictures)[0], 3, random), std::invalid_argument);
}

TEST_F(EasyVqaFolder, ComesInItsShareOfTheRows)
{
    auto pictures = readEasyVqa(m_root / "train");
    ASSERT_TRUE(pictures.has_value());
    CurriculumOptions options;
    options.easyVqaShare = .25;
    const Curriculum curriculum(options, *pictures);
    int rows = 0;
    for (std::uint64_t i = 0; i < 400; ++i) {
        const auto row = curriculum.row(i);
        ASSERT_TRUE(row.has_value());
        EXPECT_EQ(row->labels.has_value(), row->picture.width == kPictureSide);
        rows += row->picture.width == 64 ? 1 : 0;
    }
    EXPECT_NEAR(rows, 100, 5 * std::sqrt(400 * .25 * .75));
    fs::remove(m_root / "train" / "images" / "3.png");
    bool failed = false;
    for (std::uint64_t i = 0; i < 40; ++i)
        failed = failed || !curriculum.row(i).has_value();
    EXPECT_TRUE(failed);
}

TEST(EasyVqa, ReadsARealSlice)
{
    const fs::path folder = fs::path(SLOOK_SHARED_DIR) / "data" / "easy_vqa" / "data" / "train";
    if (!fs::exists(folder))
        GTEST_SKIP() << "the shared files are not there";
    const auto pictures = readEasyVqa(folder);
    ASSERT_TRUE(pictures.has_value()) << pictures.error().what;
    EXPECT_EQ(pictures->size(), 45u); // ids 0 to 44, as the slice's README says
    for (const auto& picture : *pictures)
        EXPECT_TRUE(fs::exists(picture.file));
}

TEST(Curriculum, GivesTheSameRowForANumber)
{
    CurriculumOptions options;
    options.seed = 8;
    const Curriculum curriculum(options, {});
    const Curriculum again(options, {});
    for (const std::uint64_t number : { 0u, 7u, 1000u }) {
        const auto a = curriculum.row(number);
        const auto b = again.row(number);
        ASSERT_TRUE(a.has_value() && b.has_value());
        EXPECT_EQ(image::pixelSha256(a->picture), image::pixelSha256(b->picture));
        ASSERT_EQ(a->conversations.size(), b->conversations.size());
        for (std::size_t i = 0; i < a->conversations.size(); ++i)
            EXPECT_EQ(a->conversations[i].front().user, b->conversations[i].front().user);
        EXPECT_EQ(image::pixelSha256(curriculum.picture(number).picture),
            image::pixelSha256(again.picture(number).picture));
        const auto texts = curriculum.texts(number);
        ASSERT_FALSE(texts.empty());
        EXPECT_EQ(texts[0][0].user, again.texts(number).at(0).at(0).user);
        EXPECT_NE(texts[0][0].user + texts[0][0].reply.text,
            curriculum.texts(number + 1)[0][0].user
                + curriculum.texts(number + 1)[0][0].reply.text);
    }
}

TEST(Curriculum, TrainsOnlyLettersOfTextsThatSayTheirOption)
{
    const Curriculum curriculum({}, {});
    int learned = 0;
    for (std::uint64_t number = 0; number < 200; ++number)
        for (const Conversation& talk : curriculum.texts(number))
            for (const Turn& turn : talk) {
                ASSERT_FALSE(turn.reply.learned.empty()); // else all of it would be trained
                for (const Span& span : turn.reply.learned) {
                    ASSERT_EQ(span.end, span.begin + 1);
                    const char letter = turn.reply.text.at(span.begin);
                    EXPECT_TRUE(letter >= 'A' && letter <= 'H') << turn.reply.text;
                    ++learned;
                }
            }
    EXPECT_GT(learned, 200);
}

TEST(Curriculum, MarksLettersAndTrainsNoFirstAnswerOfAReview)
{
    CurriculumOptions options;
    options.prompts.reviews = { "Once more." };
    const Curriculum curriculum(options, {});
    int reviews = 0;
    int wrong = 0;
    for (std::uint64_t i = 0; i < 300; ++i) {
        const auto row = curriculum.row(i);
        ASSERT_TRUE(row.has_value());
        EXPECT_FALSE(row->conversations.empty());
        for (const Conversation& talk : row->conversations) {
            EXPECT_GT(talk.back().weight, 0.0);
            for (const Turn& turn : talk)
                for (const std::size_t at : turn.reply.letters)
                    EXPECT_NE(
                        std::string("ABCDEFGH").find(turn.reply.text.at(at)), std::string::npos);
            if (talk.size() != 2)
                continue;
            ++reviews;
            EXPECT_EQ(talk[0].weight, 0.0);
            wrong += talk[0].reply.text[talk[0].reply.letters[0]]
                    != talk[1].reply.text[talk[1].reply.letters[0]]
                ? 1
                : 0;
        }
    }
    EXPECT_GT(reviews, 100);
    EXPECT_NEAR(wrong, reviews * .5, 5 * std::sqrt(reviews * .25));
}

TEST(Curriculum, KeepsRowsNearTheirLength)
{
    CurriculumOptions options;
    options.rowLength = 400;
    options.measure = [](const std::string& text) { return text.size(); };
    const Curriculum curriculum(options, {});
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto row = curriculum.row(i);
        ASSERT_TRUE(row.has_value());
        std::size_t length = 0;
        for (const Conversation& talk : row->conversations)
            for (const Turn& turn : talk)
                length += turn.user.size() + turn.reply.text.size() + 8;
        if (row->conversations.size() > 1) { // a single one may be longer than the row
            EXPECT_LE(length, 440u);
        }
    }
}

TEST(Curriculum, BindsLettersAlone)
{
    CurriculumOptions options;
    options.mix = { .binding = 1.0,
        .first = 0,
        .review = 0,
        .shortAnswer = 0,
        .yesNo = 0,
        .told = 0,
        .description = 0,
        .described = 0,
        .reverse = 0 };
    const Curriculum curriculum(options, {});
    for (std::uint64_t i = 0; i < 60; ++i) {
        const auto row = curriculum.row(i);
        ASSERT_TRUE(row.has_value());
        for (const Conversation& talk : row->conversations) {
            const Reply& reply = talk.at(0).reply;
            ASSERT_EQ(reply.learned.size(), 1u);
            EXPECT_EQ(reply.learned[0].begin, reply.letters.at(0));
            EXPECT_EQ(reply.learned[0].end, reply.letters.at(0) + 1);
            EXPECT_NE(talk[0].user.find(reply.text.substr(reply.letters[0], 1) + ". "),
                std::string::npos);
        }
    }
}

TEST(Curriculum, SharesNoPictureWithAnExport)
{
    CurriculumOptions rows;
    rows.seed = 99;
    const Curriculum curriculum(rows, {});
    std::set<std::string> pictures;
    for (std::uint64_t i = 0; i < 200; ++i)
        pictures.insert(image::pixelSha256(curriculum.row(i)->picture));
    ExportOptions options;
    options.seed = 99;
    for (int i = 0; i < 200; ++i)
        EXPECT_FALSE(
            pictures.contains(image::pixelSha256(render(makeSample(options, i, {}).scene))));
}

TEST(CellLabels, NameTheObjectOfEachCell)
{
    for (std::uint64_t i = 0; i < 50; ++i) {
        const Scene scene = makeScene(61, i, Level::Easy, "test");
        const CellLabels labels = cellLabels(scene);
        std::size_t shown = 0;
        for (const Object& o : scene.objects) {
            const auto cell = static_cast<std::size_t>(
                static_cast<int>(o.y) / kCellSide * 3 + static_cast<int>(o.x) / kCellSide);
            EXPECT_EQ(labels.shape[cell], 1 + static_cast<int>(o.shape));
            EXPECT_EQ(labels.colour[cell], 1 + o.colour);
            EXPECT_EQ(labels.size[cell], o.big ? 2 : 1);
        }
        for (std::size_t cell = 0; cell < kCells; ++cell) {
            EXPECT_EQ(labels.shape[cell] == 0, labels.colour[cell] == 0);
            EXPECT_EQ(labels.shape[cell] == 0, labels.size[cell] == 0);
            shown += labels.shape[cell] > 0 ? 1 : 0;
        }
        EXPECT_EQ(shown, scene.objects.size());
    }
}

} // namespace
} // namespace slook::scenes
