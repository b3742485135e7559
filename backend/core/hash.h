#pragma once
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace slook {

/// SHA-256 as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::string sha256(std::string_view bytes);
/// Errors: NotFound, Io.
[[nodiscard]] Result<std::string> sha256OfFile(const std::filesystem::path& file);

/// SHA-256 of bytes that arrive in pieces.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    void add(std::span<const std::uint8_t> bytes);
    void add(std::string_view bytes);
    [[nodiscard]] std::string hex(); ///< ends the sum
private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// 64-bit XXH3: for cache keys, never for identity.
[[nodiscard]] std::uint64_t quickHash(std::span<const std::uint8_t> bytes, std::uint64_t seed = 0);

} // namespace slook
