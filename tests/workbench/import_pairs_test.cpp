#include "core/file.h"
#include "core/json.h"
#include "image/encode.h"
#include "temporary_folder.h"
#include "workbench/export.h"
#include "workbench/import.h"
#include "workbench/origin.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;
using namespace slook;
using workbench::PixelClaim;

namespace {

/// STIC's pairs about four pictures: "changed" and "same" have a corrupted one beside, "alone" has
/// none, and "gone" is not there at all.
class ImportPairs : public testing::Test {
protected:
    void SetUp() override
    {
        fs::create_directories(path("corrupted"));
        for (const auto& [name, red] :
            { std::pair("changed.png", 10), std::pair("same.png", 20), std::pair("alone.png", 30) })
            draw(name, red);
        draw("corrupted/changed.png", 11); // by one level of one channel
        draw("corrupted/same.png", 20);
        auto project = store::Project::create(path("p.slook"));
        ASSERT_TRUE(project.has_value()) << message(project.error());
        m_project.emplace(std::move(*project));
    }

    fs::path path(const std::string& name) const { return m_folder.path() / name; }
    void draw(const std::string& name, int red) const
    {
        const auto png =
            image::encodePng(image::filled(12, 8, { static_cast<std::uint8_t>(red), 5, 6 }));
        write(name, { reinterpret_cast<const char*>(png.data()), png.size() });
    }
    void write(const std::string& name, std::string_view bytes) const
    {
        ASSERT_TRUE(writeFileAtomically(path(name), bytes).has_value());
    }
    /// A line as stic/generate_pref.py writes it.
    static std::string line(const std::string& image, bool corrupted, const std::string& bad)
    {
        const auto messages = [](const std::string& text) {
            return Json::array({ { { "role", "user" }, { "content", "Outline the picture." } },
                { { "role", "assistant" }, { "content", text } } });
        };
        return dumpLine(Json { { "image", image }, { "image_corruption", corrupted },
                   { "hallu_prompt", bad }, { "chosen", messages("A careful " + image) },
                   { "rejected", messages("A careless " + image) } })
            + "\n";
    }
    std::string file() const
    {
        return line("changed.png", true, "") + line("same.png", true, "")
            + line("alone.png", true, "") + line("gone.png", true, "")
            + line("alone.png", false, "Imagine more.");
    }
    workbench::ImportReport imported(const std::string& text, const fs::path& corrupted)
    {
        write("pref_data.jsonl", text);
        workbench::ImportOptions options;
        options.corruptedRoot = corrupted;
        const auto report = workbench::importInto(*m_project, path("pref_data.jsonl"), options);
        EXPECT_TRUE(report.has_value()) << message(report.error());
        return report.value_or(workbench::ImportReport {});
    }
    /// By the picture that a pair is about and its bad prompt.
    std::map<std::string, PixelClaim> claims(const RunRow& run)
    {
        std::map<std::string, PixelClaim> claims;
        const auto origins = workbench::originsOf(*m_project, run);
        const auto pairs = m_project->pairs(run.id);
        for (const PairRow& pair : *pairs) {
            const auto& origin = origins->at(pair.id);
            claims[pair.chosen.substr(10) + origin.badPrompt] = origin.claim;
        }
        return claims;
    }

    TemporaryFolder m_folder;
    std::optional<store::Project> m_project;
};

} // namespace

TEST_F(ImportPairs, AClaimIsHeldAgainstThePixels)
{
    const auto report = imported(file(), path("corrupted"));
    EXPECT_EQ(report.source.format, "stic-pairs");
    EXPECT_EQ(report.source.items, 5);
    ASSERT_TRUE(report.pairs.has_value());
    EXPECT_EQ(report.pairs->pairs, 5);
    EXPECT_EQ(report.pairs->claimed, 4);
    EXPECT_EQ(report.pairs->changed, 1);
    EXPECT_EQ(report.pairs->same, 1);
    EXPECT_EQ(report.pairs->unknown, 2);
    const auto run = m_project->run(report.pairs->run);
    ASSERT_TRUE(run.has_value());
    EXPECT_EQ(run->state, RunState::Done);
    EXPECT_EQ(claims(*run),
        (std::map<std::string, PixelClaim> { { "changed.png", PixelClaim::Changed },
            { "same.png", PixelClaim::Same }, { "alone.png", PixelClaim::Unknown },
            { "gone.png", PixelClaim::Unknown }, { "alone.pngImagine more.", PixelClaim::None } }));
}

TEST_F(ImportPairs, WithoutTheCorruptedPicturesNothingIsKnown)
{
    const auto report = imported(file(), {});
    ASSERT_TRUE(report.pairs.has_value());
    EXPECT_EQ(report.pairs->unknown, 4);
    EXPECT_EQ(report.pairs->changed + report.pairs->same, 0);
    EXPECT_NE(workbench::claimText(*report.pairs).find("4 with pixels that are not known"),
        std::string::npos);
}

TEST_F(ImportPairs, ExportSaysWhatTheFormCannotSayAndRepeatsNoRefutedClaim)
{
    const auto report = imported(file(), path("corrupted"));
    const auto run = m_project->run(report.pairs->run);
    workbench::ExportOptions options;
    options.format = "stic";
    options.out = path("out.jsonl");
    options.preference = "imported";
    const auto written = workbench::exportPairs(*m_project, *run, options);
    ASSERT_TRUE(written.has_value()) << message(written.error());
    EXPECT_EQ(written->rows, 5);
    std::string said;
    for (const auto& one : written->notCarried)
        said += one + "\n";
    EXPECT_NE(said.find("hashes of 1 corrupted pictures"), std::string::npos) << said;
    EXPECT_NE(
        said.find("2 pairs claim a corrupted picture whose pixels nobody knows"), std::string::npos)
        << said;
    EXPECT_NE(said.find("1 pairs were said to be of a corrupted picture, but"), std::string::npos)
        << said;
    std::istringstream lines(*readFile(options.out));
    std::map<std::string, bool> corrupted;
    std::string bad;
    for (std::string text; std::getline(lines, text);) {
        const auto record = parseJson(text, "");
        ASSERT_TRUE(record.has_value());
        EXPECT_EQ((*record)["chosen"][0]["content"], "Outline the picture.");
        const auto prompt = (*record)["hallu_prompt"].get<std::string>();
        bad += prompt;
        if (prompt.empty())
            corrupted[(*record)["chosen"][1]["content"].get<std::string>().substr(10)] =
                (*record)["image_corruption"];
    }
    EXPECT_EQ(corrupted,
        (std::map<std::string, bool> { { "changed.png", true }, { "same.png", false },
            { "alone.png", true }, { "gone.png", true } }));
    EXPECT_EQ(bad, "Imagine more.");
}

TEST_F(ImportPairs, RecordsThatAreNoneAreProblems)
{
    const auto report = imported(line("alone.png", true, "")
            + R"({"image":"alone.png","image_corruption":"yes","chosen":[],"rejected":[]})"
              "\n"
              R"({"image":"alone.png","image_corruption":true,"chosen":[{"role":"user","content":"Q"}],"rejected":[]})"
              "\n",
        {});
    EXPECT_EQ(report.source.items, 1);
    ASSERT_EQ(report.problems.size(), 2u);
    EXPECT_EQ(report.problems[0].line, 2);
    EXPECT_NE(report.problems[0].reason.find("image_corruption"), std::string::npos);
    EXPECT_NE(report.problems[1].reason.find("lacks"), std::string::npos);
}

TEST_F(ImportPairs, UndoingTheImportTakesItsRunAlong)
{
    const auto report = imported(file(), path("corrupted"));
    ASSERT_TRUE(report.pairs.has_value());
    ASSERT_EQ(m_project->runs()->size(), 1u);
    ASSERT_TRUE(m_project->undo().has_value());
    EXPECT_TRUE(m_project->runs()->empty());
    EXPECT_FALSE(m_project->run(report.pairs->run).has_value());
    ASSERT_TRUE(m_project->redo().has_value());
    const auto run = m_project->run(report.pairs->run);
    ASSERT_TRUE(run.has_value()) << message(run.error());
    EXPECT_EQ(m_project->pairs(run->id)->size(), 5u);
}
