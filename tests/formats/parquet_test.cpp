#include "core/file.h"
#include "fixture.h"
#include "formats/parquet.h"
#include "formats/preference.h"
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <nlohmann/json.hpp>
#include <parquet/arrow/writer.h>

/// Files are written by Arrow's own writer.
namespace slook::formats::test {
namespace {

namespace fs = std::filesystem;

void check(const arrow::Status& status)
{
    if (!status.ok())
        throw std::runtime_error(status.ToString());
}

template <class T> T value(arrow::Result<T> result)
{
    check(result.status());
    return std::move(*result);
}

using Columns = std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>;

fs::path write(const fs::path& file, const Columns& columns, int rowsInGroup = 100)
{
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (const auto& [name, array] : columns) {
        fields.push_back(arrow::field(name, array->type()));
        arrays.push_back(array);
    }
    const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
    const auto stream = value(arrow::io::FileOutputStream::Open(file.string()));
    check(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), stream, rowsInGroup));
    check(stream->Close());
    return file;
}

std::shared_ptr<arrow::Array> texts(const std::vector<std::string>& all)
{
    arrow::StringBuilder builder;
    check(builder.AppendValues(all));
    return value(builder.Finish());
}

std::shared_ptr<arrow::Array> numbers(const std::vector<std::int64_t>& all)
{
    arrow::Int64Builder builder;
    check(builder.AppendValues(all));
    return value(builder.Finish());
}

/// As `datasets` stores its Image feature; empty bytes are null.
std::shared_ptr<arrow::Array> pictures(const std::vector<std::pair<std::string, std::string>>& all)
{
    arrow::BinaryBuilder bytes;
    arrow::StringBuilder paths;
    for (const auto& [data, path] : all) {
        check(data.empty() ? bytes.AppendNull() : bytes.Append(data));
        check(path.empty() ? paths.AppendNull() : paths.Append(path));
    }
    return value(arrow::StructArray::Make(
        arrow::ArrayVector { value(bytes.Finish()), value(paths.Finish()) },
        std::vector<std::string> { "bytes", "path" }));
}

std::string sentence(const fs::path& file)
{
    const auto batch = readSource(file);
    return batch ? "it was taken" : message(batch.error());
}

class Parquet : public testing::Test {
protected:
    TemporaryFolder folder;
};

TEST_F(Parquet, RowsOfRlaifVArePairsWithTheirPictures)
{
    const auto file = write(folder / "rlaif.parquet",
        { { "ds_name", texts({ "RLAIF-V", "RLAIF-V", "RLAIF-V" }) },
            { "image", pictures({ { png(1), "a.png" }, { png(2), "" }, { png(1), "c.png" } }) },
            { "question", texts({ "One?", "Two?", "Three?" }) },
            { "chosen", texts({ "c1", "c2", "c3" }) }, { "rejected", texts({ "r1", "r2", "r3" }) },
            { "origin_dataset", texts({ "coco", "coco", "vqa" }) },
            { "idx", numbers({ 10, 11, 12 }) } },
        2);
    EXPECT_EQ(must(sniffFormat(file)), "pairs");
    const auto batch = must(readSource(file));
    EXPECT_TRUE(batch.problems.empty());
    ASSERT_EQ(batch.items.size(), 3u);
    EXPECT_EQ(batch.source.format, "pairs");
    EXPECT_EQ(batch.items[2].key, "12");
    EXPECT_EQ(batch.items[2].question, "Three?");
    EXPECT_EQ(batch.items[2].category, "vqa");
    EXPECT_EQ(batch.items[2].line, 3);
    const auto pair = pairTexts(must(parseJson(batch.items[1].fields, "")));
    EXPECT_EQ(pair.chosen, "c2");
    EXPECT_EQ(pair.rejected, "r2");
    ASSERT_EQ(batch.images.size(), 2u) << "equal pixels are kept once";
    EXPECT_EQ(must(batch.images[0].load()), png(1));
    EXPECT_EQ(must(batch.images[1].load()), png(2));
    EXPECT_EQ(batch.itemImages[2], batch.itemImages[0]);
    const auto columns = must(sourceColumns(file));
    EXPECT_EQ(columns[2].name, "question");
    EXPECT_EQ(columns[2].sample, "One?");
}

TEST_F(Parquet, RlhfVKeepsItsTextsAsJsonInOneColumn)
{
    const auto batch = must(readSource(write(folder / "rlhf.parquet",
        { { "image", pictures({ { png(3), "" } }) },
            { "text",
                texts({ R"({"question": "Which?", "chosen": "good", "rejected": "bad"})" }) } })));
    ASSERT_EQ(batch.items.size(), 1u);
    EXPECT_EQ(batch.items[0].question, "Which?");
    EXPECT_EQ(pairTexts(must(parseJson(batch.items[0].fields, ""))).chosen, "good");
    EXPECT_EQ(batch.images.size(), 1u);
}

TEST_F(Parquet, QuestionTablesAreReadAsTheirJsonWouldBe)
{
    const auto star = must(readSource(write(folder / "star.parquet",
        { { "index", numbers({ 0, 1 }) },
            { "question", texts({ "Which? Options: A: x, B: y", "And?" }) },
            { "image", pictures({ { png(1), "" }, { png(2), "" } }) },
            { "answer", texts({ "A", "B" }) }, { "category", texts({ "math", "logic" }) } })));
    ASSERT_EQ(star.items.size(), 2u);
    EXPECT_EQ(star.items[1].key, "1");
    EXPECT_EQ(star.items[1].answer, "B");
    EXPECT_EQ(star.items[1].category, "logic");

    const auto bench = must(readSource(write(folder / "bench.parquet",
        { { "index", numbers({ 7 }) }, { "question", texts({ "Which?" }) },
            { "hint", texts({ "Look." }) }, { "A", texts({ "red" }) }, { "B", texts({ "blue" }) },
            { "C", texts({ "" }) }, { "answer", texts({ "B" }) },
            { "image", pictures({ { png(1), "" } }) } })));
    ASSERT_EQ(bench.items.at(0).options.size(), 2u);
    EXPECT_EQ(bench.items[0].options[1].text, "blue");
    EXPECT_EQ(bench.items[0].hint, "Look.");

    arrow::ListBuilder choices(
        arrow::default_memory_pool(), std::make_shared<arrow::StringBuilder>());
    check(choices.Append());
    check(static_cast<arrow::StringBuilder&>(*choices.value_builder()).AppendValues({ "a", "b" }));
    const auto science = must(readSource(write(folder / "science.parquet",
        { { "image", pictures({ { png(5), "" } }) }, { "question", texts({ "Which?" }) },
            { "choices", value(choices.Finish()) }, { "answer", numbers({ 1 }) },
            { "hint", texts({ "" }) }, { "lecture", texts({ "" }) },
            { "topic", texts({ "physics" }) } })));
    EXPECT_EQ(science.source.format, "scienceqa");
    EXPECT_EQ(science.items.at(0).answer, "B");
    EXPECT_EQ(science.items[0].category, "physics");
    EXPECT_EQ(science.itemImages[0].size(), 1u);

    const auto mmmu = must(readSource(write(folder / "mmmu.parquet",
        { { "id", texts({ "validation_Art_1" }) },
            { "question", texts({ "<image 1> or <image 2>?" }) },
            { "options", texts({ "['x', 'y']" }) }, { "answer", texts({ "B" }) },
            { "image_1", pictures({ { png(1), "1.png" } }) },
            { "image_2", pictures({ { png(2), "2.png" } }) },
            { "image_3", pictures({ { "", "" } }) } })));
    EXPECT_EQ(mmmu.source.format, "mmmu");
    EXPECT_EQ(mmmu.items.at(0).answer, "B");
    EXPECT_EQ(mmmu.itemImages[0].size(), 2u);
}

TEST_F(Parquet, ARowThatCannotBeTakenCostsOneRow)
{
    const auto batch = must(readSource(write(folder / "bad.parquet",
        { { "question", texts({ "One?", "Two \xFF?", "Three?", "Four?" }) },
            { "image",
                pictures({ { png(1), "" }, { png(2), "" }, { "\x89PNG no picture", "" },
                    { "", "gone.png" } }) } })));
    EXPECT_EQ(batch.items.size(), 1u);
    ASSERT_EQ(batch.problems.size(), 3u);
    EXPECT_EQ(batch.problems[0].line, 2);
    EXPECT_NE(batch.problems[0].reason.find("UTF-8"), std::string::npos);
    EXPECT_NE(batch.problems[2].reason.find("gone.png"), std::string::npos);
}

TEST_F(Parquet, DamagedFilesAreRefusedInOneSentence)
{
    const auto good = write(folder / "good.parquet",
        { { "question", texts(std::vector<std::string>(500, "Which one is it?")) } });
    const auto bytes = must(readFile(good));
    EXPECT_NE(
        sentence(folder.write("cut.parquet", bytes.substr(0, bytes.size() / 2))).find("is cut off"),
        std::string::npos);
    EXPECT_NE(sentence(folder.write("short.parquet", "PAR1")).find("too short"), std::string::npos);
    EXPECT_NE(sentence(folder.write("hidden.parquet", "PARE" + bytes.substr(4))).find("encrypted"),
        std::string::npos);
    auto lying = bytes; // the length of the footer
    lying.replace(lying.size() - 8, 4, "\xFF\xFF\xFF\x7F");
    EXPECT_NE(sentence(folder.write("lying.parquet", lying)).find("damaged"), std::string::npos);
    EXPECT_NE(
        sentence(write(folder / "none.parquet", { { "weight", numbers({ 1 }) } })).find("question"),
        std::string::npos);
    EXPECT_NE(sentence(write(folder / "empty.parquet", { { "question", texts({}) } })).size(), 0u);
}

TEST_F(Parquet, DeepNestingIsRefused)
{
    for (const int depth : { 40, 2000 }) {
        std::shared_ptr<arrow::DataType> type = arrow::int64();
        for (int i = 0; i < depth; ++i)
            type = arrow::struct_({ arrow::field("s", type) });
        const auto array = value(arrow::MakeArrayOfNull(type, 1));
        fs::path file;
        try {
            file = write(folder / "deep.parquet",
                { { "question", texts({ "Which?" }) }, { "deep", array } });
        } catch (const std::runtime_error&) {
            continue; // the writer itself refuses it
        }
        const auto says = sentence(file);
        EXPECT_TRUE(says.find("nested deeper") != std::string::npos
            || says.find("damaged") != std::string::npos)
            << depth << ": " << says;
    }
}

/// Flipped bytes: no crash, no endless reading.
TEST_F(Parquet, MutatedFilesNeverCrash)
{
    const auto bytes = must(readFile(write(folder / "seed.parquet",
        { { "question", texts({ "One?", "Two?", "Three?" }) },
            { "image", pictures({ { png(1), "a" }, { png(2), "b" }, { png(3), "c" } }) },
            { "chosen", texts({ "a", "b", "c" }) }, { "rejected", texts({ "d", "e", "f" }) } })));
    std::uint64_t state = 7;
    const auto random = [&] {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return state >> 33;
    };
    int taken = 0;
    for (int i = 0; i < 400; ++i) {
        auto mutated = bytes;
        for (std::uint64_t k = 0; k <= random() % 4; ++k)
            mutated[4 + random() % (mutated.size() - 8)] = static_cast<char>(random());
        const auto batch = readSource(folder.write("m.parquet", mutated));
        if (batch)
            for (const auto& image : batch->images)
                (void)image.load();
        taken += batch.has_value();
    }
    EXPECT_GT(taken, 0);
}

TEST_F(Parquet, PicturesOfAFileThatChangedAreNoticed)
{
    const auto file = write(folder / "p.parquet",
        { { "question", texts({ "One?" }) }, { "image", pictures({ { png(1), "" } }) } });
    const auto batch = must(readSource(file));
    write(file, { { "question", texts({ "One?" }) } });
    EXPECT_FALSE(batch.images[0].load());
}

} // namespace
} // namespace slook::formats::test
