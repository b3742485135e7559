#include "workbench/audit_report.h"
#include "core/json.h"
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace slook::workbench {
namespace {

std::string fixed(double value, int digits)
{
    std::array<char, 48> buffer {};
    std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
    return buffer.data();
}

std::string escaped(const std::string& text)
{
    std::string html;
    for (const char c : text)
        switch (c) {
        case '<':
            html += "&lt;";
            break;
        case '>':
            html += "&gt;";
            break;
        case '&':
            html += "&amp;";
            break;
        case '"':
            html += "&quot;";
            break;
        default:
            html += c;
        }
    return html;
}

/// A table; cells are texts and are escaped here.
class Table {
public:
    explicit Table(const std::vector<std::string>& head) { row(head, "th"); }
    void add(const std::vector<std::string>& cells) { row(cells, "td"); }
    [[nodiscard]] std::string html() const
    {
        return "<table border=\"1\" cellspacing=\"0\" cellpadding=\"4\">" + m_rows + "</table>\n";
    }

private:
    void row(const std::vector<std::string>& cells, const std::string& tag)
    {
        m_rows += "<tr>";
        for (const std::string& cell : cells)
            m_rows += "<" + tag + " align=\"left\">" + escaped(cell) + "</" + tag + ">";
        m_rows += "</tr>\n";
    }
    std::string m_rows;
};

std::string groupName(const std::string& by, const std::string& name)
{
    return by == "all" ? "all pairs" : by + ": " + name;
}

std::vector<std::string> cellsOf(const Coefficient& one)
{
    return { one.value ? fixed(*one.value, 3) : one.undefined,
        one.hasInterval ? "[" + fixed(one.low, 3) + ", " + fixed(one.high, 3) + "]" : "–",
        std::to_string(one.n) };
}

std::string shareText(const Share& share)
{
    constexpr double hundred = 100;
    if (share.n == 0)
        return "–";
    return fixed(share.share * hundred, 1) + " % [" + fixed(share.low * hundred, 1) + ", "
        + fixed(share.high * hundred, 1) + "], " + std::to_string(share.hits) + " of "
        + std::to_string(share.n);
}

std::string raterName(const AuditReport& report, const std::string& name, bool hide)
{
    if (!hide)
        return name;
    for (std::size_t i = 0; i < report.raters.size(); ++i)
        if (report.raters[i].name == name)
            return "annotator " + std::to_string(i + 1);
    return "annotator";
}

std::string agreementHtml(const AuditReport& report)
{
    Table table({ "pairs", "coefficient", "value", "95 % interval", "n" });
    for (const GroupAgreement& group : report.agreement)
        for (const Coefficient& one : group.coefficients) {
            std::vector<std::string> cells { groupName(group.by, group.name), one.name };
            for (std::string& cell : cellsOf(one))
                cells.push_back(std::move(cell));
            table.add(cells);
        }
    return "<h2>Agreement between annotators</h2>\n" + table.html();
}

std::string matrixHtml(const AuditReport& report, bool hide)
{
    if (report.matrix.empty())
        return {};
    Table table({ "annotators", "Cohen's kappa", "95 % interval", "n", "raw agreement" });
    for (const RaterPair& one : report.matrix) {
        std::vector<std::string> cells { raterName(report, one.a, hide) + ", "
            + raterName(report, one.b, hide) };
        for (std::string& cell : cellsOf(one.kappa))
            cells.push_back(std::move(cell));
        cells.push_back(cellsOf(one.raw)[0]);
        table.add(cells);
    }
    return "<h2>Annotator by annotator</h2>\n" + table.html();
}

std::string ratersHtml(const AuditReport& report, bool hide)
{
    Table table(
        { "annotator", "judged", "chose the left side", "p", "same verdict on mirrored pairs",
            "kappa", "gold pairs right", "seconds: quartiles", "under 2 s" });
    for (const RaterReport& one : report.raters)
        table.add({ raterName(report, one.name, hide),
            std::to_string(one.judged) + " of " + std::to_string(one.tasks), shareText(one.left),
            one.left.n > 0 ? fixed(one.leftP, 3) : "–", shareText(one.retest),
            cellsOf(one.retestKappa)[0], shareText(one.gold),
            fixed(one.lowerSeconds, 1) + " / " + fixed(one.medianSeconds, 1) + " / "
                + fixed(one.upperSeconds, 1),
            std::to_string(one.fast) });
    return "<h2>Annotators</h2>\n" + table.html();
}

std::string precisionHtml(const AuditReport& report)
{
    Table table({ "pairs", "in the pool", "judged", "the machine's choice is better", "tie",
        "both bad", "open", "what it means for training" });
    for (const LabelPrecision& one : report.precision)
        table.add({ groupName(one.by, one.name),
            one.population > 0 ? std::to_string(one.population) : "–", std::to_string(one.judged),
            shareText(one.precision), std::to_string(one.tie), std::to_string(one.bothBad),
            std::to_string(one.conflict), one.meaning });
    std::string html = "<h2>Precision of the machine's labels</h2>\n" + table.html();
    if (report.weighted)
        html += "<p>Weighted by the size of the strata: " + escaped(shareText(*report.weighted))
            + " judged.</p>\n";
    if (!report.randomSample)
        html +=
            "<p>The pairs were not drawn at random, so these numbers speak for the judged pairs "
            "alone.</p>\n";
    return html;
}

} // namespace

std::string auditMethods(const AuditReport& report)
{
    const auto plan = parseJson(report.batch.plan, "plan");
    const Json empty = Json::object();
    const Json& p = plan ? *plan : empty;
    const std::string sampling = stringOr(p, "sampling");
    const std::string strata = stringOr(p, "strata");
    const auto pairs = std::to_string(integerOr(p, "pairs", 0));
    std::string text = pairs + " of " + std::to_string(integerOr(p, "population", 0))
        + " preference pairs (" + stringOr(p, "preference") + ") were drawn "
        + (sampling == "random"            ? "at random"
                : sampling == "stratified" ? "at random with equal numbers by " + strata
                : sampling == "smallest-margin"
                ? "by the smallest margin between both answers' mean "
                  "log-probabilities per token"
                : "by hand")
        + " with seed " + std::to_string(report.batch.seed) + " and judged by "
        + std::to_string(report.raters.size()) + " annotators, "
        + std::to_string(integerOr(p, "overlapping", 0)) + " pairs by everybody. ";
    text +=
        "The plan was stored before the first judgement. Annotators saw picture, question and "
        "both answers; nothing told which answer the machine had chosen, which model or which "
        "kind of pair it was. Sides followed a seeded block permutation for each annotator with "
        "exactly half of each block each way; verdicts were stored against answers, not sides. ";
    if (const auto mirrored = integerOr(p, "mirroredEach", 0); mirrored > 0)
        text += std::to_string(mirrored)
            + " pairs of each annotator came back with sides swapped; they count for test-retest "
              "agreement only. ";
    if (const auto gold = integerOr(p, "goldEach", 0); gold > 0)
        text += std::to_string(gold) + " pairs of each annotator had a known answer. ";
    text +=
        "Agreement is over the labels chosen, rejected, tie and both bad (ordinal: five degrees "
        "from much worse to much better, tie and both bad in the middle); \"cannot judge\" is a "
        "missing value. Coefficients: raw agreement of pairs of judgements, Cohen 1960, Fleiss "
        "1971, Krippendorff 2011; intervals are percentiles of a bootstrap over pairs with the "
        "batch's seed. A pair's outcome is what more than half of its votes say, or an "
        "adjudicator's decision made without names. Precision is the share of pairs with a "
        "better side where that side is the machine's choice, with Wilson's interval at 95 %. "
        "Time leaves out idle and unfocused periods.";
    return text;
}

std::string auditHtml(const AuditReport& report, bool hideNames)
{
    std::string html = "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>"
        + escaped(report.batch.name) + "</title></head><body>\n";
    html += "<h1>Audit: " + escaped(report.batch.name) + "</h1>\n";
    html += "<p>" + std::to_string(report.batch.judged) + " of "
        + std::to_string(report.batch.tasks) + " judgements are made, about "
        + std::to_string(report.judgedPairs) + " pairs; " + std::to_string(report.conflicts.size())
        + " pairs wait for an adjudicator.</p>\n";
    html += precisionHtml(report) + agreementHtml(report) + matrixHtml(report, hideNames)
        + ratersHtml(report, hideNames);
    html += "<h2>Methods</h2>\n<p>" + escaped(auditMethods(report)) + "</p>\n";
    if (!report.batch.rubric.empty())
        html += "<h2>Rubric</h2>\n<pre>" + escaped(report.batch.rubric) + "</pre>\n";
    html += "<h2>Plan</h2>\n<pre>" + escaped(report.batch.plan) + "</pre>\n</body></html>\n";
    return html;
}

} // namespace slook::workbench
