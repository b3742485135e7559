#include "workbench/features.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "workbench/run.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

namespace slook::workbench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t longestHeader = 1u << 20;
constexpr std::uint64_t largestFile = std::uint64_t { 16 } << 30;

struct FeatureHeader {
    std::size_t length = 0; ///< of the header, its own length included
    std::size_t rows = 0, columns = 0;
};

/// Only what methods/feature_file.h writes is taken: items, then vectors, nothing between.
std::optional<FeatureHeader> headerFrom(const std::string& text, std::uint64_t fileBytes)
{
    const auto json = parseJson(text, {}, { .bytes = longestHeader, .depth = 8 });
    if (!json || !json->is_object() || !json->contains("items") || !json->contains("vectors"))
        return std::nullopt;
    const auto& items = (*json)["items"];
    const auto& vectors = (*json)["vectors"];
    const auto sizes = [](const Json& tensor, const char* type, std::size_t dimensions) {
        std::vector<std::uint64_t> shape;
        const auto given = tensor.is_object() ? tensor.value("shape", Json()) : Json();
        if (!given.is_array() || given.size() != dimensions || stringOr(tensor, "dtype") != type)
            return shape;
        for (const auto& one : given)
            shape.push_back(one.is_number_unsigned() ? one.get<std::uint64_t>() : 0);
        return shape;
    };
    const auto a = sizes(items, "I64", 1), b = sizes(vectors, "F32", 2);
    constexpr std::uint64_t most = 1u << 30;
    if (a.empty() || b.empty() || a[0] != b[0] || a[0] == 0 || b[1] == 0 || a[0] > most
        || b[1] > most)
        return std::nullopt;
    const auto ids = a[0] * sizeof(std::int64_t);
    const auto all = ids + a[0] * b[1] * sizeof(float);
    if (items.value("data_offsets", Json()) != Json { 0, ids }
        || vectors.value("data_offsets", Json()) != Json { ids, all }
        || all + text.size() + sizeof(std::uint64_t) != fileBytes)
        return std::nullopt;
    return FeatureHeader { text.size() + sizeof(std::uint64_t), a[0], b[1] };
}

Result<FeatureHeader> readHeader(const fs::path& file)
{
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    if (error)
        return fail(ErrorKind::NotFound, "is not there any more; compute the features again",
            file.string());
    std::ifstream stream(file, std::ios::binary);
    std::uint64_t length = 0;
    std::string text;
    if (stream.read(reinterpret_cast<char*>(&length), sizeof length) && length <= longestHeader) {
        text.resize(length);
        if (!stream.read(text.data(), static_cast<std::streamsize>(length)))
            text.clear();
    }
    if (const auto header = headerFrom(text, bytes))
        return *header;
    return fail(ErrorKind::Invalid,
        "is no file of features, or not the whole of one; compute the features again",
        file.string());
}

void lookAt(FeatureSet& set)
{
    const auto header = readHeader(set.file);
    if (!header) {
        set.problem = message(header.error());
        return;
    }
    set.rows = header->rows;
    set.columns = header->columns;
}

} // namespace

Result<std::vector<FeatureSet>> featureSets(const store::Project& project)
{
    const auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    std::vector<FeatureSet> sets;
    for (const RunRow& run : *runs) {
        if (run.recipe != "embed")
            continue;
        const auto notes = project.notes(run.id);
        if (!notes)
            return fail(notes.error());
        for (const auto& event : *notes)
            if (const auto* made = std::get_if<runs::Artifact>(&event.body)) {
                sets.push_back({ run, made->name, runFolder(project, run.name) / made->path,
                    made->sha256, 0, 0, {} });
                lookAt(sets.back());
            }
    }
    return sets;
}

Result<FeatureSet> featureSetNamed(
    const store::Project& project, const std::string& run, const std::string& name)
{
    auto sets = featureSets(project);
    if (!sets)
        return fail(sets.error());
    std::string wanted;
    if (!run.empty()) {
        const auto row = project.run(run);
        if (!row)
            return fail(row.error());
        wanted = row->name;
    }
    std::string names;
    for (FeatureSet& one : *sets) {
        if (!wanted.empty() && one.run.name != wanted)
            continue;
        if (name.empty() || one.name == name)
            return std::move(one);
        names += (names.empty() ? "" : ", ") + one.name + " of " + one.run.name;
    }
    return fail(ErrorKind::NotFound,
        "has no such feature" + (names.empty() ? std::string() : "; there are " + names)
            + "; \"secondlook-cli run P.slook embed\" computes some",
        name.empty() ? project.file().string() : name);
}

Result<Features> readFeatures(const FeatureSet& set)
{
    const auto header = readHeader(set.file);
    if (!header)
        return fail(header.error());
    auto bytes = readFile(set.file, largestFile);
    if (!bytes)
        return fail(bytes.error());
    if (sha256(*bytes) != set.sha256)
        return fail(ErrorKind::Invalid,
            "is another file than the worker wrote; put the old one back, or compute the features "
            "again",
            set.file.string());
    Features features;
    features.rows.columns = header->columns;
    const char* ids = bytes->data() + header->length;
    const char* vectors = ids + header->rows * sizeof(std::int64_t);
    std::vector<float> row(header->columns);
    for (std::size_t i = 0; i < header->rows; ++i) {
        std::memcpy(
            row.data(), vectors + i * row.size() * sizeof(float), row.size() * sizeof(float));
        if (!std::ranges::all_of(row, [](float v) { return std::isfinite(v); })) {
            ++features.refused;
            continue;
        }
        ItemId item;
        std::memcpy(&item.value, ids + i * sizeof item.value, sizeof item.value);
        features.items.push_back(item);
        features.rows.values.insert(features.rows.values.end(), row.begin(), row.end());
    }
    features.rows.rows = features.items.size();
    return features;
}

} // namespace slook::workbench
