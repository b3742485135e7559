#include "store/place.h"
#include "core/file.h"
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h> // renameat2
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace slook::store {
namespace {

namespace fs = std::filesystem;

struct Network {
    std::uint32_t magic;
    const char* name;
};
// SQLite's locks and shared memory do not work reliably on these.
constexpr std::array networks = {
    Network { 0x6969, "NFS" },
    Network { 0x517B, "SMB" },
    Network { 0xFF534D42, "CIFS" },
    Network { 0xFE534D42, "SMB" },
    Network { 0x65735546, "FUSE" },
    Network { 0x01021997, "9P" },
    Network { 0x00C36400, "Ceph" },
    Network { 0x5346414F, "AFS" },
};

Result<bool> checkFileSystem(const fs::path& folder, const fs::path& file)
{
    struct statfs info { };
    if (::statfs(folder.c_str(), &info) != 0)
        return fail(ErrorKind::NotFound,
            "lies in a folder that cannot be read (" + std::string(std::strerror(errno))
                + "); create the folder first",
            file.string());
    const auto magic = static_cast<std::uint32_t>(info.f_type);
    const auto* found = std::ranges::find(networks, magic, &Network::magic);
    if (found != networks.end())
        return fail(ErrorKind::Invalid,
            std::string("lies on a network file system (") + found->name
                + "), where a project can be damaged; copy it to a local disk",
            file.string());
    return magic == TMPFS_MAGIC || magic == RAMFS_MAGIC;
}

} // namespace

Result<Place> existingPlace(const fs::path& file)
{
    std::error_code error;
    Place place;
    place.file = fs::canonical(file, error);
    if (error)
        return fail(ErrorKind::NotFound,
            "is not there (" + error.message() + "); create it with \"secondlook-cli new\"",
            file.string());
    struct stat info { };
    if (::stat(place.file.c_str(), &info) != 0)
        return fail(ErrorKind::NotFound,
            "cannot be looked at (" + std::string(std::strerror(errno)) + ")", file.string());
    if (!S_ISREG(info.st_mode))
        return fail(ErrorKind::Invalid, "is no regular file; name a project file (NAME.slook)",
            file.string());
    if (info.st_nlink > 1)
        return fail(ErrorKind::Invalid,
            "has a second name (hard link), under which it could be opened twice; remove the other "
            "link or copy the file",
            file.string());
    if (info.st_size == 0)
        return fail(ErrorKind::Invalid,
            "is empty and no project; delete it and create a new one, or take a copy",
            file.string());
    place.identity = { info.st_dev, info.st_ino };
    place.bytes = static_cast<std::uint64_t>(info.st_size);
    const auto passing = checkFileSystem(place.file, file);
    if (!passing)
        return fail(passing.error());
    place.passing = *passing;
    return place;
}

Result<Place> newPlace(const fs::path& file)
{
    std::error_code error;
    if (fs::symlink_status(file, error).type() != fs::file_type::not_found)
        return fail(
            ErrorKind::Conflict, "exists already; open it or choose another name", file.string());
    Place place;
    const auto folder = fs::canonical(file.parent_path().empty() ? "." : file.parent_path(), error);
    if (error || file.filename().empty())
        return fail(ErrorKind::NotFound,
            "lies in a folder that is not there; create the folder first", file.string());
    place.file = folder / file.filename();
    const auto passing = checkFileSystem(folder, file);
    if (!passing)
        return fail(passing.error());
    place.passing = *passing;
    return place;
}

Result<void> stillInPlace(const Place& place)
{
    struct stat info { };
    const bool there = ::stat(place.file.c_str(), &info) == 0;
    if (there && FileIdentity { info.st_dev, info.st_ino } == place.identity)
        return {};
    return fail(ErrorKind::Io,
        there
            ? "was replaced by another file while it was open; close the project and open it again"
            : "was moved or deleted while it was open; put it back and open it again",
        place.file.string());
}

Result<void> syncFile(const fs::path& file)
{
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const std::string why = synced ? "" : std::strerror(errno);
    if (fd >= 0)
        ::close(fd);
    if (!synced)
        return fail(ErrorKind::Io, "cannot be synced to the disk (" + why + ")", file.string());
    return {};
}

Result<void> publish(const fs::path& temporary, const fs::path& file)
{
    if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0)
        return syncFolder(file.parent_path());
    if (errno == EEXIST)
        return fail(
            ErrorKind::Conflict, "exists already; open it or choose another name", file.string());
    return fail(ErrorKind::Io, "cannot be put in place (" + std::string(std::strerror(errno)) + ")",
        file.string());
}

} // namespace slook::store
