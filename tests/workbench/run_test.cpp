#include "core/file.h"
#include "image/decode.h"
#include "runs/directory.h"
#include "scenes/export.h"
#include "temporary_folder.h"
#include "workbench/export.h"
#include "workbench/follow.h"
#include "workbench/import.h"
#include "workbench/run.h"
#include "workbench/worker_process.h"
#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

using namespace slook;
namespace fs = std::filesystem;

namespace {

/// A project with rendered scenes, whose pictures came as bytes, and the fake worker.
class RunTest : public testing::Test {
protected:
    static constexpr int questions = 12;

    void SetUp() override
    {
        setenv("SLOOK_WORKER", SLOOK_FAKE_WORKER, 1);
        setenv("FAKE_WORKER", "finish", 1);
        auto project = store::Project::create(m_folder.path() / "p.slook");
        ASSERT_TRUE(project.has_value()) << message(project.error());
        m_project.emplace(std::move(*project));
        scenes::ExportOptions scenes;
        scenes.folder = m_folder.path() / "scenes";
        scenes.count = questions;
        const auto written = scenes::exportScenes(scenes);
        ASSERT_TRUE(written.has_value()) << message(written.error());
        const auto report = workbench::importInto(*m_project, written->file, {});
        ASSERT_TRUE(report.has_value()) << message(report.error());
        EXPECT_EQ(report->source.items, questions);
        EXPECT_EQ(report->pictures, questions);
    }

    void waitForEnd(const RunRow& run)
    {
        while (workbench::workerAtWork(workbench::runFolder(*m_project, run.name)))
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        ASSERT_TRUE(workbench::catchUp(*m_project).has_value());
    }
    std::string complaint(const workbench::RunOptions& options)
    {
        const auto run = workbench::startRun(*m_project, "scl", options);
        EXPECT_TRUE(m_project->runs()->empty());
        EXPECT_FALSE(fs::exists(m_project->folder() / "runs/0001-scl"));
        return run ? "" : message(run.error());
    }

    TemporaryFolder m_folder;
    std::optional<store::Project> m_project;
};

} // namespace

TEST_F(RunTest, WritesADirectoryThatIsCompleteInItself)
{
    const auto started = workbench::startRun(*m_project, "scl", {});
    ASSERT_TRUE(started.has_value()) << message(started.error());
    EXPECT_EQ(started->run.name, "0001-scl");
    EXPECT_EQ(started->pool + started->test, questions);
    const fs::path directory = workbench::runFolder(*m_project, started->run.name);
    const auto inputs = runs::readInputs(directory);
    ASSERT_TRUE(inputs.has_value());
    ASSERT_EQ(inputs->size(), static_cast<std::size_t>(questions));
    for (const runs::InputItem& input : *inputs) {
        ASSERT_EQ(input.imagePaths.size(), 1u);
        EXPECT_TRUE(fs::path(input.imagePaths[0]).is_relative());
        const auto picture = image::decodeFile(directory / input.imagePaths[0]);
        ASSERT_TRUE(picture.has_value());
        EXPECT_EQ(image::pixelSha256(*picture), input.imageSha256[0]);
    }
    waitForEnd(started->run);
    EXPECT_EQ(m_project->run("1")->state, RunState::Done);
}

TEST_F(RunTest, TakesSwitchesSeedAndControlsIntoTheJob)
{
    workbench::RunOptions options;
    options.set = { { "turns", "2" }, { "holdOut", "0.5" }, { "fidelity", "as_published" } };
    options.controls = { "random", "sft" };
    options.seed = 11;
    options.threads = 1;
    const auto started = workbench::startRun(*m_project, "scl", options);
    ASSERT_TRUE(started.has_value()) << message(started.error());
    const auto job = runs::jobFromText(started->run.job, "job");
    ASSERT_TRUE(job.has_value());
    EXPECT_EQ(job->seed, 11u);
    EXPECT_EQ(job->threads, 1);
    const auto chosen = parseJson(job->options, "options");
    EXPECT_EQ(integerOr(*chosen, "turns", 0), 2); // the preset does not undo it
    EXPECT_EQ(stringOr(*chosen, "fidelity"), "as_published");
    EXPECT_EQ(stringsOr(*chosen, "controls"), (std::vector<std::string> { "random", "sft" }));
    waitForEnd(started->run);
}

TEST_F(RunTest, LeavesNothingBehindWhereItCannotStart)
{
    workbench::RunOptions options;
    options.model = m_folder.path() / "nowhere";
    EXPECT_NE(complaint(options).find("nowhere"), std::string::npos);
    options = {};
    options.set = { { "speed", "high" } };
    EXPECT_NE(complaint(options).find("speed"), std::string::npos);
    options = {};
    options.adapter = m_folder.path();
    EXPECT_NE(complaint(options).find("adapter_config.json"), std::string::npos);
    options = {};
    options.int8 = true; // scl trains
    EXPECT_NE(complaint(options).find("leave int8 out"), std::string::npos);
    options = {};
    options.chatTemplate = "vicuna_v9";
    EXPECT_NE(complaint(options).find("vicuna_v1"), std::string::npos) << "those there are";
    const auto file = m_folder.path() / "mine.jinja";
    std::ofstream(file) << "{% if messages %}";
    options.chatTemplate = file.string();
    EXPECT_NE(complaint(options).find("mine.jinja"), std::string::npos);
    setenv("SLOOK_WORKER", "/nowhere/secondlook-worker", 1);
    EXPECT_NE(complaint({}).find("SLOOK_WORKER"), std::string::npos);
}

TEST_F(RunTest, FreezesAChosenChatTemplateIntoTheJob)
{
    const auto file = m_folder.path() / "mine.jinja";
    std::ofstream(file) << "{{ messages[0]['role'] }}";
    for (const auto& [chosen, part] : { std::pair(file.string(), "messages[0]['role']"),
             std::pair(std::string("vicuna_v1"), "USER") }) {
        workbench::RunOptions options;
        options.chatTemplate = chosen;
        const auto started = workbench::startRun(*m_project, "scl", options);
        ASSERT_TRUE(started.has_value()) << message(started.error());
        const auto job = runs::readJob(workbench::runFolder(*m_project, started->run.name));
        ASSERT_TRUE(job.has_value()) << message(job.error());
        EXPECT_NE(job->model.chatTemplate.find(part), std::string::npos);
        waitForEnd(started->run);
    }
}

TEST_F(RunTest, StopsBeforeItBegins)
{
    workbench::Watch watch;
    watch.stopRequested = [] { return true; };
    const auto started = workbench::startRun(*m_project, "scl", {}, watch);
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().kind, ErrorKind::Stopped);
    EXPECT_TRUE(m_project->runs()->empty());
}

TEST_F(RunTest, NamesSwitchesAndControlsForForms)
{
    EXPECT_EQ(workbench::recipes(),
        (std::vector<std::string> { "scl", "stic", "srf", "sweep", "embed" }));
    EXPECT_TRUE(workbench::recipeSwitches("dance").empty());
    std::set<std::string> names;
    for (const auto& one : workbench::recipeSwitches("scl"))
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_TRUE(names.contains("training.beta"));
    EXPECT_EQ(workbench::controlNames("scl").size(), 5u);
    EXPECT_TRUE(workbench::controlNames("dance").empty());
}

TEST_F(RunTest, GivesASecondSourceOfOneNameANumber)
{
    const auto again = workbench::importInto(*m_project, m_folder.path() / "scenes/scenes.tsv", {});
    ASSERT_TRUE(again.has_value()) << message(again.error());
    EXPECT_EQ(again->source.name, "scenes 2");
    EXPECT_EQ(m_project->items()->size(), 2u * questions);
}

TEST_F(RunTest, ExportsWhatAFilterLeaves)
{
    workbench::ExportOptions options;
    options.format = "vlmevalkit";
    options.out = m_folder.path() / "some.tsv";
    const auto items = m_project->items();
    options.filter = *workbench::Filter::parse("category:" + items->front().category);
    const auto report = workbench::exportItems(*m_project, options);
    ASSERT_TRUE(report.has_value()) << message(report.error());
    EXPECT_GT(report->rows, 0);
    EXPECT_LT(report->rows, questions);
    options.filter = *workbench::Filter::parse("category:none");
    EXPECT_FALSE(workbench::exportItems(*m_project, options).has_value());
}
