#pragma once
#include "core/rows.h"
#include "store/project.h"
#include "workbench/report.h"
#include <array>
#include <map>
#include <string>
#include <vector>

namespace slook::workbench {

/// One model: what a run's start weights or one of its trainings answered.
struct Contender {
    RunRow run;
    std::string stage;
    [[nodiscard]] std::string name() const { return run.name + " " + stage; }
};

struct ContenderScore {
    Contender contender;
    bool control = false; ///< trained on a replaced preference
    bool trained = false; ///< no start
    Accuracy all; ///< of the first answers
    /// Kind: as questionKind() says; type: "wrong-right", ...
    std::map<std::string, Accuracy> bySource, byCategory, byKind, byType;
    std::int64_t answers = 0; ///< all turns
    std::int64_t pictures = 0; ///< different ones, as the model saw them
    double seconds = 0; ///< of answering, all turns
};

/// Two models on the questions that both answered.
struct ContenderTest {
    std::size_t a = 0, b = 0; ///< of the scores; b against a
    Comparison change; ///< fixed: a wrong, b right
    double difference = 0; ///< share of b less share of a, on these questions
    double holm = 1; ///< p corrected for all tests of the comparison
};

struct ModelComparison {
    std::string extractor;
    std::vector<ContenderScore> scores; ///< run by run, start first
    std::vector<ContenderTest> tests; ///< of every pair that shares a question
    std::string sentence; ///< what the numbers do and do not show
};

/// The models that words name: "0003-scl" or "3" all measured stages of a run, with its controls;
/// "3:after" one of them. Errors: NotFound, naming the stages that there are; Invalid for fewer
/// than two models.
[[nodiscard]] Result<std::vector<Contender>> contendersNamed(
    const store::Project& project, const std::vector<std::string>& words);

/// Errors: Invalid where a model has no answer that the extractor has marked.
[[nodiscard]] Result<ModelComparison> compareModels(const store::Project& project,
    const std::vector<Contender>& contenders, const std::string& extractor = "ours");

/// A row of a table that others have published: numbers to stand beside ours, never tested against
/// them.
struct PublishedRow {
    std::string paper; ///< "SCL, arXiv:2410.04055, table 2"
    std::string model;
    std::vector<std::pair<std::string, double>> accuracy; ///< benchmark, percent
};
/// SCL's and STIC's tables. @param method  "scl", "stic"; empty: all
[[nodiscard]] std::vector<PublishedRow> publishedRows(const std::string& method = {});

/// Accuracies by benchmark and all pairwise tests, for booktabs.
[[nodiscard]] std::string comparisonLatex(
    const ModelComparison& comparison, const std::vector<PublishedRow>& published = {});
/// One line a model and group: model, grouping, group, n, right, share, low, high.
[[nodiscard]] std::string comparisonCsv(const ModelComparison& comparison);
/// One page without scripts, links or outside files: a run, its settings, the comparison of its
/// models, what others have published. Every foreign text in it is escaped. It uses the part of
/// HTML that Qt's rich text can print.
[[nodiscard]] std::string runReportHtml(const RunRow& run, const ModelComparison& comparison,
    const std::vector<PublishedRow>& published = {});

} // namespace slook::workbench
