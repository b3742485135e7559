#include "text/normalizer.h"
#include "text/json_fields.h"
#include "text/pattern.h"
#include "text/utf8.h"
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <utf8proc.h>

namespace slook::text {
namespace {

using nlohmann::json;

struct CharacterRange {
    char32_t first, last;
};

/// Characters that came after Unicode 9, by whose tables the `tokenizers` package normalizes, and
/// that decompose, compose or change places since: to it they are as good as unknown, and end
/// what is put into order. Found by asking it (0.23) for the forms of every character.
constexpr CharacterRange unknownToUnicode9[] = { { 0x07FD, 0x07FD }, { 0x0898, 0x089F },
    { 0x08CA, 0x08D3 }, { 0x09FE, 0x09FE }, { 0x0C3C, 0x0C3C }, { 0x0D3B, 0x0D3C },
    { 0x0EBA, 0x0EBA }, { 0x1715, 0x1715 }, { 0x1ABF, 0x1ACE }, { 0x1DF6, 0x1DFA },
    { 0x32FF, 0x32FF }, { 0xA7F2, 0xA7F4 }, { 0xA82C, 0xA82C }, { 0xAB69, 0xAB69 },
    { 0x10781, 0x10785 }, { 0x10787, 0x107B0 }, { 0x107B2, 0x107BA }, { 0x10D24, 0x10D27 },
    { 0x10EAB, 0x10EAC }, { 0x10EFD, 0x10EFF }, { 0x10F46, 0x10F50 }, { 0x10F82, 0x10F85 },
    { 0x11070, 0x11070 }, { 0x1133B, 0x1133B }, { 0x1145E, 0x1145E }, { 0x11839, 0x1183A },
    { 0x11930, 0x11930 }, { 0x11938, 0x11938 }, { 0x1193D, 0x1193E }, { 0x11943, 0x11943 },
    { 0x119E0, 0x119E0 }, { 0x11A34, 0x11A34 }, { 0x11A47, 0x11A47 }, { 0x11A99, 0x11A99 },
    { 0x11D42, 0x11D42 }, { 0x11D44, 0x11D45 }, { 0x11D97, 0x11D97 }, { 0x11F41, 0x11F42 },
    { 0x16FF0, 0x16FF1 }, { 0x1E030, 0x1E06D }, { 0x1E08F, 0x1E08F }, { 0x1E130, 0x1E136 },
    { 0x1E2AE, 0x1E2AE }, { 0x1E2EC, 0x1E2EF }, { 0x1E4EC, 0x1E4EF }, { 0x1F16C, 0x1F16C },
    { 0x1FBF0, 0x1FBF9 } };

bool isUnknown(char32_t c)
{
    const auto range = std::ranges::lower_bound(unknownToUnicode9, c, {}, &CharacterRange::last);
    return range != std::end(unknownToUnicode9) && c >= range->first;
}

Result<void> appendForm(std::string_view text, int options, std::string& all)
{
    utf8proc_uint8_t* out = nullptr;
    const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
        static_cast<utf8proc_ssize_t>(text.size()), &out, static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, std::free);
    if (size < 0)
        return fail(ErrorKind::Internal,
            std::string("the text cannot be normalized: ") + utf8proc_errmsg(size));
    all.append(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
    return {};
}

TextStep unicodeForm(int options)
{
    return [options](std::string text) -> Result<std::string> {
        std::string all;
        std::size_t begin = 0;
        for (std::size_t at = 0; at < text.size();) {
            const auto bytes = characterBytes(static_cast<unsigned char>(text[at]));
            const auto next = std::min(at + bytes, text.size());
            if (isUnknown(characterAt(text, at))) {
                const auto before = std::string_view(text).substr(begin, at - begin);
                if (auto done = appendForm(before, options, all); !done)
                    return fail(done.error());
                all.append(text, at, next - at);
                begin = next;
            }
            at = next;
        }
        if (auto done = appendForm(std::string_view(text).substr(begin), options, all); !done)
            return fail(done.error());
        return all;
    };
}

Result<std::string> lowercase(std::string text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size();
         at += characterBytes(static_cast<unsigned char>(text[at]))) {
        const char32_t c = characterAt(text, at);
        appendUtf8(out,
            c == 0x130 ? U'i'
                       : static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
        if (c == 0x130) // the only character whose small form is two
            appendUtf8(out, 0x307);
    }
    return out;
}

TextStep strip(bool left, bool right)
{
    return [left, right](std::string text) -> Result<std::string> {
        std::size_t begin = 0;
        std::size_t end = text.size();
        while (left && begin < end && isWhiteSpace(characterAt(text, begin)))
            begin += characterBytes(static_cast<unsigned char>(text[begin]));
        while (right && end > begin && isWhiteSpace(characterAt(text, characterBefore(text, end))))
            end = characterBefore(text, end);
        return text.substr(begin, end - begin);
    };
}

Result<std::vector<TextStep>> replaceStep(const json& one, const std::string& where)
{
    const auto pattern = patternField(one, where);
    if (!pattern)
        return fail(pattern.error());
    return std::vector<TextStep> { [pattern = *pattern, content = stringField(one, "content")](
                                       std::string text) {
        return pattern.replaceAll(text, content);
    } };
}

Result<std::vector<TextStep>> sequence(const json& one, const std::string& where)
{
    std::vector<TextStep> steps;
    for (const json& part : listField(one, "normalizers")) {
        auto more = makeNormalizer(part, where);
        if (!more)
            return more;
        steps.insert(steps.end(), more->begin(), more->end());
    }
    return steps;
}

} // namespace

Result<std::vector<TextStep>> makeNormalizer(const json& one, const std::string& where)
{
    constexpr int nfd = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
    constexpr int nfc = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    using Steps = std::vector<TextStep>;
    if (one.is_null())
        return Steps {};
    const std::string type = stringField(one, "type");
    if (type == "Sequence")
        return sequence(one, where);
    if (type == "Replace")
        return replaceStep(one, where);
    if (type == "Prepend")
        return Steps { [prefix = stringField(one, "prepend")](
                           std::string text) -> Result<std::string> {
            return text.empty() ? text : prefix + text;
        } };
    if (type == "NFC")
        return Steps { unicodeForm(nfc) };
    if (type == "NFD")
        return Steps { unicodeForm(nfd) };
    if (type == "NFKC")
        return Steps { unicodeForm(nfc | UTF8PROC_COMPAT) };
    if (type == "NFKD")
        return Steps { unicodeForm(nfd | UTF8PROC_COMPAT) };
    if (type == "Lowercase")
        return Steps { lowercase };
    if (type == "Strip")
        return Steps { strip(
            boolField(one, "strip_left", true), boolField(one, "strip_right", true)) };
    return unknownComponent("normalizer", one, where);
}

Result<std::string> applyAll(const std::vector<TextStep>& steps, std::string text)
{
    for (const auto& step : steps) {
        auto next = step(std::move(text));
        if (!next)
            return next;
        text = std::move(*next);
    }
    return text;
}

tl::unexpected<Error> unknownComponent(const char* kind, const json& one, const std::string& where)
{
    return fail(ErrorKind::Invalid,
        std::string("has a ") + kind + " of the type \"" + stringField(one, "type").substr(0, 64)
            + "\", which is not known here; use a model with a BPE tokenizer of the Llama, GPT-2 "
              "or Qwen kind",
        where);
}

} // namespace slook::text
