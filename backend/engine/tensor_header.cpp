#include "engine/tensor_header.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace slook::engine {
namespace {

constexpr std::size_t mostTensors = 200'000;
constexpr std::size_t mostDimensions = 8;

struct TypeName {
    const char* name;
    at::ScalarType type;
};
constexpr std::array typeNames { TypeName { "F64", at::kDouble }, TypeName { "F32", at::kFloat },
    TypeName { "F16", at::kHalf }, TypeName { "BF16", at::kBFloat16 },
    TypeName { "I64", at::kLong }, TypeName { "I32", at::kInt }, TypeName { "I16", at::kShort },
    TypeName { "I8", at::kChar }, TypeName { "U8", at::kByte }, TypeName { "BOOL", at::kBool } };

/// Reads the header as events, so that nothing is built that the format does not have.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
public:
    TensorHeader header;
    std::string problem;

    bool null() override { return refuse("holds null"); }
    bool boolean(bool) override { return refuse("holds true or false"); }
    bool number_integer(number_integer_t) override { return refuse("holds a negative number"); }
    bool number_float(number_float_t, const string_t&) override
    {
        return refuse("holds a fraction or a number above 2^64");
    }
    bool binary(binary_t&) override { return refuse("holds binary data"); }

    bool number_unsigned(number_unsigned_t value) override
    {
        if (m_place == Place::Shape) {
            if (m_entry.shape.size() == mostDimensions)
                return refuse("has more than 8 dimensions");
            if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
                return refuse("has a dimension above 2^63");
            m_entry.shape.push_back(static_cast<std::int64_t>(value));
            return true;
        }
        if (m_place == Place::Offsets && m_offsets < 2) {
            (m_offsets++ == 0 ? m_entry.begin : m_entry.end) = value;
            return true;
        }
        return refuse("holds a number where none belongs");
    }

    bool string(string_t& value) override
    {
        if (m_place == Place::Metadata) {
            header.metadata[m_field] = value;
            return true;
        }
        if (m_place != Place::Entry || m_field != "dtype")
            return refuse("holds a text where none belongs");
        const auto* found =
            std::ranges::find_if(typeNames, [&](const TypeName& t) { return value == t.name; });
        if (found == typeNames.end())
            return refuse(
                "has the type \"" + value.substr(0, 40) + "\", which this program does not read");
        m_entry.type = found->type;
        return true;
    }

    bool start_object(std::size_t) override
    {
        if (m_place == Place::Outside) {
            m_place = Place::Top;
        } else if (m_place == Place::Top && m_name == "__metadata__") {
            m_place = Place::Metadata;
        } else if (m_place == Place::Top) {
            m_place = Place::Entry;
            m_entry = {};
            m_offsets = 0;
        } else {
            return refuse("is nested too deeply");
        }
        m_seen.clear();
        return true;
    }

    bool key(string_t& value) override
    {
        if (m_place != Place::Top) {
            m_field = value;
            return std::ranges::find(m_seen, value) == m_seen.end()
                ? (m_seen.push_back(value), true)
                : refuse("has a key twice");
        }
        m_name = value;
        if (header.entries.size() >= mostTensors)
            return refuse("is one of more than " + std::to_string(mostTensors) + " tensors");
        if (header.entries.contains(value) || (value == "__metadata__" && m_sawMetadata))
            return refuse("is there twice");
        m_sawMetadata = m_sawMetadata || value == "__metadata__";
        return true;
    }

    bool end_object() override
    {
        if (m_place == Place::Entry) {
            if (std::ranges::find(m_seen, "dtype") == m_seen.end()
                || std::ranges::find(m_seen, "shape") == m_seen.end() || m_offsets != 2)
                return refuse("lacks its type, shape or place");
            header.entries.emplace(m_name, std::move(m_entry));
        }
        m_place = m_place == Place::Top ? Place::Outside : Place::Top;
        return true;
    }

    bool start_array(std::size_t) override
    {
        if (m_place == Place::Entry && m_field == "shape")
            m_place = Place::Shape;
        else if (m_place == Place::Entry && m_field == "data_offsets")
            m_place = Place::Offsets;
        else
            return refuse("holds a list where none belongs");
        return true;
    }

    bool end_array() override
    {
        m_place = Place::Entry;
        return true;
    }

    bool parse_error(
        std::size_t at, const std::string&, const nlohmann::detail::exception&) override
    {
        problem = "has a header that is no JSON at byte " + std::to_string(at);
        return false;
    }

private:
    enum class Place { Outside, Top, Metadata, Entry, Shape, Offsets };

    bool refuse(const std::string& why)
    {
        problem = "tensor \"" + m_name.substr(0, 200) + "\" " + why;
        return false;
    }

    Place m_place = Place::Outside;
    std::string m_name, m_field;
    std::vector<std::string> m_seen;
    TensorEntry m_entry;
    int m_offsets = 0;
    bool m_sawMetadata = false;
};

/// Bytes of a tensor; nullopt where the product does not fit 63 bits.
std::optional<std::uint64_t> byteCount(const TensorEntry& entry)
{
    std::uint64_t bytes = c10::elementSize(entry.type);
    for (const auto size : entry.shape)
        if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)
            || bytes > (std::uint64_t { 1 } << 62))
            return std::nullopt;
    return bytes;
}

Result<void> checkPlaces(
    const TensorHeader& header, std::uint64_t dataBytes, const std::string& where)
{
    std::vector<std::pair<const std::string*, const TensorEntry*>> inOrder;
    for (const auto& [name, entry] : header.entries)
        inOrder.emplace_back(&name, &entry);
    std::ranges::sort(
        inOrder, {}, [](const auto& one) { return std::pair(one.second->begin, one.second->end); });
    const auto bad = [&](const std::string& name, const std::string& why) {
        return fail(ErrorKind::Invalid,
            "tensor \"" + name.substr(0, 200) + "\" " + why
                + "; the file is damaged, fetch it again",
            where);
    };
    std::uint64_t expected = 0;
    for (const auto& [name, entry] : inOrder) {
        if (entry->begin > entry->end || entry->end > dataBytes)
            return bad(*name, "lies outside the file");
        const auto bytes = byteCount(*entry);
        if (!bytes || *bytes != entry->end - entry->begin)
            return bad(*name, "has a shape that does not match its number of bytes");
        if (entry->begin != expected)
            return bad(
                *name, entry->begin < expected ? "overlaps another one" : "has a hole before it");
        expected = entry->end;
    }
    if (expected != dataBytes)
        return fail(ErrorKind::Invalid,
            "has " + std::to_string(dataBytes - expected)
                + " bytes behind its last tensor; the file is damaged, fetch it again",
            where);
    return {};
}

} // namespace

Result<TensorHeader> parseTensorHeader(
    std::string_view json, std::uint64_t dataBytes, const std::string& where)
{
    HeaderReader reader;
    if (!json.starts_with('{'))
        return fail(ErrorKind::Invalid,
            "has a header that does not begin with '{', so it is no safetensors file; fetch it "
            "again",
            where);
    if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader))
        return fail(
            ErrorKind::Invalid, reader.problem + "; the file is damaged, fetch it again", where);
    if (auto checked = checkPlaces(reader.header, dataBytes, where); !checked)
        return fail(std::move(checked).error());
    return std::move(reader.header);
}

const char* safetensorsName(at::ScalarType type)
{
    const auto* found = std::ranges::find(typeNames, type, &TypeName::type);
    return found == typeNames.end() ? nullptr : found->name;
}

} // namespace slook::engine
