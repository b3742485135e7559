#pragma once
#include "image/corruption.h"
#include "store/project.h"
#include "workbench/laboratory.h"
#include <QImage>
#include <optional>

/// What the Laboratory page asks of a project, as plain functions that run on the reading thread.
namespace slook::gui {

struct LabQuery {
    ImageId image;
    std::optional<image::Corruption> corruption; ///< nothing: the picture as it is, severity 0
    std::string model; ///< folder whose view is shown
    double gain = 8; ///< of the difference
};

/// One way to look at a picture and its corruption.
struct LabSide {
    QImage before, after, difference;
    workbench::PictureDistance distance;
    bool same = false;
    std::string sha256Before, sha256After;
    int patch = 0; ///< pixels; 0: not known
};
struct LabPictures {
    LabSide file; ///< the file's pixels
    std::optional<LabSide> seen; ///< as the model sees them
    std::string notSeen; ///< why there is no `seen`
    std::string refused; ///< why the picture cannot be corrupted; then `after` is missing
    std::string bytes; ///< the picture's file, for the model
    image::Corruption corruption; ///< with everything drawn
};
/// Errors: those of reading and decoding the picture.
[[nodiscard]] Result<LabPictures> readLaboratory(
    const store::Project& project, const LabQuery& query);

/// A small copy of the corrupted picture. Errors: as image::corrupted(), and those of reading it.
[[nodiscard]] Result<QImage> readCorruptedSmall(
    const store::Project& project, ImageId image, const image::Corruption& corruption, int side);

} // namespace slook::gui
