#pragma once
#include "core/ids.h"
#include <array>
#include <string>
#include <string_view>

namespace slook {

/// What a person noted on a question, or on one preference pair alone, so that it is found again.
/// "flag" has one of flagNames() as its value, "star" has "yes", "tag:NAME" has "yes".
struct MarkRow {
    ItemId item; ///< none where a pair is marked
    std::string name;
    std::string value; ///< empty: the mark is taken off
    PairId pair = {}; ///< none where a question is marked
};

/// A filter that was given a name; its questions are found anew whenever it is used.
struct SavedView {
    std::string name;
    std::string filter; ///< empty: the view is taken away
};

/// The colours of flags, in the order of their keys.
[[nodiscard]] constexpr std::array<std::string_view, 5> flagNames()
{
    return { "red", "yellow", "green", "blue", "purple" };
}

constexpr std::string_view kTagPrefix = "tag:";

} // namespace slook
