#pragma once
#include "core/file.h"
#include "program.h"
#include "temporary_folder.h"
#include <chrono>
#include <gtest/gtest.h>
#include <thread>

/// A temporary folder and the command line in it.
class CliTest : public testing::Test {
protected:
    using Arguments = std::vector<std::string>;

    std::filesystem::path path(const std::string& name) const { return m_folder.path() / name; }
    virtual std::string project() const { return path("p.slook").string(); }
    std::string embeddedModel() const { return SLOOK_SOURCE_DIR "/resources/model"; }

    Outcome run(const Arguments& arguments) const { return cli(arguments, m_folder.path()); }
    /// Must end well; @return the document.
    slook::Json json(Arguments arguments) const
    {
        arguments.emplace_back("--json");
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.exit, 0) << outcome.err;
        EXPECT_FALSE(outcome.json().is_null()) << outcome.out;
        return outcome.json();
    }
    /// Must fail with one sentence; @return it.
    std::string complaint(const Arguments& arguments) const
    {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.exit, 1) << outcome.out << outcome.err;
        EXPECT_TRUE(outcome.out.empty()) << outcome.out;
        const auto end = outcome.err.find_last_not_of('\n');
        const auto begin = outcome.err.find_last_of('\n', end);
        return outcome.err.substr(begin == std::string::npos ? 0 : begin + 1);
    }
    void write(const std::string& name, const std::string& bytes) const
    {
        ASSERT_TRUE(slook::writeFileAtomically(path(name), bytes).has_value());
    }
    /// A project with rendered scenes in it.
    void projectWithScenes(int count) const
    {
        ASSERT_EQ(run({ "new", project() }).exit, 0);
        ASSERT_EQ(run({ "scenes", path("scenes").string(), "--count", std::to_string(count),
                          "--seed", "3" })
                      .exit,
            0);
        ASSERT_EQ(run({ "import", project(), path("scenes/scenes.tsv").string() }).exit, 0);
    }

    TemporaryFolder m_folder;
};
