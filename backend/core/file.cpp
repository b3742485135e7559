#include "core/file.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slook {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd)
        : m_fd(fd)
    {
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    int get() const { return m_fd; }

private:
    int m_fd;
};

std::string reason()
{
    return std::strerror(errno);
}

Result<void> writeAll(int fd, std::string_view bytes, const std::string& where)
{
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(ErrorKind::Io,
                "cannot be written (" + reason() + "); free some space or choose another folder",
                where);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

} // namespace

Result<std::string> readFile(const std::filesystem::path& file, std::uint64_t limit)
{
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0)
        return fail(errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Io,
            "cannot be opened (" + reason() + "); look at its name and permissions", file.string());
    struct stat info { };
    if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
        return fail(
            ErrorKind::Invalid, "is not a regular file; name an ordinary one", file.string());
    if (static_cast<std::uint64_t>(info.st_size) > limit)
        return fail(ErrorKind::Invalid,
            "has " + std::to_string(info.st_size) + " bytes, more than the " + std::to_string(limit)
                + " allowed here; get the right file",
            file.string());
    std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
        const auto got = ::read(fd.get(), bytes.data() + have, bytes.size() - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(
                ErrorKind::Io, "stopped being readable half-way (" + reason() + ")", file.string());
        if (got == 0)
            break; // the file shrank: give what there is
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

Result<void> syncFolder(const std::filesystem::path& folder)
{
    const Descriptor fd(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0)
        return fail(
            ErrorKind::Io, "cannot be synced to the disk (" + reason() + ")", folder.string());
    return {};
}

Result<void> writeFileAtomically(const std::filesystem::path& file, std::string_view bytes)
{
    auto temporary = file;
    temporary += ".tmp" + std::to_string(::getpid());
    {
        const Descriptor fd(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (fd.get() < 0)
            return fail(ErrorKind::Io, "cannot be created (" + reason() + ")", file.string());
        auto written = writeAll(fd.get(), bytes, file.string());
        if (written && ::fsync(fd.get()) != 0)
            written = fail(
                ErrorKind::Io, "cannot be synced to the disk (" + reason() + ")", file.string());
        if (!written) {
            ::unlink(temporary.c_str());
            return written;
        }
    }
    if (::rename(temporary.c_str(), file.c_str()) != 0) {
        const auto why = reason();
        ::unlink(temporary.c_str());
        return fail(ErrorKind::Io, "cannot be put in place (" + why + ")", file.string());
    }
    return syncFolder(file.parent_path());
}

bool isCleanUtf8(std::string_view bytes)
{
    std::size_t i = 0;
    while (i < bytes.size()) {
        const auto lead = static_cast<unsigned char>(bytes[i]);
        if (lead == 0)
            return false;
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const int more = lead >= 0xF0 && lead <= 0xF4 ? 3
            : lead >= 0xE0 && lead < 0xF0             ? 2
            : lead >= 0xC2 && lead < 0xE0             ? 1
                                                      : 0;
        if (more == 0 || i + static_cast<std::size_t>(more) >= bytes.size())
            return false;
        std::uint32_t code = lead & (0x3F >> more);
        for (int k = 1; k <= more; ++k) {
            const auto next = static_cast<unsigned char>(bytes[i + k]);
            if ((next & 0xC0) != 0x80)
                return false;
            code = code << 6 | (next & 0x3F);
        }
        const bool overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
        if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
            return false;
        i += static_cast<std::size_t>(more) + 1;
    }
    return true;
}

} // namespace slook
