#include "image/decoders.h"
#include <algorithm>
#include <array>
#include <cstring>

namespace slook::image {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr const char* cutOff = "is a BMP that was cut off; copy or download it again";

enum Compression : std::uint32_t { Raw = 0, Rle8 = 1, Rle4 = 2, BitFields = 3 };

/// What the two headers of a BMP say.
struct Layout {
    std::int64_t width = 0;
    std::int64_t height = 0;
    bool topDown = false;
    std::uint32_t bits = 0;
    std::uint32_t compression = Raw;
    std::size_t pixels = 0; ///< offset of the pixel data
    std::size_t palette = 0; ///< offset of the palette
    std::size_t entryBytes = 4;
    std::uint32_t colours = 0;
    std::array<std::uint32_t, 4> masks {}; ///< red, green, blue, alpha
};

std::uint32_t number(Bytes bytes, std::size_t at, int size)
{
    std::uint32_t value = 0;
    for (int i = size - 1; i >= 0; --i)
        value = value << 8 | (at + i < bytes.size() ? bytes[at + i] : 0u);
    return value;
}

void readMasks(Bytes bytes, std::uint32_t headerSize, Layout& layout)
{
    if (layout.compression != BitFields)
        return;
    for (int i = 0; i < 3; ++i)
        layout.masks[i] = number(bytes, 54 + i * 4, 4);
    if (headerSize >= 56)
        layout.masks[3] = number(bytes, 66, 4);
    if (headerSize == 40)
        layout.palette += 12;
}

Result<Layout> layoutOf(Bytes bytes, const std::string& where)
{
    Layout layout;
    const std::uint32_t headerSize = number(bytes, 14, 4);
    if (bytes.size() < 14 + std::size_t(headerSize))
        return fail(ErrorKind::Invalid, cutOff, where);
    layout.palette = 14 + headerSize;
    if (headerSize == 12) {
        layout.width = number(bytes, 18, 2);
        layout.height = number(bytes, 20, 2);
        layout.bits = number(bytes, 24, 2);
        layout.entryBytes = 3;
    } else if (headerSize == 40 || headerSize == 52 || headerSize == 56 || headerSize == 64
        || headerSize == 108 || headerSize == 124) {
        const auto height = static_cast<std::int32_t>(number(bytes, 22, 4));
        layout.width = static_cast<std::int32_t>(number(bytes, 18, 4));
        layout.topDown = height < 0;
        layout.height = height < 0 ? -std::int64_t(height) : height;
        layout.bits = number(bytes, 28, 2);
        layout.compression = number(bytes, 30, 4);
        layout.colours = number(bytes, 46, 4);
        readMasks(bytes, headerSize, layout);
    } else {
        return fail(ErrorKind::Invalid,
            "is a BMP with a header of " + std::to_string(headerSize)
                + " bytes, which no program writes",
            where);
    }
    if (layout.colours == 0 && layout.bits <= 8)
        layout.colours = 1u << layout.bits;
    layout.pixels = number(bytes, 10, 4);
    if (layout.pixels == 14 + std::size_t(headerSize)
        && layout.bits <= 8) // some writers forget the palette's room
        layout.pixels += layout.entryBytes * layout.colours;
    return layout;
}

/// Which byte of a 32-bit pixel holds red, green and blue; nothing for layouts that Pillow refuses
/// too.
std::optional<std::array<int, 3>> byteOrder(const Layout& layout)
{
    using Masks = std::array<std::uint32_t, 4>;
    constexpr std::uint32_t b0 = 0xFF, b1 = 0xFF00, b2 = 0xFF0000, b3 = 0xFF000000;
    const struct {
        Masks masks;
        std::array<int, 3> order;
    } known[] = {
        { { b2, b1, b0, 0 }, { 2, 1, 0 } },
        { { b3, b2, b1, 0 }, { 3, 2, 1 } },
        { { b3, b1, b0, 0 }, { 3, 1, 0 } },
        { { b3, b2, b1, b0 }, { 3, 2, 1 } },
        { { b0, b1, b2, b3 }, { 0, 1, 2 } },
        { { b2, b1, b0, b3 }, { 2, 1, 0 } },
        { { b3, b1, b0, b2 }, { 3, 1, 0 } },
        { { 0, 0, 0, 0 }, { 2, 1, 0 } },
    };
    for (const auto& one : known)
        if (layout.compression == Raw || one.masks == layout.masks)
            return one.order;
    return std::nullopt;
}

using Palette = std::array<std::array<std::uint8_t, 3>, 256>;

Palette paletteOf(Bytes bytes, const Layout& layout)
{
    Palette palette {};
    for (std::size_t i = 0; i < std::min<std::size_t>(layout.colours, 256); ++i)
        for (int c = 0; c < 3; ++c)
            palette[i][c] = static_cast<std::uint8_t>(
                number(bytes, layout.palette + i * layout.entryBytes + 2 - c, 1));
    return palette;
}

void indexedRow(
    const std::uint8_t* in, const Layout& layout, const Palette& palette, std::uint8_t* out)
{
    const int perByte = 8 / static_cast<int>(layout.bits);
    const int mask = (1 << layout.bits) - 1;
    for (std::int64_t x = 0; x < layout.width; ++x, out += 3) {
        const int shift =
            static_cast<int>(layout.bits) * (perByte - 1 - static_cast<int>(x % perByte));
        const auto& colour = palette[(in[x / perByte] >> shift) & mask];
        std::copy(colour.begin(), colour.end(), out);
    }
}

void wordRow(const std::uint8_t* in, const Layout& layout, std::uint8_t* out)
{
    const bool sixGreens = layout.masks[0] == 0xF800;
    for (std::int64_t x = 0; x < layout.width; ++x, in += 2, out += 3) {
        const int word = in[0] | in[1] << 8;
        const int greens = sixGreens ? 63 : 31;
        out[0] = static_cast<std::uint8_t>((word >> (sixGreens ? 11 : 10) & 31) * 255 / 31);
        out[1] = static_cast<std::uint8_t>((word >> 5 & greens) * 255 / greens);
        out[2] = static_cast<std::uint8_t>((word & 31) * 255 / 31);
    }
}

void byteRow(
    const std::uint8_t* in, const Layout& layout, std::array<int, 3> order, std::uint8_t* out)
{
    const std::size_t step = layout.bits / 8;
    for (std::int64_t x = 0; x < layout.width; ++x, in += step, out += 3)
        for (int c = 0; c < 3; ++c)
            out[c] = in[order[c]];
}

/// Run-length codes to one index a pixel, in the file's order of rows. Places that the codes leave
/// out are index 0.
class RunLength {
public:
    RunLength(Bytes codes, const Layout& layout)
        : m_codes(codes)
        , m_width(static_cast<std::size_t>(layout.width))
        , m_four(layout.compression == Rle4)
        , m_out(m_width * static_cast<std::size_t>(layout.height))
    {
    }
    std::vector<std::uint8_t> unpack()
    {
        while (m_written < m_out.size() && m_at + 1 < m_codes.size()) {
            const std::size_t count = m_codes[m_at];
            const std::uint8_t value = m_codes[m_at + 1];
            m_at += 2;
            if (count)
                run(count, value);
            else if (value == 0)
                m_written += (m_width - m_written % m_width) % m_width, m_x = 0;
            else if (value == 1 || !special(value))
                break;
        }
        return std::move(m_out);
    }

private:
    void put(std::uint8_t index)
    {
        if (m_written < m_out.size())
            m_out[m_written] = index;
        ++m_written;
    }
    void run(std::size_t count, std::uint8_t value)
    {
        count = m_x + count > m_width ? (m_x < m_width ? m_width - m_x : 0) : count;
        for (std::size_t i = 0; i < count; ++i)
            put(!m_four ? value : i % 2 ? value & 15 : value >> 4);
        m_x += count;
    }
    bool special(std::uint8_t value)
    {
        if (value == 2) {
            if (m_at + 1 >= m_codes.size())
                return false;
            m_written += m_codes[m_at] + m_codes[m_at + 1] * m_width;
            m_at += 2;
            m_x = m_written % m_width;
            return true;
        }
        const std::size_t count = std::min<std::size_t>(value, m_out.size() - m_written);
        const std::size_t bytes = m_four ? (count + 1) / 2 : count;
        if (m_codes.size() - m_at < bytes)
            return false;
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint8_t code = m_codes[m_at + (m_four ? i / 2 : i)];
            put(!m_four ? code : i % 2 ? code & 15 : code >> 4);
        }
        m_x += value;
        m_at += bytes + bytes % 2;
        return true;
    }

    Bytes m_codes;
    std::size_t m_width;
    bool m_four;
    std::vector<std::uint8_t> m_out;
    std::size_t m_written = 0;
    std::size_t m_at = 0;
    std::size_t m_x = 0;
};

/// Nothing where the layout is one that we read; else a sentence.
std::string refusal(const Layout& layout)
{
    const auto bits = layout.bits;
    const bool run = layout.compression == Rle8 || layout.compression == Rle4;
    if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)
        return "is a BMP of " + std::to_string(bits)
            + " bits a pixel, which is not read; convert it to PNG";
    if (layout.compression > BitFields || (run && bits > 8)
        || (layout.compression == BitFields && bits < 16))
        return "is a BMP with compression " + std::to_string(layout.compression) + " at "
            + std::to_string(bits) + " bits, which is not read; convert it to PNG";
    if (bits == 32 && !byteOrder(layout))
        return "is a BMP with an unusual order of colours, which is not read; convert it to PNG";
    return {};
}

void decodeRow(
    const std::uint8_t* in, const Layout& layout, const Palette& palette, std::uint8_t* out)
{
    if (layout.bits <= 8)
        indexedRow(in, layout, palette, out);
    else if (layout.bits == 16)
        wordRow(in, layout, out);
    else
        byteRow(in, layout, layout.bits == 24 ? std::array { 2, 1, 0 } : *byteOrder(layout), out);
}

} // namespace

Result<Header> peekBmp(Bytes bytes, const std::string& where)
{
    const auto layout = layoutOf(bytes, where);
    if (!layout)
        return fail(layout.error());
    const auto side = [](std::int64_t value) {
        return static_cast<int>(std::clamp<std::int64_t>(value, 0, INT32_MAX));
    };
    return Header { Format::Bmp, side(layout->width), side(layout->height) };
}

Result<Decoded> decodeBmp(Bytes bytes, const std::string& where)
{
    auto layout = layoutOf(bytes, where);
    if (!layout)
        return fail(layout.error());
    if (auto why = refusal(*layout); !why.empty())
        return fail(ErrorKind::Invalid, std::move(why), where);
    if (layout->pixels > bytes.size())
        return fail(ErrorKind::Invalid, cutOff, where);

    std::vector<std::uint8_t> unpacked;
    Bytes data = bytes.subspan(layout->pixels);
    std::size_t lineBytes = (std::size_t(layout->width) * layout->bits + 31) / 32 * 4;
    const Palette palette = paletteOf(bytes, *layout);
    if (layout->compression == Rle8 || layout->compression == Rle4) {
        unpacked = RunLength(data, *layout).unpack();
        data = unpacked;
        layout->bits = 8;
        lineBytes = static_cast<std::size_t>(layout->width);
    }
    if (data.size() / lineBytes < std::size_t(layout->height))
        return fail(ErrorKind::Invalid, cutOff, where);

    Decoded decoded;
    auto& picture = decoded.picture;
    picture.width = static_cast<int>(layout->width);
    picture.height = static_cast<int>(layout->height);
    picture.rgb.resize(std::size_t(picture.width) * picture.height * 3);
    for (int y = 0; y < picture.height; ++y) {
        const int target = layout->topDown ? y : picture.height - 1 - y;
        decodeRow(data.data() + lineBytes * y, *layout, palette,
            picture.rgb.data() + std::size_t(target) * picture.width * 3);
    }
    return decoded;
}

} // namespace slook::image
