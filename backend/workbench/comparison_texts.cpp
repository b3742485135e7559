#include "core/json.h"
#include "runs/job.h"
#include "workbench/comparison.h"
#include "workbench/verdict.h"
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::workbench {
namespace {

std::string digits(double value, int count)
{
    char text[48];
    std::snprintf(text, sizeof text, "%.*f", count, value);
    return text;
}

std::string latex(const std::string& text)
{
    std::string escaped;
    for (const char c : text)
        switch (c) {
        case '\\':
            escaped += "\\textbackslash{}";
            break;
        case '~':
            escaped += "\\textasciitilde{}";
            break;
        case '^':
            escaped += "\\textasciicircum{}";
            break;
        case '&':
        case '%':
        case '$':
        case '#':
        case '_':
        case '{':
        case '}':
            escaped += '\\';
            [[fallthrough]];
        default:
            escaped += c;
        }
    return escaped;
}

std::string html(const std::string& text)
{
    std::string escaped;
    for (const char c : text)
        switch (c) {
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '&':
            escaped += "&amp;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        default:
            escaped += c;
        }
    return escaped;
}

std::string csvCell(const std::string& text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

using Groups = std::map<std::string, Accuracy>;

/// Of all models, in order.
std::vector<std::string> groupNames(
    const ModelComparison& comparison, Groups ContenderScore::*grouping)
{
    std::set<std::string> names;
    for (const ContenderScore& one : comparison.scores)
        for (const auto& [name, accuracy] : one.*grouping)
            names.insert(name);
    return { names.begin(), names.end() };
}

std::string shareText(const Accuracy& one)
{
    return digits(100 * one.share, 1) + " [" + digits(100 * one.low, 1) + ", "
        + digits(100 * one.high, 1) + "]";
}

std::string kindOf(const ContenderScore& one)
{
    return !one.trained ? "start" : one.control ? "control" : "trained";
}

/// A table of HTML; cells are texts and are escaped here.
std::string htmlTable(const std::vector<std::vector<std::string>>& rows)
{
    std::string text = "<table border=\"1\" cellspacing=\"0\" cellpadding=\"4\">\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string tag = i == 0 ? "th" : "td";
        text += "<tr>";
        for (const std::string& cell : rows[i])
            text += "<" + tag + " align=\"left\">" + html(cell) + "</" + tag + ">";
        text += "</tr>\n";
    }
    return text + "</table>\n";
}

void addGroups(
    std::string& csv, const std::string& model, const char* grouping, const Groups& groups)
{
    for (const auto& [name, one] : groups)
        csv += csvCell(model) + ',' + grouping + ',' + csvCell(name) + ',' + std::to_string(one.n)
            + ',' + std::to_string(one.right) + ',' + digits(one.share, 6) + ','
            + digits(one.low, 6) + ',' + digits(one.high, 6) + "\r\n";
}

std::string groupTable(
    const ModelComparison& comparison, const char* title, Groups ContenderScore::*grouping)
{
    const auto names = groupNames(comparison, grouping);
    if (names.size() < 2)
        return {};
    std::vector<std::vector<std::string>> rows { { title } };
    for (const ContenderScore& one : comparison.scores)
        rows[0].push_back(one.contender.stage);
    for (const std::string& name : names) {
        std::vector<std::string> row { name };
        for (const ContenderScore& one : comparison.scores) {
            const auto found = (one.*grouping).find(name);
            row.push_back(found == (one.*grouping).end()
                    ? std::string()
                    : shareText(found->second) + ", n " + std::to_string(found->second.n));
        }
        rows.push_back(std::move(row));
    }
    return htmlTable(rows);
}

std::string latexName(const ContenderScore& one)
{
    return latex(one.contender.name()) + (one.control ? " (control)" : "");
}

std::string latexShare(const Groups& groups, const std::string& name)
{
    const auto found = groups.find(name);
    return found == groups.end() ? "--" : latex(shareText(found->second));
}

/// A line a group, a column a model; nothing where there is one group.
std::string latexGroups(
    const ModelComparison& comparison, const char* title, Groups ContenderScore::*grouping)
{
    const auto names = groupNames(comparison, grouping);
    if (names.size() < 2)
        return {};
    std::string text = std::string("\n% The same by ") + title
        + "; n is the most that a model has answered of it.\n\\begin{tabular}{lr"
        + std::string(comparison.scores.size(), 'c') + "}\n\\toprule\n & n";
    for (const ContenderScore& one : comparison.scores)
        text += " & " + latexName(one);
    text += " \\\\\n\\midrule\n";
    for (const std::string& name : names) {
        std::int64_t most = 0;
        std::string cells;
        for (const ContenderScore& one : comparison.scores) {
            const auto found = (one.*grouping).find(name);
            most =
                std::max<std::int64_t>(most, found == (one.*grouping).end() ? 0 : found->second.n);
            cells += " & " + latexShare(one.*grouping, name);
        }
        text += latex(name) + " & " + std::to_string(most) + cells + " \\\\\n";
    }
    return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string latexCost(const ModelComparison& comparison)
{
    std::string text = "\n% What answering took: all turns.\n\\begin{tabular}{lrrrr}\n\\toprule\n"
                       "Model & answers & pictures & tokens an answer & seconds \\\\\n\\midrule\n";
    for (const ContenderScore& one : comparison.scores)
        text += latexName(one) + " & " + std::to_string(one.answers) + " & "
            + std::to_string(one.pictures) + " & " + digits(one.all.meanTokens, 1) + " & "
            + digits(one.seconds, 1) + " \\\\\n";
    return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string settingsTable(const RunRow& run)
{
    const auto job = runs::jobFromText(run.job, run.name);
    std::vector<std::vector<std::string>> rows { { "Setting", "Value" }, { "method", run.recipe },
        { "model", run.model }, { "sha256 of the job", run.jobSha256 } };
    if (run.finished > run.started && run.started > 0)
        rows.push_back({ "seconds from start to end",
            digits(static_cast<double>(run.finished - run.started) / 1000, 0) });
    if (job) {
        rows.push_back({ "weights",
            job->model.int8 ? "int8: matrices of the language model as 8-bit whole numbers"
                            : "as the model's files have them" });
        rows.push_back({ "seed", std::to_string(job->seed) });
        if (!job->model.adapter.empty())
            rows.push_back({ "adapter at the start", job->model.adapter });
        if (!job->model.chatTemplate.empty())
            rows.push_back({ "chat template", job->model.chatTemplate });
        const auto options = parseJson(job->options, {});
        const Json settings = options && options->is_object() ? *options : Json::object();
        for (const auto& [name, value] : settings.items())
            rows.push_back(
                { name, value.is_string() ? value.get<std::string>() : dumpLine(value) });
    }
    return htmlTable(rows);
}

std::string publishedHtml(const std::vector<PublishedRow>& published)
{
    if (published.empty())
        return {};
    std::vector<std::vector<std::string>> rows { { "Paper", "Model", "Accuracy, %" } };
    for (const PublishedRow& one : published) {
        std::string values;
        for (const auto& [benchmark, value] : one.accuracy)
            values += (values.empty() ? "" : ", ") + benchmark + " " + digits(value, 2);
        rows.push_back({ one.paper, one.model, values });
    }
    return "<h2>Published by others</h2>\n<p>As printed in the papers: other models, questions, "
           "prompts and readers of answers. They are no test of the numbers above.</p>\n"
        + htmlTable(rows);
}

} // namespace

std::string comparisonLatex(
    const ModelComparison& comparison, const std::vector<PublishedRow>& published)
{
    const auto sources = groupNames(comparison, &ContenderScore::bySource);
    std::string text = "% Accuracy of first answers in percent, Wilson 95 % intervals; booktabs.\n"
                       "\\begin{tabular}{l"
        + std::string(sources.size() + 1, 'c') + "}\n\\toprule\nModel";
    for (const std::string& name : sources)
        text += " & " + latex(name);
    text += " & All \\\\\n\\midrule\n";
    for (const ContenderScore& one : comparison.scores) {
        text += latexName(one);
        for (const std::string& name : sources)
            text += " & " + latexShare(one.bySource, name);
        text += " & " + latex(shareText(one.all)) + " \\\\\n";
    }
    text +=
        "\\bottomrule\n\\end{tabular}\n\n% Exact McNemar tests on shared questions, p corrected "
        "by Holm over all of them.\n\\begin{tabular}{llrrrrrr}\n\\toprule\nA & B & n & B $-$ A "
        "& fixed & broken & p & Holm \\\\\n\\midrule\n";
    for (const ContenderTest& one : comparison.tests)
        text += latex(comparison.scores[one.a].contender.name()) + " & "
            + latex(comparison.scores[one.b].contender.name()) + " & "
            + std::to_string(one.change.n) + " & " + digits(100 * one.difference, 1) + " & "
            + std::to_string(one.change.fixed) + " & " + std::to_string(one.change.broken) + " & "
            + pText(one.change.p).substr(4) + " & " + pText(one.holm).substr(4) + " \\\\\n";
    text += "\\bottomrule\n\\end{tabular}\n"
        + latexGroups(comparison, "category", &ContenderScore::byCategory)
        + latexGroups(comparison, "kind of question", &ContenderScore::byKind)
        + latexGroups(comparison, "transition", &ContenderScore::byType) + latexCost(comparison);
    if (published.empty())
        return text;
    text += "\n% Published by others, as printed: no test of the numbers above.\n"
            "\\begin{tabular}{lll}\n\\toprule\nPaper & Model & Accuracy, \\% \\\\\n\\midrule\n";
    for (const PublishedRow& one : published) {
        std::string values;
        for (const auto& [benchmark, value] : one.accuracy)
            values += (values.empty() ? "" : ", ") + latex(benchmark) + " " + digits(value, 2);
        text += latex(one.paper) + " & " + latex(one.model) + " & " + values + " \\\\\n";
    }
    return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string comparisonCsv(const ModelComparison& comparison)
{
    std::string csv = "model,grouping,group,n,right,share,low,high\r\n";
    for (const ContenderScore& one : comparison.scores) {
        const auto name = one.contender.name();
        addGroups(csv, name, "all", { { "all", one.all } });
        addGroups(csv, name, "source", one.bySource);
        addGroups(csv, name, "category", one.byCategory);
        addGroups(csv, name, "question kind", one.byKind);
        addGroups(csv, name, "transition", one.byType);
    }
    return csv;
}

std::string runReportHtml(const RunRow& run, const ModelComparison& comparison,
    const std::vector<PublishedRow>& published)
{
    std::vector<std::vector<std::string>> models { { "Model", "Kind",
        "Right first answers, % [95 %]", "n", "Tokens", "Answers", "Pictures", "Seconds" } };
    for (const ContenderScore& one : comparison.scores)
        models.push_back({ one.contender.stage, kindOf(one), shareText(one.all),
            std::to_string(one.all.n), digits(one.all.meanTokens, 1), std::to_string(one.answers),
            std::to_string(one.pictures), digits(one.seconds, 1) });
    std::vector<std::vector<std::string>> tests { { "A", "B", "n", "B less A, points", "Fixed",
        "Broken", "p", "p with Holm" } };
    for (const ContenderTest& one : comparison.tests)
        tests.push_back(
            { comparison.scores[one.a].contender.stage, comparison.scores[one.b].contender.stage,
                std::to_string(one.change.n), digits(100 * one.difference, 1),
                std::to_string(one.change.fixed), std::to_string(one.change.broken),
                pText(one.change.p).substr(4), pText(one.holm).substr(4) });
    return "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" + html(run.name)
        + "</title></head>\n<body style=\"font-family: sans-serif\">\n<h1>" + html(run.name)
        + "</h1>\n<p><b>" + html(comparison.sentence) + "</b></p>\n<p>Read by the extractor "
        + html(comparison.extractor)
        + "; Wilson intervals; exact McNemar tests on shared questions, corrected by Holm over all "
          "of them.</p>\n"
        + htmlTable(models) + "<h2>Against each other</h2>\n" + htmlTable(tests)
        + "<h2>By benchmark, category, kind of question and transition</h2>\n"
        + groupTable(comparison, "Benchmark", &ContenderScore::bySource)
        + groupTable(comparison, "Category", &ContenderScore::byCategory)
        + groupTable(comparison, "Kind of question", &ContenderScore::byKind)
        + groupTable(comparison, "Transition", &ContenderScore::byType) + "<h2>Settings</h2>\n"
        + settingsTable(run) + publishedHtml(published) + "</body></html>\n";
}

} // namespace slook::workbench
