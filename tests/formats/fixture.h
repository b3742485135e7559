#pragma once
#include "formats/import.h"
#include "image/encode.h"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <stdexcept>
#include <stdlib.h>

namespace slook::formats::test {

class TemporaryFolder {
public:
    TemporaryFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "slook-XXXXXX").string();
        if (::mkdtemp(name.data()))
            m_path = std::filesystem::canonical(name);
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return m_path / name; }
    const std::filesystem::path& path() const { return m_path; }

    /// Writes a file with its folders.
    std::filesystem::path write(const std::string& name, const std::string& bytes) const
    {
        const auto file = m_path / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << bytes;
        return file;
    }

private:
    std::filesystem::path m_path;
};

/// The file of a picture of one colour.
inline std::string png(std::uint8_t red, int side = 4)
{
    const auto bytes = image::encodePng(image::filled(side, side, { red, 20, 30 }));
    return { bytes.begin(), bytes.end() };
}

template <class T> T must(Result<T> result)
{
    if (!result)
        throw std::runtime_error(message(result.error()));
    return std::move(*result);
}

inline std::filesystem::path shared(const std::string& name)
{
    return std::filesystem::path(SLOOK_SHARED_DIR) / "data" / name;
}

} // namespace slook::formats::test

#define SKIP_WITHOUT_SHARED()                                                                      \
    if (!std::filesystem::exists(slook::formats::test::shared("")))                                \
    GTEST_SKIP() << "the folder of real data is not there"
