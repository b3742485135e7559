#pragma once
#include "formats/import.h"
#include "image/encode.h"
#include "must.h"
#include "temporary_folder.h"
#include <filesystem>
#include <gtest/gtest.h>

namespace slook::formats::test {

/// The file of a picture of one colour.
inline std::string png(std::uint8_t red, int side = 4)
{
    const auto bytes = image::encodePng(image::filled(side, side, { red, 20, 30 }));
    return { bytes.begin(), bytes.end() };
}

inline std::filesystem::path shared(const std::string& name)
{
    return std::filesystem::path(SLOOK_SHARED_DIR) / "data" / name;
}

} // namespace slook::formats::test

#define SKIP_WITHOUT_SHARED()                                                                      \
    if (!std::filesystem::exists(slook::formats::test::shared("")))                                \
    GTEST_SKIP() << "the folder of real data is not there"
