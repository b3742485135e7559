// tokenizer.json: whatever it says, parsing, encoding and decoding end, and ids exist.
#include "text/tokenizer.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace slook;
    const auto tokenizer = text::Tokenizer::parse(fuzz::textOf(data, size), "fuzz");
    if (!tokenizer)
        return 0;
    for (const auto* text : { "", "What is this? 12.5 <image>\n", "\xc3\xa4\xe2\x96\x81\xff  x" }) {
        const auto ids = tokenizer->encode(text, true);
        if (!ids)
            continue;
        for (const auto id : *ids)
            fuzz::require(id >= 0 && id < tokenizer->size(), "an id lies below size()");
        (void)tokenizer->decode(*ids, false);
    }
    return 0;
}
