// Gives a fuzz target the files of its corpus, and with --seconds N also what damage makes of them,
// for N seconds: for compilers that have no fuzzer. The input in hand is written to
// fuzz-<program>.input when a signal ends the program.
#include "core/file.h"
#include "damage.h"
#include "target.h"
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

std::string inHand;
std::string whereToKeep;

extern "C" void keepInput(int signal)
{
    const int fd = ::open(whereToKeep.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    if (fd >= 0 && ::write(fd, inHand.data(), inHand.size()) >= 0)
        ::close(fd);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void give(std::string bytes)
{
    inHand = std::move(bytes);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(inHand.data()), inHand.size());
}

std::vector<std::string> read(const fs::path& place)
{
    std::vector<fs::path> files;
    if (fs::is_directory(place))
        for (const auto& entry : fs::directory_iterator(place))
            files.push_back(entry.path());
    else
        files.push_back(place);
    std::ranges::sort(files);
    std::vector<std::string> all;
    for (const auto& file : files)
        all.push_back(slook::readFile(file).value());
    return all;
}

/// A text of the corpus, or one that damage has made of it, spoiled once more.
std::uint64_t spoilFor(std::chrono::seconds time, std::vector<std::string> pool, std::uint64_t seed)
{
    slook::Random random(seed);
    const auto kept = pool.size();
    const auto end = std::chrono::steady_clock::now() + time;
    std::uint64_t count = 0;
    for (; std::chrono::steady_clock::now() < end; ++count) {
        auto bytes = pool[random.next() % pool.size()];
        for (int i = 1 + random.below(3); i > 0; --i)
            bytes = bytes.find('"') != std::string::npos && random.chance(0.5)
                ? slook::test::damagedJson(std::move(bytes), random)
                : slook::test::damagedBytes(std::move(bytes), random);
        give(bytes);
        constexpr std::size_t most = 256;
        if (pool.size() < kept + most)
            pool.push_back(std::move(bytes));
        else if (random.chance(0.01)) // some damage is spoiled further
            pool[kept + random.next() % most] = std::move(bytes);
    }
    return count;
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> corpus;
    int seconds = 0;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            seconds = std::atoi(argv[++i]);
            continue;
        }
        for (auto& bytes : read(argv[i]))
            corpus.push_back(std::move(bytes));
    }
    if (corpus.empty()) {
        std::cerr << "usage: " << argv[0] << " [--seconds N] FILE-OR-FOLDER...\n";
        return 2;
    }
    whereToKeep = "fuzz-" + fs::path(argv[0]).filename().string() + ".input";
    for (const int signal : { SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL })
        std::signal(signal, keepInput);
    for (const auto& bytes : corpus)
        give(bytes);
    const auto made = seconds > 0
        ? spoilFor(std::chrono::seconds(seconds), corpus,
            static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()))
        : 0;
    std::cout << corpus.size() << " kept inputs, " << made << " spoiled ones\n";
    return 0;
}
