#include "core/file.h"
#include "fixture.h"
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

namespace slook::store::test {
namespace {

namespace fs = std::filesystem;

class ProjectTest : public testing::Test {
protected:
    TemporaryFolder folder;
    fs::path file = folder / "p.slook";
};

TEST_F(ProjectTest, IsNewEmptyAndSound)
{
    const auto project = must(Project::create(file));
    EXPECT_EQ(project.file(), file);
    EXPECT_EQ(project.folder(), folder / "p.slook.d");
    EXPECT_FALSE(project.readOnly());
    const auto report = must(project.check());
    EXPECT_TRUE(report.problems.empty());
    EXPECT_EQ(report.counts.at("item"), 0);
    EXPECT_TRUE(must(project.items()).empty());
}

TEST_F(ProjectTest, IsNeverCreatedOverAFileOrInAMissingFolder)
{
    std::ofstream(file) << "mine";
    EXPECT_EQ(Project::create(file).error().kind, ErrorKind::Conflict);
    EXPECT_EQ(must(readFile(file)), "mine");
    EXPECT_EQ(Project::create(folder / "no/p.slook").error().kind, ErrorKind::NotFound);
}

TEST_F(ProjectTest, GivesBackWhatWasImported)
{
    auto project = must(Project::create(file));
    auto batch = batchOf(4);
    const auto id = must(project.addImport(batch, "op1"));

    const auto sources = must(project.sources());
    ASSERT_EQ(sources.size(), 1u);
    EXPECT_EQ(sources[0].id, id);
    EXPECT_EQ(sources[0].name, "made");
    EXPECT_EQ(sources[0].sha256, sha256(std::string_view("made")));
    EXPECT_EQ(sources[0].items, 4);
    EXPECT_EQ(sources[0].problems, 1);
    EXPECT_GT(sources[0].time, 1'600'000'000'000);

    const auto items = must(project.items());
    ASSERT_EQ(items.size(), 4u);
    EXPECT_EQ(items[0].key, "0");
    EXPECT_EQ(items[0].options[0].text, "a \"red\" box");
    EXPECT_EQ(items[0].options[1].text, "None");
    EXPECT_EQ(items[0].options[2].label, "C");
    EXPECT_EQ(items[0].fields, R"({"source":"made up"})");
    EXPECT_EQ(items[0].line, 7);

    const auto images = must(project.images(items[0].images));
    ASSERT_EQ(images.size(), 2u);
    EXPECT_EQ(images[0].sha256, batch.images[1].row.sha256) << "the order of the prompt";
    EXPECT_EQ(images[1].width, 2);
    EXPECT_EQ(must(project.imageBytes(images[0].id)), std::string("second\0file", 11));

    const auto problems = must(project.problems(id));
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].line, 99);
    EXPECT_EQ(problems[0].reason, "the picture is missing");
}

TEST_F(ProjectTest, FiltersItems)
{
    auto project = must(Project::create(file));
    auto batch = batchOf(4);
    batch.items[2].category = "shape";
    batch.items[3].split = "test";
    batch.items[1].options[0].text = "100% [Blue]";
    must(project.addImport(batch, "op1"));
    const auto second = must(project.addImport(batchOf(2, "other"), "op2"));
    const auto all = must(project.items());
    EXPECT_EQ(all.size(), 6u);
    EXPECT_EQ(must(project.items({ .sources = { second } })).size(), 2u);
    EXPECT_EQ(must(project.items({ .category = "shape" })).size(), 1u);
    EXPECT_EQ(must(project.items({ .split = "test" })).size(), 1u);
    EXPECT_EQ(must(project.items({ .text = "100% [bl" })).size(), 1u) << "no pattern, any case";
    EXPECT_EQ(must(project.items({ .text = "label" })).size(), 0u) << "not in our own notation";
    EXPECT_EQ(must(project.items({ .ids = { all[0].id, all[5].id } })).size(), 2u);
    EXPECT_EQ(must(project.items({ .sources = { second }, .ids = { all[0].id } })).size(), 0u);
}

TEST_F(ProjectTest, VisitsItemsOneAfterTheOther)
{
    auto project = must(Project::create(file));
    must(project.addImport(batchOf(3), "op1"));
    const auto second = must(project.addImport(batchOf(2, "other"), "op2"));
    const auto all = must(project.items());
    std::vector<ItemId> ids;
    must(project.forEachItem({ .withFields = false }, [&](const Item& item) {
        const Item& whole = all.at(ids.size());
        ids.push_back(item.id);
        EXPECT_EQ(item.id, whole.id);
        EXPECT_EQ(item.question, whole.question);
        EXPECT_EQ(item.options.size(), whole.options.size());
        EXPECT_EQ(item.images, whole.images);
        EXPECT_EQ(item.fields, "");
        EXPECT_EQ(item.line, 0);
    }));
    EXPECT_EQ(must(project.itemIds()), ids);
    ASSERT_EQ(ids.size(), 5u);
    EXPECT_EQ(
        must(project.itemIds({ .sources = { second } })), (std::vector<ItemId> { ids[3], ids[4] }));
    EXPECT_EQ(must(project.itemIds({ .text = "PICTURE 2" })), std::vector<ItemId> { ids[2] });
    must(project.undo());
    EXPECT_EQ(must(project.itemIds()).size(), 3u);
    EXPECT_EQ(must(project.itemIds({ .ids = { ids[4] } })).size(), 1u) << "results point to it";
    EXPECT_EQ(must(project.sources()).size(), 1u);
    EXPECT_EQ(must(project.sources(true)).size(), 2u);
}

TEST_F(ProjectTest, DoesAnImportOnceWhenItIsRepeated)
{
    auto project = must(Project::create(file));
    const auto id = must(project.addImport(batchOf(3), "op1"));
    EXPECT_EQ(must(project.addImport(batchOf(3), "op1")), id);
    EXPECT_EQ(must(project.items()).size(), 3u);
    EXPECT_EQ(must(project.journal()).size(), 1u);
    EXPECT_EQ(project.addRun(runNamed("0001-scl"), "op1").error().kind, ErrorKind::Invalid);
    EXPECT_EQ(project.addImport(batchOf(1), "").error().kind, ErrorKind::Invalid);
}

TEST_F(ProjectTest, KeepsAPictureOnce)
{
    auto project = must(Project::create(file));
    must(project.addImport(batchOf(3), "op1"));
    must(project.addImport(batchOf(3, "again"), "op2"));
    EXPECT_EQ(must(project.check()).counts.at("image"), 2);
    const auto items = must(project.items());
    EXPECT_EQ(items[0].images, items[3].images);
}

TEST_F(ProjectTest, TellsPicturesOfEqualBytesAndOtherShapeApart)
{
    auto project = must(Project::create(file));
    auto batch = batchOf(3);
    batch.images[1] = batch.images[0];
    std::swap(batch.images[1].row.width, batch.images[1].row.height);
    must(project.addImport(batch, "op1"));
    EXPECT_EQ(must(project.check()).counts.at("image"), 2);
}

TEST_F(ProjectTest, LoadsPicturesOnlyWhenItKeepsThem)
{
    auto project = must(Project::create(file));
    auto batch = batchOf(3);
    int loads = 0;
    for (auto& image : batch.images) {
        image.load = [bytes = image.bytes, &loads]() -> Result<std::string> {
            ++loads;
            return bytes;
        };
        image.bytes.clear();
    }
    must(project.addImport(batch, "op1"));
    EXPECT_EQ(loads, 2);
    must(project.addImport(batch, "op2"));
    EXPECT_EQ(loads, 2);
}

TEST_F(ProjectTest, TakesAllOfAnImportOrNothing)
{
    auto project = must(Project::create(file));
    auto broken = batchOf(3);
    broken.images[1].load = [] { return Result<std::string>(fail(ErrorKind::Io, "gone", "x")); };
    broken.images[1].bytes.clear();
    EXPECT_EQ(project.addImport(broken, "op1").error().what, "gone");
    auto repeated = batchOf(3);
    repeated.items[2].key = "0";
    EXPECT_EQ(project.addImport(repeated, "op1").error().kind, ErrorKind::Invalid);
    auto changed = batchOf(3);
    changed.images[0].bytes = "other bytes";
    EXPECT_EQ(project.addImport(changed, "op1").error().kind, ErrorKind::Io);
    EXPECT_TRUE(must(project.sources()).empty());
    EXPECT_TRUE(must(project.journal()).empty());
    EXPECT_EQ(must(project.check()).counts.at("image"), 0);
    must(project.addImport(batchOf(3), "op1"));
}

TEST_F(ProjectTest, ReadsAPictureFromItsFileAndNoticesAChange)
{
    auto project = must(Project::create(file));
    const auto picture = folder / "a.png";
    std::ofstream(picture) << "first file";
    auto batch = batchOf(1);
    batch.itemImages = { { 0 } };
    batch.images[0].row.storedBytes = false;
    batch.images[0].row.path = picture.string();
    batch.images[0].bytes.clear();
    must(project.addImport(batch, "op1"));
    const auto id = must(project.items())[0].images[0];
    EXPECT_EQ(must(project.imageBytes(id)), "first file");
    std::ofstream(picture) << "changed";
    EXPECT_EQ(project.imageBytes(id).error().kind, ErrorKind::Invalid);
    fs::remove(picture);
    EXPECT_EQ(project.imageBytes(id).error().kind, ErrorKind::NotFound);

    must(project.addImport(batchOf(1, "bytes"), "op2"));
    EXPECT_EQ(must(project.imageBytes(id)), "first file") << "bytes are better than a path";
}

TEST_F(ProjectTest, UndoesAndRedoesImportsAcrossRestarts)
{
    {
        auto project = must(Project::create(file));
        must(project.addImport(batchOf(3, "one"), "op1"));
        must(project.addImport(batchOf(2, "two"), "op2"));
        EXPECT_EQ(must(project.undo()), "Imported 2 items from two (1 rows were not taken)");
    }
    {
        auto project = must(Project::open(file));
        EXPECT_EQ(must(project.items()).size(), 3u);
        must(project.undo());
        EXPECT_TRUE(must(project.items()).empty());
        EXPECT_TRUE(must(project.sources()).empty());
        EXPECT_EQ(must(project.check()).counts.at("image"), 0);
        EXPECT_EQ(project.undo().error().kind, ErrorKind::Invalid);
    }
    auto project = must(Project::open(file));
    must(project.redo());
    EXPECT_EQ(must(project.items()).size(), 3u) << "the older one first";
    must(project.redo());
    EXPECT_EQ(must(project.items()).size(), 5u);
    EXPECT_EQ(project.redo().error().kind, ErrorKind::Invalid);
    EXPECT_TRUE(must(project.check()).problems.empty());
}

TEST_F(ProjectTest, ForgetsWhatCouldBeRedoneAfterANewChange)
{
    auto project = must(Project::create(file));
    must(project.addImport(batchOf(3, "one"), "op1"));
    must(project.undo());
    must(project.addImport(batchOf(2, "two"), "op2"));
    EXPECT_EQ(project.redo().error().kind, ErrorKind::Invalid);
    const auto history = must(project.journal());
    ASSERT_EQ(history.size(), 2u);
    EXPECT_FALSE(history[0].undone);
    EXPECT_TRUE(history[1].undone);
    must(project.undo());
    EXPECT_EQ(project.undo().error().kind, ErrorKind::Invalid);
}

TEST_F(ProjectTest, HoldsAHundredThousandItems)
{
    using Clock = std::chrono::steady_clock;
    const auto seconds = [](Clock::time_point since) {
        return std::chrono::duration<double>(Clock::now() - since).count();
    };
    auto project = must(Project::create(file));
    const auto batch = batchOf(100'000);
    auto begin = Clock::now();
    must(project.addImport(batch, "op1"));
    const double import = seconds(begin);
    begin = Clock::now();
    EXPECT_EQ(must(project.items()).size(), 100'000u);
    const double read = seconds(begin);
    RecordProperty("import_seconds", std::to_string(import));
    RecordProperty("read_seconds", std::to_string(read));
    std::printf("100,000 items: import %.2f s, read %.2f s\n", import, read);
    EXPECT_LT(import, 20);
    EXPECT_LT(read, 10);
}

} // namespace
} // namespace slook::store::test
