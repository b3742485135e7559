// The picture decoders: a refusal, or exactly the pixels that the header announced.
#include "image/decode.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace slook;
    const image::DecodeLimits limits { .side = 2048, .pixels = 1 << 20, .fileBytes = 1 << 24 };
    const std::span bytes(data, size);
    const auto header = image::peek(bytes, "fuzz", limits);
    const auto picture = image::decode(bytes, "fuzz", limits);
    if (!picture)
        return 0;
    fuzz::require(header.has_value(), "what decodes has a header");
    fuzz::require(picture->width > 0 && picture->height > 0 && picture->width <= limits.side
            && picture->height <= limits.side,
        "sizes keep to the limits");
    fuzz::require(picture->rgb.size()
            == 3 * static_cast<std::size_t>(picture->width)
                * static_cast<std::size_t>(picture->height),
        "three bytes a pixel");
    return 0;
}
