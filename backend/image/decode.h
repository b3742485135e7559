#pragma once
#include "core/result.h"
#include "image/picture.h"
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace slook::image {

enum class Format { Png, Jpeg, WebP, Bmp };
[[nodiscard]] const char* formatName(Format format); ///< "png", "jpeg", "webp", "bmp"

/// What a file's first bytes say about it.
struct Header {
    Format format = Format::Png;
    int width = 0; ///< as stored, before a turn by EXIF
    int height = 0;
};

/// Larger pictures are refused before memory is taken for them.
struct DecodeLimits {
    int side = 16'384;
    std::int64_t pixels = 64'000'000;
    std::size_t fileBytes = 256u << 20;
};

/// Format and size, by content and not by name. Errors: Invalid (what the bytes are instead, or a
/// limit passed).
[[nodiscard]] Result<Header> peek(std::span<const std::uint8_t> bytes,
    const std::string& where = {}, const DecodeLimits& limits = {});

/// The pixels as Pillow's `ImageOps.exif_transpose(Image.open(...)).convert("RGB")` gives them:
/// turned by EXIF, palette looked up, alpha dropped without blending, 16 bits cut to 8, CMYK
/// converted. Errors: Invalid for other formats, truncated or damaged data and passed limits.
[[nodiscard]] Result<Picture> decode(std::span<const std::uint8_t> bytes,
    const std::string& where = {}, const DecodeLimits& limits = {});

/// Errors: as decode(), and those of readFile().
[[nodiscard]] Result<Picture> decodeFile(
    const std::filesystem::path& file, const DecodeLimits& limits = {});

} // namespace slook::image
