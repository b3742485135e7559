#include "text/token_decoder.h"
#include "text/byte_level.h"
#include "text/json_fields.h"
#include "text/normalizer.h"
#include "text/utf8.h"
#include <nlohmann/json.hpp>

namespace slook::text {
namespace {

using nlohmann::json;
using Tokens = std::vector<std::string>;
using Steps = std::vector<DecodeStep>;

Tokens joined(Tokens tokens)
{
    std::string all;
    for (const auto& token : tokens)
        all += token;
    return { all };
}

Tokens fromByteLevel(Tokens tokens)
{
    std::string bytes;
    for (const auto& token : tokens)
        bytes += charactersToBytes(token).value_or(token);
    return { cleanUtf8(bytes) };
}

/// The byte of "<0x0A>"; -1 for any other token.
int byteOf(const std::string& token)
{
    if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>')
        return -1;
    const auto digit = [](char c) {
        return c >= '0' && c <= '9' ? c - '0'
            : c >= 'a' && c <= 'f'  ? c - 'a' + 10
            : c >= 'A' && c <= 'F'  ? c - 'A' + 10
                                    : -1;
    };
    const int high = digit(token[3]);
    const int low = digit(token[4]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/// Runs of byte tokens become text; a run that is no UTF-8 becomes one U+FFFD a byte.
Tokens fromByteFallback(Tokens tokens)
{
    Tokens out;
    std::string run;
    const auto flush = [&] {
        if (run.empty())
            return;
        if (isUtf8(run))
            out.push_back(run);
        else
            out.insert(out.end(), run.size(), "\uFFFD");
        run.clear();
    };
    for (auto& token : tokens) {
        if (const int byte = byteOf(token); byte >= 0) {
            run += static_cast<char>(byte);
            continue;
        }
        flush();
        out.push_back(std::move(token));
    }
    flush();
    return out;
}

DecodeStep strip(std::string content, std::size_t start, std::size_t stop)
{
    return [=](Tokens tokens) {
        for (auto& token : tokens) {
            std::size_t begin = 0;
            for (std::size_t i = 0; i < start && token.compare(begin, content.size(), content) == 0;
                 ++i)
                begin += content.size();
            std::size_t end = token.size();
            for (std::size_t i = 0; i < stop && end >= begin + content.size()
                 && token.compare(end - content.size(), content.size(), content) == 0;
                 ++i)
                end -= content.size();
            token = token.substr(begin, end - begin);
        }
        return tokens;
    };
}

DecodeStep fromMetaspace(std::string mark, bool dropFirst)
{
    return [=](Tokens tokens) {
        const auto pattern = Pattern::literal(mark);
        for (std::size_t i = 0; i < tokens.size(); ++i)
            if (auto text = pattern.replaceAll(tokens[i], i == 0 && dropFirst ? "" : " "))
                tokens[i] = std::move(*text);
        return tokens;
    };
}

Result<Steps> makeReplace(const json& one, const std::string& where)
{
    const auto pattern = patternField(one, where);
    if (!pattern)
        return fail(pattern.error());
    return Steps { [pattern = *pattern, content = stringField(one, "content")](Tokens tokens) {
        for (auto& token : tokens)
            if (auto text = pattern.replaceAll(token, content))
                token = std::move(*text);
        return tokens;
    } };
}

Result<Steps> makeSequence(const json& one, const std::string& where)
{
    Steps steps;
    for (const json& part : listField(one, "decoders")) {
        auto more = makeDecoder(part, where);
        if (!more)
            return more;
        steps.insert(steps.end(), more->begin(), more->end());
    }
    return steps;
}

std::size_t countField(const json& one, const char* key)
{
    const json& value = field(one, key);
    return value.is_number_unsigned() ? std::min<std::size_t>(value.get<std::size_t>(), 1'000'000)
                                      : 0;
}

} // namespace

Result<Steps> makeDecoder(const json& one, const std::string& where)
{
    const std::string type = stringField(one, "type");
    if (type == "Sequence")
        return makeSequence(one, where);
    if (type == "ByteLevel")
        return Steps { fromByteLevel };
    if (type == "ByteFallback")
        return Steps { fromByteFallback };
    if (type == "Fuse")
        return Steps { joined };
    if (type == "Replace")
        return makeReplace(one, where);
    if (type == "Strip") {
        const std::string content = stringField(one, "content");
        if (content.empty())
            return fail(ErrorKind::Invalid,
                "has a decoder that strips nothing; take the model's own tokenizer.json", where);
        return Steps { strip(content, countField(one, "start"), countField(one, "stop")) };
    }
    if (type == "Metaspace") {
        const bool never = stringField(one, "prepend_scheme",
                               boolField(one, "add_prefix_space", true) ? "always" : "never")
            == "never";
        return Steps { fromMetaspace(stringField(one, "replacement", "\u2581"), !never) };
    }
    return unknownComponent("decoder", one, where);
}

} // namespace slook::text
