#pragma once
#include "core/ids.h"
#include "core/result.h"
#include <filesystem>

/// The large project that the window's bench opens.
namespace slook::bench {

struct MadeProject {
    double importSeconds = 0;
};
/// Writes a VLMEvalKit table of so many questions without pictures, imports it, and adds two runs:
/// "0001-live", at work, and "0002-scl" with two answers to every question.
[[nodiscard]] Result<MadeProject> makeProject(const std::filesystem::path& file, int questions);

/// What a worker does in the directory of "0001-live", until nobody lives who started it: waits for
/// a file "go", then reports 1,000 events a second for ten seconds, half of them answers, half
/// steps of a training.
/// @return the program's exit code
int work(const std::filesystem::path& directory);
constexpr int liveSeconds = 10;
constexpr int liveEventsPerSecond = 1000;

} // namespace slook::bench
