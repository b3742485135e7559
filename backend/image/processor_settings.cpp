#include "core/file.h"
#include "image/processor.h"
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace slook::image {
namespace {

constexpr int maximumEdge = 4'096;

/// Reads settings one by one and keeps the first reason to refuse them.
class Reader {
public:
    Reader(const Json& json, std::string where)
        : m_json(json)
        , m_where(std::move(where))
    {
    }
    [[nodiscard]] const Json* find(const char* key) const
    {
        const auto found = m_json.find(key);
        return found == m_json.end() || found->is_null() ? nullptr : &*found;
    }
    void flag(const char* key, bool& value)
    {
        if (const auto* json = find(key)) {
            if (json->is_boolean())
                value = json->get<bool>();
            else
                refuse(key, "true or false");
        }
    }
    void edge(const Json& json, const char* key, int& value)
    {
        if (json.is_number_integer() && json >= 1 && json <= maximumEdge)
            value = json.get<int>();
        else
            refuse(key, "a whole number from 1 to 4096");
    }
    void positive(const char* key, double& value)
    {
        if (const auto* json = find(key)) {
            if (json->is_number() && std::isfinite(json->get<double>()) && json->get<double>() > 0)
                value = json->get<double>();
            else
                refuse(key, "a number above 0");
        }
    }
    void three(const char* key, std::array<double, 3>& values, bool notZero)
    {
        const auto* json = find(key);
        if (!json)
            return;
        const bool list = json->is_array() && json->size() == 3;
        for (std::size_t i = 0; i < 3; ++i) {
            const Json& one = list ? (*json)[i] : *json;
            if (!one.is_number() || !std::isfinite(one.get<double>())
                || (notZero && one.get<double>() == 0))
                return refuse(key, notZero ? "three numbers that are not 0" : "three numbers");
            values[i] = one.get<double>();
        }
    }
    void refuse(const char* key, const char* wanted)
    {
        if (!m_problem)
            m_problem = Error { ErrorKind::Invalid,
                std::string("the picture setting \"") + key + "\" must be " + wanted
                    + "; restore the model's own file",
                m_where };
    }
    [[nodiscard]] const std::optional<Error>& problem() const { return m_problem; }

private:
    const Json& m_json;
    std::string m_where;
    std::optional<Error> m_problem;
};

/// {"shortest_edge": n}, {"height": h, "width": w}, or, in very old files, a number.
void readSize(Reader& reader, ProcessorSettings& settings)
{
    const auto* size = reader.find("size");
    if (!size)
        return;
    if (!size->is_object())
        return reader.edge(*size, "size", settings.shortestEdge);
    if (size->contains("height") && size->contains("width")) {
        settings.size = Size {};
        reader.edge(size->at("height"), "size", settings.size->height);
        reader.edge(size->at("width"), "size", settings.size->width);
    } else if (size->contains("shortest_edge")) {
        reader.edge(size->at("shortest_edge"), "size", settings.shortestEdge);
        if (size->contains("longest_edge") && !size->at("longest_edge").is_null())
            reader.edge(size->at("longest_edge"), "size", settings.longestEdge.emplace(0));
    } else {
        reader.refuse("size", "{\"shortest_edge\": ...} or {\"height\": ..., \"width\": ...}");
    }
}

void readCropSize(Reader& reader, ProcessorSettings& settings)
{
    const auto* size = reader.find("crop_size");
    if (!size)
        return;
    auto& crop = settings.cropSize;
    if (!size->is_object()) {
        reader.edge(*size, "crop_size", crop.width);
        crop.height = crop.width;
    } else if (size->contains("height") && size->contains("width")) {
        reader.edge(size->at("height"), "crop_size", crop.height);
        reader.edge(size->at("width"), "crop_size", crop.width);
    } else {
        reader.refuse("crop_size", "{\"height\": ..., \"width\": ...}");
    }
}

void readFilter(Reader& reader, ProcessorSettings& settings)
{
    const auto* json = reader.find("resample");
    if (!json)
        return;
    const auto filter =
        json->is_number_integer() ? filterByNumber(json->get<std::int64_t>()) : std::nullopt;
    if (filter)
        settings.filter = *filter;
    else
        reader.refuse("resample", "a filter number from 0 to 5");
}

/// CLIPImageProcessor, its ...Fast and ...Pil forms, and the older name.
bool isClip(const std::string& type)
{
    return type == "CLIPImageProcessor" || type == "CLIPImageProcessorFast"
        || type == "CLIPImageProcessorPil" || type == "CLIPFeatureExtractor"
        || type == "LlavaImageProcessor" || type == "LlavaImageProcessorFast"
        || type == "LlavaImageProcessorPil";
}

Result<Json> readObject(const std::filesystem::path& file)
{
    const auto text = readFile(file, 16u << 20);
    if (!text)
        return fail(text.error());
    auto json = parseJson(*text, file.string());
    if (json && !json->is_object())
        return fail(ErrorKind::Invalid, "holds no JSON object; restore the model's own file",
            file.string());
    return json;
}

} // namespace

Result<ProcessorSettings> parseProcessorSettings(const Json& json, const std::string& where)
{
    if (!json.is_object())
        return fail(
            ErrorKind::Invalid, "holds no picture settings; restore the model's own file", where);
    ProcessorSettings settings;
    settings.type = stringOr(
        json, "image_processor_type", stringOr(json, "feature_extractor_type", settings.type));
    if (!isClip(settings.type))
        return fail(ErrorKind::Invalid,
            "wants the picture processor \"" + settings.type
                + "\", which is not known here; use a model with CLIPImageProcessor (LLaVA-1.5)",
            where);
    Reader reader(json, where);
    reader.flag("do_resize", settings.resize);
    readSize(reader, settings);
    readFilter(reader, settings);
    reader.flag("do_center_crop", settings.crop);
    readCropSize(reader, settings);
    reader.flag("do_rescale", settings.rescale);
    reader.positive("rescale_factor", settings.rescaleFactor);
    reader.flag("do_normalize", settings.normalise);
    reader.three("image_mean", settings.mean, false);
    reader.three("image_std", settings.deviation, true);
    settings.padToSquare = stringOr(json, "image_aspect_ratio") == "pad";
    if (settings.type.starts_with("LlavaImageProcessor"))
        reader.flag("do_pad", settings.padToSquare);
    if (reader.problem())
        return fail(*reader.problem());
    return settings;
}

Result<ProcessorSettings> readProcessorSettings(const std::filesystem::path& modelFolder)
{
    const auto nested = modelFolder / "processor_config.json";
    const auto plain = modelFolder / "preprocessor_config.json";
    auto json = readObject(nested);
    if (json && json->contains("image_processor"))
        return parseProcessorSettings((*json)["image_processor"], nested.string());
    if (!json && json.error().kind != ErrorKind::NotFound)
        return fail(json.error());
    json = readObject(plain);
    if (!json && json.error().kind == ErrorKind::NotFound)
        return fail(ErrorKind::NotFound,
            "has neither preprocessor_config.json nor picture settings in processor_config.json; "
            "download the whole model",
            modelFolder.string());
    if (!json)
        return fail(json.error());
    return parseProcessorSettings(*json, plain.string());
}

} // namespace slook::image
