#define PCRE2_CODE_UNIT_WIDTH 8
#include "methods/pattern.h"
#include <cctype>
#include <pcre2.h>
#include <stdexcept>

namespace slook::methods {
namespace {

template <auto release> struct Release {
    template <class T> void operator()(T* pointer) const { release(pointer); }
};

} // namespace

struct Pattern::Code {
    std::unique_ptr<pcre2_code, Release<pcre2_code_free>> code;
    std::unique_ptr<pcre2_match_context, Release<pcre2_match_context_free>> context;

    /// The first match from byte `from` on: {whole match, group 1}.
    struct Found {
        Span whole;
        Span group;
    };
    std::optional<Found> find(std::string_view text, std::size_t from) const
    {
        const std::unique_ptr<pcre2_match_data, Release<pcre2_match_data_free>> data(
            pcre2_match_data_create_from_pattern(code.get(), nullptr));
        const int groups = pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()),
            text.size(), from, from > 0 ? PCRE2_NO_UTF_CHECK : 0, data.get(), context.get());
        if (groups < 1)
            return std::nullopt;
        const auto* ends = pcre2_get_ovector_pointer(data.get());
        Found found { { ends[0], ends[1] }, { ends[0], ends[1] } };
        if (groups > 1 && ends[2] != PCRE2_UNSET)
            found.group = { ends[2], ends[3] };
        return found;
    }
};

Pattern::Pattern(std::string_view expression, bool ignoreCase)
    : m_code(std::make_unique<Code>())
{
    int error = 0;
    PCRE2_SIZE offset = 0;
    const std::unique_ptr<pcre2_compile_context, Release<pcre2_compile_context_free>> compiling(
        pcre2_compile_context_create(nullptr));
    pcre2_set_newline(compiling.get(), PCRE2_NEWLINE_LF);
    m_code->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()),
        expression.size(), PCRE2_UTF | PCRE2_UCP | (ignoreCase ? PCRE2_CASELESS : 0), &error,
        &offset, compiling.get()));
    if (!m_code->code) {
        constexpr std::size_t longest = 256;
        PCRE2_UCHAR why[longest] = {};
        pcre2_get_error_message(error, why, longest);
        throw std::invalid_argument("is no expression: "
            + std::string(reinterpret_cast<const char*>(why)) + " at character "
            + std::to_string(offset + 1) + " of \"" + std::string(expression) + "\"");
    }
    m_code->context.reset(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(m_code->context.get(), 5'000'000);
    pcre2_set_heap_limit(m_code->context.get(), 64u << 10); // KiB
}

Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

std::optional<Span> Pattern::first(std::string_view text) const
{
    const auto found = m_code->find(text, 0);
    return found ? std::optional(found->group) : std::nullopt;
}

void Pattern::forEach(std::string_view text, const std::function<bool(Span)>& onMatch) const
{
    for (std::size_t from = 0; from <= text.size();) {
        const auto found = m_code->find(text, from);
        if (!found || !onMatch(found->group))
            return;
        from = found->whole.end > from ? found->whole.end : from + 1;
        while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80)
            ++from;
    }
}

std::optional<Span> Pattern::last(std::string_view text) const
{
    std::optional<Span> last;
    forEach(text, [&](Span span) {
        last = span;
        return true;
    });
    return last;
}

std::string Pattern::quoted(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte >= 0x80 || std::isalnum(byte) || c == '_';
        if (!plain)
            result += '\\';
        result += c;
    }
    return result;
}

} // namespace slook::methods
