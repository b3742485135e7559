#include "core/file.h"
#include "core/json_file.h"
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
    const bool byLonger = settings.kind == ProcessorKind::Split;
    if (size->contains("height") && size->contains("width")) {
        settings.size = Size {};
        reader.edge(size->at("height"), "size", settings.size->height);
        reader.edge(size->at("width"), "size", settings.size->width);
    } else if (byLonger && size->contains("longest_edge")) {
        reader.edge(size->at("longest_edge"), "size", settings.longestEdge.emplace(0));
    } else if (!byLonger && size->contains("shortest_edge")) {
        reader.edge(size->at("shortest_edge"), "size", settings.shortestEdge);
        if (size->contains("longest_edge") && !size->at("longest_edge").is_null())
            reader.edge(size->at("longest_edge"), "size", settings.longestEdge.emplace(0));
    } else {
        reader.refuse("size",
            byLonger ? "{\"longest_edge\": ...} or {\"height\": ..., \"width\": ...}"
                     : "{\"shortest_edge\": ...} or {\"height\": ..., \"width\": ...}");
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

/// Resolutions as [height, width], as the files write them.
void readPinpoints(Reader& reader, ProcessorSettings& settings)
{
    constexpr std::size_t mostPinpoints = 1'000;
    constexpr const char* key = "image_grid_pinpoints";
    const auto* list = reader.find(key);
    if (!list)
        return;
    if (!list->is_array() || list->empty() || list->size() > mostPinpoints)
        return reader.refuse(key, "a list of 1 to 1000 pairs [height, width]");
    settings.pinpoints.clear();
    for (const Json& one : *list) {
        if (!one.is_array() || one.size() != 2)
            return reader.refuse(key, "a list of pairs [height, width]");
        Size size;
        reader.edge(one[0], key, size.height);
        reader.edge(one[1], key, size.width);
        settings.pinpoints.push_back(size);
    }
}

void readTileSide(Reader& reader, ProcessorSettings& settings)
{
    constexpr const char* key = "max_image_size";
    const auto* size = reader.find(key);
    if (!size)
        return;
    if (size->is_object() && size->contains("longest_edge"))
        reader.edge(size->at("longest_edge"), key, settings.tileSide);
    else
        reader.refuse(key, "{\"longest_edge\": ...}");
}

/// What the class of that name knows where its file is silent; nothing for other classes. Names
/// may end in Fast or Pil.
std::optional<ProcessorSettings> defaultsOf(const std::string& type)
{
    std::string name = type;
    for (const std::string_view ending : { "Fast", "Pil" })
        if (name.ends_with(ending))
            name.erase(name.size() - ending.size());
    ProcessorSettings settings;
    settings.type = type;
    if (name == "CLIPImageProcessor" || name == "CLIPFeatureExtractor"
        || name == "LlavaImageProcessor")
        return settings;
    if (name == "LlavaNextImageProcessor") {
        settings.kind = ProcessorKind::Anyres;
        settings.pinpoints = { { 672, 336 }, { 336, 672 }, { 672, 672 }, { 336, 1008 },
            { 1008, 336 } };
        return settings;
    }
    if (name == "Idefics3ImageProcessor" || name == "SmolVLMImageProcessor") {
        settings.kind = ProcessorKind::Split;
        settings.filter = Filter::Lanczos;
        settings.crop = false;
        settings.longestEdge = 4 * settings.tileSide;
        settings.mean = settings.deviation = { 0.5, 0.5, 0.5 };
        return settings;
    }
    return std::nullopt;
}

Result<Json> readObject(const std::filesystem::path& file)
{
    auto json = readJson(file);
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
    const std::string type = stringOr(json, "image_processor_type",
        stringOr(json, "feature_extractor_type", "CLIPImageProcessor"));
    const auto defaults = defaultsOf(type);
    if (!defaults)
        return fail(ErrorKind::Invalid,
            "wants the picture processor \"" + type.substr(0, 80)
                + "\", which is not known here; use a LLaVA-1.5, LLaVA-NeXT, Idefics3 or SmolVLM "
                  "model",
            where);
    ProcessorSettings settings = *defaults;
    Reader reader(json, where);
    reader.flag("do_resize", settings.resize);
    readSize(reader, settings);
    readFilter(reader, settings);
    if (settings.kind != ProcessorKind::Split) {
        reader.flag("do_center_crop", settings.crop);
        readCropSize(reader, settings);
    }
    readPinpoints(reader, settings);
    readTileSide(reader, settings);
    reader.flag("do_image_splitting", settings.split);
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
