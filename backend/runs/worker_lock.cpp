#include "runs/descriptor.h"
#include "runs/directory.h"
#include <fcntl.h>
#include <sys/stat.h>

namespace slook::runs {
namespace {

struct flock wholeFile(short type)
{
    struct flock lock { };
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

std::filesystem::path lockFile(const std::filesystem::path& directory)
{
    return directory / "lock";
}

} // namespace

// Locks of an open file description: they end with the process however it dies, and closing
// another descriptor of the same file does not drop them, as it would with plain POSIX locks.

bool workerAlive(const std::filesystem::path& directory)
{
    const Descriptor fd(::open(lockFile(directory).c_str(), O_RDONLY | O_CLOEXEC));
    auto lock = wholeFile(F_WRLCK);
    return fd.get() >= 0 && ::fcntl(fd.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

std::int64_t heartbeat(const std::filesystem::path& directory)
{
    struct stat info { };
    if (::stat(lockFile(directory).c_str(), &info) != 0)
        return 0;
    return static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
}

Result<WorkerLock> WorkerLock::take(const std::filesystem::path& directory)
{
    const auto file = lockFile(directory);
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail(ErrorKind::Io, "cannot be opened (" + systemReason() + ")", file.string());
    WorkerLock taken(fd);
    auto lock = wholeFile(F_WRLCK);
    if (::fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            return fail(ErrorKind::Conflict,
                "another worker already works on this run; wait for it or stop it",
                directory.string());
        return fail(ErrorKind::Io, "cannot be locked (" + systemReason() + ")", file.string());
    }
    taken.beat();
    return taken;
}

WorkerLock::WorkerLock(int fd)
    : m_fd(fd)
{
}

WorkerLock::WorkerLock(WorkerLock&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
{
}

WorkerLock& WorkerLock::operator=(WorkerLock&& other) noexcept
{
    std::swap(m_fd, other.m_fd);
    return *this;
}

WorkerLock::~WorkerLock()
{
    if (m_fd >= 0)
        ::close(m_fd); // the lock ends with its descriptor; the file stays
}

void WorkerLock::beat() const
{
    ::futimens(m_fd, nullptr);
}

} // namespace slook::runs
