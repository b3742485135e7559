#include "formats/parquet/arrow_values.h"
#include "core/file.h"
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace slook::formats {
namespace {

/// First bytes of the kinds that are decoded.
bool beginsPicture(std::string_view bytes)
{
    using namespace std::string_view_literals;
    return bytes.starts_with("\xFF\xD8\xFF"sv) || bytes.starts_with("\x89PNG"sv)
        || (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv))
        || bytes.starts_with("BM"sv) || bytes.starts_with("GIF8"sv);
}

std::optional<std::string_view> bytesAt(const arrow::Array& array, std::int64_t row)
{
    if (array.IsNull(row))
        return std::nullopt;
    switch (array.type_id()) {
    case arrow::Type::BINARY:
    case arrow::Type::STRING:
        return static_cast<const arrow::BinaryArray&>(array).GetView(row);
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::LARGE_STRING:
        return static_cast<const arrow::LargeBinaryArray&>(array).GetView(row);
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::STRING_VIEW:
        return static_cast<const arrow::BinaryViewArray&>(array).GetView(row);
    case arrow::Type::FIXED_SIZE_BINARY:
        return static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row);
    default:
        return std::nullopt;
    }
}

bool isBytes(const arrow::DataType& type)
{
    return arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id())
        || type.id() == arrow::Type::FIXED_SIZE_BINARY;
}

class Reader {
public:
    Reader(const std::string& column, std::vector<CellPicture>& pictures)
        : m_column(column)
        , m_pictures(pictures)
    {
    }

    Json value(const arrow::Array& array, std::int64_t row)
    {
        if (array.IsNull(row))
            return nullptr;
        switch (array.type_id()) {
        case arrow::Type::EXTENSION:
            return value(*static_cast<const arrow::ExtensionArray&>(array).storage(), row);
        case arrow::Type::DICTIONARY: {
            const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
            return value(*coded.dictionary(), coded.GetValueIndex(row));
        }
        case arrow::Type::STRUCT:
            return structure(static_cast<const arrow::StructArray&>(array), row);
        case arrow::Type::LIST:
        case arrow::Type::MAP:
        case arrow::Type::LARGE_LIST:
        case arrow::Type::FIXED_SIZE_LIST:
            return list(array, row);
        default:
            return isBytes(*array.type()) ? text(array, row) : number(array, row);
        }
    }

private:
    Json structure(const arrow::StructArray& array, std::int64_t row)
    {
        const auto bytes = array.GetFieldByName("bytes");
        if (bytes && isBytes(*bytes->type())) {
            const auto path = array.GetFieldByName("path");
            const auto name = path ? bytesAt(*path, row) : std::nullopt;
            const auto found = bytesAt(*bytes, row);
            if (!found || found->empty()) // a file elsewhere
                return name ? Json(checked(*name)) : Json(nullptr);
            return picture(*found, name ? checked(*name) : std::string());
        }
        Json object = Json::object();
        for (int i = 0; i < array.num_fields(); ++i)
            object[array.struct_type()->field(i)->name()] = value(*array.field(i), row);
        return object;
    }

    Json list(const arrow::Array& array, std::int64_t row)
    {
        std::shared_ptr<arrow::Array> part;
        if (array.type_id() == arrow::Type::LARGE_LIST)
            part = static_cast<const arrow::LargeListArray&>(array).value_slice(row);
        else if (array.type_id() == arrow::Type::FIXED_SIZE_LIST)
            part = static_cast<const arrow::FixedSizeListArray&>(array).value_slice(row);
        else
            part = static_cast<const arrow::ListArray&>(array).value_slice(row);
        Json values = Json::array();
        for (std::int64_t i = 0; i < part->length(); ++i)
            values.push_back(value(*part, i));
        return values;
    }

    Json text(const arrow::Array& array, std::int64_t row)
    {
        const auto bytes = bytesAt(array, row).value_or(std::string_view());
        const bool isText =
            arrow::is_string(array.type_id()) || array.type_id() == arrow::Type::STRING_VIEW;
        if (!isText && beginsPicture(bytes))
            return picture(bytes, {});
        if (!isText && !isCleanUtf8(bytes))
            return "(" + std::to_string(bytes.size()) + " bytes)";
        return checked(bytes);
    }

    Json number(const arrow::Array& array, std::int64_t row)
    {
        const auto scalar = array.GetScalar(row);
        if (!scalar.ok())
            throw std::runtime_error(scalar.status().message());
        const auto& one = **scalar;
        switch (one.type->id()) {
        case arrow::Type::BOOL:
            return static_cast<const arrow::BooleanScalar&>(one).value;
        case arrow::Type::UINT64:
            return static_cast<const arrow::UInt64Scalar&>(one).value;
        case arrow::Type::FLOAT:
            return static_cast<const arrow::FloatScalar&>(one).value;
        case arrow::Type::DOUBLE:
            return static_cast<const arrow::DoubleScalar&>(one).value;
        default:
            break;
        }
        if (arrow::is_integer(one.type->id())) {
            const auto wide = one.CastTo(arrow::int64());
            if (wide.ok())
                return static_cast<const arrow::Int64Scalar&>(**wide).value;
        }
        return one.ToString();
    }

    Json picture(std::string_view bytes, std::string name)
    {
        if (name.empty())
            name = m_column + " " + std::to_string(m_pictures.size() + 1);
        m_pictures.push_back({ std::string(bytes), name });
        return name;
    }

    std::string checked(std::string_view text) const
    {
        if (!isCleanUtf8(text))
            throw std::runtime_error("the column \"" + m_column + "\" is no clean UTF-8 text");
        return std::string(text);
    }

    const std::string& m_column;
    std::vector<CellPicture>& m_pictures;
};

} // namespace

int nestingOf(const arrow::DataType& type)
{
    int deepest = 0;
    for (const auto& field : type.fields())
        deepest = std::max(deepest, 1 + nestingOf(*field->type()));
    return deepest;
}

Json jsonOf(const arrow::Array& array, std::int64_t row, const std::string& column,
    std::vector<CellPicture>& pictures)
{
    return Reader(column, pictures).value(array, row);
}

std::vector<CellPicture> picturesOf(const arrow::Array& array, std::int64_t row)
{
    std::vector<CellPicture> pictures;
    (void)jsonOf(array, row, "", pictures);
    return pictures;
}

} // namespace slook::formats
