#include "text/jinja_syntax.h"
#include "text/utf8.h"
#include <algorithm>

namespace slook::text::jinja {
namespace {

bool isBlank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}
bool isNameStart(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

/// One kind of newline, and none at the very end.
std::string withNewlines(std::string_view source)
{
    std::string out;
    out.reserve(source.size());
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '\r') {
            out += '\n';
            i += i + 1 < source.size() && source[i + 1] == '\n';
        } else {
            out += source[i];
        }
    }
    if (out.ends_with('\n'))
        out.pop_back();
    return out;
}

class Lexer {
public:
    explicit Lexer(std::string source)
        : m_source(std::move(source))
    {
    }
    std::vector<Token> run()
    {
        while (m_at < m_source.size())
            text();
        add(Token::Kind::End, "");
        return std::move(m_tokens);
    }

private:
    [[noreturn]] void refuse(const std::string& what) const
    {
        throw TemplateError("line " + std::to_string(m_line) + ": " + what);
    }
    void add(Token::Kind kind, std::string content)
    {
        m_tokens.push_back({ kind, std::move(content), m_line });
    }
    [[nodiscard]] bool startsWith(std::string_view what) const
    {
        return std::string_view(m_source).substr(m_at).starts_with(what);
    }
    void moveTo(std::size_t place)
    {
        m_line += static_cast<int>(std::count(m_source.begin() + static_cast<std::ptrdiff_t>(m_at),
            m_source.begin() + static_cast<std::ptrdiff_t>(place), '\n'));
        m_lineStart = place > m_at ? m_source[place - 1] == '\n' : m_lineStart;
        m_at = place;
    }
    [[nodiscard]] std::size_t nextTag() const
    {
        auto open = m_source.find('{', m_at);
        while (open != std::string::npos && open + 1 < m_source.size() && m_source[open + 1] != '{'
            && m_source[open + 1] != '%' && m_source[open + 1] != '#')
            open = m_source.find('{', open + 1);
        return open == std::string::npos || open + 1 >= m_source.size() ? m_source.size() : open;
    }

    /// Text up to the next tag, cut as the tag's sign and lstrip_blocks want it; then the tag.
    void text()
    {
        const std::size_t open = nextTag();
        std::string content = m_source.substr(m_at, open - m_at);
        if (open == m_source.size()) {
            add(Token::Kind::Text, std::move(content));
            moveTo(open);
            return;
        }
        const char kind = m_source[open + 1];
        const char sign = open + 2 < m_source.size() ? m_source[open + 2] : '\0';
        if (sign == '-') {
            while (!content.empty() && isBlank(content.back()))
                content.pop_back();
        } else if (sign != '+' && kind != '{') {
            const auto line = content.rfind('\n') + 1; // npos + 1 is 0
            if ((line > 0 || m_lineStart)
                && content.find_first_not_of(" \t", line) == std::string::npos)
                content.resize(line);
        }
        if (!content.empty())
            add(Token::Kind::Text, std::move(content));
        moveTo(open + 2 + (sign == '-' || (sign == '+' && kind != '{')));
        if (kind == '#')
            comment();
        else
            tag(kind == '{');
    }
    void comment()
    {
        const auto end = m_source.find("#}", m_at);
        if (end == std::string::npos)
            refuse("a comment is not closed");
        const bool strip = end > m_at && m_source[end - 1] == '-';
        const bool keep = end > m_at && m_source[end - 1] == '+';
        moveTo(end + 2);
        afterTag(strip, !keep);
    }
    void afterTag(bool strip, bool trim)
    {
        std::size_t place = m_at;
        if (strip)
            while (place < m_source.size() && isBlank(m_source[place]))
                ++place;
        else if (trim && place < m_source.size() && m_source[place] == '\n')
            ++place;
        moveTo(place);
    }
    void tag(bool print)
    {
        add(print ? Token::Kind::PrintBegin : Token::Kind::BlockBegin, "");
        const std::size_t firstToken = m_tokens.size();
        int open = 0; // brackets: "}}" may close two dictionaries
        for (;;) {
            while (m_at < m_source.size() && isBlank(m_source[m_at]))
                moveTo(m_at + 1);
            if (m_at >= m_source.size())
                refuse("a tag is not closed");
            const bool sign = m_source[m_at] == '-' || (m_source[m_at] == '+' && !print);
            const std::string_view close = print ? "}}" : "%}";
            if (open == 0 && std::string_view(m_source).substr(m_at + sign).starts_with(close)) {
                const char mark = sign ? m_source[m_at] : '\0';
                add(print ? Token::Kind::PrintEnd : Token::Kind::BlockEnd, "");
                moveTo(m_at + sign + 2);
                afterTag(mark == '-', !print && mark != '+');
                break;
            }
            open += token();
        }
        if (!print && m_tokens[firstToken].text == "raw" && m_tokens.size() == firstToken + 2)
            raw();
    }
    /// `{% raw %}`: text up to `{% endraw %}`; the two tags themselves vanish.
    void raw()
    {
        m_tokens.resize(m_tokens.size() - 3);
        const auto end = m_source.find("endraw", m_at);
        const auto begin = end == std::string::npos ? end : m_source.rfind("{%", end);
        const auto close = end == std::string::npos ? end : m_source.find("%}", end);
        if (begin == std::string::npos || close == std::string::npos || begin < m_at)
            refuse("{% raw %} is not closed");
        add(Token::Kind::Text, m_source.substr(m_at, begin - m_at));
        moveTo(close + 2);
        afterTag(m_source[close - 1] == '-', true);
    }
    /// One token inside a tag; +1 for an opening bracket, -1 for a closing one.
    int token()
    {
        const char c = m_source[m_at];
        if (c == '"' || c == '\'') {
            string(c);
        } else if (isNameStart(c)) {
            std::size_t end = m_at;
            while (end < m_source.size() && (isNameStart(m_source[end]) || isDigit(m_source[end])))
                ++end;
            take(Token::Kind::Name, end);
        } else if (isDigit(c)) {
            number();
        } else {
            return sign();
        }
        return 0;
    }
    void take(Token::Kind kind, std::size_t end)
    {
        add(kind, m_source.substr(m_at, end - m_at));
        moveTo(end);
    }
    void number()
    {
        std::size_t end = m_at;
        const auto digits = [&] {
            while (end < m_source.size() && (isDigit(m_source[end]) || m_source[end] == '_'))
                ++end;
        };
        digits();
        bool real = false;
        if (end + 1 < m_source.size() && m_source[end] == '.' && isDigit(m_source[end + 1])) {
            real = true;
            ++end;
            digits();
        }
        std::string text = m_source.substr(m_at, end - m_at);
        std::erase(text, '_');
        add(real ? Token::Kind::Float : Token::Kind::Integer, std::move(text));
        moveTo(end);
    }
    int sign()
    {
        for (const std::string_view two : { "//", "**", "==", "!=", ">=", "<=" })
            if (startsWith(two)) {
                take(Token::Kind::Operator, m_at + 2);
                return 0;
            }
        const char c = m_source[m_at];
        if (std::string_view("+-*/%~[](){}<>=.:|,").find(c) == std::string_view::npos)
            refuse("the character \"" + m_source.substr(m_at, 1) + "\" is not expected");
        take(Token::Kind::Operator, m_at + 1);
        return c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
    }
    void string(char quote)
    {
        std::string content;
        std::size_t i = m_at + 1;
        for (; i < m_source.size() && m_source[i] != quote; ++i) {
            if (m_source[i] != '\\' || i + 1 >= m_source.size())
                content += m_source[i];
            else
                i = escape(i + 1, content);
        }
        if (i >= m_source.size())
            refuse("a text is not closed");
        add(Token::Kind::String, cleanUtf8(content));
        moveTo(i + 1);
    }
    /// Python's escapes; returns the place of the last character used.
    std::size_t escape(std::size_t i, std::string& content) const
    {
        constexpr std::string_view from = "ntrabfv0\\'\"", to("\n\t\r\a\b\f\v\0\\'\"", 11);
        const char c = m_source[i];
        const int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (digits > 0) {
            char32_t code = 0;
            for (int k = 1; k <= digits; ++k) {
                const char d = i + k < m_source.size() ? m_source[i + k] : '\0';
                if (!std::isxdigit(static_cast<unsigned char>(d)))
                    refuse("a text has a broken \\" + std::string(1, c) + " escape");
                code =
                    code << 4 | static_cast<char32_t>(isDigit(d) ? d - '0' : (d | 32) - 'a' + 10);
            }
            appendUtf8(
                content, code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0xFFFD : code);
            return i + digits;
        }
        if (const auto known = from.find(c); known != std::string_view::npos)
            content += to[known];
        else if (c != '\n') // a line that goes on
            (content += '\\') += c;
        return i;
    }

    std::string m_source;
    std::vector<Token> m_tokens;
    std::size_t m_at = 0;
    int m_line = 1;
    bool m_lineStart = true;
};

} // namespace

std::vector<Token> tokenize(std::string_view source)
{
    return Lexer(withNewlines(source)).run();
}

} // namespace slook::text::jinja
