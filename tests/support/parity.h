#pragma once
#include <filesystem>

/// The folder of fixtures with what the reference implementations give: the whole set where a
/// folder `shared` lies beside the repository, else the small ones that are kept here. A test skips
/// where the very fixture that it needs is not there.
inline std::filesystem::path parityFolder()
{
    const auto whole = std::filesystem::path(SLOOK_SHARED_DIR) / "parity";
    return std::filesystem::exists(whole)
        ? whole
        : std::filesystem::path(SLOOK_SOURCE_DIR) / "tests" / "fixtures" / "parity";
}
