#pragma once
#include "core/result.h"
#include "image/decode.h"
#include "image/picture.h"
#include <cstdint>
#include <optional>
#include <span>
#include <string>

/// One decoder for each format. They are given bytes whose magic fits and whose size peek() has
/// found within limits.
namespace slook::image {

/// Pixels as stored, and how they have to be turned.
struct Decoded {
    Picture picture;
    int orientation = 1;
};

[[nodiscard]] Result<Header> peekPng(std::span<const std::uint8_t> bytes, const std::string& where);
[[nodiscard]] Result<Header> peekJpeg(
    std::span<const std::uint8_t> bytes, const std::string& where);
[[nodiscard]] Result<Header> peekWebP(
    std::span<const std::uint8_t> bytes, const std::string& where);
[[nodiscard]] Result<Header> peekBmp(std::span<const std::uint8_t> bytes, const std::string& where);

[[nodiscard]] Result<Decoded> decodePng(
    std::span<const std::uint8_t> bytes, const std::string& where);
[[nodiscard]] Result<Decoded> decodeJpeg(
    std::span<const std::uint8_t> bytes, const std::string& where);
[[nodiscard]] Result<Decoded> decodeWebP(
    std::span<const std::uint8_t> bytes, const std::string& where);
[[nodiscard]] Result<Decoded> decodeBmp(
    std::span<const std::uint8_t> bytes, const std::string& where);

} // namespace slook::image
