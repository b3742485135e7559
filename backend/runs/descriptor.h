#pragma once
#include <cerrno>
#include <cstring>
#include <string>
#include <unistd.h>
#include <utility>

namespace slook::runs {

/// Owns one file descriptor.
class Descriptor {
public:
    explicit Descriptor(int fd = -1)
        : m_fd(fd)
    {
    }
    Descriptor(Descriptor&& other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    [[nodiscard]] int get() const { return m_fd; }

private:
    int m_fd;
};

/// What the system says about the last call that failed.
inline std::string systemReason()
{
    return std::strerror(errno);
}

} // namespace slook::runs
