#include "runs/line_reader.h"
#include "runs/descriptor.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace slook::runs {
namespace {

constexpr std::size_t longestPending = 64u << 20;
constexpr std::size_t chunk = 1u << 18;

} // namespace

Result<std::int64_t> forEachLine(const std::filesystem::path& file, std::int64_t offset,
    const std::function<bool(std::string_view, std::int64_t)>& onLine)
{
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0 && errno == ENOENT)
        return offset;
    if (fd.get() < 0)
        return fail(ErrorKind::Io, "cannot be opened (" + systemReason() + ")", file.string());
    std::string pending;
    std::string bytes(chunk, '\0');
    auto readAt = offset;
    while (true) {
        const auto got = ::pread(fd.get(), bytes.data(), bytes.size(), readAt);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(ErrorKind::Io, "cannot be read (" + systemReason() + ")", file.string());
        if (got == 0)
            return offset;
        readAt += got;
        const auto searchFrom = pending.size();
        pending.append(bytes, 0, static_cast<std::size_t>(got));
        std::size_t begin = 0;
        for (auto end = pending.find('\n', searchFrom); end != std::string::npos;
             end = pending.find('\n', begin)) {
            const auto at = offset;
            offset += static_cast<std::int64_t>(end - begin) + 1;
            if (!onLine(std::string_view(pending).substr(begin, end - begin), at))
                return offset;
            begin = end + 1;
        }
        pending.erase(0, begin);
        if (pending.size() > longestPending)
            return fail(ErrorKind::Invalid, "has a line of more than 64 MiB", file.string());
    }
}

} // namespace slook::runs
