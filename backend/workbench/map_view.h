#pragma once
#include "core/layout.h"
#include "workbench/item_query.h"
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

/// A point of a map with what it may be coloured by and what is shown of it.
struct MapPoint {
    LayoutPoint place;
    std::string run; ///< that computed its feature
    std::string source;
    std::string category;
    std::string kind; ///< what the question asks for, as questionKind() says
    std::string question;
    ImageId image; ///< the first; 0: none
    int type = 0; ///< transition type 1 to 4; 0: not known
    std::optional<bool> right; ///< the first answer
    std::optional<double> score; ///< mean of its picture's triplets, 0 to 1
};

struct MapView {
    LayoutRow layout; ///< without points
    std::vector<MapPoint> points; ///< in the layout's order
    std::string answers; ///< whose answers colour it: "0003-scl, pool"; empty: no run is chosen
};

/// @param answers  in the light of which run's answers; run 0: none. With an empty stage each
/// question takes the first stage that answers it, which is the start's.
[[nodiscard]] Result<MapView> mapView(
    const store::Project& project, LayoutId layout, const ItemQuery& answers);

/// The layouts that go back to the same first one as `of`, oldest first, so that checkpoints can be
/// looked at one after the other; without `of` in the list, none.
[[nodiscard]] std::vector<LayoutId> layoutChain(const std::vector<LayoutRow>& layouts, LayoutId of);

/// Writes the points as CSV: run, item, key columns and place. With `only`, those alone.
/// Errors: Io.
[[nodiscard]] Result<void> writeMapCsv(
    const MapView& view, const std::filesystem::path& file, const std::vector<ItemId>& only = {});

} // namespace slook::workbench
