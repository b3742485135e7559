#pragma once
#include "core/file.h"
#include "core/json.h"
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace slook {

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

template <class T> std::vector<T> valuesOf(const std::string& bytes)
{
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

} // namespace slook
