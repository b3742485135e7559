#include "core/file.h"
#include "replay.h"
#include <nlohmann/json.hpp>

namespace slook::replay {

Result<Json> readJson(const Path& file)
{
    const auto text = readFile(file);
    if (!text)
        return fail(text.error());
    return parseJson(*text, file.string());
}

Result<void> writeJson(const Path& file, const Json& json)
{
    return writeFileAtomically(file, dumpPretty(json));
}

} // namespace slook::replay
