#pragma once
#include <string>

namespace slook::store {

/// For a WITH: the newest reading by hand of each answer that is not undone; `correct` is NULL
/// where it was taken back.
inline const std::string handTable =
    "hand AS MATERIALIZED (SELECT response, answer, correct, reason, max(change) "
    "FROM hand_reading JOIN audit_change ON audit_change.id = change WHERE removed = 0 "
    "GROUP BY response) ";

} // namespace slook::store
