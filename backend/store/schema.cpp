#include "store/schema.h"
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <map>

namespace slook::store {
namespace {

const std::vector<SchemaStep> allSteps = {
    // 1: data, runs, results, history
    {
        "CREATE TABLE operation(id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, "
        "result INTEGER NOT NULL, time INTEGER NOT NULL) STRICT",

        "CREATE TABLE source(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, "
        "file TEXT NOT NULL, sha256 TEXT NOT NULL, format TEXT NOT NULL, time INTEGER NOT NULL, "
        "items INTEGER NOT NULL, problems INTEGER NOT NULL, "
        "removed INTEGER NOT NULL DEFAULT 0 CHECK(removed IN (0, 1))) STRICT",

        "CREATE TABLE problem(source INTEGER NOT NULL REFERENCES source(id), "
        "position INTEGER NOT NULL, line INTEGER NOT NULL, key TEXT NOT NULL, "
        "reason TEXT NOT NULL, PRIMARY KEY(source, position)) STRICT, WITHOUT ROWID",

        // Pixels alone do not tell 2 x 8 from 4 x 4.
        "CREATE TABLE image(id INTEGER PRIMARY KEY AUTOINCREMENT, sha256 TEXT NOT NULL, "
        "fileSha256 TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, "
        "format TEXT NOT NULL, path TEXT NOT NULL, "
        "storedBytes INTEGER NOT NULL CHECK(storedBytes IN (0, 1)), "
        "UNIQUE(sha256, width, height)) STRICT",

        "CREATE TABLE image_bytes(image INTEGER PRIMARY KEY REFERENCES image(id), "
        "bytes BLOB NOT NULL) STRICT",

        "CREATE TABLE item(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "source INTEGER NOT NULL REFERENCES source(id), key TEXT NOT NULL, "
        "question TEXT NOT NULL, hint TEXT NOT NULL, options TEXT NOT NULL, "
        "answer TEXT NOT NULL, category TEXT NOT NULL, split TEXT NOT NULL, "
        "fields TEXT NOT NULL, line INTEGER NOT NULL, UNIQUE(source, key)) STRICT",

        "CREATE TABLE item_image(item INTEGER NOT NULL REFERENCES item(id), "
        "position INTEGER NOT NULL, image INTEGER NOT NULL REFERENCES image(id), "
        "PRIMARY KEY(item, position)) STRICT, WITHOUT ROWID",

        "CREATE TABLE run(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, "
        "recipe TEXT NOT NULL, "
        "state TEXT NOT NULL CHECK(state IN ('waiting', 'running', 'stopped', 'failed', 'done')), "
        "model TEXT NOT NULL, job TEXT NOT NULL, jobSha256 TEXT NOT NULL, time INTEGER NOT NULL, "
        "started INTEGER NOT NULL, finished INTEGER NOT NULL, lastSeq INTEGER NOT NULL, "
        "error TEXT NOT NULL) STRICT",

        "CREATE TABLE event(run INTEGER NOT NULL REFERENCES run(id), seq INTEGER NOT NULL, "
        "kind TEXT NOT NULL, line TEXT NOT NULL, PRIMARY KEY(run, seq)) STRICT, WITHOUT ROWID",

        // NULL stands for a value that is no number: SQLite has no NaN.
        "CREATE TABLE metric(run INTEGER NOT NULL REFERENCES run(id), training TEXT NOT NULL, "
        "step INTEGER NOT NULL, name TEXT NOT NULL, value REAL, "
        "PRIMARY KEY(run, training, step, name)) STRICT, WITHOUT ROWID",

        "CREATE TABLE response(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "run INTEGER NOT NULL REFERENCES run(id), stage TEXT NOT NULL, "
        "item INTEGER NOT NULL REFERENCES item(id), turn INTEGER NOT NULL CHECK(turn >= 1), "
        "prompt TEXT NOT NULL, text TEXT NOT NULL, tokenIds TEXT NOT NULL, "
        "finish TEXT NOT NULL, logprob REAL, pixelsSha256 TEXT NOT NULL, "
        "decoding TEXT NOT NULL, seconds REAL, UNIQUE(run, stage, item, turn)) STRICT",

        "CREATE TABLE extraction(response INTEGER NOT NULL REFERENCES response(id), "
        "extractor TEXT NOT NULL, rule TEXT NOT NULL, \"begin\" INTEGER NOT NULL, "
        "\"end\" INTEGER NOT NULL, answer TEXT NOT NULL, "
        "correct INTEGER CHECK(correct IN (0, 1)), "
        "PRIMARY KEY(response, extractor)) STRICT, WITHOUT ROWID",

        "CREATE TABLE pair(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "run INTEGER NOT NULL REFERENCES run(id), preference TEXT NOT NULL, "
        "item INTEGER NOT NULL REFERENCES item(id), type INTEGER NOT NULL, "
        "prompt TEXT NOT NULL, chosen TEXT NOT NULL, rejected TEXT NOT NULL, "
        "chosenTurn INTEGER NOT NULL, rejectedTurn INTEGER NOT NULL, "
        "UNIQUE(run, preference, item, chosenTurn, rejectedTurn)) STRICT",

        // state: 0 done, 1 undone and may be redone, 2 undone and then overtaken by another change
        "CREATE TABLE journal(id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, "
        "kind TEXT NOT NULL, target INTEGER NOT NULL, what TEXT NOT NULL, "
        "state INTEGER NOT NULL DEFAULT 0 CHECK(state IN (0, 1, 2))) STRICT",

        "PRAGMA user_version = 1",
    },
    // Audits. What one change of a person made has one row in audit_change; undoing it marks that
    // row and nothing else.
    {
        "CREATE TABLE audit_change(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "removed INTEGER NOT NULL DEFAULT 0 CHECK(removed IN (0, 1))) STRICT",

        "CREATE TABLE audit_batch(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "change INTEGER NOT NULL REFERENCES audit_change(id), name TEXT NOT NULL, "
        "time INTEGER NOT NULL, seed TEXT NOT NULL, plan TEXT NOT NULL, "
        "rubric TEXT NOT NULL) STRICT",

        "CREATE TABLE audit_task(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "batch INTEGER NOT NULL REFERENCES audit_batch(id), annotator TEXT NOT NULL, "
        "position INTEGER NOT NULL, "
        "kind TEXT NOT NULL CHECK(kind IN ('plain', 'mirrored', 'gold', 'imported')), "
        "pair INTEGER NOT NULL REFERENCES pair(id), "
        "\"left\" INTEGER NOT NULL REFERENCES response(id), "
        "\"right\" INTEGER NOT NULL REFERENCES response(id), stratum TEXT NOT NULL, "
        "expected INTEGER REFERENCES response(id), "
        "UNIQUE(batch, annotator, position)) STRICT",

        "CREATE TABLE verdict(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "change INTEGER NOT NULL REFERENCES audit_change(id), "
        "task INTEGER NOT NULL REFERENCES audit_task(id), "
        "choice TEXT NOT NULL CHECK(choice IN ('better', 'much-better', 'tie', 'both-bad', "
        "'cannot-judge', 'withdrawn')), "
        "better INTEGER REFERENCES response(id), reasons TEXT NOT NULL, note TEXT NOT NULL, "
        "flagged INTEGER NOT NULL CHECK(flagged IN (0, 1)), seconds REAL NOT NULL, "
        "time INTEGER NOT NULL, origin TEXT NOT NULL, "
        "CHECK((better IS NOT NULL) = (choice IN ('better', 'much-better')))) STRICT",
        "CREATE INDEX verdict_task ON verdict(task, id)",

        "CREATE TABLE verdict_draft(task INTEGER PRIMARY KEY REFERENCES audit_task(id), "
        "reasons TEXT NOT NULL, note TEXT NOT NULL, "
        "flagged INTEGER NOT NULL CHECK(flagged IN (0, 1)), seconds REAL NOT NULL) STRICT",

        "CREATE TABLE adjudication(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "change INTEGER NOT NULL REFERENCES audit_change(id), "
        "batch INTEGER NOT NULL REFERENCES audit_batch(id), "
        "pair INTEGER NOT NULL REFERENCES pair(id), "
        "outcome TEXT NOT NULL CHECK(outcome IN ('better', 'tie', 'drop', 'rewrite')), "
        "better INTEGER REFERENCES response(id), rewrite TEXT NOT NULL, category TEXT NOT NULL, "
        "note TEXT NOT NULL, adjudicator TEXT NOT NULL, time INTEGER NOT NULL, "
        "CHECK((better IS NOT NULL) = (outcome = 'better')), "
        "CHECK((rewrite <> '') = (outcome = 'rewrite'))) STRICT",

        "CREATE TABLE pair_set(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "change INTEGER NOT NULL REFERENCES audit_change(id), "
        "run INTEGER NOT NULL REFERENCES run(id), batch INTEGER REFERENCES audit_batch(id), "
        "preference TEXT NOT NULL, rule TEXT NOT NULL, labelSmoothing REAL NOT NULL "
        "CHECK(labelSmoothing >= 0 AND labelSmoothing < 0.5), time INTEGER NOT NULL) STRICT",

        "CREATE TABLE pair_origin(pair INTEGER PRIMARY KEY REFERENCES pair(id), "
        "parent INTEGER NOT NULL REFERENCES pair(id), "
        "\"set\" INTEGER NOT NULL REFERENCES pair_set(id), "
        "change TEXT NOT NULL CHECK(change IN ('kept', 'relabelled', 'edited', 'rewritten')), "
        "\"begin\" INTEGER NOT NULL, \"end\" INTEGER NOT NULL) STRICT",

        "PRAGMA user_version = 2",
    },
    // 3: corrupted pictures, and pairs whose sides come from different stages
    {
        "CREATE TABLE corruption(response INTEGER NOT NULL REFERENCES response(id), "
        "position INTEGER NOT NULL, op TEXT NOT NULL, parameters TEXT NOT NULL, "
        "seed INTEGER NOT NULL, sha256Before TEXT NOT NULL, sha256After TEXT NOT NULL, "
        "CHECK(sha256Before <> sha256After), "
        "PRIMARY KEY(response, position)) STRICT, WITHOUT ROWID",

        "ALTER TABLE pair ADD COLUMN chosenStage TEXT NOT NULL DEFAULT 'pool'",
        "ALTER TABLE pair ADD COLUMN rejectedStage TEXT NOT NULL DEFAULT 'pool'",

        "PRAGMA user_version = 3",
    },
    // 4: triplets of triangular consistency
    {
        "CREATE TABLE triplet(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "run INTEGER NOT NULL REFERENCES run(id), round INTEGER NOT NULL CHECK(round >= 0), "
        "item INTEGER NOT NULL REFERENCES item(id), sample INTEGER NOT NULL CHECK(sample >= 1), "
        "kind TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, "
        "questionAgain TEXT NOT NULL, answerAgain TEXT NOT NULL, "
        "questionSimilarity REAL NOT NULL CHECK(questionSimilarity BETWEEN 0 AND 1), "
        "answerSimilarity REAL NOT NULL CHECK(answerSimilarity BETWEEN 0 AND 1), "
        "score REAL NOT NULL CHECK(score BETWEEN 0 AND 1), questionMeasure TEXT NOT NULL, "
        "answerMeasure TEXT NOT NULL, kept INTEGER NOT NULL CHECK(kept IN (0, 1)), "
        "UNIQUE(run, round, item, sample)) STRICT",

        "PRAGMA user_version = 4",
    },
    // 5: marks on questions and views with a name. They are changes of a person too: their change
    // is a row of audit_change, which got its name when only audits had any.
    {
        "CREATE TABLE mark(item INTEGER NOT NULL REFERENCES item(id), name TEXT NOT NULL, "
        "change INTEGER NOT NULL REFERENCES audit_change(id), value TEXT NOT NULL, "
        "PRIMARY KEY(item, name, change)) STRICT, WITHOUT ROWID",

        "CREATE TABLE saved_view(name TEXT NOT NULL, "
        "change INTEGER NOT NULL REFERENCES audit_change(id), filter TEXT NOT NULL, "
        "PRIMARY KEY(name, change)) STRICT, WITHOUT ROWID",

        "PRAGMA user_version = 5",
    },
    // 6: answers that were read again by rules of a person's own; undoing hides them
    {
        "CREATE TABLE extraction_set(change INTEGER NOT NULL REFERENCES audit_change(id), "
        "run INTEGER NOT NULL REFERENCES run(id), name TEXT NOT NULL UNIQUE, "
        "rules TEXT NOT NULL) STRICT",

        "PRAGMA user_version = 6",
    },
    // 7: maps of features
    {
        "CREATE TABLE layout(id INTEGER PRIMARY KEY AUTOINCREMENT, feature TEXT NOT NULL, "
        "method TEXT NOT NULL CHECK(method IN ('pca', 'tsne')), options TEXT NOT NULL, "
        "start INTEGER REFERENCES layout(id), time INTEGER NOT NULL, seconds REAL NOT NULL, "
        "iterations INTEGER NOT NULL, divergence REAL, trustworthiness REAL, "
        "neighboursKept REAL, neighbours INTEGER NOT NULL, judged INTEGER NOT NULL) STRICT",

        "CREATE TABLE layout_point(layout INTEGER NOT NULL REFERENCES layout(id), "
        "position INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES run(id), "
        "item INTEGER NOT NULL REFERENCES item(id), x REAL NOT NULL, y REAL NOT NULL, "
        "PRIMARY KEY(layout, position)) STRICT, WITHOUT ROWID",

        "PRAGMA user_version = 7",
    },
    // 8: a run that only holds what a file brought goes with that file's import; runs that wait for
    // their turn; settings of the project
    {
        "ALTER TABLE run ADD COLUMN source INTEGER REFERENCES source(id)",

        "CREATE TABLE queue(position INTEGER PRIMARY KEY, "
        "run INTEGER NOT NULL UNIQUE REFERENCES run(id)) STRICT",

        "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",

        "PRAGMA user_version = 8",
    },
    // 9: what each pair was rewarded with, step by step
    {
        "CREATE TABLE pair_reward(run INTEGER NOT NULL REFERENCES run(id), "
        "training TEXT NOT NULL, item INTEGER NOT NULL REFERENCES item(id), "
        "step INTEGER NOT NULL, epoch REAL, chosen REAL, rejected REAL, "
        "PRIMARY KEY(run, training, item, step)) STRICT, WITHOUT ROWID",

        "PRAGMA user_version = 9",
    },
    // 10: answers that a person has read in the place of the extractors
    {
        "CREATE TABLE hand_reading(response INTEGER NOT NULL REFERENCES response(id), "
        "change INTEGER NOT NULL REFERENCES audit_change(id), answer TEXT NOT NULL, "
        "correct INTEGER CHECK(correct IN (0, 1)), reason TEXT NOT NULL, "
        "PRIMARY KEY(response, change)) STRICT, WITHOUT ROWID",

        "PRAGMA user_version = 10",
    },
    // 11: adjudications that came in a file; layouts that were deleted, which undoing shows again
    {
        "ALTER TABLE adjudication ADD COLUMN origin TEXT NOT NULL DEFAULT 'screen'",
        "ALTER TABLE adjudication ADD COLUMN aside INTEGER NOT NULL DEFAULT 0 "
        "CHECK(aside IN (0, 1))",

        "CREATE TABLE layout_removal(change INTEGER PRIMARY KEY REFERENCES audit_change(id), "
        "layout INTEGER NOT NULL REFERENCES layout(id)) STRICT",

        "PRAGMA user_version = 11",
    },
    // 12: what people say of triplets; the newest change of an annotator counts
    {
        "CREATE TABLE triplet_verdict(triplet INTEGER NOT NULL REFERENCES triplet(id), "
        "annotator TEXT NOT NULL, change INTEGER NOT NULL REFERENCES audit_change(id), "
        "correct INTEGER CHECK(correct IN (0, 1)), "
        "PRIMARY KEY(triplet, annotator, change)) STRICT, WITHOUT ROWID",

        "PRAGMA user_version = 12",
    },
    // 13: marks on single pairs
    {
        "CREATE TABLE pair_mark(pair INTEGER NOT NULL REFERENCES pair(id), name TEXT NOT NULL, "
        "change INTEGER NOT NULL REFERENCES audit_change(id), value TEXT NOT NULL, "
        "PRIMARY KEY(pair, name, change)) STRICT, WITHOUT ROWID",

        "PRAGMA user_version = 13",
    },
};

using Objects = std::map<std::string, std::string>; // "table item" -> its SQL

Objects objectsOf(SQLite::Database& db)
{
    Objects objects;
    SQLite::Statement query(db,
        "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name <> "
        "'sqlite_sequence'");
    while (query.executeStep())
        objects[query.getColumn(0).getString()] = query.getColumn(1).getString();
    return objects;
}

} // namespace

std::span<const SchemaStep> schemaSteps()
{
    return allSteps;
}

void migrate(SQLite::Database& db, std::span<const SchemaStep> steps)
{
    const int have = db.execAndGet("PRAGMA user_version").getInt();
    for (std::size_t i = static_cast<std::size_t>(have); i < steps.size(); ++i) {
        SQLite::Transaction transaction(db, SQLite::TransactionBehavior::EXCLUSIVE);
        for (const char* statement : steps[i])
            db.exec(statement);
        transaction.commit();
    }
}

std::vector<std::string> schemaDifferences(SQLite::Database& db, int version)
{
    SQLite::Database model(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    migrate(model, schemaSteps().first(static_cast<std::size_t>(version)));
    const auto ours = objectsOf(model);
    const auto theirs = objectsOf(db);
    std::vector<std::string> differences;
    for (const auto& [name, sql] : theirs) {
        const auto found = ours.find(name);
        if (found == ours.end())
            differences.push_back("unknown " + name);
        else if (found->second != sql)
            differences.push_back("changed " + name);
    }
    for (const auto& [name, sql] : ours)
        if (!theirs.contains(name))
            differences.push_back("missing " + name);
    return differences;
}

} // namespace slook::store
