#include "store/audit_rows.h"
#include "core/json.h"
#include <nlohmann/json.hpp>

namespace slook::store {

std::string wordsToText(const std::vector<std::string>& words)
{
    return dumpLine(Json(words));
}

std::vector<std::string> wordsFromText(const std::string& text)
{
    std::vector<std::string> words;
    if (const auto list = parseJson(text, "words"); list && list->is_array())
        for (const auto& one : *list)
            if (one.is_string())
                words.push_back(one.get<std::string>());
    return words;
}

std::int64_t addAuditChange(SQLite::Database& db)
{
    db.exec("INSERT INTO audit_change(removed) VALUES(0)");
    return db.getLastInsertRowid();
}

} // namespace slook::store
