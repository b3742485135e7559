#include "formats/python_list.h"
#include <cstdint>

namespace slook::formats {
namespace {

void appendUtf8(std::string& text, std::uint32_t code)
{
    if (code >= 0xD800 && code < 0xE000)
        code = 0xFFFD;
    if (code < 0x80) {
        text += static_cast<char>(code);
    } else if (code < 0x800) {
        text += static_cast<char>(0xC0 | code >> 6);
        text += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        text += static_cast<char>(0xE0 | code >> 12);
        text += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        text += static_cast<char>(0x80 | (code & 0x3F));
    }
}

class Reader {
public:
    explicit Reader(std::string_view text)
        : m_rest(text)
    {
    }

    std::optional<std::vector<std::string>> list()
    {
        std::vector<std::string> elements;
        if (!take('['))
            return std::nullopt;
        while (!take(']')) {
            if (!elements.empty() && !take(','))
                return std::nullopt;
            if (!elements.empty() && take(']'))
                break; // a comma after the last one
            auto element = one();
            if (!element)
                return std::nullopt;
            elements.push_back(std::move(*element));
        }
        skipBlanks();
        return m_rest.empty() ? std::optional(std::move(elements)) : std::nullopt;
    }

private:
    void skipBlanks()
    {
        const auto first = m_rest.find_first_not_of(" \t\r\n");
        m_rest.remove_prefix(first == std::string_view::npos ? m_rest.size() : first);
    }

    bool take(char c)
    {
        skipBlanks();
        if (!m_rest.starts_with(c))
            return false;
        m_rest.remove_prefix(1);
        return true;
    }

    std::optional<std::string> one()
    {
        skipBlanks();
        if (m_rest.starts_with('\'') || m_rest.starts_with('"'))
            return quoted();
        const auto end = m_rest.find_first_not_of("+-.0123456789eE");
        const auto number = m_rest.substr(0, end);
        if (number.empty() || number.find_first_of("0123456789") == std::string_view::npos)
            return std::nullopt;
        m_rest.remove_prefix(number.size());
        return std::string(number);
    }

    std::optional<std::string> quoted()
    {
        const char quote = m_rest.front();
        m_rest.remove_prefix(1);
        std::string text;
        while (true) {
            const char ends[] = { quote, '\\', '\0' };
            const auto plain = m_rest.find_first_of(ends);
            if (plain == std::string_view::npos)
                return std::nullopt;
            text += m_rest.substr(0, plain);
            const char found = m_rest[plain];
            m_rest.remove_prefix(plain + 1);
            if (found == quote)
                return text;
            if (!escape(text))
                return std::nullopt;
        }
    }

    bool escape(std::string& text)
    {
        if (m_rest.empty())
            return false;
        const char c = m_rest.front();
        m_rest.remove_prefix(1);
        static constexpr std::string_view from = "ntr0abfv";
        static constexpr std::string_view to("\n\t\r\0\a\b\f\v", 8);
        if (const auto known = from.find(c); known != std::string_view::npos)
            text += to[known];
        else if (c == 'x' || c == 'u')
            return hexadecimal(text, c == 'x' ? 2 : 4);
        else if (c == '\\' || c == '\'' || c == '"' || c == '/')
            text += c;
        else if (c != '\n')
            (text += '\\') += c; // as Python does with an unknown escape
        return true;
    }

    bool hexadecimal(std::string& text, std::size_t digits)
    {
        if (m_rest.size() < digits)
            return false;
        std::uint32_t code = 0;
        for (const char c : m_rest.substr(0, digits)) {
            const int value = c >= '0' && c <= '9' ? c - '0'
                : c >= 'a' && c <= 'f'             ? c - 'a' + 10
                : c >= 'A' && c <= 'F'             ? c - 'A' + 10
                                                   : -1;
            if (value < 0)
                return false;
            code = code * 16 + static_cast<std::uint32_t>(value);
        }
        m_rest.remove_prefix(digits);
        appendUtf8(text, code);
        return true;
    }

    std::string_view m_rest;
};

} // namespace

std::optional<std::vector<std::string>> fromPythonList(std::string_view text)
{
    return Reader(text).list();
}

} // namespace slook::formats
