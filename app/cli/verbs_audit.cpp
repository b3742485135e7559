#include "core/file.h"
#include "session.h"
#include "words.h"
#include "workbench/audit_apply.h"
#include "workbench/audit_files.h"
#include "workbench/audit_merge.h"
#include "workbench/audit_report.h"
#include "workbench/op_id.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

using namespace workbench;

struct AuditArguments {
    std::string project;
    std::string audit; ///< name or number; empty: the newest
    AuditOptions options;
    std::string sampling = "random";
    std::vector<std::string> runs;
    std::string preference;
    std::string where;
    std::vector<std::int64_t> pairs;
    std::string rubricFile;
    std::string out;
    bool hideNames = false;
    ApplyOptions apply;
    std::string run;
    std::string reversed = "relabel";
    std::string undecided = "drop";
    bool dropUnjudged = false;
    bool dryRun = false;
    double labelSmoothing = -1; ///< below 0: estimated
    AdjudicationRow adjudication;
    std::string outcome;
    std::string better; ///< chosen or rejected
    std::vector<std::string> annotators; ///< of a file to send
    std::string file; ///< that came back
};

Json toJson(const AuditBatchRow& batch)
{
    const auto plan = parseJson(batch.plan, "plan");
    return { { "id", batch.id.value }, { "name", batch.name }, { "time", batch.time },
        { "seed", batch.seed }, { "tasks", batch.tasks }, { "judged", batch.judged },
        { "plan", plan ? *plan : Json::object() } };
}

Result<AuditSource> sourceOf(const store::Project& project, const AuditArguments& arguments)
{
    AuditSource source;
    source.preference = arguments.preference;
    for (const std::string& name : arguments.runs) {
        const auto run = runNamed(project, name);
        if (!run)
            return fail(run.error());
        source.runs.push_back(run->id);
    }
    auto filter = Filter::parse(arguments.where);
    if (!filter)
        return fail(filter.error());
    source.filter = std::move(*filter);
    for (const std::int64_t pair : arguments.pairs)
        source.pairs.push_back({ pair });
    return source;
}

Result<void> make(const Session& session, AuditArguments arguments)
{
    auto project = openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto source = sourceOf(*project, arguments);
    if (!source)
        return fail(source.error());
    AuditOptions options = arguments.options;
    options.sampling =
        arguments.pairs.empty() ? *samplingNamed(arguments.sampling) : Sampling::Selection;
    if (!arguments.rubricFile.empty()) {
        auto text = readFile(arguments.rubricFile, 1u << 20);
        if (!text)
            return fail(text.error());
        if (!isCleanUtf8(*text))
            return fail(
                ErrorKind::Invalid, "is no UTF-8 text; save it as UTF-8", arguments.rubricFile);
        options.rubric = std::move(*text);
    }
    const auto batch = newAudit(*project, *source, options);
    if (!batch)
        return fail(batch.error());
    const Json document = toJson(*batch);
    const Json& plan = document["plan"];
    session.console.line("The audit " + batch->name + " is planned: " + plan["pairs"].dump()
        + " of " + plan["population"].dump() + " pairs, " + std::to_string(batch->tasks)
        + " judgements by " + std::to_string(options.annotators.size()) + " annotators, "
        + plan["mirroredEach"].dump() + " mirrored and " + plan["goldEach"].dump()
        + " gold pairs each");
    if (const auto left = plan["leftOut"].get<int>(); left > 0)
        session.console.notice(std::to_string(left)
            + " pairs were left out: one side is empty or is no answer of the run");
    session.console.document(document);
    return {};
}

Result<void> list(const Session& session, const AuditArguments& arguments)
{
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto batches = project->audits();
    if (!batches)
        return fail(batches.error());
    Table table { { { "number", true }, { "name", false, true }, { "planned" }, { "annotator" },
                      { "judged", true }, { "of", true } },
        {} };
    Json json = Json::array();
    for (const AuditBatchRow& batch : *batches) {
        const auto progress = auditProgress(*project, batch.id);
        if (!progress)
            return fail(progress.error());
        Json one = toJson(batch);
        one["annotators"] = Json::array();
        for (const AuditProgress& person : *progress) {
            table.rows.push_back({ std::to_string(batch.id.value), batch.name, timeText(batch.time),
                person.annotator, std::to_string(person.judged), std::to_string(person.tasks) });
            one["annotators"].push_back({ { "name", person.annotator }, { "judged", person.judged },
                { "tasks", person.tasks } });
        }
        json.push_back(std::move(one));
    }
    if (table.rows.empty())
        session.console.line("No audit yet; plan one with audit PROJECT new --name NAME");
    else
        session.console.table(table);
    session.console.document({ { "audits", json } });
    return {};
}

struct Opened {
    store::Project project;
    AuditReport report;
};

Result<Opened> openReport(const Session& session, const AuditArguments& arguments, bool change)
{
    auto project =
        change ? openToChange(session, arguments.project) : openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto batch = auditNamed(*project, arguments.audit);
    if (!batch)
        return fail(batch.error());
    auto report = auditReport(*project, *batch);
    if (!report)
        return fail(report.error());
    return Opened { std::move(*project), std::move(*report) };
}

Result<void> writeReport(const Session& session, const AuditArguments& arguments)
{
    const auto opened = openReport(session, arguments, false);
    if (!opened)
        return fail(opened.error());
    if (auto written =
            writeFileAtomically(arguments.out, auditHtml(opened->report, arguments.hideNames));
        !written)
        return written;
    session.console.line(arguments.out + ": report of the audit " + opened->report.batch.name);
    session.console.document({ { "out", arguments.out }, { "audit", opened->report.batch.name } });
    return {};
}

Result<void> apply(const Session& session, AuditArguments arguments)
{
    auto opened = openReport(session, arguments, !arguments.dryRun);
    if (!opened)
        return fail(opened.error());
    ApplyOptions options = arguments.apply;
    if (!arguments.run.empty()) {
        const auto run = runNamed(opened->project, arguments.run);
        if (!run)
            return fail(run.error());
        options.run = run->id;
    }
    options.reversed = *treatmentNamed(arguments.reversed);
    options.undecided = *treatmentNamed(arguments.undecided);
    options.unjudged = !arguments.dropUnjudged;
    if (arguments.labelSmoothing >= 0)
        options.labelSmoothing = arguments.labelSmoothing;
    const auto plan = planApply(opened->project, opened->report, options);
    if (!plan)
        return fail(plan.error());
    std::string preference;
    if (!arguments.dryRun) {
        const auto set = applyAudit(opened->project, opened->report, options);
        if (!set)
            return fail(set.error());
        preference = set->preference;
    }
    session.console.line((preference.empty() ? "Would make " : preference + ": ") + plan->sentence);
    session.console.document({ { "preference", preference }, { "pairs", plan->pairs.size() },
        { "kept", plan->kept }, { "relabelled", plan->relabelled },
        { "rewritten", plan->rewritten }, { "dropped", plan->dropped },
        { "unjudgedKept", plan->unjudged }, { "unjudgedDropped", plan->unjudgedDropped },
        { "labelSmoothing", plan->labelSmoothing } });
    return {};
}

Result<void> adjudicate(const Session& session, AuditArguments arguments)
{
    auto project = openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto batch = auditNamed(*project, arguments.audit);
    if (!batch)
        return fail(batch.error());
    const auto pairs = auditedPairs(*project, batch->id);
    if (!pairs)
        return fail(pairs.error());
    AdjudicationRow row = arguments.adjudication;
    const auto pair = pairs->find(row.pair);
    if (pair == pairs->end())
        return fail(ErrorKind::NotFound, "is no pair of the audit " + batch->name,
            "pair " + std::to_string(row.pair.value));
    row.batch = batch->id;
    row.outcome = *settlementNamed(arguments.outcome);
    if ((row.outcome == Settlement::Better) != !arguments.better.empty()
        || (row.outcome == Settlement::Rewrite) != !row.rewrite.empty())
        return fail(ErrorKind::Invalid,
            "better needs --better chosen or rejected, rewrite needs --text, other outcomes "
            "neither",
            arguments.outcome);
    if (!arguments.better.empty())
        row.better = arguments.better == "chosen" ? pair->second.chosen : pair->second.rejected;
    if (const auto added = project->addAdjudication(row, newOpId()); !added)
        return fail(added.error());
    session.console.line("Pair " + std::to_string(row.pair.value) + " is settled: "
        + arguments.outcome + (arguments.better.empty() ? "" : ", " + arguments.better));
    session.console.document({ { "audit", batch->name }, { "pair", row.pair.value },
        { "outcome", arguments.outcome }, { "better", arguments.better } });
    return {};
}

Result<void> send(const Session& session, AuditArguments arguments)
{
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto batch = auditNamed(*project, arguments.audit);
    if (!batch)
        return fail(batch.error());
    const auto sent = sendAudit(*project, *batch, arguments.annotators, arguments.out);
    if (!sent)
        return fail(sent.error());
    session.console.line(arguments.out + ": " + std::to_string(sent->tasks) + " judgements of "
        + std::to_string(sent->pairs) + " pairs with " + std::to_string(sent->pictures)
        + " pictures of the audit " + batch->name);
    session.console.document({ { "out", arguments.out }, { "audit", batch->name },
        { "tasks", sent->tasks }, { "pairs", sent->pairs }, { "pictures", sent->pictures },
        { "verdicts", sent->verdicts } });
    return {};
}

Json toJson(const AuditMerge& plan)
{
    Json conflicts = Json::array();
    for (const MergeRow& row : plan.rows)
        if (row.ours)
            conflicts.push_back({ { "annotator", row.task.annotator },
                { "position", row.task.position + 1 }, { "pair", row.task.pair.value },
                { "here", nameOf(row.ours->choice) }, { "there", nameOf(row.theirs.choice) } });
    Json adjudications = Json::array();
    for (const MergeAdjudication& one : plan.adjudications)
        adjudications.push_back({ { "what", nameOf(one.kind) }, { "pair", one.theirs.pair.value },
            { "adjudicator", one.theirs.adjudicator },
            { "here", one.ours ? Json(nameOf(one.ours->outcome)) : Json() },
            { "there", nameOf(one.theirs.outcome) } });
    return { { "audit", plan.batch.name }, { "file", plan.origin }, { "new", plan.fresh },
        { "known", plan.known }, { "foreign", plan.foreign }, { "newTasks", plan.newTasks },
        { "corrections", plan.edits.size() }, { "conflicts", conflicts },
        { "adjudications", adjudications } };
}

std::string settlementText(
    const AdjudicationRow& row, const std::map<ResponseId, std::string>& answers)
{
    const std::string name = nameOf(row.outcome);
    const auto better = answers.find(row.better);
    if (better != answers.end())
        return name + ": " + better->second;
    return row.rewrite.empty() ? name : name + ": " + row.rewrite;
}

Result<void> mergeFile(const Session& session, AuditArguments arguments)
{
    auto project = arguments.dryRun ? openToRead(session, arguments.project)
                                    : openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto plan = planMerge(*project, arguments.file, arguments.audit);
    if (!plan)
        return fail(plan.error());
    if (!arguments.dryRun)
        if (auto merged = merge(*project, *plan); !merged)
            return merged;
    Table table { { { "annotator", false, true }, { "judgement", true }, { "here" }, { "there" },
                      { "question", false, true } },
        {} };
    for (const MergeRow& row : plan->rows)
        if (row.ours)
            table.rows.push_back({ row.task.annotator, std::to_string(row.task.position + 1),
                nameOf(row.ours->choice), nameOf(row.theirs.choice), row.question });
    for (const MergeAdjudication& one : plan->adjudications)
        if (one.kind == MergeKind::Conflict)
            table.rows.push_back(
                { one.theirs.adjudicator, "settled", settlementText(*one.ours, one.answers),
                    settlementText(one.theirs, one.answers), one.question });
    session.console.line((arguments.dryRun ? "Would merge " : "Merged ") + plan->sentence());
    if (!table.rows.empty()) {
        session.console.table(table);
        session.console.notice("Of a conflict both are kept; the one from here counts until the "
                               "pair is adjudicated anew.");
    }
    session.console.document(toJson(*plan));
    return {};
}

void addNew(CLI::App& audit,
    const std::function<void(CLI::App*, Result<void> (*)(const Session&, AuditArguments))>& act,
    AuditArguments& arguments)
{
    CLI::App* command =
        audit.add_subcommand("new", "Draw pairs and keep the plan of who judges what");
    AuditOptions& options = arguments.options;
    command->add_option("--name", options.name, "What the audit is called")->required();
    command->add_option("--annotator", options.annotators, "Who judges; once for each person")
        ->required();
    command->add_option("--pairs", options.pairs, "How many pairs, default 100");
    command->add_option("--sampling", arguments.sampling, "random, stratified or smallest-margin")
        ->check(CLI::IsMember({ "random", "stratified", "smallest-margin" }));
    command->add_option("--by", options.strata, "Strata: type, method, benchmark or corruption")
        ->check(CLI::IsMember(strataNames()));
    command->add_option("--pair", arguments.pairs, "These pairs, by number, instead of a sample");
    command->add_option("--overlap", options.overlap, "Share judged by everybody, default 1");
    command->add_option(
        "--mirrored", options.mirrored, "Share that comes back with sides swapped, default 0.1");
    command->add_option("--gold", options.gold, "Share of pairs with a settled answer, on top");
    command->add_option("--seed", options.seed, "Of sample, order and sides, default 1");
    command->add_option("--rubric", arguments.rubricFile, "Text file to show beside every pair");
    command->add_option("--run", arguments.runs, "Pairs of this run only; may be repeated");
    command->add_option(
        "--preference", arguments.preference, "Which pairs; default those of the method itself");
    command->add_option("--where", arguments.where, "Only pairs that fit, as in show --where");
    act(command,
        [](const Session& session, AuditArguments a) { return make(session, std::move(a)); });
}

void addApply(CLI::App& audit,
    const std::function<void(CLI::App*, Result<void> (*)(const Session&, AuditArguments))>& act,
    AuditArguments& arguments)
{
    CLI::App* command = audit.add_subcommand(
        "apply", "Make the judged pairs a set of their own, which undo takes back");
    const CLI::IsMember treatments({ "keep", "drop", "relabel" });
    command->add_option("--audit", arguments.audit, "Name or number; else the newest");
    command->add_option("--run", arguments.run, "Whose pairs, where the audit is about several");
    command
        ->add_option("--reversed", arguments.reversed,
            "Pairs that people see the other way round, default relabel")
        ->check(treatments);
    command
        ->add_option("--undecided", arguments.undecided, "Ties, both bad, no outcome: drop or keep")
        ->check(CLI::IsMember({ "keep", "drop" }));
    command->add_flag("--drop-unjudged", arguments.dropUnjudged, "Only pairs that were judged");
    command->add_option(
        "--support", arguments.apply.support, "Least share of votes behind an outcome");
    command->add_option("--votes", arguments.apply.votes, "Least number of votes, default 1");
    command
        ->add_option("--label-smoothing", arguments.labelSmoothing, "In [0, 0.5); else estimated")
        ->check(CLI::Range(0.0, 0.5));
    command->add_flag("--dry-run", arguments.dryRun, "Only say what it would do");
    act(command,
        [](const Session& session, AuditArguments a) { return apply(session, std::move(a)); });
}

void addFiles(CLI::App& audit,
    const std::function<void(CLI::App*, Result<void> (*)(const Session&, AuditArguments))>& act,
    AuditArguments& arguments)
{
    CLI::App* command = audit.add_subcommand(
        "send", "Write a small project with one audit and its pictures, for an annotator");
    command->add_option("--audit", arguments.audit, "Name or number; else the newest");
    command->add_option("--annotator", arguments.annotators, "Whose judgements; else everybody's");
    command->add_option("--out", arguments.out, "The file to write, NAME.slook")->required();
    act(command, [](const Session& s, AuditArguments a) { return send(s, std::move(a)); });
    command = audit.add_subcommand("merge", "Take in what was judged in a file that comes back");
    command->add_option("file", arguments.file, "The file, NAME.slook")->required();
    command->add_option("--audit", arguments.audit, "Which audit, where both files have several");
    command->add_flag("--dry-run", arguments.dryRun, "Only say what it would do");
    act(command, [](const Session& s, AuditArguments a) { return mergeFile(s, std::move(a)); });
}

} // namespace

void addAuditVerbs(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<AuditArguments>();
    CLI::App* audit =
        app.add_subcommand("audit", "Let people judge the pairs that a machine labelled");
    audit->add_option("project", arguments->project, "The project, NAME.slook")->required();
    audit->require_subcommand(1);
    const auto act = [&session, arguments](
                         CLI::App* command, Result<void> (*verb)(const Session&, AuditArguments)) {
        command->callback([&session, arguments, verb] {
            session.action = [&session, arguments, verb] { return verb(session, *arguments); };
        });
    };
    addNew(*audit, act, *arguments);
    act(audit->add_subcommand("list", "The audits and how far everybody is"),
        [](const Session& s, AuditArguments a) { return list(s, a); });
    CLI::App* report = audit->add_subcommand("report", "Write an audit as one HTML page");
    report->add_option("--audit", arguments->audit, "Name or number; else the newest");
    report->add_option("--out", arguments->out, "The file to write")->required();
    report->add_flag("--hide-names", arguments->hideNames, "Number the annotators");
    act(report, [](const Session& s, AuditArguments a) { return writeReport(s, a); });
    addApply(*audit, act, *arguments);
    addFiles(*audit, act, *arguments);
    CLI::App* settle = audit->add_subcommand("adjudicate", "Settle a pair that people disagree on");
    settle->add_option("--audit", arguments->audit, "Name or number; else the newest");
    settle->add_option("--pair", arguments->adjudication.pair.value, "Number of the pair")
        ->required();
    settle->add_option("--outcome", arguments->outcome, "better, tie, drop or rewrite")
        ->required()
        ->check(CLI::IsMember({ "better", "tie", "drop", "rewrite" }));
    settle
        ->add_option(
            "--better", arguments->better, "Which answer: the machine's chosen or rejected")
        ->check(CLI::IsMember({ "chosen", "rejected" }));
    settle->add_option("--text", arguments->adjudication.rewrite, "The answer as it should be");
    settle->add_option("--note", arguments->adjudication.note, "Why");
    settle->add_option("--by", arguments->adjudication.adjudicator, "Who settles it");
    act(settle, [](const Session& s, AuditArguments a) { return adjudicate(s, std::move(a)); });
}

} // namespace slook::cli
