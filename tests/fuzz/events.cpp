// A line of events.jsonl: a refusal, or an event that is written and read again as the same line.
#include "runs/event.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace slook;
    const auto event = runs::fromLine(fuzz::textOf(data, size), "fuzz");
    if (!event)
        return 0;
    const auto line = runs::toLine(*event);
    fuzz::require(line.find('\n') == std::string::npos, "an event is one line");
    const auto again = runs::fromLine(line, "fuzz");
    fuzz::require(again.has_value(), "what was written can be read");
    fuzz::require(runs::toLine(*again) == line, "and says the same");
    return 0;
}
