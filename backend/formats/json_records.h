#pragma once
#include "core/result.h"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slook::formats {

/// One record of a JSON text, not parsed yet.
struct JsonRecord {
    std::string_view text;
    std::string_view key = {}; ///< of a member: what stands between its quotes, escapes as written
    int line = 1; ///< where it begins, counted from 1
    std::int64_t offset = 0;
    bool cut = false; ///< the text ends within it, or before the array is closed
};

/// Finds the records of a JSON array, of JSON Lines, or of documents one after the other, whatever
/// the file's name says, without parsing them: so one damaged record costs one record, and a file
/// that was cut off still shows its whole ones.
class JsonRecords {
public:
    explicit JsonRecords(std::string_view text);
    /// The members of one object, each a record with its key.
    [[nodiscard]] static JsonRecords membersOf(std::string_view text);
    /// The elements of the array that the object `text` has under `key`; none where there is no
    /// such.
    [[nodiscard]] static JsonRecords within(std::string_view text, std::string_view key);
    /// The next record; empty at the end. A last one may be `cut` and have no text.
    [[nodiscard]] std::optional<JsonRecord> next();

private:
    enum class Shape { Array, Members, Lines, Sequence };
    JsonRecords() = default;
    void skipBlanks();
    std::size_t endOfValue(std::size_t from) const; ///< npos where the text ends within it
    JsonRecord take(std::size_t end);
    std::optional<JsonRecord> nextOfArray();
    std::optional<std::string_view> takeKey(); ///< and the colon; empty where there is none
    JsonRecord cutAt(std::size_t from);

    std::string_view m_text;
    std::size_t m_at = 0;
    int m_line = 1;
    Shape m_shape = Shape::Sequence;
    bool m_first = true;
    bool m_ended = false;
};

} // namespace slook::formats
