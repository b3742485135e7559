#include "text/pattern.h"
#include <algorithm>
#include <chrono>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace slook::text {
namespace {

constexpr std::size_t maximumPattern = 4'096;
constexpr std::uint32_t matchLimit = 10'000'000;
constexpr std::uint32_t heapLimitKiB = 64 * 1024;
constexpr std::chrono::seconds timeLimit { 20 };

/// White_Space as a list for a character class: PCRE2's own \s has U+180E too, which Oniguruma's
/// has not.
constexpr std::string_view spaces =
    R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

/// The pattern with \s and \S spelled out.
std::string withSpaces(std::string_view source)
{
    std::string out;
    bool inClass = false;
    for (std::size_t i = 0; i < source.size(); ++i) {
        const char c = source[i];
        if (c != '\\' || i + 1 == source.size()) {
            inClass = c == '[' ? true : c == ']' ? false : inClass;
            out += c;
            continue;
        }
        const char next = source[++i];
        if (next == 's')
            out += inClass ? std::string(spaces) : '[' + std::string(spaces) + ']';
        else if (next == 'S' && !inClass)
            out += "[^" + std::string(spaces) + ']';
        else
            (out += c) += next;
    }
    return out;
}

template <auto destroy> struct Destroy {
    template <class T> void operator()(T* object) const { destroy(object); }
};
using MatchData = std::unique_ptr<pcre2_match_data, Destroy<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Destroy<pcre2_match_context_free>>;
using JitStack = std::unique_ptr<pcre2_jit_stack, Destroy<pcre2_jit_stack_free>>;

/// A stack for compiled patterns, one a thread: the default of 32 KiB is too small for long texts.
pcre2_jit_stack* threadStack()
{
    thread_local const JitStack stack(pcre2_jit_stack_create(32 * 1024, 8 * 1024 * 1024, nullptr));
    return stack.get();
}

} // namespace

struct Pattern::Code {
    pcre2_code* code = nullptr;
    explicit Code(pcre2_code* compiled)
        : code(compiled)
    {
    }
    ~Code() { pcre2_code_free(code); }
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;
};

Result<Pattern> Pattern::compile(std::string_view source, const std::string& where)
{
    if (source.empty() || source.size() > maximumPattern)
        return fail(ErrorKind::Invalid,
            "has a pattern of " + std::to_string(source.size())
                + " bytes, 1 to 4096 are allowed; take the model's own tokenizer.json",
            where);
    const std::string spelled = withSpaces(source);
    int error = 0;
    PCRE2_SIZE at = 0;
    auto* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(spelled.data()), spelled.size(),
        PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &at, nullptr);
    if (!code) {
        PCRE2_UCHAR text[128] = {};
        pcre2_get_error_message(error, text, sizeof text);
        return fail(ErrorKind::Invalid,
            "has a pattern that is not understood ("
                + std::string(reinterpret_cast<const char*>(text))
                + "); take the model's own tokenizer.json",
            where);
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); // without it matching is slower, not wrong
    Pattern pattern;
    pattern.m_code = std::make_shared<const Code>(code);
    pattern.m_text = source;
    return pattern;
}

Pattern Pattern::literal(std::string text)
{
    Pattern pattern;
    pattern.m_text = std::move(text);
    return pattern;
}

Result<std::vector<Span>> Pattern::findAll(std::string_view text) const
{
    std::vector<Span> found;
    if (!m_code) {
        for (auto at = text.find(m_text); at != std::string_view::npos;
             at = text.find(m_text, at + m_text.size()))
            found.push_back({ at, at + m_text.size() });
        return found;
    }
    const MatchData data(pcre2_match_data_create_from_pattern(m_code->code, nullptr));
    const MatchContext context(pcre2_match_context_create(nullptr));
    if (!data || !context)
        throw std::bad_alloc();
    pcre2_set_match_limit(context.get(), matchLimit);
    pcre2_set_heap_limit(context.get(), heapLimitKiB);
    pcre2_jit_stack_assign(context.get(), nullptr, threadStack());
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t at = 0; at < text.size();) {
        const int count = pcre2_match(m_code->code, reinterpret_cast<PCRE2_SPTR>(text.data()),
            text.size(), at, PCRE2_NO_UTF_CHECK, data.get(), context.get());
        if (count == PCRE2_ERROR_NOMATCH)
            break;
        if (count < 0 || std::chrono::steady_clock::now() - begin > timeLimit)
            return fail(ErrorKind::Invalid,
                "the tokenizer's pattern takes too long on this text; take the model's own "
                "tokenizer.json or a shorter text",
                m_text);
        const auto* ends = pcre2_get_ovector_pointer(data.get());
        if (ends[1] > ends[0])
            found.push_back({ ends[0], ends[1] });
        at = std::max<std::size_t>(ends[1], at);
        if (ends[1] <= ends[0]) // an empty match: go on behind the next character
            do
                ++at;
            while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
    }
    return found;
}

Result<std::string> Pattern::replaceAll(std::string_view text, std::string_view content) const
{
    const auto found = findAll(text);
    if (!found)
        return fail(found.error());
    std::string out;
    std::size_t done = 0;
    for (const Span& span : *found) {
        out.append(text, done, span.begin - done).append(content);
        done = span.end;
    }
    return out.append(text, done);
}

} // namespace slook::text
