#pragma once
#include "core/file.h"
#include "core/json.h"
#include "image/decode.h"
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

namespace slook::image {

inline const std::filesystem::path parity = std::filesystem::path(SLOOK_SHARED_DIR) / "parity";

inline Json readJson(const std::filesystem::path& file)
{
    return parseJson(*readFile(file), file.string()).value();
}

/// The bytes of each tensor of a safetensors file that a fixture brings.
inline std::map<std::string, std::string> readTensors(const std::filesystem::path& file)
{
    const std::string bytes = *readFile(file);
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data(), 8);
    const auto header = parseJson(std::string_view(bytes).substr(8, size), file.string()).value();
    std::map<std::string, std::string> tensors;
    for (const auto& [name, one] : header.items())
        if (name != "__metadata__") {
            const std::size_t begin = one["data_offsets"][0], end = one["data_offsets"][1];
            tensors[name] = bytes.substr(8 + size + begin, end - begin);
        }
    return tensors;
}

inline std::span<const std::uint8_t> bytesOf(const std::string& text)
{
    return { reinterpret_cast<const std::uint8_t*>(text.data()), text.size() };
}

} // namespace slook::image
