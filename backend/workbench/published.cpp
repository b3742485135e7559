#include "workbench/comparison.h"
#include <span>

namespace slook::workbench {
namespace {

struct Table {
    const char* method;
    const char* paper;
    std::vector<const char*> benchmarks;
    struct Row {
        const char* model;
        std::vector<double> values; ///< below 0: not published
    };
    std::vector<Row> rows;
};

/// As the papers print them, in percent.
const std::vector<Table>& tables()
{
    static const std::vector<Table> all {
        { "scl", "SCL, arXiv:2410.04055v1, table 1",
            { "RealWorldQA", "MMStar", "MMBench", "SEEDBench", "ScienceQA", "MMT-Bench" },
            { { "MiniCPM-Llama3-V2.5, SP", { 61.70, 50.40, 79.00, 66.80, 75.40, 49.00 } },
                { "MiniCPM-Llama3-V2.5, CP", { 38.56, 40.20, 68.60, 62.80, 69.40, 37.80 } },
                { "MiniCPM-Llama3-V2.5, VP-1", { 48.50, 46.20, 76.40, 64.80, 73.00, 37.00 } },
                { "MiniCPM-Llama3-V2.5, VP-2", { 47.32, 48.40, 61.00, 64.40, 69.00, 38.00 } },
                { "MiniCPM-Llama3-V2.5, VP-3", { 43.00, 48.00, 54.00, 69.80, 54.40, 40.60 } },
                { "InternLM-XC2-7B, SP", { 60.13, 47.40, 76.80, 69.00, 78.20, 48.80 } },
                { "InternLM-XC2-7B, CP", { 53.86, 37.00, 61.60, 58.00, 52.60, 38.40 } },
                { "InternLM-XC2-7B, VP-1", { 54.50, 48.00, 70.80, 67.00, 62.60, 38.60 } },
                { "InternLM-XC2-7B, VP-2", { 55.03, 45.00, 64.40, 60.60, 49.00, 41.40 } },
                { "InternLM-XC2-7B, VP-3", { 54.51, 39.00, 61.80, 59.60, 58.80, 39.00 } },
                { "LLaVA-1.5-7B, SP", { 50.46, 32.20, 68.40, 65.60, 65.80, 36.00 } },
                { "LLaVA-1.5-7B, CP", { 36.60, 24.00, 54.00, 36.20, 56.80, 32.00 } },
                { "LLaVA-1.5-7B, VP-1", { 43.01, 22.80, 57.20, 42.40, 58.20, 29.00 } },
                { "LLaVA-1.5-7B, VP-2", { 17.78, 18.60, 45.40, 29.00, 45.80, 12.00 } },
                { "LLaVA-1.5-7B, VP-3", { 36.21, 20.40, 54.00, 37.00, 54.80, 28.40 } } } },
        { "scl", "SCL, arXiv:2410.04055v1, table 2",
            { "RealWorldQA", "MMStar", "MMBench", "SEEDBench", "ScienceQA", "MMT-Bench", "MMMU",
                "AI2D" },
            { { "LLaVA-1.5-7B", { 50.46, 32.20, 68.40, 65.60, 65.80, 36.00, 32.76, 52.75 } },
                { "LLaVA-1.5-7B + POVID",
                    { 51.76, 33.60, 71.60, 65.40, 65.00, 33.40, 34.76, 53.98 } },
                { "LLaVA-1.5-7B + CSR",
                    { 51.76, 32.40, 70.60, 65.40, 66.00, 33.20, 34.47, 53.76 } },
                { "LLaVA-1.5-7B + SIMA",
                    { 49.28, 32.60, 70.60, 65.20, 64.20, 34.00, 35.42, 53.14 } },
                { "LLaVA-1.5-7B + SCL",
                    { 53.20, 35.80, 70.80, 68.60, 67.80, 39.60, 33.33, 55.25 } },
                { "LLaVA-1.5-13B", { 56.08, 35.60, 74.60, 69.40, 71.60, 39.20, 34.67, 56.35 } },
                { "LLaVA-1.5-13B + SCL",
                    { 55.82, 38.60, 76.40, 69.00, 72.20, 41.20, 35.90, 57.93 } },
                { "MiniCPM-Llama3-V2.5",
                    { 61.70, 50.40, 79.00, 66.80, 75.40, 49.00, 45.24, 77.56 } },
                { "MiniCPM-Llama3-V2.5 + SCL",
                    { 63.53, 53.00, 81.40, 69.20, 76.40, 50.40, 47.52, 78.72 } } } },
        { "stic", "STIC, arXiv:2405.19716v1",
            { "ScienceQA", "TextVQA", "ChartQA", "LLaVA-Bench", "MMBench", "MM-Vet", "MathVista" },
            { { "LLaVA-1.5-7B", { 66.8, 58.2, 6.32, 65.4, 64.3, 31.1, 25.1 } },
                { "LLaVA-1.5-7B + POVID (its paper)", { 68.8, -1, -1, 68.7, 64.9, 31.8, -1 } },
                { "LLaVA-1.5-7B + STIC", { 69.5, 61.4, 6.64, 68.9, 65.3, 32.6, 27.2 } },
                { "LLaVA-1.6-Mistral-7B", { 68.9, 60.3, 36.4, 77.3, 63.7, 42.2, 34.6 } },
                { "LLaVA-1.6-Mistral-7B, DaR alone", { 69.9, 56.6, 34.6, 78.5, 50.7, 42.3, 34.7 } },
                { "LLaVA-1.6-Mistral-7B + STIC, no DaR",
                    { 72.5, 63.4, 39.3, 78.4, 68.7, 45.7, 35.2 } },
                { "LLaVA-1.6-Mistral-7B + STIC", { 75.3, 65.2, 41.5, 79.2, 67.8, 45.2, 37.0 } } } },
    };
    return all;
}

} // namespace

std::vector<PublishedRow> publishedRows(const std::string& method)
{
    std::vector<PublishedRow> rows;
    for (const Table& table : tables()) {
        if (!method.empty() && method != table.method)
            continue;
        for (const auto& [model, values] : table.rows) {
            PublishedRow row { table.paper, model, {} };
            for (std::size_t i = 0; i < values.size(); ++i)
                if (values[i] >= 0)
                    row.accuracy.emplace_back(table.benchmarks[i], values[i]);
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

} // namespace slook::workbench
