#include "image/exif.h"
#include <algorithm>
#include <cstring>

namespace slook::image {
namespace {

/// Numbers of a TIFF structure; reading outside gives 0.
class Tiff {
public:
    explicit Tiff(std::span<const std::uint8_t> bytes)
        : m_bytes(bytes)
        , m_big(bytes.size() > 1 && bytes[0] == 'M')
    {
    }
    [[nodiscard]] bool valid() const
    {
        return m_bytes.size() >= 8 && (m_bytes[0] == 'M' || m_bytes[0] == 'I')
            && m_bytes[0] == m_bytes[1];
    }
    [[nodiscard]] std::uint32_t number(std::size_t at, int bytes) const
    {
        if (at > m_bytes.size() || m_bytes.size() - at < std::size_t(bytes))
            return 0;
        std::uint32_t value = 0;
        for (int i = 0; i < bytes; ++i)
            value = value << 8 | m_bytes[at + (m_big ? i : bytes - 1 - i)];
        return value;
    }

private:
    std::span<const std::uint8_t> m_bytes;
    bool m_big;
};

} // namespace

int exifOrientation(std::span<const std::uint8_t> exif)
{
    while (exif.size() > 6 && std::memcmp(exif.data(), "Exif\0\0", 6) == 0)
        exif = exif.subspan(6);
    const Tiff tiff(exif);
    if (!tiff.valid())
        return 0;
    const std::size_t directory = tiff.number(4, 4);
    const std::uint32_t entries = tiff.number(directory, 2);
    for (std::uint32_t i = 0; i < entries; ++i) {
        const std::size_t entry = directory + 2 + std::size_t(i) * 12;
        if (tiff.number(entry, 2) != 0x0112)
            continue;
        const std::uint32_t type = tiff.number(entry + 2, 2);
        const int bytes = type == 1 ? 1 : type == 3 ? 2 : type == 4 ? 4 : 0;
        const auto value = bytes ? tiff.number(entry + 8, bytes) : 0;
        return value <= 8 ? static_cast<int>(value) : 1;
    }
    return 0;
}

int xmpOrientation(std::string_view xmp)
{
    constexpr std::string_view name = "tiff:Orientation";
    for (auto at = xmp.find(name); at != std::string_view::npos; at = xmp.find(name, at + 1)) {
        auto rest = xmp.substr(at + name.size());
        if (rest.starts_with("=\""))
            rest.remove_prefix(2);
        else if (rest.starts_with(">"))
            rest.remove_prefix(1);
        else
            continue;
        if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9')
            return rest[0] - '0';
    }
    return 0;
}

Picture upright(Picture picture, int orientation)
{
    if (orientation < 2 || orientation > 8)
        return picture;
    const bool swap = orientation >= 5;
    const int w = picture.width;
    const int h = picture.height;
    Picture turned { swap ? h : w, swap ? w : h, std::vector<std::uint8_t>(picture.rgb.size()),
        picture.transparent };
    // Where the stored row begins at the right (2, 3, 7, 8 after a turn) or at the bottom (3, 4, 6,
    // 7).
    const bool fromRight =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool fromBottom =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    auto* to = turned.rgb.data();
    for (int y = 0; y < turned.height; ++y)
        for (int x = 0; x < turned.width; ++x) {
            const int across = swap ? y : x;
            const int down = swap ? x : y;
            const int sourceX = fromRight ? w - 1 - across : across;
            const int sourceY = fromBottom ? h - 1 - down : down;
            const auto* from = picture.rgb.data() + (std::size_t(sourceY) * w + sourceX) * 3;
            to = std::copy(from, from + 3, to);
        }
    return turned;
}

} // namespace slook::image
