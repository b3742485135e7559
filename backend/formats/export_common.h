#pragma once
#include "formats/export.h"
#include <algorithm>
#include <unordered_map>

namespace slook::formats {

[[nodiscard]] inline std::unordered_map<ItemId, const Item*> byId(const std::vector<Item>& items)
{
    std::unordered_map<ItemId, const Item*> map;
    for (const auto& item : items)
        map.emplace(item.id, &item);
    return map;
}

[[nodiscard]] inline Error unknownItem(ItemId id)
{
    return { ErrorKind::Invalid, "is named by a row but was not handed to the export",
        "item " + std::to_string(id.value) };
}

[[nodiscard]] inline Error unknownFormat(
    const std::string& format, const std::vector<std::string>& known)
{
    std::string list;
    for (const auto& name : known)
        list += (list.empty() ? "" : ", ") + name;
    return { ErrorKind::Invalid, "\"" + format + "\" is no form that can be written; use " + list,
        "export" };
}

/// Is the form known, is there something, and a folder to write it to? Errors: Invalid, NotFound.
[[nodiscard]] inline Result<void> canWrite(const std::string& format,
    const std::vector<std::string>& known, std::size_t rows, const std::filesystem::path& out)
{
    if (std::find(known.begin(), known.end(), format) == known.end())
        return fail(unknownFormat(format, known));
    if (rows == 0)
        return fail(ErrorKind::Invalid, "would be empty: there is nothing to write", out.string());
    std::error_code error;
    const auto folder = out.has_parent_path() ? out.parent_path() : std::filesystem::path(".");
    if (!std::filesystem::is_directory(folder, error))
        return fail(ErrorKind::NotFound,
            "lies in a folder that is not there; create the folder first", out.string());
    return {};
}

/// Reports progress. Errors: Stopped.
[[nodiscard]] inline Result<void> goOn(
    const ExportOptions& options, std::size_t done, std::size_t total)
{
    if (options.stopRequested && options.stopRequested())
        return fail(ErrorKind::Stopped, "was stopped; the file was not written", "export");
    if (options.onProgress)
        options.onProgress(
            { "Writing", static_cast<std::int64_t>(done), static_cast<std::int64_t>(total) });
    return {};
}

} // namespace slook::formats
