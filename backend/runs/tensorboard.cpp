#include "runs/tensorboard.h"
#include <array>
#include <bit>
#include <cstring>
#include <unistd.h>

namespace slook::runs {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::array<std::uint32_t, 256> crcTable()
{
    constexpr std::uint32_t reversedPolynomial = 0x82F63B78;
    std::array<std::uint32_t, 256> table {};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t rest = i;
        for (int bit = 0; bit < 8; ++bit)
            rest = (rest >> 1) ^ ((rest & 1) != 0 ? reversedPolynomial : 0);
        table[i] = rest;
    }
    return table;
}

/// Checksums of checksums are weak, so records hold them turned and shifted.
std::uint32_t masked(std::string_view bytes)
{
    constexpr std::uint32_t shift = 0xA282EAD8;
    return std::rotr(crc32c(bytes), 15) + shift;
}

template <class T> std::string raw(T value)
{
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

std::string varint(std::uint64_t value)
{
    constexpr std::uint64_t more = 0x80;
    std::string bytes;
    for (; value >= more; value >>= 7)
        bytes += static_cast<char>(value | more);
    return bytes + static_cast<char>(value);
}

// Fields of protocol buffers: their number and how they lie.
enum Wire { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };
std::string key(int field, Wire wire)
{
    return varint(static_cast<std::uint64_t>(field) << 3 | wire);
}

std::string bytesField(int field, const std::string& bytes)
{
    return key(field, Bytes) + varint(bytes.size()) + bytes;
}

} // namespace

std::uint32_t crc32c(std::string_view bytes)
{
    static constexpr auto table = crcTable();
    std::uint32_t rest = ~0U;
    for (const char c : bytes)
        rest = table[(rest ^ static_cast<unsigned char>(c)) & 0xFF] ^ (rest >> 8);
    return ~rest;
}

TensorBoardFile::TensorBoardFile(std::filesystem::path file)
    : m_file(std::move(file))
    , m_out(m_file, std::ios::binary)
{
}

Result<TensorBoardFile> TensorBoardFile::create(const std::filesystem::path& folder, double time)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return fail(ErrorKind::Io, "cannot be made (" + error.message() + ")", folder.string());
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    TensorBoardFile made(folder
        / ("events.out.tfevents." + std::to_string(static_cast<std::int64_t>(time)) + "." + host
            + "." + std::to_string(::getpid())));
    // Event: wall_time = 1, step = 2, file_version = 3, summary = 5
    if (auto written = made.write(key(1, Fixed64) + raw(time) + bytesField(3, "brain.Event:2"));
        !written)
        return fail(written.error());
    return made;
}

Result<void> TensorBoardFile::add(
    std::int64_t step, double time, const std::map<std::string, double>& values)
{
    std::string summary;
    for (const auto& [name, value] : values) // Summary: value = 1; Value: tag = 1, simple_value = 2
        summary += bytesField(
            1, bytesField(1, "train/" + name) + key(2, Fixed32) + raw(static_cast<float>(value)));
    return write(key(1, Fixed64) + raw(time) + key(2, Varint)
        + varint(static_cast<std::uint64_t>(step)) + bytesField(5, summary));
}

Result<void> TensorBoardFile::write(const std::string& event)
{
    const std::string length = raw(static_cast<std::uint64_t>(event.size()));
    m_out << length << raw(masked(length)) << event << raw(masked(event)) << std::flush;
    if (!m_out)
        return fail(ErrorKind::Io, "cannot be written; is the disk full?", m_file.string());
    return {};
}

} // namespace slook::runs
