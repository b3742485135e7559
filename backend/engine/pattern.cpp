#include "engine/pattern.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace slook::engine {

struct Pattern::Code {
    pcre2_code* code = nullptr;
    pcre2_match_context* limits = nullptr;
    Code() = default;
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;
    ~Code()
    {
        pcre2_match_context_free(limits);
        pcre2_code_free(code);
    }
};

Result<Pattern> Pattern::compile(const std::string& text)
{
    int error = 0;
    PCRE2_SIZE place = 0;
    auto held = std::make_shared<Code>();
    held->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
        PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C, &error, &place, nullptr);
    if (held->code == nullptr) {
        PCRE2_UCHAR reason[128] = {};
        pcre2_get_error_message(error, reason, sizeof reason);
        return fail(ErrorKind::Invalid,
            "The pattern '" + text.substr(0, 80) + "' is no regular expression at character "
                + std::to_string(place) + ": " + reinterpret_cast<const char*>(reason) + ".");
    }
    held->limits = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(held->limits, 100'000);
    pcre2_set_depth_limit(held->limits, 1'000);
    Pattern pattern;
    pattern.m_code = std::move(held);
    return pattern;
}

bool Pattern::matchesWhole(std::string_view text) const
{
    auto* data = pcre2_match_data_create(1, nullptr);
    const int found = pcre2_match(m_code->code, reinterpret_cast<PCRE2_SPTR>(text.data()),
        text.size(), 0, 0, data, m_code->limits);
    pcre2_match_data_free(data);
    return found >= 0;
}

} // namespace slook::engine
