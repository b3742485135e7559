#include "methods/feature_file.h"
#include "core/file.h"
#include "core/json.h"
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace slook::methods {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian");

constexpr std::uint64_t longestHeader = 1u << 20;

std::string bytesOf(std::uint64_t number)
{
    std::string bytes(sizeof number, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

tl::unexpected<Error> ioError(const fs::path& file, const char* what)
{
    return fail(ErrorKind::Io,
        std::string(what) + " (" + std::strerror(errno)
            + "); make room or check its permissions, then resume the run",
        file.string());
}

/// Width that the header of a file announces; 0 where it is none of ours.
std::size_t widthIn(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    std::uint64_t length = 0;
    if (!stream.read(reinterpret_cast<char*>(&length), sizeof length) || length > longestHeader)
        return 0;
    std::string text(length, '\0');
    if (!stream.read(text.data(), static_cast<std::streamsize>(length)))
        return 0;
    const auto json = parseJson(text, file.string(), { .bytes = longestHeader, .depth = 8 });
    if (!json || !json->contains("vectors"))
        return 0;
    const auto shape = (*json)["vectors"].value("shape", Json());
    return shape.is_array() && shape.size() == 2 && shape[1].is_number_unsigned()
        ? shape[1].get<std::size_t>()
        : 0;
}

} // namespace

FeatureFile::FeatureFile(
    fs::path file, std::vector<ItemId> items, std::map<std::string, std::string> about)
    : m_file(std::move(file))
    , m_part(m_file.string() + ".part")
    , m_items(std::move(items))
    , m_about(std::move(about))
{
}

Result<FeatureFile> FeatureFile::open(
    fs::path file, std::vector<ItemId> items, std::map<std::string, std::string> about)
{
    FeatureFile opened(std::move(file), std::move(items), std::move(about));
    std::error_code error;
    fs::create_directories(opened.m_file.parent_path(), error);
    if (error)
        return fail(ErrorKind::Io, "cannot be created (" + error.message() + ")",
            opened.m_file.parent_path().string());
    if (fs::exists(opened.m_file, error)) // its end was not told any more
        fs::rename(opened.m_file, opened.m_part, error);
    opened.adopt();
    return opened;
}

std::string FeatureFile::header(std::size_t width) const
{
    const auto rows = m_items.size();
    const auto ids = rows * sizeof(std::int64_t);
    const Json json = { { "__metadata__", m_about },
        { "items", { { "dtype", "I64" }, { "shape", { rows } }, { "data_offsets", { 0, ids } } } },
        { "vectors",
            { { "dtype", "F32" }, { "shape", { rows, width } },
                { "data_offsets", { ids, ids + rows * width * sizeof(float) } } } } };
    std::string text = dumpLine(json);
    text.resize((text.size() + 7) / 8 * 8, ' '); // the format aligns the data
    return bytesOf(text.size()) + text;
}

std::size_t FeatureFile::offsetOf(std::size_t row) const
{
    return header(m_width).size() + m_items.size() * sizeof(std::int64_t)
        + row * m_width * sizeof(float);
}

void FeatureFile::adopt()
{
    const auto width = widthIn(m_part);
    if (width == 0)
        return;
    const auto ours = header(width);
    std::string theirs(ours.size(), '\0');
    std::ifstream stream(m_part, std::ios::binary);
    std::vector<ItemId> items(m_items.size());
    const auto bytes = static_cast<std::streamsize>(items.size() * sizeof(ItemId));
    static_assert(sizeof(ItemId) == sizeof(std::int64_t));
    if (!stream.read(theirs.data(), static_cast<std::streamsize>(theirs.size())) || theirs != ours
        || !stream.read(reinterpret_cast<char*>(items.data()), bytes) || items != m_items)
        return;
    m_width = width;
    std::error_code error;
    const auto size = fs::file_size(m_part, error);
    if (!error && size > offsetOf(0))
        m_rows = std::min(m_items.size(), (size - offsetOf(0)) / (width * sizeof(float)));
}

Result<std::vector<float>> FeatureFile::row(std::size_t row) const
{
    if (row >= m_rows)
        throw std::invalid_argument("[FeatureFile::row] no such row");
    if (m_width == 0)
        return std::vector<float>();
    std::vector<float> values(m_width);
    std::ifstream stream(m_part, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offsetOf(row)));
    if (!stream.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(m_width * sizeof(float))))
        return ioError(m_part, "cannot be read");
    if (values[0] != values[0])
        values.clear();
    return values;
}

void FeatureFile::cut(std::size_t rows)
{
    m_rows = std::min(m_rows, rows);
}

Result<void> FeatureFile::begin(std::size_t width)
{
    m_width = width;
    std::ofstream stream(m_part, std::ios::binary | std::ios::trunc);
    const auto head = header(width);
    stream.write(head.data(), static_cast<std::streamsize>(head.size()));
    stream.write(reinterpret_cast<const char*>(m_items.data()),
        static_cast<std::streamsize>(m_items.size() * sizeof(ItemId)));
    const std::vector<float> refused(width, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < m_rows; ++i)
        stream.write(reinterpret_cast<const char*>(refused.data()),
            static_cast<std::streamsize>(width * sizeof(float)));
    stream.flush();
    if (!stream)
        return ioError(m_part, "cannot be written");
    return {};
}

Result<void> FeatureFile::append(std::span<const std::vector<float>> rows)
{
    for (const auto& one : rows)
        if (!one.empty() && m_width == 0)
            if (auto begun = begin(one.size()); !begun)
                return begun;
    if (m_width == 0) {
        m_rows += rows.size();
        return {};
    }
    std::vector<float> all;
    for (const auto& one : rows) {
        if (!one.empty() && one.size() != m_width)
            return fail(ErrorKind::Invalid,
                "has a feature of " + std::to_string(one.size()) + " numbers among those of "
                    + std::to_string(m_width),
                m_part.string());
        if (one.empty())
            all.insert(all.end(), m_width, std::numeric_limits<float>::quiet_NaN());
        else
            all.insert(all.end(), one.begin(), one.end());
    }
    std::fstream stream(m_part, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(static_cast<std::streamoff>(offsetOf(m_rows)));
    stream.write(reinterpret_cast<const char*>(all.data()),
        static_cast<std::streamsize>(all.size() * sizeof(float)));
    stream.flush();
    if (!stream)
        return ioError(m_part, "cannot be written");
    m_rows += rows.size();
    return {};
}

Result<void> FeatureFile::finish()
{
    if (m_rows != m_items.size() || m_width == 0)
        return fail(ErrorKind::Invalid,
            "holds " + std::to_string(m_width == 0 ? 0 : m_rows) + " of "
                + std::to_string(m_items.size()) + " features; start the run again",
            m_part.string());
    const int descriptor = ::open(m_part.c_str(), O_RDWR | O_CLOEXEC);
    const bool synced = descriptor >= 0
        && ::ftruncate(descriptor, static_cast<off_t>(offsetOf(m_rows))) == 0
        && ::fsync(descriptor) == 0;
    if (descriptor >= 0)
        ::close(descriptor);
    if (!synced || std::rename(m_part.c_str(), m_file.c_str()) != 0)
        return ioError(m_part, "cannot be written");
    return syncFolder(m_file.parent_path());
}

} // namespace slook::methods
