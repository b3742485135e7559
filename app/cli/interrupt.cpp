#include "interrupt.h"
#include <atomic>
#include <csignal>

namespace slook::cli {
namespace {

std::atomic<int> count = 0; // a signal handler has nothing else to write to
static_assert(std::atomic<int>::is_always_lock_free);

void counted(int)
{
    count.fetch_add(1, std::memory_order_relaxed);
}

} // namespace

void watchInterrupts()
{
    struct sigaction action { };
    action.sa_handler = counted; // without SA_RESTART: a sleep or a read ends early
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

int interrupts()
{
    return count.load(std::memory_order_relaxed);
}

} // namespace slook::cli
