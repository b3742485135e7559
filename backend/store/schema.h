#pragma once
#include <SQLiteCpp/Database.h>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace slook::store {

inline constexpr std::int64_t applicationId = 0x534C4F4B; ///< "SLOK", in the file's header

/// One released step of the schema: statements, run in one transaction together with the new
/// version number. Released steps are never edited; a change of the schema is a new step.
using SchemaStep = std::vector<const char*>;
[[nodiscard]] std::span<const SchemaStep> schemaSteps();
[[nodiscard]] inline int schemaVersion()
{
    return static_cast<int>(schemaSteps().size());
}

/// Brings `db` from its user_version to the end of `steps`, one transaction a step.
/// @throws SQLite::Exception; the file is then at the last whole step
void migrate(SQLite::Database& db, std::span<const SchemaStep> steps = schemaSteps());

/// What differs between the schema of `db` and ours of the same version, as names of objects: an
/// unknown trigger, view, table or index, a changed or a missing one.
[[nodiscard]] std::vector<std::string> schemaDifferences(SQLite::Database& db, int version);

} // namespace slook::store
