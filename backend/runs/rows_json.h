#pragma once
#include "core/json.h"
#include "core/rows.h"

/// The rows of core/rows.h as JSON. Members carry the names of the struct's fields; ids that only
/// the store gives (ResponseRow::id, run) are left out.
namespace slook::runs {

[[nodiscard]] Json toJson(const ResponseRow& row);
[[nodiscard]] Json toJson(const ExtractionRow& row);
[[nodiscard]] Json toJson(const CorruptionRow& row);
[[nodiscard]] Result<CorruptionRow> corruptionFromJson(const Json& json, const std::string& where);
[[nodiscard]] Json toJson(const PairRow& row);
[[nodiscard]] Json toJson(const TripletRow& row);
[[nodiscard]] Json toJson(const MetricRow& row);
[[nodiscard]] Json toJson(const RewardRow& row);
[[nodiscard]] Json toJson(const Item& item);

// Errors of all: Invalid, naming the member that is missing, of a wrong type or out of range.
[[nodiscard]] Result<ResponseRow> responseFromJson(const Json& json, const std::string& where);
[[nodiscard]] Result<ExtractionRow> extractionFromJson(const Json& json, const std::string& where);
[[nodiscard]] Result<PairRow> pairFromJson(const Json& json, const std::string& where);
[[nodiscard]] Result<TripletRow> tripletFromJson(const Json& json, const std::string& where);
[[nodiscard]] Result<MetricRow> metricFromJson(const Json& json, const std::string& where);
[[nodiscard]] Result<RewardRow> rewardFromJson(const Json& json, const std::string& where);
[[nodiscard]] Result<Item> itemFromJson(const Json& json, const std::string& where);

} // namespace slook::runs
