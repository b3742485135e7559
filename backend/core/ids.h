#pragma once
#include <compare>
#include <cstdint>
#include <functional>

namespace slook {

/// A row of one table. A struct, since an enum class over int64 does not pass through Qt's signals.
template <class Tag> struct RowId {
    std::int64_t value = 0;
    auto operator<=>(const RowId&) const = default;
    explicit operator bool() const { return value != 0; }
};

using SourceId = RowId<struct SourceTag>;
using ImageId = RowId<struct ImageTag>;
using ItemId = RowId<struct ItemTag>;
using ModelId = RowId<struct ModelTag>;
using RunId = RowId<struct RunTag>;
using ResponseId = RowId<struct ResponseTag>;
using PairId = RowId<struct PairTag>;
using TripletId = RowId<struct TripletTag>;
using BatchId = RowId<struct BatchTag>; ///< of an audit
using TaskId = RowId<struct TaskTag>; ///< one pair before one annotator
using VerdictId = RowId<struct VerdictTag>;
using PairSetId = RowId<struct PairSetTag>;

} // namespace slook

template <class Tag> struct std::hash<slook::RowId<Tag>> {
    std::size_t operator()(const slook::RowId<Tag>& id) const noexcept
    {
        return std::hash<std::int64_t> {}(id.value);
    }
};
