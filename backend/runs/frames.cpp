#include "runs/frames.h"
#include "runs/descriptor.h"
#include <array>
#include <cstdint>
#include <stdexcept>

namespace slook::runs {
namespace {

constexpr std::size_t headSize = 4;

} // namespace

std::string toFrame(std::string_view json)
{
    if (json.size() > longestFrame)
        throw std::invalid_argument(
            "[toFrame] " + std::to_string(json.size()) + " bytes are too many for a frame");
    std::string frame;
    for (std::size_t i = 0; i < headSize; ++i)
        frame += static_cast<char>(json.size() >> (8 * i) & 0xFF);
    return frame.append(json);
}

Result<std::optional<std::string>> takeFrame(std::string& buffer)
{
    if (buffer.size() < headSize)
        return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = 0; i < headSize; ++i)
        length |= static_cast<std::size_t>(static_cast<unsigned char>(buffer[i])) << (8 * i);
    if (length > longestFrame)
        return fail(ErrorKind::Invalid,
            "announces a frame of " + std::to_string(length) + " bytes, more than the "
                + std::to_string(longestFrame) + " allowed; start the worker again",
            "the worker's stream");
    if (buffer.size() < headSize + length)
        return std::nullopt;
    auto frame = buffer.substr(headSize, length);
    buffer.erase(0, headSize + length);
    return frame;
}

Result<std::optional<std::string>> readFrame(int fd, std::string& buffer)
{
    std::array<char, 65536> bytes {};
    while (true) {
        auto frame = takeFrame(buffer);
        if (!frame || *frame)
            return frame;
        const auto got = ::read(fd, bytes.data(), bytes.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(
                ErrorKind::Io, "cannot be read (" + systemReason() + ")", "the worker's stream");
        if (got == 0 && !buffer.empty())
            return fail(ErrorKind::Invalid, "ends in the middle of a frame", "the worker's stream");
        if (got == 0)
            return std::nullopt;
        buffer.append(bytes.data(), static_cast<std::size_t>(got));
    }
}

Result<void> writeFrame(int fd, std::string_view json)
{
    const auto frame = toFrame(json);
    for (std::string_view rest = frame; !rest.empty();) {
        const auto written = ::write(fd, rest.data(), rest.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(
                ErrorKind::Io, "cannot be written (" + systemReason() + ")", "the worker's stream");
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

} // namespace slook::runs
