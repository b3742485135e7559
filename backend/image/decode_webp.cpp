#include "image/decoders.h"
#include "image/exif.h"
#include <algorithm>
#include <cstring>
#include <string_view>
#include <webp/decode.h>

namespace slook::image {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::uint32_t littleEndian(const std::uint8_t* at)
{
    return std::uint32_t(at[3]) << 24 | std::uint32_t(at[2]) << 16 | std::uint32_t(at[1]) << 8
        | at[0];
}

int orientationOf(Bytes bytes)
{
    int fromXmp = 0;
    for (std::size_t at = 12; at + 8 <= bytes.size();) {
        const std::size_t size = littleEndian(bytes.data() + at + 4);
        const auto data = bytes.subspan(at + 8, std::min(size, bytes.size() - at - 8));
        if (std::memcmp(bytes.data() + at, "EXIF", 4) == 0) {
            if (const int found = exifOrientation(data))
                return found;
        } else if (std::memcmp(bytes.data() + at, "XMP ", 4) == 0 && fromXmp == 0) {
            fromXmp = xmpOrientation({ reinterpret_cast<const char*>(data.data()), data.size() });
        }
        at += 8 + size + (size & 1);
    }
    return fromXmp ? fromXmp : 1;
}

const char* reason(VP8StatusCode status)
{
    return status == VP8_STATUS_NOT_ENOUGH_DATA
        ? "is a WebP that was cut off; copy or download it again"
        : "is a damaged WebP; copy or download it again";
}

} // namespace

Result<Header> peekWebP(Bytes bytes, const std::string& where)
{
    WebPBitstreamFeatures features;
    const auto status = WebPGetFeatures(bytes.data(), bytes.size(), &features);
    if (status != VP8_STATUS_OK)
        return fail(ErrorKind::Invalid, reason(status), where);
    if (features.has_animation)
        return fail(ErrorKind::Invalid,
            "is an animated WebP, which is not read; save one picture of it", where);
    return Header { Format::WebP, features.width, features.height };
}

Result<Decoded> decodeWebP(Bytes bytes, const std::string& where)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return fail(
            ErrorKind::Internal, "cannot be read: the WebP library is another version", where);
    if (const auto status = WebPGetFeatures(bytes.data(), bytes.size(), &config.input);
        status != VP8_STATUS_OK)
        return fail(ErrorKind::Invalid, reason(status), where);
    Decoded decoded;
    auto& picture = decoded.picture;
    picture.width = config.input.width;
    picture.height = config.input.height;
    picture.rgb.resize(std::size_t(picture.width) * picture.height * 3);
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = picture.rgb.data();
    config.output.u.RGBA.stride = picture.width * 3;
    config.output.u.RGBA.size = picture.rgb.size();
    if (const auto status = WebPDecode(bytes.data(), bytes.size(), &config);
        status != VP8_STATUS_OK)
        return fail(ErrorKind::Invalid, reason(status), where);
    decoded.orientation = orientationOf(bytes);
    return decoded;
}

} // namespace slook::image
