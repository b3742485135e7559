#include "store/owner_lock.h"
#include "core/json.h"
#include "store/clock.h"
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace slook::store {
namespace {

std::string hostName()
{
    std::array<char, 256> name {};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

std::string asUtc(std::int64_t milliseconds)
{
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm parts {};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 40> text {};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
    return text.data();
}

/// "process 12 on host x since ...", or less where the owner has not yet written it.
std::string ownerIn(int fd)
{
    std::array<char, 1024> bytes {};
    const auto got = ::pread(fd, bytes.data(), bytes.size(), 0);
    const auto info = parseJson(
        std::string_view(bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0), "lock");
    if (!info)
        return "another process";
    return "process " + std::to_string(integerOr(*info, "pid", 0)) + " on "
        + stringOr(*info, "host", "this machine") + " since " + asUtc(integerOr(*info, "start", 0));
}

void writeOwner(int fd)
{
    const auto text =
        dumpLine(Json { { "pid", ::getpid() }, { "host", hostName() }, { "start", nowMs() } })
        + "\n";
    // For people only; a lock without this text works as well.
    if (::ftruncate(fd, 0) == 0)
        (void)!::pwrite(fd, text.data(), text.size(), 0);
}

} // namespace

OwnerLock::OwnerLock(int fd)
    : m_fd(fd)
{
}
OwnerLock::OwnerLock(OwnerLock&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
{
}
OwnerLock& OwnerLock::operator=(OwnerLock&& other) noexcept
{
    std::swap(m_fd, other.m_fd);
    return *this;
}
OwnerLock::~OwnerLock()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

Result<OwnerLock> OwnerLock::take(const std::filesystem::path& project)
{
    auto file = project;
    file += ".lock";
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return fail(ErrorKind::Io,
            "cannot be locked (" + std::string(std::strerror(errno))
                + "); check the permissions of its folder, or use commands that only read",
            project.string());
    OwnerLock lock(fd);
    struct flock range { };
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    if (::fcntl(fd, F_OFD_SETLK, &range) == 0) {
        writeOwner(fd);
        return lock;
    }
    if (errno == EAGAIN || errno == EACCES)
        return fail(ErrorKind::Conflict,
            "is open in " + ownerIn(fd) + "; close it there, or use commands that only read",
            project.string());
    return fail(ErrorKind::Io,
        "cannot be locked (" + std::string(std::strerror(errno))
            + "); its file system has no locks, copy the project to a local disk",
        project.string());
}

} // namespace slook::store
