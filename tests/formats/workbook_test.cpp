#include "core/file.h"
#include "core/json.h"
#include "fixture.h"
#include "formats/export.h"
#include "formats/workbook.h"
#include <archive.h>
#include <archive_entry.h>
#include <nlohmann/json.hpp>

namespace slook::formats::test {
namespace {

namespace fs = std::filesystem;

class Workbook : public testing::Test {
protected:
    /// A zip archive with these members.
    fs::path zip(const std::string& name,
        const std::vector<std::pair<std::string, std::string>>& members) const
    {
        const auto file = folder / name;
        archive* const writer = archive_write_new();
        archive_write_set_format_zip(writer);
        archive_write_open_filename(writer, file.c_str());
        for (const auto& [path, text] : members) {
            archive_entry* const entry = archive_entry_new();
            archive_entry_set_pathname(entry, path.c_str());
            archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
            archive_entry_set_filetype(entry, AE_IFREG);
            archive_write_header(writer, entry);
            archive_write_data(writer, text.data(), text.size());
            archive_entry_free(entry);
        }
        archive_write_free(writer);
        return file;
    }
    fs::path sheet(const std::string& rows, const std::string& shared = {}) const
    {
        return zip("s.xlsx",
            { { "xl/worksheets/sheet1.xml",
                  "<worksheet><sheetData>" + rows + "</sheetData></worksheet>" },
                { "xl/sharedStrings.xml", shared.empty() ? "<sst/>" : shared } });
    }
    std::string refusal(const fs::path& file) const
    {
        const auto rows = readWorkbook(file);
        return rows ? "it was taken" : message(rows.error());
    }
    TemporaryFolder folder;
};

using Cells = std::vector<std::string>;

TEST_F(Workbook, TextsComeBackAsTheyWereWritten)
{
    const std::vector<Cells> rows { { "index", "question", "answer" },
        { "7", "Line 1\nLine 2 \xE7\xBA\xA2 <b> & \"x\" _x000D_", "007" },
        { "nan", "", "\x01 control" } };
    const auto file = folder / "w.xlsx";
    must(writeWorkbook(file, rows));
    const auto back = must(readWorkbook(file));
    ASSERT_EQ(back.size(), 3u);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(back[i].cells, rows[i]);
        EXPECT_EQ(back[i].number, static_cast<int>(i) + 1);
    }
}

TEST_F(Workbook, CellsOfEveryKindAreRead)
{
    const auto rows = must(readWorkbook(sheet(
        R"(<row r="2"><c r="A2" t="s"><v>1</v></c><c r="C2" t="inlineStr"><is><r><t>in</t></r><r><t> line</t></r></is></c>)"
        R"(<c r="D2"><v>3.50</v></c><c r="E2" t="b"><v>1</v></c><c r="F2" t="e"><v>#N/A</v></c>)"
        R"(<c r="G2" t="str"><f>A1</f><v>formula</v></c></row><row><c><v>next</v></c></row>)",
        R"(<sst><si><t>zero</t></si><si><t>o</t><rPh><t>said</t></rPh><t>ne</t></si></sst>)")));
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].cells, (Cells { "one", "", "in line", "3.50", "TRUE", "", "formula" }));
    EXPECT_EQ(rows[0].number, 2);
    EXPECT_EQ(rows[1].cells, (Cells { "next" }));
    EXPECT_EQ(rows[1].number, 3);
}

TEST_F(Workbook, TheFirstSheetIsTheOneThatTheBookNamesFirst)
{
    const auto cell = [](const char* text) {
        return std::string("<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>") + text
            + "</t></is></c></row></sheetData></worksheet>";
    };
    const auto rows = must(readWorkbook(zip("b.xlsx",
        { { "xl/worksheets/sheet1.xml", cell("second") },
            { "xl/worksheets/sheet2.xml", cell("first") },
            { "xl/workbook.xml",
                R"(<workbook xmlns:r="r"><sheets><sheet name="A" sheetId="1" r:id="rId2"/><sheet name="B" sheetId="2" r:id="rId1"/></sheets></workbook>)" },
            { "xl/_rels/workbook.xml.rels",
                R"(<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/></Relationships>)" } })));
    EXPECT_EQ(rows.at(0).cells.at(0), "first");
}

TEST_F(Workbook, HostileFilesAreRefusedInOneSentence)
{
    EXPECT_NE(refusal(folder.write("cut.xlsx", "PK\x03\x04xl/worksheets")).find("damaged"),
        std::string::npos);
    EXPECT_NE(refusal(zip("other.xlsx", { { "xl/notes.txt", "x" } })).find("without a sheet"),
        std::string::npos);
    EXPECT_NE(refusal(sheet("<row><c t=\"s\"><v>9</v></c></row>")).find("does not hold"),
        std::string::npos);
    EXPECT_NE(refusal(sheet("<row><c r=\"XFD1\"><v>9</v></c></row>")).find("1,000 columns"),
        std::string::npos);
    EXPECT_NE(refusal(sheet("<row><c>")).find("damaged"), std::string::npos);
    const auto entities = zip("e.xlsx",
        { { "xl/worksheets/sheet1.xml",
            "<!DOCTYPE w [<!ENTITY a \"b\">]><worksheet><sheetData/></worksheet>" } });
    EXPECT_NE(refusal(entities).find("document type"), std::string::npos);
}

TEST_F(Workbook, LlavasRealSubmissionHasItsQuestions)
{
    SKIP_WITHOUT_SHARED();
    const auto batch = must(readSource(shared("llava/playground/data/eval/mmbench/answers_upload/"
                                              "mmbench_dev_20230712/llava-v1.5-13b.xlsx")));
    EXPECT_EQ(batch.source.format, "vlmevalkit");
    EXPECT_EQ(batch.items.size() + batch.problems.size(), 150u);
    EXPECT_EQ(batch.items.size(), 150u) << batch.problems.at(0).reason;
    for (const auto& item : batch.items) {
        EXPECT_GE(item.options.size(), 2u);
        EXPECT_TRUE(must(parseJson(item.fields, "")).contains("prediction"));
    }
}

/// The real predictions, out as xlsx and in again, are what the TSV says.
TEST_F(Workbook, APredictionFileComesBackFromBothOfItsForms)
{
    SKIP_WITHOUT_SHARED();
    const auto tsv = fs::directory_iterator(shared("vlmevalkit/predictions"))->path();
    const auto real = must(readSource(tsv));
    ExportData data;
    for (const auto& item : real.items) {
        data.items.push_back(item);
        data.items.back().id = { static_cast<std::int64_t>(data.items.size()) };
        ResponseRow row;
        row.id = { static_cast<std::int64_t>(data.items.size()) };
        row.item = data.items.back().id;
        row.text = stringOr(must(parseJson(item.fields, "")), "prediction");
        data.responses.push_back(row);
    }
    for (const char* format : { "vlmevalkit", "vlmevalkit-xlsx" }) {
        const auto out = folder / (std::string(format) + ".out");
        ExportOptions options;
        options.format = format;
        EXPECT_EQ(must(exportResponses(data, out, options)).records, 64);
        const auto back = must(readSource(out));
        ASSERT_EQ(back.items.size(), real.items.size());
        for (std::size_t i = 0; i < back.items.size(); ++i) {
            EXPECT_EQ(back.items[i].key, real.items[i].key);
            EXPECT_EQ(back.items[i].question, real.items[i].question);
            EXPECT_EQ(back.items[i].answer, real.items[i].answer);
            EXPECT_EQ(stringOr(must(parseJson(back.items[i].fields, "")), "prediction"),
                data.responses[i].text);
        }
    }
}

TEST_F(Workbook, TextsLongerThanACellAreCutAndCounted)
{
    ExportData data;
    Item item;
    item.id = { 1 };
    item.key = "1";
    item.question = "Q";
    data.items.push_back(item);
    ResponseRow row;
    row.id = { 1 };
    row.item = { 1 };
    for (std::size_t i = 0; i < longestCell + 5; ++i)
        row.text += "\xE7\xBA\xA2";
    data.responses.push_back(row);
    ExportOptions options;
    options.format = "vlmevalkit-xlsx";
    const auto report = must(exportResponses(data, folder / "long.xlsx", options));
    EXPECT_NE(report.notCarried.back().find("1 texts were cut"), std::string::npos);
    const auto back = must(readWorkbook(folder / "long.xlsx"));
    EXPECT_EQ(back.at(1).cells.back().size(), 3 * longestCell);
}

} // namespace
} // namespace slook::formats::test
