#include "image/decode.h"
#include "core/file.h"
#include "image/decoders.h"
#include "image/exif.h"
#include <algorithm>
#include <cstring>
#include <string_view>

namespace slook::image {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::string_view textOf(Bytes bytes)
{
    return { reinterpret_cast<const char*>(bytes.data()), bytes.size() };
}

std::optional<Format> formatOf(Bytes bytes)
{
    const auto text = textOf(bytes);
    if (text.starts_with("\x89PNG\r\n\x1a\n"))
        return Format::Png;
    if (text.starts_with("\xff\xd8\xff"))
        return Format::Jpeg;
    if (text.size() >= 12 && text.starts_with("RIFF") && text.substr(8, 4) == "WEBP")
        return Format::WebP;
    if (text.starts_with("BM") && text.size() >= 26)
        return Format::Bmp;
    return std::nullopt;
}

bool startsAsHtml(std::string_view text)
{
    std::string begin(text.substr(0, 256));
    std::transform(begin.begin(), begin.end(), begin.begin(), [](unsigned char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
    });
    const auto at = begin.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (at == std::string::npos)
        return false;
    const auto rest = std::string_view(begin).substr(at);
    return rest.starts_with("<!doctype html") || rest.starts_with("<html")
        || rest.starts_with("<head") || rest.starts_with("<body");
}

/// What bytes are that no decoder takes, and what to do about it.
std::string whatInstead(Bytes bytes)
{
    const auto text = textOf(bytes);
    if (text.empty())
        return "is empty; copy or download the picture again";
    if (text.starts_with("version https://git-lfs.github.com/"))
        return "is a Git LFS pointer and no picture; fetch the files with \"git lfs pull\"";
    if (startsAsHtml(text))
        return "is a web page and no picture; download the picture itself";
    if (text.starts_with("GIF8"))
        return "is a GIF, which is not read; convert it to PNG";
    if (text.starts_with("II*") || text.starts_with(std::string_view("MM\0*", 4)))
        return "is a TIFF, which is not read; convert it to PNG";
    if (text.size() >= 12 && text.substr(4, 4) == "ftyp")
        return "is a HEIC, AVIF or video file, which is not read; convert it to PNG or JPEG";
    if (text.starts_with("<svg") || text.starts_with("<?xml"))
        return "is an SVG or XML text, which is not read; export it as PNG";
    return "is no PNG, JPEG, WebP or BMP picture; convert it to one of these";
}

Result<Header> checked(Result<Header> header, const std::string& where, const DecodeLimits& limits)
{
    if (!header)
        return header;
    const auto [format, width, height] = *header;
    const std::string size = std::to_string(width) + " x " + std::to_string(height);
    if (width <= 0 || height <= 0)
        return fail(
            ErrorKind::Invalid, "says that it has " + size + " pixels; the file is damaged", where);
    if (width > limits.side || height > limits.side)
        return fail(ErrorKind::Invalid,
            "has " + size + " pixels, more than " + std::to_string(limits.side)
                + " on a side; scale it down",
            where);
    if (std::int64_t(width) * height > limits.pixels)
        return fail(ErrorKind::Invalid,
            "has " + size + " pixels, more than " + std::to_string(limits.pixels / 1'000'000)
                + " million; scale it down",
            where);
    return header;
}

} // namespace

const char* formatName(Format format)
{
    switch (format) {
    case Format::Png:
        return "png";
    case Format::Jpeg:
        return "jpeg";
    case Format::WebP:
        return "webp";
    case Format::Bmp:
        break;
    }
    return "bmp";
}

Result<Header> peek(Bytes bytes, const std::string& where, const DecodeLimits& limits)
{
    const auto format = formatOf(bytes);
    if (!format)
        return fail(ErrorKind::Invalid, whatInstead(bytes), where);
    switch (*format) {
    case Format::Png:
        return checked(peekPng(bytes, where), where, limits);
    case Format::Jpeg:
        return checked(peekJpeg(bytes, where), where, limits);
    case Format::WebP:
        return checked(peekWebP(bytes, where), where, limits);
    case Format::Bmp:
        break;
    }
    return checked(peekBmp(bytes, where), where, limits);
}

Result<Picture> decode(Bytes bytes, const std::string& where, const DecodeLimits& limits)
{
    if (bytes.size() > limits.fileBytes)
        return fail(ErrorKind::Invalid,
            "has more than " + std::to_string(limits.fileBytes >> 20)
                + " MiB; no picture of a data set is that large",
            where);
    const auto header = peek(bytes, where, limits);
    if (!header)
        return fail(header.error());
    constexpr decltype(&decodePng) decoders[] = { decodePng, decodeJpeg, decodeWebP, decodeBmp };
    auto decoded = decoders[static_cast<int>(header->format)](bytes, where);
    if (!decoded)
        return fail(decoded.error());
    return upright(std::move(decoded->picture), decoded->orientation);
}

Result<Picture> decodeFile(const std::filesystem::path& file, const DecodeLimits& limits)
{
    const auto bytes = readFile(file, limits.fileBytes);
    if (!bytes)
        return fail(bytes.error());
    return decode({ reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size() },
        file.string(), limits);
}

} // namespace slook::image
