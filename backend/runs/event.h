#pragma once
#include "core/json.h"
#include "core/rows.h"
#include <cstdint>
#include <string>
#include <variant>

/// A run is a directory; owner and worker meet in these structs and in nothing else.
namespace slook::runs {

inline constexpr int formatVersion =
    1; ///< of job.json and events.jsonl; another version is refused

// The kinds of events. Each is one line {"seq":n,"time":ms,"kind":"...", ...fields...} of
// events.jsonl.
struct Started {
    std::string program;
    std::string host;
    int pid = 0;
    int threads = 0;
    std::string device;
    bool resumed = false;
};
struct StepBegan {
    int index = 0;
    std::string kind;
    std::string title;
    std::int64_t total = 0;
}; ///< total in units of the step, 0 unknown
struct Progress {
    int index = 0;
    std::int64_t done = 0;
    std::int64_t total = 0;
    std::string unit;
    double perSecond = 0;
    double secondsLeft = -1;
};
struct StepEnded {
    int index = 0;
    double seconds = 0;
};
struct Answered {
    ResponseRow response;
    std::vector<ExtractionRow> extractions;
    std::vector<CorruptionRow> corruptions {}; ///< of the pictures that the model saw, if any
}; ///< response.id is 0: the store gives ids
struct Paired {
    PairRow pair;
};
struct Tripled {
    TripletRow triplet;
};
struct Measured {
    MetricRow metric;
};
struct Rewarded {
    std::vector<RewardRow> rewards;
}; ///< all of one step of one training
struct Artifact {
    std::string name;
    std::string path;
    std::string sha256;
}; ///< path relative to the run directory
struct Note {
    std::string level;
    std::string text;
}; ///< "info", "warning": shown to people
enum class Ending { Done, Stopped, Failed };
struct Finished {
    Ending ending = Ending::Done;
    std::string error;
};

using EventBody = std::variant<Started, StepBegan, Progress, StepEnded, Answered, Paired, Tripled,
    Measured, Rewarded, Artifact, Note, Finished>;

struct Event {
    std::int64_t seq = 0; ///< 1, 2, 3, ... without gaps within a run
    std::int64_t time = 0; ///< UTC milliseconds, for people; order is by seq
    EventBody body;
};

[[nodiscard]] std::string toLine(const Event& event); ///< one line of JSON without the newline
/// Errors: Invalid, naming what is missing. An unknown kind is Invalid too.
[[nodiscard]] Result<Event> fromLine(std::string_view line, const std::string& where);

} // namespace slook::runs
