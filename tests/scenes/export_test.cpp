#include "core/file.h"
#include "core/json.h"
#include "image/decode.h"
#include "reading.h"
#include "scenes/export.h"
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>

namespace slook::scenes {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> cells(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);)
        parts.push_back(part);
    return parts;
}

std::vector<std::uint8_t> fromBase64(const std::string& text)
{
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::vector<std::uint8_t> bytes;
    std::uint32_t group = 0;
    int bits = 0;
    for (const char c : text) {
        if (c == '=')
            break;
        group = (group << 6) | static_cast<std::uint32_t>(digits.find(c));
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<std::uint8_t>(group >> bits));
        }
    }
    return bytes;
}

class Export : public ::testing::Test {
protected:
    void SetUp() override
    {
        m_root = fs::temp_directory_path()
            / ("slook-scenes-" + std::to_string(::getpid()) + "-"
                + ::testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(m_root);
        m_options.folder = m_root / "out";
        m_options.count = 12;
        m_options.seed = 4;
    }
    void TearDown() override { fs::remove_all(m_root); }

    [[nodiscard]] ExportReport run() const
    {
        auto report = exportScenes(m_options);
        EXPECT_TRUE(report.has_value()) << report.error().what;
        return report.value_or(ExportReport {});
    }
    [[nodiscard]] static std::vector<std::string> lines(const fs::path& file)
    {
        return cells(readFile(file).value_or(""), '\n');
    }

    fs::path m_root;
    ExportOptions m_options;
};

TEST_F(Export, WritesATsvWhosePicturesAndAnswersAreTrue)
{
    const ExportReport report = run();
    EXPECT_EQ(report.scenes, 12);
    EXPECT_EQ(report.categories.size(), 6u);
    const auto rows = lines(report.file);
    const auto truth = lines(report.truth);
    ASSERT_EQ(rows.size(), 13u);
    ASSERT_EQ(truth.size(), 12u);
    EXPECT_EQ(rows[0], "index\timage\tquestion\tA\tB\tC\tD\tanswer\tcategory\tsplit\ttruth");
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto row = cells(rows[i], '\t');
        ASSERT_EQ(row.size(), 11u);
        EXPECT_TRUE(row[10].starts_with("The image shows")) << row[10];
        const Json known = *parseJson(truth[i - 1], "truth");
        const auto picture = image::decode(fromBase64(row[1]));
        ASSERT_TRUE(picture.has_value());
        EXPECT_EQ(image::pixelSha256(*picture), known.at("sha256"));
        for (std::size_t option = 3; option < 7; ++option)
            EXPECT_EQ(testing::isTrue(known, row[2], row[option]),
                std::string(1, static_cast<char>('A' + option - 3)) == row[7])
                << rows[i];
    }
}

TEST_F(Export, GivesTheSameFileForTheSameSeed)
{
    const std::string first = readFile(run().file).value_or("1");
    m_options.folder = m_root / "again";
    EXPECT_EQ(first, readFile(run().file).value_or("2"));
    m_options.folder = m_root / "other";
    m_options.seed = 5;
    EXPECT_NE(first, readFile(run().file).value_or("2"));
}

TEST_F(Export, LaysPicturesBesideTheFileOnRequest)
{
    m_options.picturesInside = false;
    const auto rows = lines(run().file);
    ASSERT_EQ(rows.size(), 13u);
    const auto row = cells(rows[12], '\t');
    EXPECT_EQ(row[1], "images/000012.png");
    EXPECT_TRUE(image::decodeFile(m_options.folder / row[1]).has_value());
}

TEST_F(Export, WritesReviewsAsTwoTurns)
{
    m_options.format = ExportFormat::Llava;
    m_options.kind = ExportKind::Review;
    const auto json = parseJson(readFile(run().file).value_or(""), "scenes.json");
    ASSERT_TRUE(json.has_value());
    ASSERT_EQ(json->size(), 12u);
    for (const Json& row : *json) {
        ASSERT_EQ(row.at("conversations").size(), 4u);
        EXPECT_EQ(row.at("conversations")[0].at("from"), "human");
        EXPECT_EQ(row.at("conversations")[0].at("value").get<std::string>().find("<image>\n"), 0u);
        EXPECT_EQ(row.at("conversations")[2].at("value").get<std::string>().find("<image>"),
            std::string::npos);
        EXPECT_TRUE(
            image::decodeFile(m_options.folder / row.at("image").get<std::string>()).has_value());
    }
}

TEST_F(Export, AsksYesNoTruly)
{
    m_options.kind = ExportKind::YesNo;
    const ExportReport report = run();
    EXPECT_EQ(report.categories,
        (std::map<std::string, int> { { "adversarial", 4 }, { "popular", 4 }, { "random", 4 } }));
    const auto rows = lines(report.file);
    const auto truth = lines(report.truth);
    EXPECT_EQ(rows[0], "index\timage\tquestion\tanswer\tcategory\tsplit\ttruth");
    int yes = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto row = cells(rows[i], '\t');
        const auto from = row[2].find(' ', std::string("Is there a").size() - 1) + 1;
        const auto thing = row[2].substr(from, row[2].find(" in the image") - from);
        EXPECT_EQ(testing::shows(*parseJson(truth[i - 1], "truth"), thing) ? "Yes" : "No", row[3]);
        yes += row[3] == "Yes" ? 1 : 0;
    }
    EXPECT_EQ(yes, 6);
}

TEST_F(Export, MixesLevels)
{
    m_options.mixedLevels = true;
    const auto truth = lines(run().truth);
    EXPECT_NE(truth[0].find("\"level\":\"easy\""), std::string::npos);
    EXPECT_NE(truth[6].find("\"level\":\"hard\""), std::string::npos);
}

TEST_F(Export, RefusesWhatItCannotDo)
{
    m_options.count = 0;
    EXPECT_EQ(exportScenes(m_options).error().kind, ErrorKind::Invalid);
    m_options.count = 20'001;
    EXPECT_EQ(exportScenes(m_options).error().kind, ErrorKind::Invalid);
    m_options.count = 2;
    m_options.kind = ExportKind::Review;
    EXPECT_EQ(exportScenes(m_options).error().kind, ErrorKind::Invalid);
    m_options.kind = ExportKind::Mcq;
    (void)run();
    EXPECT_EQ(exportScenes(m_options).error().kind, ErrorKind::Conflict);
    m_options.folder = m_options.folder / "truth.jsonl";
    EXPECT_EQ(exportScenes(m_options).error().kind, ErrorKind::Io);
}

TEST_F(Export, StopsWithoutAQuestionFile)
{
    m_options.progress = [](int done) { return done < 3; };
    EXPECT_EQ(exportScenes(m_options).error().kind, ErrorKind::Stopped);
    EXPECT_FALSE(fs::exists(m_options.folder / "scenes.tsv"));
}

TEST(ExportNames, AreThoseOfTheCommandLine)
{
    EXPECT_EQ(exportFormatByName("llava"), ExportFormat::Llava);
    EXPECT_EQ(exportKindByName("yesno"), ExportKind::YesNo);
    EXPECT_FALSE(exportKindByName("MCQ").has_value());
    EXPECT_FALSE(exportFormatByName("").has_value());
}

} // namespace
} // namespace slook::scenes
