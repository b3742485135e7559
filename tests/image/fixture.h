#pragma once
#include "core/file.h"
#include "core/json.h"
#include "image/decode.h"
#include "parity.h"
#include "tensors.h"
#include <filesystem>
#include <nlohmann/json.hpp>

namespace slook::image {

inline const std::filesystem::path parity = parityFolder();

inline Json readJson(const std::filesystem::path& file)
{
    return parseJson(*readFile(file), file.string()).value();
}

inline std::span<const std::uint8_t> bytesOf(const std::string& text)
{
    return { reinterpret_cast<const std::uint8_t*>(text.data()), text.size() };
}

} // namespace slook::image
