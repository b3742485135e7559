// Makes a project with made-up results, to look at the pages: demo_project FILE [ITEMS]
#include "demo_project.h"
#include "workbench/sample.h"
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("demo_project FILE [ITEMS]\n", stderr);
        return 2;
    }
    const auto made = slook::workbench::makeSampleProject(argv[1]);
    if (!made) {
        std::fprintf(stderr, "%s\n", slook::message(made.error()).c_str());
        return 1;
    }
    auto project = slook::store::Project::open(argv[1]);
    const auto run = project
        ? slook::gui::test::addDemoRun(*project, argc > 2 ? std::atoi(argv[2]) : 400)
        : slook::Result<slook::RunId>(slook::fail(project.error()));
    if (!run) {
        std::fprintf(stderr, "%s\n", slook::message(run.error()).c_str());
        return 1;
    }
    return 0;
}
