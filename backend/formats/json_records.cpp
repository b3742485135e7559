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

JsonRecords JsonRecords::membersOf(std::string_view text)
{
    JsonRecords records;
    records.m_text = text;
    records.m_at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    records.skipBlanks();
    records.m_shape = Shape::Members;
    records.m_ended = records.m_at >= text.size() || text[records.m_at] != '{';
    ++records.m_at;
    return records;
}

JsonRecords JsonRecords::within(std::string_view text, std::string_view key)
{
    JsonRecords members = membersOf(text);
    while (!members.m_ended) {
        members.skipBlanks();
        if (members.m_at < text.size() && text[members.m_at] == ',' && !members.m_first) {
            ++members.m_at;
            members.skipBlanks();
        }
        members.m_first = false;
        const auto found = members.takeKey();
        if (found == key && members.m_at < text.size() && text[members.m_at] == '[') {
            ++members.m_at;
            members.m_shape = Shape::Array;
            members.m_first = true;
            return members;
        }
        const auto end = found ? members.endOfValue(members.m_at) : npos;
        members.m_ended = end == npos;
        if (end != npos)
            members.take(std::max(end, members.m_at + 1));
    }
    return members;
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
    const bool closed = m_shape == Shape::Array || m_shape == Shape::Members;
    return depth == 0 && !closed ? m_text.size() : npos;
}

JsonRecord JsonRecords::take(std::size_t end)
{
    JsonRecord record { m_text.substr(m_at, end - m_at), {}, m_line,
        static_cast<std::int64_t>(m_at), false };
    m_line += static_cast<int>(std::ranges::count(record.text, '\n'));
    m_at = end;
    return record;
}

JsonRecord JsonRecords::cutAt(std::size_t from)
{
    m_ended = true;
    return { {}, {}, m_line, static_cast<std::int64_t>(from), true };
}

std::optional<std::string_view> JsonRecords::takeKey()
{
    if (m_at >= m_text.size() || m_text[m_at] != '"')
        return std::nullopt;
    const auto end = endOfValue(m_at);
    if (end == npos)
        return std::nullopt;
    const auto key = m_text.substr(m_at + 1, end - m_at - 2);
    take(end);
    skipBlanks();
    if (m_at >= m_text.size() || m_text[m_at] != ':')
        return std::nullopt;
    ++m_at;
    skipBlanks();
    return key;
}

std::optional<JsonRecord> JsonRecords::nextOfArray()
{
    const char close = m_shape == Shape::Members ? '}' : ']';
    if (m_at < m_text.size() && m_text[m_at] == close) {
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
    std::string_view key;
    if (m_shape == Shape::Members) {
        const auto found = takeKey();
        if (!found && m_at >= m_text.size())
            return cutAt(m_text.size());
        key = found.value_or(key);
    }
    const auto end = endOfValue(m_at);
    if (end == npos)
        return cutAt(m_text.size());
    // A closing brace or comma where a value should be: one character, which is no JSON.
    auto record = take(std::max(end, m_at + 1));
    record.key = key;
    return record;
}

std::optional<JsonRecord> JsonRecords::next()
{
    if (m_ended)
        return std::nullopt;
    skipBlanks();
    if (m_shape == Shape::Array || m_shape == Shape::Members)
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
