#include "formats/picture_writer.h"
#include "core/file.h"

namespace slook::formats {
namespace {

std::string endingFor(const std::string& format)
{
    return format == "jpeg" ? ".jpg" : "." + (format.empty() ? "bin" : format);
}

} // namespace

std::string pictureFileName(const ImageRow& image)
{
    return image.sha256.substr(0, 16) + endingFor(image.format);
}

PictureWriter::PictureWriter(
    const ExportData& data, const ExportOptions& options, const std::filesystem::path& folder)
    : m_data(data)
    , m_options(options)
    , m_folder(folder)
{
    for (const auto& row : data.images)
        m_rows.emplace(row.id, &row);
}

Result<std::string> PictureWriter::nameOf(ImageId id)
{
    if (const auto known = m_names.find(id); known != m_names.end())
        return known->second;
    const auto row = m_rows.find(id);
    if (row == m_rows.end())
        return fail(ErrorKind::Invalid, "is named by a question but was not handed to the export",
            "picture " + std::to_string(id.value));
    const auto& image = *row->second;
    if (!m_options.copyPictures && !image.storedBytes)
        return m_names[id] = image.path;
    const auto bytes = m_data.imageBytes(id);
    if (!bytes)
        return fail(bytes.error());
    std::error_code error;
    std::filesystem::create_directories(m_folder / "images", error);
    const auto name = "images/" + pictureFileName(image);
    if (auto done = writeFileAtomically(m_folder / name, *bytes); !done)
        return fail(done.error());
    ++m_written;
    return m_names[id] = name;
}

Result<void> PictureWriter::finish() const
{
    return m_written > 0 ? syncFolder(m_folder / "images") : Result<void> {};
}

} // namespace slook::formats
