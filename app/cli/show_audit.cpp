#include "show.h"
#include "words.h"
#include "workbench/audit_agreement.h"
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

using namespace workbench;

Json toJson(const Coefficient& one)
{
    Json json { { "name", one.name }, { "n", one.n } };
    if (one.value)
        json["value"] = *one.value;
    else
        json["undefined"] = one.undefined;
    if (one.hasInterval) {
        json["low"] = one.low;
        json["high"] = one.high;
    }
    return json;
}

Json toJson(const Share& one)
{
    return { { "hits", one.hits }, { "n", one.n }, { "share", one.share }, { "low", one.low },
        { "high", one.high } };
}

std::string intervalText(double low, double high)
{
    return "[" + fixed(low, 3) + ", " + fixed(high, 3) + "]";
}

std::string shareText(const Share& one)
{
    return one.n == 0 ? "-"
                      : percent(one.share) + " " + intervalText(one.low, one.high) + " n "
            + std::to_string(one.n);
}

std::string groupText(const std::string& by, const std::string& name)
{
    return by == "all" ? "all" : by + " " + name;
}

Json showGroups(const Session& session, const AuditReport& report)
{
    Table table { { { "pairs" }, { "coefficient" }, { "value", true }, { "95 % interval" },
                      { "n", true }, { "", false, true } },
        {} };
    Json json = Json::array();
    for (const GroupAgreement& group : report.agreement) {
        Json one { { "by", group.by }, { "name", group.name }, { "coefficients", Json::array() } };
        for (const Coefficient& c : group.coefficients) {
            table.rows.push_back(
                { groupText(group.by, group.name), c.name, c.value ? fixed(*c.value, 3) : "-",
                    c.hasInterval ? intervalText(c.low, c.high) : "", std::to_string(c.n),
                    c.undefined });
            one["coefficients"].push_back(toJson(c));
        }
        json.push_back(std::move(one));
    }
    session.console.table(table);
    return json;
}

Json showPrecision(const Session& session, const AuditReport& report)
{
    Table table { { { "pairs" }, { "judged", true }, { "machine's choice is better" },
                      { "tie", true }, { "both bad", true }, { "open", true },
                      { "for training", false, true } },
        {} };
    Json json = Json::array();
    for (const LabelPrecision& one : report.precision) {
        table.rows.push_back({ groupText(one.by, one.name), std::to_string(one.judged),
            shareText(one.precision), std::to_string(one.tie), std::to_string(one.bothBad),
            std::to_string(one.conflict), one.meaning });
        json.push_back({ { "by", one.by }, { "name", one.name }, { "population", one.population },
            { "judged", one.judged }, { "precision", toJson(one.precision) }, { "tie", one.tie },
            { "bothBad", one.bothBad }, { "open", one.conflict }, { "meaning", one.meaning } });
    }
    session.console.line("");
    session.console.table(table);
    return json;
}

Json showRaters(const Session& session, const AuditReport& report)
{
    Table table { { { "annotator" }, { "judged", true }, { "chose left" }, { "p", true },
                      { "same on mirrored" }, { "gold right" }, { "median s", true } },
        {} };
    Json json = Json::array();
    for (const RaterReport& one : report.raters) {
        table.rows.push_back({ one.name, std::to_string(one.judged), shareText(one.left),
            one.left.n > 0 ? pValue(one.leftP) : "-", shareText(one.retest), shareText(one.gold),
            fixed(one.medianSeconds, 1) });
        json.push_back({ { "name", one.name }, { "tasks", one.tasks }, { "judged", one.judged },
            { "left", toJson(one.left) }, { "leftP", one.leftP }, { "retest", toJson(one.retest) },
            { "retestKappa", toJson(one.retestKappa) }, { "gold", toJson(one.gold) },
            { "seconds",
                { { "median", one.medianSeconds }, { "lower", one.lowerSeconds },
                    { "upper", one.upperSeconds }, { "under2", one.fast } } } });
    }
    session.console.line("");
    session.console.table(table);
    return json;
}

} // namespace

Result<void> showAuditAgreement(const Session& session, const ShowArguments& arguments)
{
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto batch = auditNamed(*project, arguments.audit == "newest" ? "" : arguments.audit);
    if (!batch)
        return fail(batch.error());
    const auto report = auditReport(*project, *batch);
    if (!report)
        return fail(report.error());
    session.console.line("Audit " + batch->name + ": " + std::to_string(batch->judged) + " of "
        + std::to_string(batch->tasks) + " judgements, " + std::to_string(report->conflicts.size())
        + " pairs wait for an adjudicator" + (report->randomSample ? "" : "; no random sample"));
    Json document { { "audit", batch->name }, { "tasks", batch->tasks },
        { "judged", batch->judged }, { "randomSample", report->randomSample } };
    document["agreement"] = showGroups(session, *report);
    document["matrix"] = Json::array();
    for (const RaterPair& one : report->matrix)
        document["matrix"].push_back({ { "a", one.a }, { "b", one.b }, { "raw", toJson(one.raw) },
            { "kappa", toJson(one.kappa) } });
    document["precision"] = showPrecision(session, *report);
    if (report->weighted)
        document["weighted"] = toJson(*report->weighted);
    document["annotators"] = showRaters(session, *report);
    document["conflicts"] = Json::array();
    for (const Conflict& one : report->conflicts)
        document["conflicts"].push_back({ { "pair", one.pair.value }, { "why", one.why } });
    session.console.document(document);
    return {};
}

} // namespace slook::cli
