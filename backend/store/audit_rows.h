#pragma once
#include "core/audit.h"
#include "store/project.h"
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <string>
#include <vector>

/// How rows of an audit lie in columns.
namespace slook::store {

/// ["wrong count","format"]
[[nodiscard]] std::string wordsToText(const std::vector<std::string>& words);
[[nodiscard]] std::vector<std::string> wordsFromText(const std::string& text);

/// NULL where there is none.
template <class Id> void bindId(SQLite::Statement& statement, int index, Id id)
{
    if (id)
        statement.bind(index, id.value);
    else
        statement.bind(index);
}

/// A new change that can be undone as one; its number is the journal's target.
[[nodiscard]] std::int64_t addAuditChange(SQLite::Database& db);

[[nodiscard]] std::int64_t addAdjudicationRow(
    SQLite::Database& db, std::int64_t change, const AdjudicationRow& adjudication);

/// Writes a set with its pairs as part of a change. @return it with id and preference
[[nodiscard]] PairSetRow addPairSetRows(
    SQLite::Database& db, std::int64_t change, PairSetRow set, std::span<const DerivedPair> pairs);

} // namespace slook::store
