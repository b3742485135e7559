#include "image/decoders.h"
#include "image/exif.h"
#include <csetjmp>
#include <cstdio> // jpeglib.h needs size_t and FILE
#include <cstring>
#include <jpeglib.h>
#include <memory>
#include <string_view>

namespace slook::image {
namespace {

constexpr int maximumScans =
    500; // a small progressive file may hold thousands of scans, each as slow as a picture

/// libjpeg's error handler: jumps out with a sentence. Objects with destructors stay outside of the
/// jump's reach.
struct Handler {
    jpeg_error_mgr base; // first, so that the library's pointer is ours
    std::jmp_buf jump;
    char why[160];
};

[[noreturn]] void leave(j_common_ptr info, const char* why)
{
    auto* handler = reinterpret_cast<Handler*>(info->err);
    std::snprintf(handler->why, sizeof handler->why, "%s", why);
    std::longjmp(handler->jump, 1);
}

[[noreturn]] void onError(j_common_ptr info)
{
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    char sentence[JMSG_LENGTH_MAX + 64];
    std::snprintf(
        sentence, sizeof sentence, "is a damaged JPEG (%s); copy or download it again", text);
    leave(info, sentence);
}

void onMessage(j_common_ptr, int) { }

boolean onEnd(j_decompress_ptr info)
{
    leave(reinterpret_cast<j_common_ptr>(info),
        "is a JPEG that was cut off; copy or download it again");
}

void onSkip(j_decompress_ptr info, long count)
{
    if (count <= 0)
        return;
    if (static_cast<std::size_t>(count) > info->src->bytes_in_buffer)
        onEnd(info);
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= count;
}

void onProgress(j_common_ptr info)
{
    if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > maximumScans)
        leave(info, "is a JPEG with more than 500 scans, which only hostile files have");
}

void doNothing(j_decompress_ptr) { }

struct Reader {
    jpeg_decompress_struct info {};
    Handler handler {};
    jpeg_source_mgr source {};
    jpeg_progress_mgr progress {};

    explicit Reader(std::span<const std::uint8_t> bytes)
    {
        info.err = jpeg_std_error(&handler.base);
        handler.base.error_exit = onError;
        handler.base.emit_message = onMessage;
        source.init_source = doNothing;
        source.fill_input_buffer = onEnd;
        source.skip_input_data = onSkip;
        source.resync_to_restart = jpeg_resync_to_restart;
        source.term_source = doNothing;
        source.next_input_byte = bytes.data();
        source.bytes_in_buffer = bytes.size();
        progress.progress_monitor = onProgress;
    }
    ~Reader() { jpeg_destroy_decompress(&info); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void begin()
    {
        jpeg_create_decompress(&info);
        info.src = &source;
        info.progress = &progress;
        info.mem->max_memory_to_use = 1L << 30;
    }
};

int orientationOf(const jpeg_decompress_struct& info)
{
    constexpr std::string_view xmpMark("http://ns.adobe.com/xap/1.0/\0", 29);
    int fromXmp = 0;
    for (auto* marker = info.marker_list; marker; marker = marker->next) {
        const std::span<const std::uint8_t> data(marker->data, marker->data_length);
        const std::string_view text(reinterpret_cast<const char*>(data.data()), data.size());
        if (text.starts_with(std::string_view("Exif\0\0", 6))) {
            if (const int found = exifOrientation(data))
                return found;
        } else if (text.starts_with(xmpMark) && fromXmp == 0) {
            fromXmp = xmpOrientation(text.substr(xmpMark.size()));
        }
    }
    return fromXmp ? fromXmp : 1;
}

/// x * y / 255, rounded, in whole numbers.
int scaled(int x, int y)
{
    const int product = x * y + 128;
    return ((product >> 8) + product) >> 8;
}

void widenGrey(const std::uint8_t* in, int width, std::uint8_t* out)
{
    for (int x = 0; x < width; ++x, out += 3)
        out[0] = out[1] = out[2] = in[x];
}

/// Inverted inks, as Adobe writes them and as Pillow always takes them.
void inksToRgb(const std::uint8_t* in, int width, std::uint8_t* out)
{
    for (int x = 0; x < width; ++x, in += 4, out += 3)
        for (int c = 0; c < 3; ++c)
            out[c] = static_cast<std::uint8_t>(in[3] - scaled(255 - in[c], in[3]));
}

/// Everything between the jumps: no object with a destructor is made here. False after a jump.
bool readHeader(Reader& reader)
{
    if (setjmp(reader.handler.jump))
        return false;
    reader.begin();
    jpeg_save_markers(&reader.info, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&reader.info, TRUE);
    return true;
}

bool readPixels(Reader& reader, std::uint8_t* rgb, std::uint8_t* line)
{
    if (setjmp(reader.handler.jump))
        return false;
    auto& info = reader.info;
    info.out_color_space = info.num_components == 1 ? JCS_GRAYSCALE
        : info.num_components == 4                  ? JCS_CMYK
                                                    : JCS_RGB;
    jpeg_start_decompress(&info);
    while (info.output_scanline < info.output_height) {
        std::uint8_t* target = rgb + std::size_t(info.output_scanline) * info.output_width * 3;
        JSAMPROW row = info.output_components == 3 ? target : line;
        jpeg_read_scanlines(&info, &row, 1);
        if (info.output_components == 1)
            widenGrey(line, static_cast<int>(info.output_width), target);
        else if (info.output_components == 4)
            inksToRgb(line, static_cast<int>(info.output_width), target);
    }
    return true;
}

} // namespace

Result<Header> peekJpeg(std::span<const std::uint8_t> bytes, const std::string& where)
{
    const auto reader = std::make_unique<Reader>(bytes);
    if (!readHeader(*reader))
        return fail(ErrorKind::Invalid, reader->handler.why, where);
    return Header { Format::Jpeg, static_cast<int>(reader->info.image_width),
        static_cast<int>(reader->info.image_height) };
}

Result<Decoded> decodeJpeg(std::span<const std::uint8_t> bytes, const std::string& where)
{
    const auto reader = std::make_unique<Reader>(bytes);
    if (!readHeader(*reader))
        return fail(ErrorKind::Invalid, reader->handler.why, where);
    const int components = reader->info.num_components;
    if (components != 1 && components != 3 && components != 4)
        return fail(ErrorKind::Invalid,
            "is a JPEG with " + std::to_string(components)
                + " channels, which is not read; convert it to RGB",
            where);
    Decoded decoded;
    decoded.orientation = orientationOf(reader->info);
    decoded.picture.width = static_cast<int>(reader->info.image_width);
    decoded.picture.height = static_cast<int>(reader->info.image_height);
    decoded.picture.rgb.resize(std::size_t(decoded.picture.width) * decoded.picture.height * 3);
    std::vector<std::uint8_t> line(std::size_t(decoded.picture.width) * 4);
    if (!readPixels(*reader, decoded.picture.rgb.data(), line.data()))
        return fail(ErrorKind::Invalid, reader->handler.why, where);
    return decoded;
}

} // namespace slook::image
