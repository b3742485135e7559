// The C++ side of layouts.py: secondlook-layout-bench ROWS.f32 COLUMNS OUT.f32 lays rows of floats
// out by t-SNE with all defaults, writes the points, and prints one JSON line.
#include "analysis/neighbours.h"
#include "analysis/tsne.h"
#include "core/file.h"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace slook;

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::fprintf(stderr, "secondlook-layout-bench ROWS.f32 COLUMNS OUT.f32\n");
        return 2;
    }
    const auto bytes = readFile(argv[1], std::uint64_t { 8 } << 30);
    const auto columns = static_cast<std::size_t>(std::atoi(argv[2]));
    if (!bytes || columns == 0 || bytes->size() % (columns * sizeof(float)) != 0) {
        std::fprintf(stderr, "%s holds no rows of %zu floats\n", argv[1], columns);
        return 1;
    }
    std::vector<float> values(bytes->size() / sizeof(float));
    std::memcpy(values.data(), bytes->data(), bytes->size());
    const analysis::Matrix rows { values.size() / columns, columns,
        { values.begin(), values.end() } };
    const auto begin = std::chrono::steady_clock::now();
    const auto layout = analysis::tsne(rows, {});
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (!layout) {
        std::fprintf(stderr, "%s\n", layout.error().what.c_str());
        return 1;
    }
    std::vector<float> points(layout->layout.values.begin(), layout->layout.values.end());
    const std::string_view out(
        reinterpret_cast<const char*>(points.data()), points.size() * sizeof(float));
    if (!writeFileAtomically(argv[3], out))
        return 1;
    std::printf("{\"seconds\": %.3f, \"kl\": %.4f, \"iterations\": %d}\n", seconds,
        layout->divergence, layout->iterations);
    return 0;
}
