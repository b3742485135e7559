#include "engine/runtime.h"
#include "replay.h"
#include <cstdio>
#include <exception>
#include <map>
#include <string>

namespace {

using slook::Result;
using slook::replay::Path;
using Replay = Result<void> (*)(const Path&, const Path&);

/// The folder's own name, its parent's, or its cases.json say what it is.
Replay replayFor(const Path& fixture)
{
    const std::map<std::string, Replay> byName {
        { "images", slook::replay::replayImages },
        { "resize", slook::replay::replayResize },
        { "corrupt", slook::replay::replayCorrupt },
        { "tokenizers", slook::replay::replayTokenizers },
        { "templates", slook::replay::replayTemplates },
        { "layouts", slook::replay::replayLayouts },
    };
    const auto parent = fixture.parent_path().filename().string();
    if (parent == "sft")
        return slook::replay::replaySupervised;
    if (parent == "dpo")
        return fixture.filename() == "losses" ? slook::replay::replayLosses
                                              : slook::replay::replayPreferences;
    const auto found = byName.find(fixture.filename().string());
    if (found != byName.end())
        return found->second;
    return std::filesystem::exists(fixture / "cases.json") ? slook::replay::replayFamily : nullptr;
}

int failed(const std::string& sentence)
{
    std::fprintf(stderr, "secondlook-replay: %s\n", sentence.c_str());
    return 1;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fputs("usage: secondlook-replay FIXTURE OUT\n", stderr);
        return 2;
    }
    const Path fixture = std::filesystem::weakly_canonical(argv[1]);
    const Replay replay = replayFor(fixture);
    if (!replay)
        return failed(fixture.string()
            + " is no fixture that can be replayed; give one folder of the parity fixtures");
    try {
        slook::engine::prepareRuntime({ .threads = 1 }); // what the fixtures were made with
        std::filesystem::create_directories(argv[2]);
        const auto done = replay(fixture, argv[2]);
        return done ? 0 : failed(slook::message(done.error()));
    } catch (const std::exception& error) {
        return failed(error.what());
    }
}
