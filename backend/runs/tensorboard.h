#pragma once
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

namespace slook::runs {

/// A file of curves that TensorBoard reads: one for each training and each sitting of a worker.
/// Source of the form: TensorFlow's record writer (length, masked CRC-32C of both, data) and
/// tensorflow/core/util/event.proto.
class TensorBoardFile {
public:
    /// @param folder  is made where it is missing. @param time  UTC seconds, for the file's name
    /// Errors: Io.
    [[nodiscard]] static Result<TensorBoardFile> create(
        const std::filesystem::path& folder, double time);
    /// Appends one step; each value is a tag "train/NAME". Errors: Io.
    [[nodiscard]] Result<void> add(
        std::int64_t step, double time, const std::map<std::string, double>& values);
    [[nodiscard]] const std::filesystem::path& file() const { return m_file; }

private:
    explicit TensorBoardFile(std::filesystem::path file);
    [[nodiscard]] Result<void> write(const std::string& event);
    std::filesystem::path m_file;
    std::ofstream m_out;
};

/// The Castagnoli polynomial's checksum, RFC 3720 appendix B.4.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

} // namespace slook::runs
