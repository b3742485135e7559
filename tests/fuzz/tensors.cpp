// A safetensors file, [8 bytes length][header][data]: tensors lie inside the data and do not meet.
#include "engine/tensor_header.h"
#include "target.h"
#include <algorithm>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace slook;
    std::uint64_t length = 0;
    if (size < sizeof length)
        return 0;
    std::memcpy(&length, data, sizeof length);
    length = std::min<std::uint64_t>(length, size - sizeof length);
    const auto text = fuzz::textOf(data + sizeof length, static_cast<std::size_t>(length));
    const auto bytes = size - sizeof length - length;
    const auto header = engine::parseTensorHeader(text, bytes, "fuzz");
    if (!header)
        return 0;
    std::uint64_t sum = 0;
    for (const auto& [name, entry] : header->entries) {
        fuzz::require(entry.begin <= entry.end && entry.end <= bytes, "a tensor lies in the file");
        sum += entry.end - entry.begin;
    }
    fuzz::require(sum <= bytes, "tensors do not share bytes");
    return 0;
}
