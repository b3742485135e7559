#include "image/decoders.h"
#include "image/exif.h"
#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <memory>
#include <png.h>
#include <string_view>

namespace slook::image {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::uint32_t bigEndian(const std::uint8_t* at)
{
    return std::uint32_t(at[0]) << 24 | std::uint32_t(at[1]) << 16 | std::uint32_t(at[2]) << 8
        | at[3];
}

/// libpng's state and what its callbacks need. Objects with destructors stay outside of the jump's
/// reach.
struct Reader {
    png_structp png = nullptr;
    png_infop info = nullptr;
    Bytes rest;
    bool cutOff = false;
    char why[128] = "";

    explicit Reader(Bytes bytes);
    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
};

void onError(png_structp png, png_const_charp text)
{
    auto* reader = static_cast<Reader*>(png_get_error_ptr(png));
    std::snprintf(reader->why, sizeof reader->why, "%s", text);
    png_longjmp(png, 1);
}

void onWarning(png_structp, png_const_charp) { }

void onRead(png_structp png, png_bytep out, std::size_t count)
{
    auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
    if (count > reader->rest.size()) {
        reader->cutOff = true;
        png_error(png, "cut off");
    }
    std::memcpy(out, reader->rest.data(), count);
    reader->rest = reader->rest.subspan(count);
}

Reader::Reader(Bytes bytes)
    : rest(bytes)
{
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, onError, onWarning);
    if (!png)
        throw std::bad_alloc();
    info = png_create_info_struct(png);
    if (!info)
        throw std::bad_alloc();
    png_set_read_fn(png, this, onRead);
    png_set_chunk_malloc_max(png, 8u << 20); // a compressed text may unpack to gigabytes
    png_set_chunk_cache_max(png, 128);
}

/// How the rows come out of libpng.
struct Layout {
    int colourType = 0;
    int depth = 0;
    std::size_t lineBytes = 0;
    bool wideGrey = false; ///< 16-bit grey without alpha: Pillow clips it to 255 where other modes
                           ///< drop the low byte
};

bool readHeader(Reader& reader, Layout& layout)
{
    if (setjmp(png_jmpbuf(reader.png)))
        return false;
    auto* png = reader.png;
    png_read_info(png, reader.info);
    layout.colourType = png_get_color_type(png, reader.info);
    layout.depth = png_get_bit_depth(png, reader.info);
    layout.wideGrey = layout.depth == 16 && layout.colourType == PNG_COLOR_TYPE_GRAY;
    if (layout.depth == 16 && !layout.wideGrey)
        png_set_strip_16(png);
    if (layout.colourType == PNG_COLOR_TYPE_PALETTE)
        png_set_packing(png);
    else if (layout.depth < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    if (layout.colourType & PNG_COLOR_MASK_ALPHA)
        png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, reader.info);
    layout.lineBytes = png_get_rowbytes(png, reader.info);
    return true;
}

bool readRows(Reader& reader, png_bytepp rows)
{
    if (setjmp(png_jmpbuf(reader.png)))
        return false;
    png_read_image(reader.png, rows);
    return true;
}

/// Notes may stand behind the pixels; a file that ends there is still a whole picture.
void readNotes(Reader& reader)
{
    if (setjmp(png_jmpbuf(reader.png)))
        return;
    png_read_end(reader.png, reader.info);
}

/// ImageMagick's way to keep EXIF in a text: three lines of head, then hexadecimal digits.
std::vector<std::uint8_t> rawProfile(std::string_view text)
{
    for (int line = 0; line < 3; ++line) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos)
            return {};
        text.remove_prefix(end + 1);
    }
    std::vector<std::uint8_t> bytes;
    int high = -1;
    for (const char c : text) {
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            continue;
        if (high >= 0)
            bytes.push_back(static_cast<std::uint8_t>(high << 4 | digit));
        high = high >= 0 ? -1 : digit;
    }
    return bytes;
}

int orientationOf(Reader& reader)
{
    png_uint_32 length = 0;
    png_bytep exif = nullptr;
    if (png_get_eXIf_1(reader.png, reader.info, &length, &exif))
        if (const int found = exifOrientation({ exif, length }))
            return found;
    png_textp texts = nullptr;
    const int count = png_get_text(reader.png, reader.info, &texts, nullptr);
    int fromXmp = 0;
    for (int i = 0; i < count; ++i) {
        const std::string_view key(texts[i].key);
        const auto size = std::max(texts[i].text_length, texts[i].itxt_length);
        const std::string_view value(texts[i].text ? texts[i].text : "", texts[i].text ? size : 0);
        if (key == "Raw profile type exif") {
            if (const int found = exifOrientation(rawProfile(value)))
                return found;
        } else if (key == "XML:com.adobe.xmp" && fromXmp == 0) {
            fromXmp = xmpOrientation(value);
        }
    }
    return fromXmp ? fromXmp : 1;
}

using Palette = std::array<std::array<std::uint8_t, 3>, 256>;

/// Entries that the file leaves out are black, as in Pillow.
Palette paletteOf(Reader& reader)
{
    Palette palette {};
    png_colorp colours = nullptr;
    int count = 0;
    if (png_get_PLTE(reader.png, reader.info, &colours, &count))
        for (int i = 0; i < std::min(count, 256); ++i)
            palette[i] = { colours[i].red, colours[i].green, colours[i].blue };
    return palette;
}

/// The single palette entry that is wholly transparent while all others are opaque; -1 where there
/// is none.
int transparentEntry(const std::uint8_t* alpha, int count)
{
    int entry = -1;
    for (int i = 0; i < count; ++i) {
        if (alpha[i] == 255)
            continue;
        if (alpha[i] != 0 || entry >= 0)
            return -1;
        entry = i;
    }
    return entry;
}

/// The colour that stays noted as transparent on Pillow's RGB picture, with Pillow's ways for each
/// depth.
std::optional<std::array<std::uint8_t, 3>> transparentOf(
    Reader& reader, const Layout& layout, const Palette& palette)
{
    png_bytep alpha = nullptr;
    png_color_16p colour = nullptr;
    int count = 0;
    if (!png_get_tRNS(reader.png, reader.info, &alpha, &count, &colour))
        return std::nullopt;
    if (layout.colourType == PNG_COLOR_TYPE_PALETTE) {
        const int entry = alpha ? transparentEntry(alpha, count) : -1;
        return entry < 0 ? std::nullopt : std::optional(palette[entry]);
    }
    if (!colour)
        return std::nullopt;
    const auto low = [](std::uint16_t value) { return static_cast<std::uint8_t>(value & 0xFF); };
    if (layout.colourType == PNG_COLOR_TYPE_RGB)
        return std::array { low(colour->red), low(colour->green), low(colour->blue) };
    if (layout.colourType != PNG_COLOR_TYPE_GRAY)
        return std::nullopt;
    if (layout.depth == 1
        || layout.depth == 16) // there Pillow keeps one number and reads it as (number, 0, 0)
        return std::array { low(colour->gray), std::uint8_t(0), std::uint8_t(0) };
    const auto grey = static_cast<std::uint8_t>(std::min<int>(colour->gray, 255));
    return std::array { grey, grey, grey };
}

void toRgb(const std::uint8_t* in, int width, const Layout& layout, const Palette& palette,
    std::uint8_t* out)
{
    if (layout.colourType & PNG_COLOR_MASK_COLOR && layout.colourType != PNG_COLOR_TYPE_PALETTE) {
        std::memcpy(out, in, std::size_t(width) * 3);
        return;
    }
    for (int x = 0; x < width; ++x, out += 3) {
        if (layout.colourType == PNG_COLOR_TYPE_PALETTE)
            std::copy(palette[in[x]].begin(), palette[in[x]].end(), out);
        else
            out[0] = out[1] = out[2] = layout.wideGrey ? (in[2 * x] ? 255 : in[2 * x + 1]) : in[x];
    }
}

std::string problem(const Reader& reader)
{
    if (reader.cutOff)
        return "is a PNG that was cut off; copy or download it again";
    return std::string("is a damaged PNG (") + reader.why + "); copy or download it again";
}

} // namespace

Result<Header> peekPng(Bytes bytes, const std::string& where)
{
    if (bytes.size() < 33)
        return fail(
            ErrorKind::Invalid, "is a PNG that was cut off; copy or download it again", where);
    if (std::memcmp(bytes.data() + 12, "IHDR", 4) != 0)
        return fail(ErrorKind::Invalid,
            "is a damaged PNG (it does not begin with IHDR); copy it again", where);
    const auto size = [&](int at) {
        return static_cast<int>(std::min<std::uint32_t>(bigEndian(bytes.data() + at), INT32_MAX));
    };
    return Header { Format::Png, size(16), size(20) };
}

Result<Decoded> decodePng(Bytes bytes, const std::string& where)
{
    Reader reader(bytes);
    Layout layout;
    if (!readHeader(reader, layout))
        return fail(ErrorKind::Invalid, problem(reader), where);
    const int width = static_cast<int>(png_get_image_width(reader.png, reader.info));
    const int height = static_cast<int>(png_get_image_height(reader.png, reader.info));
    std::vector<std::uint8_t> stored(layout.lineBytes * height);
    std::vector<png_bytep> rows(height);
    for (int y = 0; y < height; ++y)
        rows[y] = stored.data() + layout.lineBytes * y;
    if (!readRows(reader, rows.data()))
        return fail(ErrorKind::Invalid, problem(reader), where);
    readNotes(reader);

    const Palette palette = paletteOf(reader);
    Decoded decoded;
    decoded.orientation = orientationOf(reader);
    decoded.picture = { width, height, std::vector<std::uint8_t>(std::size_t(width) * height * 3),
        transparentOf(reader, layout, palette) };
    for (int y = 0; y < height; ++y)
        toRgb(rows[y], width, layout, palette,
            decoded.picture.rgb.data() + std::size_t(y) * width * 3);
    return decoded;
}

} // namespace slook::image
