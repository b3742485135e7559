#include "image/encode.h"
#include <csetjmp>
#include <cstdio> // jpeglib.h needs size_t and FILE
#include <cstdlib>
#include <jpeglib.h>
#include <new>
#include <png.h>
#include <stdexcept>
#include <string>

namespace slook::image {
namespace {

void onPngWrite(png_structp png, png_bytep bytes, std::size_t count)
{
    auto* out = static_cast<std::vector<std::uint8_t>*>(png_get_io_ptr(png));
    out->insert(out->end(), bytes, bytes + count);
}

void onPngFlush(png_structp) { }
void onPngWarning(png_structp, png_const_charp) { }

/// False after libpng jumped out, which only a lack of memory can cause here.
bool writePng(png_structp png, png_infop info, const std::uint8_t* pixels, int width, int height,
    int channels)
{
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8,
        channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < height; ++y)
        png_write_row(png, pixels + std::size_t(y) * width * channels);
    png_write_end(png, info);
    return true;
}

std::vector<std::uint8_t> png(
    std::span<const std::uint8_t> pixels, int width, int height, int channels, int compression)
{
    if (compression < 0 || compression > 9)
        throw std::invalid_argument(
            "[encodePng] compression must be 0 to 9, got " + std::to_string(compression));
    if (width <= 0 || height <= 0 || pixels.size() != std::size_t(width) * height * channels)
        throw std::invalid_argument("[encodePng] " + std::to_string(width) + " x "
            + std::to_string(height) + " x " + std::to_string(channels) + " does not fit "
            + std::to_string(pixels.size()) + " bytes");
    std::vector<std::uint8_t> out;
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, onPngWarning);
    png_infop info = png ? png_create_info_struct(png) : nullptr;
    if (!info) {
        png_destroy_write_struct(&png, nullptr);
        throw std::bad_alloc();
    }
    png_set_write_fn(png, &out, onPngWrite, onPngFlush);
    png_set_compression_level(png, compression);
    const bool written = writePng(png, info, pixels.data(), width, height, channels);
    png_destroy_write_struct(&png, &info);
    if (!written)
        throw std::bad_alloc();
    return out;
}

struct JpegHandler {
    jpeg_error_mgr base; // first, so that the library's pointer is ours
    std::jmp_buf jump;
};

[[noreturn]] void onJpegError(j_common_ptr info)
{
    std::longjmp(reinterpret_cast<JpegHandler*>(info->err)->jump, 1);
}

void onJpegMessage(j_common_ptr, int) { }

struct JpegBuffer {
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
};

bool writeJpeg(jpeg_compress_struct& info, JpegHandler& handler, const Picture& picture,
    int quality, JpegBuffer& out)
{
    if (setjmp(handler.jump))
        return false;
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &out.bytes, &out.size);
    info.image_width = static_cast<JDIMENSION>(picture.width);
    info.image_height = static_cast<JDIMENSION>(picture.height);
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        const auto* line =
            picture.rgb.data() + std::size_t(info.next_scanline) * info.image_width * 3;
        auto* row = const_cast<JSAMPROW>(line); // the library's interface knows no const
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    return true;
}

} // namespace

std::vector<std::uint8_t> encodePng(const Picture& picture, int compression)
{
    requireValid(picture, "encodePng");
    return png(picture.rgb, picture.width, picture.height, 3, compression);
}

std::vector<std::uint8_t> encodeGreyPng(
    std::span<const std::uint8_t> grey, int width, int height, int compression)
{
    return png(grey, width, height, 1, compression);
}

std::vector<std::uint8_t> encodeJpeg(const Picture& picture, int quality)
{
    requireValid(picture, "encodeJpeg");
    if (quality < 1 || quality > 100 || picture.width > 65'500 || picture.height > 65'500)
        throw std::invalid_argument("[encodeJpeg] cannot write " + std::to_string(picture.width)
            + " x " + std::to_string(picture.height) + " pixels with quality "
            + std::to_string(quality));
    jpeg_compress_struct info {};
    JpegHandler handler {};
    JpegBuffer out;
    info.err = jpeg_std_error(&handler.base);
    handler.base.error_exit = onJpegError;
    handler.base.emit_message = onJpegMessage;
    const bool written = writeJpeg(info, handler, picture, quality, out);
    jpeg_destroy_compress(&info);
    std::vector<std::uint8_t> bytes(out.bytes, out.bytes + (written ? out.size : 0));
    std::free(out.bytes);
    if (!written)
        throw std::bad_alloc();
    return bytes;
}

} // namespace slook::image
