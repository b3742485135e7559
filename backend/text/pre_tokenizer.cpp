#include "text/pre_tokenizer.h"
#include "text/byte_level.h"
#include "text/json_fields.h"
#include "text/normalizer.h"
#include "text/pattern.h"
#include "text/utf8.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace slook::text {
namespace {

using nlohmann::json;
using Steps = std::vector<PieceStep>;

/// What becomes of the matches of a split.
enum class Behaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// A stretch of text that a pattern matches, or one between matches.
struct Stretch {
    Span span;
    bool match = false;
};

std::vector<Stretch> stretches(const std::vector<Span>& matches, std::size_t size, bool invert)
{
    std::vector<Stretch> all;
    std::size_t done = 0;
    for (const Span& match : matches) {
        if (match.begin > done)
            all.push_back({ { done, match.begin }, invert });
        all.push_back({ match, !invert });
        done = match.end;
    }
    if (done < size)
        all.push_back({ { done, size }, invert });
    return all;
}

/// Source: tokenizers, NormalizedString::split.
std::vector<Span> splitBy(const std::vector<Stretch>& all, Behaviour behaviour)
{
    std::vector<Span> parts;
    const bool reverse = behaviour == Behaviour::MergedWithNext;
    bool previous = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& [span, match] = all[reverse ? all.size() - 1 - i : i];
        const bool join = !parts.empty()
            && (behaviour == Behaviour::Contiguous                          ? match == previous
                    : behaviour == Behaviour::MergedWithPrevious || reverse ? match && !previous
                                                                            : false);
        if (join && reverse)
            parts.back().begin = span.begin;
        else if (join)
            parts.back().end = span.end;
        else if (!(match && behaviour == Behaviour::Removed))
            parts.push_back(span);
        previous = match;
    }
    if (reverse)
        std::reverse(parts.begin(), parts.end());
    return parts;
}

void cut(const Piece& piece, const std::vector<Span>& parts, std::vector<Piece>& out)
{
    for (const Span& part : parts)
        if (part.end > part.begin)
            out.push_back({ piece.text.substr(part.begin, part.end - part.begin),
                piece.atStart && part.begin == 0, {} });
}

PieceStep splitStep(Pattern pattern, Behaviour behaviour, bool invert)
{
    return [=](Piece piece, std::vector<Piece>& out) -> Result<void> {
        const auto matches = pattern.findAll(piece.text);
        if (!matches)
            return fail(matches.error());
        cut(piece, splitBy(stretches(*matches, piece.text.size(), invert), behaviour), out);
        return {};
    };
}

/// Splits at characters of a kind.
PieceStep splitAtStep(bool (*kind)(char32_t), Behaviour behaviour)
{
    return [=](Piece piece, std::vector<Piece>& out) -> Result<void> {
        std::vector<Span> matches;
        for (std::size_t at = 0; at < piece.text.size();) {
            const std::size_t end = at + characterBytes(static_cast<unsigned char>(piece.text[at]));
            if (kind(characterAt(piece.text, at)))
                matches.push_back({ at, end });
            at = end;
        }
        cut(piece, splitBy(stretches(matches, piece.text.size(), false), behaviour), out);
        return {};
    };
}

Result<Steps> makeSplit(const json& one, const std::string& where)
{
    const std::string name = stringField(one, "behavior");
    constexpr std::string_view names[] = { "Removed", "Isolated", "MergedWithPrevious",
        "MergedWithNext", "Contiguous" };
    const auto* found = std::find(std::begin(names), std::end(names), name);
    if (found == std::end(names))
        return fail(ErrorKind::Invalid,
            "has a Split with the behaviour \"" + name.substr(0, 64)
                + "\", which is not known; take the model's own tokenizer.json",
            where);
    const auto pattern = patternField(one, where);
    if (!pattern)
        return fail(pattern.error());
    return Steps { splitStep(*pattern, static_cast<Behaviour>(found - std::begin(names)),
        boolField(one, "invert", false)) };
}

Result<Steps> makeByteLevel(const json& one, const std::string& where)
{
    Steps steps;
    if (boolField(one, "add_prefix_space", true))
        steps.push_back([](Piece piece, std::vector<Piece>& out) -> Result<void> {
            if (!piece.text.starts_with(' '))
                piece.text.insert(0, " ");
            out.push_back(std::move(piece));
            return {};
        });
    if (boolField(one, "use_regex", true)) {
        const auto pattern = Pattern::compile(
            R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", where);
        if (!pattern)
            return fail(pattern.error());
        steps.push_back(splitStep(*pattern, Behaviour::Isolated, false));
    }
    steps.push_back([](Piece piece, std::vector<Piece>& out) -> Result<void> {
        piece.text = bytesToCharacters(piece.text);
        out.push_back(std::move(piece));
        return {};
    });
    return steps;
}

Result<Steps> makeMetaspace(const json& one)
{
    const std::string mark = stringField(one, "replacement", "\u2581");
    // Old files say add_prefix_space where new ones say prepend_scheme.
    const std::string scheme = stringField(
        one, "prepend_scheme", boolField(one, "add_prefix_space", true) ? "always" : "never");
    Steps steps { [=](Piece piece, std::vector<Piece>& out) -> Result<void> {
        auto marked = Pattern::literal(" ").replaceAll(piece.text, mark);
        if (!marked)
            return fail(marked.error());
        piece.text = std::move(*marked);
        if ((scheme == "always" || (scheme == "first" && piece.atStart))
            && !piece.text.starts_with(mark))
            piece.text.insert(0, mark);
        out.push_back(std::move(piece));
        return {};
    } };
    if (boolField(one, "split", true))
        steps.push_back(splitStep(Pattern::literal(mark), Behaviour::MergedWithNext, false));
    return steps;
}

Result<Steps> makeSequence(const json& one, const std::string& where)
{
    Steps steps;
    for (const json& part : listField(one, "pretokenizers")) {
        auto more = makePreTokenizer(part, where);
        if (!more)
            return more;
        steps.insert(steps.end(), more->begin(), more->end());
    }
    return steps;
}

} // namespace

Result<Steps> makePreTokenizer(const json& one, const std::string& where)
{
    if (one.is_null())
        return Steps {};
    const std::string type = stringField(one, "type");
    if (type == "Sequence")
        return makeSequence(one, where);
    if (type == "ByteLevel")
        return makeByteLevel(one, where);
    if (type == "Metaspace")
        return makeMetaspace(one);
    if (type == "Split")
        return makeSplit(one, where);
    if (type == "Digits")
        return Steps { splitAtStep(isNumber,
            boolField(one, "individual_digits", false) ? Behaviour::Isolated
                                                       : Behaviour::Contiguous) };
    if (type == "WhitespaceSplit")
        return Steps { splitAtStep(isWhiteSpace, Behaviour::Removed) };
    return unknownComponent("pre-tokenizer", one, where);
}

Result<std::vector<Piece>> applyAll(const std::vector<PieceStep>& steps, std::vector<Piece> pieces)
{
    for (const auto& step : steps) {
        std::vector<Piece> next;
        next.reserve(pieces.size());
        for (Piece& piece : pieces) {
            if (piece.token) {
                next.push_back(std::move(piece));
            } else if (!piece.text.empty()) {
                if (const auto done = step(std::move(piece), next); !done)
                    return fail(done.error());
            }
        }
        pieces = std::move(next);
    }
    return pieces;
}

} // namespace slook::text
