#pragma once
#include "plots/map_plot.h"
#include "workbench/map_view.h"
#include <QString>
#include <vector>

namespace slook::gui {

struct Tokens;

/// What the points of a map are coloured by.
enum class MapColour { Source, Category, Kind, Transition, Right, Score, Run };

/// The lines of a legend and each point's line in it; what is beyond the colours and glyphs that
/// stay apart is one kind, the last.
struct MapKinds {
    std::vector<QString> names; ///< the most frequent first, or in their order where they have one
    std::vector<int> ofPoint;
};
[[nodiscard]] MapKinds kindsOf(const std::vector<workbench::MapPoint>& points, MapColour by);

/// Colour and glyph of each line; what is not known is grey.
[[nodiscard]] std::vector<MapClass> looksOf(
    const std::vector<QString>& names, MapColour by, const Tokens& tokens);

[[nodiscard]] QString transitionText(int type); ///< of type 1 to 4; 0: there are no two answers

} // namespace slook::gui
