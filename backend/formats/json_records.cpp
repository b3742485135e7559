#include "formats/json_records.h"
#include <algorithm>

namespace slook::formats {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr auto npos = std::string_view::npos;

} // namespace

JsonRecords::JsonRecords(std::string_view text)
    : m_text(text)
{
    if (m_text.starts_with("\xEF\xBB\xBF"))
        m_at = 3;
    skipBlanks();
    if (m_at < m_text.size() && m_text[m_at] == '[') {
        m_shape = Shape::Array;
        ++m_at;
        return;
    }
    const auto end = endOfValue(m_at);
    const auto line = m_text.find('\n', m_at);
    if (end != npos && (line == npos || end <= line))
        m_shape = Shape::Lines;
}

void JsonRecords::skipBlanks()
{
    while (m_at < m_text.size() && blanks.find(m_text[m_at]) != npos)
        m_line += m_text[m_at++] == '\n';
}

std::size_t JsonRecords::endOfValue(std::size_t from) const
{
    std::size_t depth = 0;
    for (auto i = from; i < m_text.size(); ++i) {
        const char c = m_text[i];
        if (c == '"') {
            for (++i; i < m_text.size() && m_text[i] != '"'; ++i)
                i += m_text[i] == '\\';
            if (i >= m_text.size())
                return npos;
        } else if (c == '{' || c == '[') {
            ++depth;
            continue;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return i;
            --depth;
        } else if (depth == 0 && (c == ',' || blanks.find(c) != npos)) {
            return i;
        } else {
            continue;
        }
        if (depth == 0)
            return i + 1;
    }
    return depth == 0 && m_shape != Shape::Array ? m_text.size() : npos;
}

JsonRecord JsonRecords::take(std::size_t end)
{
    JsonRecord record { m_text.substr(m_at, end - m_at), m_line, static_cast<std::int64_t>(m_at),
        false };
    m_line += static_cast<int>(std::ranges::count(record.text, '\n'));
    m_at = end;
    return record;
}

JsonRecord JsonRecords::cutAt(std::size_t from)
{
    m_ended = true;
    return { {}, m_line, static_cast<std::int64_t>(from), true };
}

std::optional<JsonRecord> JsonRecords::nextOfArray()
{
    if (m_at < m_text.size() && m_text[m_at] == ']') {
        m_ended = true;
        return std::nullopt;
    }
    if (!m_first && m_at < m_text.size() && m_text[m_at] == ',') {
        ++m_at;
        skipBlanks();
    }
    m_first = false;
    if (m_at >= m_text.size())
        return cutAt(m_text.size());
    const auto end = endOfValue(m_at);
    if (end == npos)
        return cutAt(m_text.size());
    // A closing brace or comma where a value should be: one character, which is no JSON.
    return take(std::max(end, m_at + 1));
}

std::optional<JsonRecord> JsonRecords::next()
{
    if (m_ended)
        return std::nullopt;
    skipBlanks();
    if (m_shape == Shape::Array)
        return nextOfArray();
    if (m_at >= m_text.size())
        return std::nullopt;
    const auto line = m_text.find('\n', m_at);
    if (m_shape == Shape::Lines && line != npos)
        return take(line);
    const auto end = endOfValue(m_at);
    if (end == npos)
        return cutAt(m_text.size());
    return take(m_shape == Shape::Lines ? m_text.size() : std::max(end, m_at + 1));
}

} // namespace slook::formats
