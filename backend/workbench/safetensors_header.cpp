#include "workbench/safetensors_header.h"
#include "core/json.h"
#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

constexpr std::uint64_t lengthBytes = 8;
constexpr std::uint64_t longestHeader = 100'000'000; // the format's own limit

std::uint64_t littleEndian(const std::array<unsigned char, lengthBytes>& bytes)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        value |= std::uint64_t { bytes[i] } << (8 * i);
    return value;
}

/// Elements of a shape, empty where the product does not fit.
std::optional<std::int64_t> elements(const Json& shape)
{
    std::int64_t product = 1;
    for (const auto& side : shape) {
        if (!side.is_number_unsigned() || side.get<std::uint64_t>() > (1ull << 40))
            return std::nullopt;
        if (__builtin_mul_overflow(product, side.get<std::int64_t>(), &product))
            return std::nullopt;
    }
    return product;
}

Result<std::string> headerText(const fs::path& file, std::uint64_t size)
{
    const std::string where = file.string();
    std::ifstream stream(file, std::ios::binary);
    std::array<unsigned char, lengthBytes> length {};
    if (!stream.read(reinterpret_cast<char*>(length.data()), lengthBytes))
        return fail(ErrorKind::Invalid,
            "is too short to be a safetensors file; it may be truncated, so get it again", where);
    const std::uint64_t bytes = littleEndian(length);
    if (bytes > longestHeader || bytes > size - lengthBytes)
        return fail(ErrorKind::Invalid,
            "announces a header of " + std::to_string(bytes) + " bytes in a file of "
                + std::to_string(size)
                + "; it is truncated or no safetensors file, so get it again",
            where);
    std::string text(bytes, '\0');
    if (!stream.read(text.data(), static_cast<std::streamsize>(bytes)))
        return fail(ErrorKind::Io, "cannot be read; check the disk and its permissions", where);
    return text;
}

Result<std::uint64_t> addTensor(
    const std::string& name, const Json& tensor, WeightFile& found, const std::string& where)
{
    const auto wrong = [&](const std::string& why) {
        return fail(ErrorKind::Invalid,
            "tensor \"" + name + "\" " + why + "; the file is damaged, so get it again", where);
    };
    if (!tensor.is_object() || !tensor.contains("shape") || !tensor["shape"].is_array())
        return wrong("has no shape");
    const auto count = elements(tensor["shape"]);
    if (!count)
        return wrong("has a size that cannot be");
    const Json offsets = tensor.value("data_offsets", Json());
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned()
        || !offsets[1].is_number_unsigned())
        return wrong("has no data_offsets");
    found.parametersByType[stringOr(tensor, "dtype", "?")] += *count;
    return offsets[1].get<std::uint64_t>();
}

} // namespace

Result<WeightFile> readWeightHeader(const fs::path& file)
{
    const std::string where = file.string();
    std::error_code error;
    if (!fs::is_regular_file(file, error))
        return fail(ErrorKind::NotFound, "is not there; get the whole model folder again", where);
    WeightFile found;
    found.bytes = fs::file_size(file, error);
    if (error)
        return fail(ErrorKind::Io, "cannot be read: " + error.message(), where);
    auto text = headerText(file, found.bytes);
    if (!text)
        return fail(text.error());
    const auto header = parseJson(*text, where, { .bytes = longestHeader, .depth = 8 });
    if (!header)
        return fail(header.error());
    std::uint64_t end = 0;
    for (const auto& [name, tensor] : header->items()) {
        if (name == "__metadata__")
            continue;
        const auto last = addTensor(name, tensor, found, where);
        if (!last)
            return fail(last.error());
        end = std::max(end, *last);
    }
    const std::uint64_t data = found.bytes - lengthBytes - text->size();
    if (end != data)
        return fail(ErrorKind::Invalid,
            "should hold " + std::to_string(end) + " bytes of tensors and holds "
                + std::to_string(data) + "; it is truncated or damaged, so get it again",
            where);
    return found;
}

} // namespace slook::workbench
