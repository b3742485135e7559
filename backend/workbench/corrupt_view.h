#pragma once
#include "core/rows.h"
#include "image/corruption.h"
#include "image/picture.h"
#include "store/project.h"
#include "workbench/import.h"
#include "workbench/watch.h"
#include <optional>
#include <string>
#include <vector>

/// One corruption for all questions of a view: looked at first, then kept as a source of its own.
namespace slook::workbench {

struct CorruptView {
    image::Corruption corruption; ///< its seed is that of the view: each picture draws its own
    store::ItemFilter items;
    std::string name; ///< of the new source; empty: operator and numbers
};

/// One picture of a preview.
struct CorruptPreview {
    Item item;
    image::Corruption corruption; ///< as drawn for this picture
    image::Picture before, after; ///< made small
    std::string sha256Before, sha256After; ///< of the whole pictures
    std::string refused; ///< why the picture cannot be corrupted; then there is no `after`
};

/// Of the first picture of `count` questions, spread evenly over the view.
/// Errors: Invalid for a corruption that is not known, or a view without a picture; Stopped.
[[nodiscard]] Result<std::vector<CorruptPreview>> previewCorruption(const store::Project& project,
    const CorruptView& view, std::size_t count = 12, const Watch& watch = {});

/// Adds the view's questions once more, as a source whose pictures are corrupted and kept in the
/// project; operator, numbers, seed and both hashes of each picture stand in the item's field
/// "corruption". A question with a picture that cannot be corrupted, or of which not a pixel would
/// change, is refused and becomes a problem of the source. One entry in the history.
/// Errors: as importInto(); Invalid where no picture could be corrupted.
[[nodiscard]] Result<ImportReport> applyCorruption(
    store::Project& project, const CorruptView& view, const Watch& watch = {});

/// "gaussian_noise (sigma 46)"
[[nodiscard]] std::string corruptionName(const image::Corruption& corruption);

} // namespace slook::workbench
