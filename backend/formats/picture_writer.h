#pragma once
#include "formats/export.h"
#include <unordered_map>

namespace slook::formats {

/// What a picture is called: by its pixels, so that a second export beside the first never changes
/// its pictures.
[[nodiscard]] std::string pictureFileName(const ImageRow& image);

/// Gives the pictures of an export a name that its records can use, and writes them to images/
/// beside the file.
class PictureWriter {
public:
    PictureWriter(
        const ExportData& data, const ExportOptions& options, const std::filesystem::path& folder);

    /// "images/12.png", or an absolute path where pictures are not copied. Errors: Invalid (an
    /// unknown picture), Io.
    [[nodiscard]] Result<std::string> nameOf(ImageId id);
    /// Syncs what was written. Errors: Io.
    [[nodiscard]] Result<void> finish() const;
    [[nodiscard]] std::int64_t written() const { return m_written; }

private:
    const ExportData& m_data;
    const ExportOptions& m_options;
    std::filesystem::path m_folder;
    std::unordered_map<ImageId, const ImageRow*> m_rows;
    std::unordered_map<ImageId, std::string> m_names;
    std::int64_t m_written = 0;
};

} // namespace slook::formats
