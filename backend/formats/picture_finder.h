#pragma once
#include "core/result.h"
#include <filesystem>
#include <string>

namespace slook::formats {

/// Finds the pictures that data names, beneath one folder and nowhere else: names are hostile.
class PictureFinder {
public:
    /// @param folder where relative paths begin
    /// @param given  a person named it: then the leading folders of a path of another machine may
    ///               be missing in it
    PictureFinder(std::filesystem::path folder, bool given);

    /// The regular file that `name` means, without links. Errors: NotFound (saying where it was
    /// looked for), Invalid (outside of the folder, no file, an address of the web).
    [[nodiscard]] Result<std::filesystem::path> find(const std::string& name) const;

private:
    std::filesystem::path m_folder;
    bool m_given;
};

} // namespace slook::formats
