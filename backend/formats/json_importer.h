#pragma once
#include "core/json.h"
#include "formats/importers.h"
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace slook::formats {

/// A record on its way to become an item.
struct Draft {
    Item item;
    /// Names as the file has them; of a Parquet row that brings pictures, these take their place.
    std::vector<std::string> pictures;
    std::size_t marks = 0; ///< of pictures in its texts; 0 where the form has none
    Json fields = {}; ///< what is kept beside the item; null: the record itself
};

/// The field of an item that says how many marks of pictures its texts had, where that is not the
/// number of its pictures.
inline constexpr const char* imageMarksField = "image_marks";

/// Fills `draft` from one record. Empty, or why the record cannot be taken.
/// @param key  of the member that the record is; else empty
using RecordReader = std::string (*)(
    const Json& record, const std::string& key, const ImportOptions& options, Draft& draft);

/// A form whose source is one JSON text, or a Parquet file with the same records as rows.
struct JsonForm {
    const char* name;
    RecordReader read;
    /// Records are: "" an array or lines; "{}" the members of one object; else the array that the
    /// object has under this key.
    const char* place = "";
    /// Leading part of picture names that leads back into the file's own folder; cut off.
    const char* home = "";
    /// A record whose picture is not there is taken without it.
    bool picturesMayBeMissing = false;
};

/// Reads every record; damaged ones become problems. Errors: as of readSource().
[[nodiscard]] Result<ImportBatch> importJson(
    const std::filesystem::path& file, const ImportOptions& options, const JsonForm& form);

/// A text or a number as a text: ids and options come as both.
[[nodiscard]] std::optional<std::string> asText(const Json& object, const char* key);

template <std::size_t N>
std::optional<std::string> firstText(const Json& object, const std::array<const char*, N>& keys)
{
    for (const char* key : keys)
        if (auto text = asText(object, key))
            return text;
    return std::nullopt;
}

/// Gives `item` options A, B, ... Empty, or why they cannot be taken.
[[nodiscard]] std::string setOptions(Item& item, const std::vector<std::string>& texts);
/// The elements of a list as texts. Empty where it holds something else, or is none.
[[nodiscard]] std::optional<std::vector<std::string>> textsOf(const Json& list);

} // namespace slook::formats
