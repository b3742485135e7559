#pragma once
#include "core/result.h"
#include <filesystem>

namespace slook::store {

/// The lock of a project's one owner, on NAME.slook.lock beside it. The system keeps it, so it
/// cannot be stale; what the file says (pid, host, start) is information only.
class OwnerLock {
public:
    /// Errors: Conflict, naming the owner; Io.
    [[nodiscard]] static Result<OwnerLock> take(const std::filesystem::path& project);
    OwnerLock(OwnerLock&& other) noexcept;
    OwnerLock& operator=(OwnerLock&& other) noexcept;
    ~OwnerLock();

private:
    explicit OwnerLock(int fd);
    int m_fd = -1;
};

} // namespace slook::store
