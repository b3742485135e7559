#include "core/hash.h"
#include "runs/directory.h"
#include "temporary_folder.h"
#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace slook;
using namespace slook::runs;
namespace fs = std::filesystem;

namespace {

Job someJob()
{
    Job job;
    job.recipe = "scl";
    job.model.folder = "model";
    return job;
}

InputItem someInput(std::int64_t id)
{
    InputItem input;
    input.item.id = ItemId { id };
    input.item.question = "Where?\n\"There\"";
    input.item.options = { { "A", "left" }, { "B", "right" } };
    input.item.answer = "A";
    input.item.images = { ImageId { 9 } };
    input.source = "scenes";
    input.set = "pool";
    input.imagePaths = { "images/a.png" };
    input.imageSha256 = { "ff" };
    return input;
}

EventBody note(std::int64_t n)
{
    return Note { "info", "note " + std::to_string(n) };
}

void fillWithNotes(const fs::path& directory, int count)
{
    auto writer = EventWriter::open(directory);
    ASSERT_TRUE(writer) << message(writer.error());
    for (int i = 0; i < count; ++i)
        ASSERT_TRUE(writer->write(note(i)));
}

} // namespace

TEST(RunDirectory, HoldsJobInputsAndWhatIsAdded)
{
    const TemporaryFolder folder;
    const auto run = folder.path() / "0001-scl";
    const auto made = createRunDirectory(
        run, someJob(), { someInput(1), someInput(2) }, [](const fs::path& inside) -> Result<void> {
            fs::create_directory(inside / "images");
            append(inside / "images" / "a.png", "png");
            return {};
        });
    ASSERT_TRUE(made) << message(made.error());
    EXPECT_EQ(*made, *sha256OfFile(run / "job.json"));
    EXPECT_TRUE(fs::exists(run / "images" / "a.png"));
    EXPECT_TRUE(fs::is_directory(run / "artifacts"));
    const auto inputs = readInputs(run);
    ASSERT_TRUE(inputs) << message(inputs.error());
    ASSERT_EQ(inputs->size(), 2u);
    EXPECT_EQ((*inputs)[1].item.id.value, 2);
    EXPECT_EQ((*inputs)[0].item.question, "Where?\n\"There\"");
    EXPECT_EQ((*inputs)[0].item.options[1].text, "right");
    EXPECT_EQ((*inputs)[0].imageSha256, std::vector<std::string> { "ff" });
    EXPECT_EQ(readJob(run)->recipe, "scl");
}

TEST(RunDirectory, IsNotMadeTwice)
{
    const TemporaryFolder folder;
    ASSERT_TRUE(createRunDirectory(folder.path() / "r", someJob(), {}));
    const auto again = createRunDirectory(folder.path() / "r", someJob(), {});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::Conflict);
}

TEST(RunDirectory, IsNotThereWhenFillingItFails)
{
    const TemporaryFolder folder;
    const auto made = createRunDirectory(folder.path() / "r", someJob(), {},
        [](const fs::path&) -> Result<void> { return fail(ErrorKind::Io, "no space"); });
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().what, "no space");
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(RunDirectory, WithInputsCutShortIsRefused)
{
    const TemporaryFolder folder;
    const auto run = folder.path() / "r";
    ASSERT_TRUE(createRunDirectory(run, someJob(), { someInput(1), someInput(2) }));
    fs::resize_file(run / "inputs.jsonl", fs::file_size(run / "inputs.jsonl") - 5);
    const auto inputs = readInputs(run);
    ASSERT_FALSE(inputs);
    EXPECT_EQ(inputs.error().kind, ErrorKind::Invalid);
    fs::remove(run / "inputs.jsonl");
    EXPECT_EQ(readInputs(run).error().kind, ErrorKind::NotFound);
}

TEST(RunDirectory, PassesARequestOn)
{
    const TemporaryFolder folder;
    EXPECT_EQ(requested(folder.path()), Request::None);
    ASSERT_TRUE(requestOf(folder.path(), Request::Stop));
    EXPECT_EQ(requested(folder.path()), Request::Stop);
    ASSERT_TRUE(requestOf(folder.path(), Request::Pause));
    EXPECT_EQ(requested(folder.path()), Request::Pause);
    ASSERT_TRUE(requestOf(folder.path(), Request::None));
    ASSERT_TRUE(requestOf(folder.path(), Request::None));
    EXPECT_EQ(requested(folder.path()), Request::None);
}

TEST(WorkerLock, ExcludesASecondWorkerAndEndsWithItsHolder)
{
    const TemporaryFolder folder;
    EXPECT_FALSE(workerAlive(folder.path()));
    {
        const auto lock = WorkerLock::take(folder.path());
        ASSERT_TRUE(lock);
        EXPECT_TRUE(workerAlive(folder.path()));
        const auto second = WorkerLock::take(folder.path());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
        EXPECT_TRUE(workerAlive(folder.path())); // looking at it does not drop it
        const auto before = heartbeat(folder.path());
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        lock->beat();
        EXPECT_NE(heartbeat(folder.path()), before);
    }
    EXPECT_FALSE(workerAlive(folder.path()));
}

TEST(WorkerLock, EndsWhenItsProcessIsKilled)
{
    const TemporaryFolder folder;
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const auto child = ::fork();
    if (child == 0) {
        const auto lock = WorkerLock::take(folder.path());
        (void)!::write(ready[1], "x", 1);
        ::pause();
        ::_exit(lock ? 0 : 1);
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_TRUE(workerAlive(folder.path()));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_FALSE(workerAlive(folder.path()));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST(EventLog, NumbersEventsWithoutGapsAcrossWriters)
{
    const TemporaryFolder folder;
    fillWithNotes(folder.path(), 3);
    fillWithNotes(folder.path(), 2);
    const auto events = readEvents(folder.path());
    ASSERT_TRUE(events);
    ASSERT_EQ(events->size(), 5u);
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ((*events)[i].seq, static_cast<std::int64_t>(i) + 1);
}

TEST(EventLog, OfARunThatHasNotBegunIsEmpty)
{
    const TemporaryFolder folder;
    EXPECT_TRUE(readEvents(folder.path())->empty());
}

TEST(EventLog, CutAtAnyByteLosesOnlyItsLastEvent)
{
    const TemporaryFolder folder;
    fillWithNotes(folder.path(), 4);
    const auto file = folder.path() / "events.jsonl";
    const auto whole = fs::file_size(file);
    const auto size = whole / 4; // all notes have one length
    ASSERT_EQ(whole % 4, 0u);
    for (auto cut = whole; cut-- > 0;) {
        fs::resize_file(file, cut);
        const auto torn = readEvents(folder.path());
        ASSERT_TRUE(torn) << cut;
        EXPECT_EQ(torn->size(), cut / size);
    }
    fillWithNotes(folder.path(), 2);
    fs::resize_file(file, fs::file_size(file) - 3);
    append(file, std::string(200, '\0')); // what a power loss may leave
    append(file, "\n\0\n");
    auto writer = EventWriter::open(folder.path());
    ASSERT_TRUE(writer) << message(writer.error());
    EXPECT_EQ(writer->lastSeq(), 1);
    ASSERT_TRUE(writer->write(note(1)));
    EXPECT_EQ(readEvents(folder.path())->size(), 2u);
}

TEST(EventLog, DamagedInTheMiddleIsSaidAndLeftAlone)
{
    const TemporaryFolder folder;
    fillWithNotes(folder.path(), 2);
    const auto file = folder.path() / "events.jsonl";
    append(file, "{\"seq\":3,\"time\":1,\"ki\n");
    append(file, toLine({ 4, 0, note(4) }) + "\n");
    const auto size = fs::file_size(file);
    EventReader reader(folder.path());
    const auto good = reader.next();
    ASSERT_TRUE(good);
    EXPECT_EQ(good->size(), 2u);
    EXPECT_EQ(reader.next().error().kind, ErrorKind::Invalid);
    EXPECT_EQ(reader.next().error().kind, ErrorKind::Invalid);
    EXPECT_EQ(EventWriter::open(folder.path()).error().kind, ErrorKind::Invalid);
    EXPECT_EQ(fs::file_size(file), size);
}

TEST(EventLog, WithAMissingEventIsSaid)
{
    const TemporaryFolder folder;
    append(folder.path() / "events.jsonl",
        toLine({ 1, 0, note(1) }) + "\n" + toLine({ 3, 0, note(3) }) + "\n");
    EventReader reader(folder.path());
    EXPECT_EQ(reader.next()->size(), 1u);
    const auto gap = reader.next();
    ASSERT_FALSE(gap);
    EXPECT_NE(gap.error().what.find("missing"), std::string::npos);
}

TEST(EventReader, GoesOnAfterANumberAndInSlices)
{
    const TemporaryFolder folder;
    fillWithNotes(folder.path(), 10);
    EventReader reader(folder.path(), 4);
    const auto first = reader.next(3);
    ASSERT_EQ(first->size(), 3u);
    EXPECT_EQ(first->front().seq, 5);
    EXPECT_EQ(reader.next()->size(), 3u);
    EXPECT_TRUE(reader.next()->empty());
    fillWithNotes(folder.path(), 1);
    EXPECT_EQ(reader.next()->front().seq, 11);
}

TEST(EventReader, TakesEveryEventOnceWhileItIsWritten)
{
    const TemporaryFolder folder;
    constexpr int count = 3000;
    std::jthread writing([&] { fillWithNotes(folder.path(), count); });
    EventReader reader(folder.path());
    std::int64_t seen = 0;
    while (seen < count) {
        const auto events = reader.next(100);
        ASSERT_TRUE(events) << message(events.error());
        for (const auto& event : *events)
            ASSERT_EQ(event.seq, ++seen);
    }
    EXPECT_TRUE(reader.next()->empty());
}

TEST(EventReader, MissesNothingWhenTheWriterIsKilled)
{
    for (int round = 0; round < 20; ++round) {
        const TemporaryFolder folder;
        const auto child = ::fork();
        if (child == 0) {
            auto writer = EventWriter::open(folder.path());
            for (int i = 0;; ++i)
                (void)writer->write(Note { "info", std::string(5000, 'x') });
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(3 + round));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        const auto before = readEvents(folder.path());
        ASSERT_TRUE(before);
        fillWithNotes(folder.path(), 1);
        const auto after = readEvents(folder.path());
        ASSERT_TRUE(after) << message(after.error());
        EXPECT_EQ(after->size(), before->size() + 1);
    }
}

TEST(EventLog, SaysWhenTheDiskIsFullAndKeepsWhatItHad)
{
    // A limit on the size of files stands in for a full disk.
    const TemporaryFolder folder;
    const auto child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        auto writer = EventWriter::open(folder.path());
        const rlimit limit { 4000, 4000 };
        ::setrlimit(RLIMIT_FSIZE, &limit);
        for (int i = 0; i < 200; ++i)
            if (auto written = writer->write(note(i)); !written)
                ::_exit(written.error().kind == ErrorKind::Io && !writer->write(note(i)) ? 42 : 1);
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(WEXITSTATUS(status), 42);
    const auto kept = readEvents(folder.path());
    ASSERT_TRUE(kept);
    EXPECT_GT(kept->size(), 30u);
    fillWithNotes(folder.path(), 1);
    EXPECT_EQ(readEvents(folder.path())->size(), kept->size() + 1);
}
