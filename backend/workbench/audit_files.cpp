#include "workbench/audit_files.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "formats/json_records.h"
#include "formats/tsv_reader.h"
#include "workbench/audit_forms.h"
#include "workbench/audit_merge.h"
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::workbench {
namespace {

namespace fs = std::filesystem;

const std::string& textOf(const AuditedPair& pair, ResponseId answer)
{
    return answer == pair.chosen ? pair.pair.chosen : pair.pair.rejected;
}

/// Columns in the order in which people look for them.
Json toJson(const VerdictRecord& row)
{
    const AuditedPair& pair = *row.pair;
    const VerdictRow& verdict = *row.verdict;
    const auto textHash = [&](ResponseId id) { return id ? sha256(textOf(pair, id)) : ""; };
    return { { "audit", row.batch->name }, { "seed", std::to_string(row.batch->seed) },
        { "annotator", row.task->annotator }, { "position", row.task->position + 1 },
        { "kind", nameOf(row.task->kind) }, { "stratum", row.task->stratum },
        { "choice", nameOf(verdict.choice) }, { "label", labelName(verdict, pair) },
        { "better", verdict.better.value }, { "betterSha256", textHash(verdict.better) },
        { "reasons", verdict.reasons }, { "note", verdict.note }, { "flagged", verdict.flagged },
        { "seconds", verdict.seconds }, { "time", verdict.time }, { "origin", verdict.origin },
        { "counts", row.counts }, { "pair", pair.pair.id.value }, { "pairSha256", row.pairSha256 },
        { "run", pair.pair.run.value }, { "preference", pair.pair.preference },
        { "method", pair.method }, { "type", typeName(pair.pair.type) },
        { "benchmark", pair.benchmark }, { "key", pair.item.key },
        { "category", pair.item.category }, { "left", row.task->left.value },
        { "leftSha256", textHash(row.task->left) }, { "right", row.task->right.value },
        { "rightSha256", textHash(row.task->right) }, { "question", pair.item.question },
        { "chosenText", pair.pair.chosen }, { "rejectedText", pair.pair.rejected } };
}

/// Spreadsheets run cells that begin like this as formulas.
bool looksLikeFormula(const std::string& cell)
{
    return !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string::npos;
}

std::string csvCell(const Json& value)
{
    std::string cell;
    if (value.is_string())
        cell = value.get<std::string>();
    else if (value.is_array())
        for (const auto& one : value)
            cell += (cell.empty() ? "" : "; ") + one.get<std::string>();
    else
        cell = value.dump();
    if (value.is_string() && looksLikeFormula(cell))
        cell.insert(0, 1, '\'');
    if (cell.find_first_of(",\"\n\r") == std::string::npos)
        return cell;
    std::string quoted = "\"";
    for (const char c : cell)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string csvOf(const std::vector<VerdictRecord>& records)
{
    std::vector<Json> rows;
    for (const VerdictRecord& record : records)
        rows.push_back(toJson(record));
    std::string text;
    for (const auto& [name, value] : rows.front().items())
        text += (text.empty() ? "" : ",") + name;
    text += "\r\n";
    for (const Json& row : rows) {
        std::string line;
        bool first = true;
        for (const auto& [name, value] : row.items()) {
            line += (first ? "" : ",") + csvCell(value);
            first = false;
        }
        text += line + "\r\n";
    }
    return text;
}

/// All verdicts of a batch, superseded ones too; the records point into the rest.
struct VerdictsRead {
    std::map<PairId, AuditedPair> pairs;
    std::vector<AuditTask> tasks;
    std::vector<VerdictRow> history;
    std::vector<VerdictRecord> records;
};

Result<VerdictsRead> readVerdicts(const store::Project& project, const AuditBatchRow& batch)
{
    auto pairs = auditedPairs(project, batch.id);
    auto tasks = project.auditTasks(batch.id);
    auto history = project.verdictHistory(batch.id);
    const auto current = project.verdicts(batch.id);
    if (!pairs || !tasks || !history || !current)
        return fail(!pairs ? pairs.error()
                : !tasks   ? tasks.error()
                : !history ? history.error()
                           : current.error());
    VerdictsRead read { std::move(*pairs), std::move(*tasks), std::move(*history), {} };
    std::map<PairId, std::string> sums;
    for (const auto& [id, pair] : read.pairs) {
        auto sum = pairSha256(project, pair);
        if (!sum)
            return fail(sum.error());
        sums.emplace(id, std::move(*sum));
    }
    std::map<TaskId, const AuditTask*> byId;
    for (const AuditTask& task : read.tasks)
        byId.emplace(task.id, &task);
    std::set<VerdictId> counting;
    for (const VerdictRow& verdict : *current)
        counting.insert(verdict.id);
    for (const VerdictRow& verdict : read.history) {
        const AuditTask* task = byId.at(verdict.task);
        if (const auto pair = read.pairs.find(task->pair); pair != read.pairs.end())
            read.records.push_back({ &batch, task, &pair->second, &verdict, sums.at(task->pair),
                counting.contains(verdict.id) });
    }
    return read;
}

// Reading

/// A row as texts, whichever form it came in.
struct Record {
    int line = 0;
    std::map<std::string, std::string> cells;
    [[nodiscard]] std::string at(const std::string& name) const
    {
        const auto found = cells.find(name);
        return found == cells.end() ? "" : found->second;
    }
};

Error wrongLine(const fs::path& file, int line, const std::string& what)
{
    return { ErrorKind::Invalid, what + "; nothing was imported",
        file.string() + ", line " + std::to_string(line) };
}

Result<std::vector<Record>> recordsOfJson(const fs::path& file)
{
    const auto text = readFile(file);
    if (!text)
        return fail(text.error());
    std::vector<Record> rows;
    formats::JsonRecords records(*text);
    while (const auto record = records.next()) {
        const auto json = parseJson(record->text, file.string());
        if (record->cut || !json || !json->is_object())
            return fail(wrongLine(file, record->line,
                record->cut ? "ends within a record; the file was cut off"
                            : "is no JSON object; write one object a line"));
        Record row { record->line, {} };
        for (const auto& [name, value] : json->items())
            row.cells[name] = value.is_string() ? value.get<std::string>() : csvCell(value);
        rows.push_back(std::move(row));
    }
    return rows;
}

Result<std::vector<Record>> recordsOfCsv(const fs::path& file)
{
    auto reader = formats::TsvReader::open(file, ',');
    if (!reader)
        return fail(reader.error());
    std::vector<std::string> names;
    std::vector<Record> rows;
    while (true) {
        auto record = reader->next();
        if (!record)
            return fail(record.error());
        if (!*record)
            return rows;
        if (names.empty()) {
            for (const auto& cell : (*record)->cells)
                names.push_back(cell.text);
            continue;
        }
        if ((*record)->cells.size() != names.size() || (*record)->cut)
            return fail(wrongLine(file, (*record)->line,
                "has " + std::to_string((*record)->cells.size()) + " cells, the head line has "
                    + std::to_string(names.size())));
        Record row { (*record)->line, {} };
        for (std::size_t i = 0; i < names.size(); ++i) {
            std::string cell = (*record)->cells[i].text;
            if (cell.size() > 1 && cell[0] == '\'' && looksLikeFormula(cell.substr(1)))
                cell.erase(0, 1);
            row.cells[names[i]] = std::move(cell);
        }
        rows.push_back(std::move(row));
    }
}

std::vector<std::string> reasonsFrom(const std::string& cell)
{
    std::vector<std::string> reasons;
    for (const std::string& reason : verdictReasons())
        if (("; " + cell + "; ").find("; " + reason + "; ") != std::string::npos)
            reasons.push_back(reason);
    return reasons;
}

template <class Number> Number numberFrom(const std::string& text, Number otherwise)
{
    Number value = otherwise;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

/// The batch that verdicts are taken into, looked up by what a row says.
struct Target {
    std::map<std::string, PairId> byContent;
    std::map<PairId, AuditedPair> pairs;
    std::vector<AuditTask> tasks;
    std::map<std::string, int> nextPosition; ///< of each annotator
};

Result<Target> targetOf(const store::Project& project, BatchId batch)
{
    Target target;
    auto pairs = auditedPairs(project, batch);
    if (!pairs)
        return fail(pairs.error());
    target.pairs = std::move(*pairs);
    for (const auto& [id, pair] : target.pairs) {
        const auto sum = pairSha256(project, pair);
        if (!sum)
            return fail(sum.error());
        target.byContent.emplace(*sum, id);
    }
    auto tasks = project.auditTasks(batch);
    if (!tasks)
        return fail(tasks.error());
    target.tasks = std::move(*tasks);
    for (const AuditTask& task : target.tasks)
        target.nextPosition[task.annotator] = task.position + 1;
    return target;
}

const AuditedPair* pairOf(const Target& target, const Record& row)
{
    PairId id { numberFrom<std::int64_t>(row.at("pair"), 0) };
    if (const std::string sum = row.at("pairSha256"); !sum.empty()) {
        const auto known = target.byContent.find(sum);
        id = known == target.byContent.end() ? PairId {} : known->second;
    }
    const auto found = target.pairs.find(id);
    return found == target.pairs.end() ? nullptr : &found->second;
}

/// Sets choice and the better answer. @return false where the row names neither
bool readChoice(const Record& row, const AuditedPair& pair, VerdictRow& verdict)
{
    const std::string label = row.at("label");
    const auto choice = choiceNamed(row.at("choice"));
    const bool sided = label == "chosen" || label == "rejected";
    const auto said = choice ? choice : sided ? std::optional(Choice::Better) : choiceNamed(label);
    if (!said)
        return false;
    verdict.choice = *said;
    if (*said != Choice::Better && *said != Choice::MuchBetter)
        return true;
    const std::string better = row.at("betterSha256");
    if (better == sha256(pair.pair.chosen) || (better.empty() && label == "chosen"))
        verdict.better = pair.chosen;
    else if (better == sha256(pair.pair.rejected) || (better.empty() && label == "rejected"))
        verdict.better = pair.rejected;
    return bool(verdict.better);
}

AuditTask newTaskFor(Target& target, const Record& row, const AuditedPair& pair)
{
    AuditTask task;
    task.annotator = row.at("annotator");
    task.position = target.nextPosition[task.annotator]++;
    task.kind =
        row.at("kind") == nameOf(TaskKind::Mirrored) ? TaskKind::Mirrored : TaskKind::Imported;
    task.pair = pair.pair.id;
    const bool swapped = row.at("leftSha256") == sha256(pair.pair.rejected);
    task.left = swapped ? pair.rejected : pair.chosen;
    task.right = swapped ? pair.chosen : pair.rejected;
    return task;
}

Result<store::ImportedVerdict> verdictFrom(Target& target, const Record& row, const fs::path& file)
{
    const auto wrong = [&](const std::string& what) {
        return fail(wrongLine(file, row.line, what));
    };
    const AuditedPair* pair = pairOf(target, row);
    if (!pair)
        return wrong("names no pair of this audit; it needs pairSha256, or pair with a number of "
                     "this project");
    if (row.at("annotator").empty())
        return wrong("has no annotator; say who judged");
    store::ImportedVerdict one;
    VerdictRow& verdict = one.verdict;
    if (!readChoice(row, *pair, verdict))
        return wrong("has no verdict; it needs choice (better, much-better, tie, both-bad, "
                     "cannot-judge) with betterSha256, or label (chosen, rejected, tie, both-bad, "
                     "cannot-judge)");
    verdict.reasons = reasonsFrom(row.at("reasons"));
    verdict.note = row.at("note");
    verdict.flagged = row.at("flagged") == "true" || row.at("flagged") == "1";
    verdict.seconds = std::max(0.0, numberFrom<double>(row.at("seconds"), 0));
    verdict.time = numberFrom<std::int64_t>(row.at("time"), 0);
    const bool mirrored = row.at("kind") == nameOf(TaskKind::Mirrored);
    const auto task = std::ranges::find_if(target.tasks, [&](const AuditTask& known) {
        return known.pair == pair->pair.id && known.annotator == row.at("annotator")
            && (known.kind == TaskKind::Mirrored) == mirrored;
    });
    if (task != target.tasks.end())
        verdict.task = task->id;
    else
        one.newTask = newTaskFor(target, row, *pair);
    return one;
}

} // namespace

std::vector<std::string> verdictFormats()
{
    return { "jsonl", "csv", "argilla", "llm-comparator" };
}

Result<VerdictExport> exportVerdicts(const store::Project& project, const AuditBatchRow& batch,
    const std::string& format, const fs::path& out)
{
    const auto known = verdictFormats();
    if (std::ranges::find(known, format) == known.end())
        return fail(ErrorKind::Invalid,
            "is no form of verdicts; use jsonl, csv, argilla or llm-comparator", format);
    const auto read = readVerdicts(project, batch);
    if (!read)
        return fail(read.error());
    const auto& records = read->records;
    if (records.empty())
        return fail(ErrorKind::Invalid, "has no verdict yet; judge some pairs first", batch.name);
    VerdictExport report;
    report.rows = static_cast<std::int64_t>(records.size());
    std::string text;
    if (format == "argilla")
        text = argillaForm(records, report.notCarried);
    else if (format == "llm-comparator")
        text = comparatorForm(records, report.notCarried);
    else if (format == "csv")
        text = csvOf(records);
    else
        for (const VerdictRecord& record : records)
            text += dumpLine(toJson(record)) + "\n";
    if (auto written = writeFileAtomically(out, text); !written)
        return fail(written.error());
    return report;
}

Result<std::int64_t> writeLineage(
    const store::Project& project, const std::vector<PairRow>& pairs, const fs::path& out)
{
    const auto batches = project.audits();
    const auto sets = project.pairSets();
    if (!batches || !sets)
        return fail(batches ? sets.error() : batches.error());
    std::map<PairId, Json> verdicts;
    for (const AuditBatchRow& batch : *batches) {
        const auto read = readVerdicts(project, batch);
        if (!read)
            return fail(read.error());
        for (const VerdictRecord& record : read->records)
            if (record.counts)
                verdicts[record.pair->pair.id].push_back(toJson(record));
    }
    std::map<PairId, PairOriginRow> origins;
    for (const PairSetRow& set : *sets) {
        const auto rows = project.pairOrigins(set.id);
        if (!rows)
            return fail(rows.error());
        for (const PairOriginRow& row : *rows)
            origins.emplace(row.pair, row);
    }
    std::string text;
    std::int64_t carried = 0;
    std::int64_t number = 0;
    for (const PairRow& pair : pairs) {
        ++number;
        const auto origin = origins.find(pair.id);
        const auto known = verdicts.find(origin == origins.end() ? pair.id : origin->second.parent);
        if (origin == origins.end() && known == verdicts.end())
            continue;
        Json line { { "row", number }, { "pair", pair.id.value }, { "preference", pair.preference },
            { "type", typeName(pair.type) } };
        if (origin != origins.end()) {
            line["parent"] = origin->second.parent.value;
            line["change"] = origin->second.change;
        }
        line["verdicts"] = known == verdicts.end() ? Json::array() : known->second;
        carried += static_cast<std::int64_t>(line["verdicts"].size());
        text += dumpLine(line) + "\n";
    }
    if (text.empty())
        return 0;
    if (auto written = writeFileAtomically(out, text); !written)
        return fail(written.error());
    return carried;
}

Result<VerdictImport> importVerdicts(
    store::Project& project, const AuditBatchRow& batch, const fs::path& file)
{
    const auto records = file.extension() == ".csv" ? recordsOfCsv(file) : recordsOfJson(file);
    if (!records)
        return fail(records.error());
    auto target = targetOf(project, batch.id);
    if (!target)
        return fail(target.error());
    VerdictImport report;
    std::vector<store::ImportedVerdict> verdicts;
    for (const Record& row : *records) {
        if (row.at("counts") == "false") {
            ++report.superseded;
            continue;
        }
        auto one = verdictFrom(*target, row, file);
        if (!one)
            return fail(one.error());
        report.newTasks += one->newTask ? 1 : 0;
        verdicts.push_back(std::move(*one));
    }
    if (verdicts.empty())
        return fail(ErrorKind::Invalid, "holds no verdict; choose another file", file.string());
    const auto compared = comparedWith(project, batch, verdicts, file.filename().string());
    if (!compared)
        return fail(compared.error());
    report.verdicts = compared->fresh + compared->conflicts;
    report.conflicts = compared->conflicts;
    report.known = compared->known;
    if (auto merged = merge(project, *compared); !merged)
        return fail(merged.error());
    return report;
}

} // namespace slook::workbench
