#include "worker/run_job.h"
#include "worker/serve.h"
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

constexpr slook::worker::WorkerIdentity identity { "secondlook-worker", SLOOK_VERSION };

/// libgomp and malloc read these once, before main. Whoever starts the worker by hand, or under a
/// scheduler, gets them too: the program starts itself again.
void startAgainWithEnvironment(char** arguments)
{
    if (std::getenv("GOMP_SPINCOUNT"))
        return;
    ::setenv("GOMP_SPINCOUNT", "0", 1);
    ::setenv("OMP_WAIT_POLICY", "passive", 0);
    ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
    ::setenv("MALLOC_MMAP_MAX_", "0", 0);
    ::setenv("MALLOC_TRIM_THRESHOLD_", "1099511627776", 0);
    ::execv("/proc/self/exe", arguments); // where it fails, the worker is only slower
}

/// Foreign files are read here: no new rights, no core dump with them, first to go when the machine
/// runs out of memory.
void harden()
{
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const rlimit none { 0, 0 };
    ::setrlimit(RLIMIT_CORE, &none);
    if (std::FILE* score = std::fopen("/proc/self/oom_score_adj", "we")) {
        std::fputs("800", score);
        std::fclose(score);
    }
}

int usage()
{
    std::fputs("usage: secondlook-worker run DIR    execute or resume a run directory\n"
               "       secondlook-worker preflight DIR  try a run on the few questions of DIR\n"
               "       secondlook-worker serve      answer requests on stdin\n"
               "       secondlook-worker --version\n",
        stderr);
    return 2;
}

} // namespace

int main(int count, char** arguments)
{
    const std::string_view verb = count > 1 ? arguments[1] : "";
    if (count == 2 && verb == "--version") {
        std::printf("%s %s\n", identity.program, identity.version);
        return 0;
    }
    const bool run = count == 3 && verb == "run";
    const bool preflight = count == 3 && verb == "preflight";
    const bool serve = count == 2 && verb == "serve";
    if (!run && !preflight && !serve)
        return usage();
    startAgainWithEnvironment(arguments);
    harden();
    if (serve)
        return slook::worker::serve(identity);
    using slook::worker::Task;
    return slook::worker::runJob(arguments[2], identity, run ? Task::Run : Task::Preflight);
}
