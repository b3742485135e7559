#pragma once
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Verified copies of a project file, in NAME.slook.d/backups. They hold the file and the pictures
/// in it, not the run directories.
namespace slook::store {

struct Backup {
    std::filesystem::path file;
    std::int64_t time = 0; ///< UTC milliseconds, of its name
    int format = 0; ///< made before that format was brought up to date; 0: an ordinary one
    std::uint64_t bytes = 0;
};

/// Copies the project as it is now, also while its owner writes, reads the copy whole (structure
/// and foreign keys), and gives it its name when it is on the disk. Then takes away those that are
/// too many, see expendable(). Errors: those of opening to read; Io (the disk has no room: it needs
/// what the project has and a quarter of a gigabyte); Invalid (the copy, and so the project, is
/// damaged).
[[nodiscard]] Result<Backup> backUp(const std::filesystem::path& project);
/// The same where the project was changed since the newest one and that is half an hour old.
[[nodiscard]] Result<std::optional<Backup>> backUpIfDue(const std::filesystem::path& project);

[[nodiscard]] std::vector<Backup> backupsOf(const std::filesystem::path& project); ///< newest first

/// Which of these times (UTC milliseconds, newest first) need not be kept: of the two days before
/// the newest one at most twenty are, then one a day for twelve days, one a week for ten weeks, one
/// in thirty days for nine times thirty. The clock is not asked: it may have been moved.
[[nodiscard]] std::vector<std::int64_t> expendable(std::span<const std::int64_t> times);

/// What a project or a backup holds: sources, items, runs, answers, pairs, verdicts ...
[[nodiscard]] Result<std::map<std::string, std::int64_t>> holdings(
    const std::filesystem::path& file);

/// Where a verified backup waits that is being put in the place of this project.
[[nodiscard]] inline std::filesystem::path restoringOf(const std::filesystem::path& project)
{
    return project.string() + ".restoring";
}
/// A restore that was cut off behind its check is done. For opening.
void finishRestoring(const std::filesystem::path& project);

/// Puts a verified backup in the project's place. The project's own files are moved aside, never
/// deleted. A restore that was cut off is finished when the project is opened.
/// @return the folder that the old files are in now. Errors: Conflict (somebody owns it), those
/// above.
[[nodiscard]] Result<std::filesystem::path> restore(
    const std::filesystem::path& project, const std::filesystem::path& backup);

} // namespace slook::store
