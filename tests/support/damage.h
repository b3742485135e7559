#pragma once
#include "core/random.h"
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

/// Ways to spoil a file, drawn from seeded random numbers: the same seed, the same damage.
namespace slook::test {

/// One change of bytes, whatever the file is.
inline std::string damagedBytes(std::string bytes, Random& random)
{
    const auto place = [&] {
        return bytes.empty() ? std::size_t { 0 }
                             : static_cast<std::size_t>(random.next() % bytes.size());
    };
    switch (random.below(7)) {
    case 0: // cut off
        bytes.resize(place());
        break;
    case 1: // bits flipped
        for (int i = 1 + random.below(8); i > 0 && !bytes.empty(); --i)
            bytes[place()] ^= static_cast<char>(1 << random.below(8));
        break;
    case 2: // bytes lost
        bytes.erase(place(), static_cast<std::size_t>(1 + random.below(64)));
        break;
    case 3: // a piece twice
        bytes.insert(place(), bytes.substr(place(), static_cast<std::size_t>(random.below(256))));
        break;
    case 4: // a piece of nothing
        for (auto at = place(), left = std::size_t { 32 }; left > 0 && at < bytes.size(); --left)
            bytes[at++] = '\0';
        break;
    case 5: // far too deep
        bytes.insert(place(), std::string(static_cast<std::size_t>(1 + random.below(100000)), '['));
        break;
    default: // bytes from elsewhere
        for (int i = 1 + random.below(32); i > 0; --i)
            bytes.insert(place(), 1, static_cast<char>(random.next()));
    }
    return bytes;
}

/// Where the values of a JSON text begin, and how long they are: numbers, strings behind a colon,
/// true, false and null.
inline std::vector<std::pair<std::size_t, std::size_t>> valuesIn(const std::string& json)
{
    std::vector<std::pair<std::size_t, std::size_t>> values;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (json[i] == '"') {
            auto end = i + 1;
            while (end < json.size() && json[end] != '"')
                end += json[end] == '\\' ? 2 : 1;
            if (i > 0 && json.find_last_not_of(" \n", i - 1) != std::string::npos
                && json[json.find_last_not_of(" \n", i - 1)] == ':')
                values.emplace_back(i, std::min(end + 1, json.size()) - i);
            i = end;
        } else if (std::strchr("-0123456789tfn", json[i]) != nullptr) {
            auto end = json.find_first_of(",]} \n", i);
            end = end == std::string::npos ? json.size() : end;
            values.emplace_back(i, end - i);
            i = end;
        }
    }
    return values;
}

/// One value of a JSON text becomes another: absurd, negative, no number, of another type, gone.
inline std::string damagedJson(std::string json, Random& random)
{
    const auto values = valuesIn(json);
    if (values.empty() || random.chance(0.3))
        return damagedBytes(std::move(json), random);
    static const std::array<const char*, 18> others { "-1", "0", "1", "3", "2147483648",
        "9223372036854775807", "18446744073709551616", "-9223372036854775808", "1e308", "1e999",
        "NaN", "0.5", "\"text\"", "\"\"", "null", "[]", "{}", "[1,[2,{\"a\":-3}]]" };
    for (int i = 1 + random.below(2); i > 0; --i) {
        const auto all = valuesIn(json);
        if (all.empty())
            break;
        const auto [at, length] = all[random.next() % all.size()];
        json.replace(at, length, random.pick(others));
    }
    return json;
}

/// A safetensors file whose length field, header or data are spoiled.
inline std::string damagedTensors(std::string bytes, Random& random)
{
    if (bytes.size() < 8 || random.chance(0.2))
        return damagedBytes(std::move(bytes), random);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    const auto header = bytes.substr(8, length);
    const auto data = bytes.substr(8 + header.size());
    const auto joined = [&](std::uint64_t stated, const std::string& text) {
        std::string all(sizeof stated, '\0');
        std::memcpy(all.data(), &stated, sizeof stated);
        return all + text + data;
    };
    switch (random.below(3)) {
    case 0: {
        const std::array<std::uint64_t, 6> lengths { 0, 1, length - 1, length + 8, ~0ULL,
            std::uint64_t { 1 } << 40 };
        return joined(random.pick(lengths), header);
    }
    case 1: {
        auto text = header;
        static const std::array<const char*, 9> types { "\"F64\"", "\"I64\"", "\"BOOL\"", "\"U8\"",
            "\"F8_E4M3\"", "\"BF16\"", "\"X\"", "\"F32\"", "\"F16\"" };
        const auto at = text.find("\"F", random.next() % text.size());
        if (at != std::string::npos)
            text.replace(at, text.find('"', at + 1) + 1 - at, random.pick(types));
        return joined(text.size(), text);
    }
    default: {
        const auto text = damagedJson(header, random);
        return joined(text.size(), text);
    }
    }
}

} // namespace slook::test
