#include "text/normalizer.h"
#include "text/json_fields.h"
#include "text/pattern.h"
#include "text/utf8.h"
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <utf8proc.h>

namespace slook::text {
namespace {

using nlohmann::json;

TextStep unicodeForm(int options)
{
    return [options](std::string text) -> Result<std::string> {
        utf8proc_uint8_t* out = nullptr;
        const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
            static_cast<utf8proc_ssize_t>(text.size()), &out,
            static_cast<utf8proc_option_t>(options));
        const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, std::free);
        if (size < 0)
            return fail(ErrorKind::Internal,
                std::string("the text cannot be normalized: ") + utf8proc_errmsg(size));
        return std::string(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
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
