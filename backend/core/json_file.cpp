#include "core/json_file.h"
#include "core/file.h"
#include <nlohmann/json.hpp>

namespace slook {

Result<Json> readJson(const std::filesystem::path& file, std::uint64_t limit)
{
    const auto text = readFile(file, limit);
    if (!text)
        return fail(text.error());
    auto json = parseJson(*text, file.string());
    if (!json)
        return fail(json.error().kind,
            json.error().what + "; it may be cut off or damaged, so get the file again",
            file.string());
    return json;
}

} // namespace slook
