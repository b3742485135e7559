// A worker without a model: writes the events that FAKE_WORKER asks for.
//   finish   a few answers and Finished
//   die      a few answers, then ends without a word
//   wait     reports progress until it is asked to stop
//   mute     ends at once, before it takes the lock
#include "runs/directory.h"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <unistd.h>

using namespace slook;

namespace {

runs::Answered answerTo(const Item& item, int turn)
{
    runs::Answered answered;
    answered.response.stage = "before";
    answered.response.item = item.id;
    answered.response.turn = turn;
    answered.response.prompt = "USER: " + item.question + " ASSISTANT:";
    answered.response.text = turn == 1 ? "## A ##" : "## B ##";
    answered.response.tokenIds = { 5, 6, 7 };
    answered.response.finish = "eos";
    ExtractionRow extraction;
    extraction.extractor = "ours";
    extraction.answer = turn == 1 ? "A" : "B";
    extraction.correct = extraction.answer == item.answer;
    answered.extractions.push_back(extraction);
    return answered;
}

/// Answers the items that no earlier worker has answered.
void answerAll(runs::EventWriter& writer, const std::filesystem::path& directory, std::size_t most)
{
    std::size_t answered = 0;
    const auto earlier = runs::readEvents(directory);
    for (const auto& event : *earlier)
        answered += std::holds_alternative<runs::Answered>(event.body) ? 1 : 0;
    const auto inputs = runs::readInputs(directory);
    std::size_t at = 0;
    for (const auto& input : *inputs)
        for (int turn = 1; turn <= 2; ++turn)
            if (at++ >= answered && at <= most)
                (void)writer.write(answerTo(input.item, turn));
}

int work(const std::filesystem::path& directory, const std::string& mode)
{
    auto lock = runs::WorkerLock::take(directory);
    auto writer = runs::EventWriter::open(directory);
    if (!lock || !writer)
        return 1;
    runs::Started started;
    started.program = "fake worker";
    started.pid = getpid();
    started.resumed = writer->lastSeq() > 0;
    (void)writer->write(started);
    (void)writer->write(runs::StepBegan { 0, "answer", "Answering", 4 });
    if (mode == "die") {
        answerAll(*writer, directory, 3);
        std::fputs("out of luck\n", stderr);
        return 3;
    }
    while (mode == "wait" && runs::requested(directory) == runs::Request::None) {
        (void)writer->write(runs::Progress { 0, 1, 4, "answers", 2.0, 1.5 });
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const bool asked = runs::requested(directory) != runs::Request::None;
    if (!asked)
        answerAll(*writer, directory, 1000);
    (void)writer->write(runs::Finished { asked ? runs::Ending::Stopped : runs::Ending::Done, "" });
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    const char* mode = std::getenv("FAKE_WORKER");
    if (argc != 3 || !mode || std::string(mode) == "mute")
        return 9;
    return work(argv[2], mode);
}
