#include "workbench/origin.h"
#include "core/json.h"
#include "image/corruption.h"
#include "image/decode.h"
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <tuple>

namespace slook::workbench {
namespace {

Result<image::Corruption> recorded(const CorruptionRow& row)
{
    const auto numbers = parseJson(row.parameters, "parameters of " + row.op);
    if (!numbers)
        return fail(numbers.error());
    Json json = numbers->is_object() ? *numbers : Json::object();
    json["op"] = row.op;
    json["seed"] = row.seed;
    return image::corruptionFrom(json, row.op);
}

/// The two answers of a pair of SCL's are turns of one conversation, which the pair itself tells.
bool comesFromElsewhere(const PairRow& pair)
{
    return pair.chosenStage != "pool" || pair.rejectedStage != "pool";
}

} // namespace

Result<std::map<PairId, PairOrigin>> originsOf(const store::Project& project, const RunRow& run)
{
    const auto pairs = project.pairs(run.id);
    if (!pairs)
        return fail(pairs.error());
    if (std::ranges::none_of(*pairs, comesFromElsewhere))
        return std::map<PairId, PairOrigin> {};
    const auto responses = project.responses(run.id);
    if (!responses)
        return fail(responses.error());
    const auto corruptions = project.corruptions(run.id);
    if (!corruptions)
        return fail(corruptions.error());
    std::map<std::tuple<std::string, ItemId, int>, const ResponseRow*> said;
    for (const ResponseRow& one : *responses)
        said.emplace(std::tuple(one.stage, one.item, one.turn), &one);
    std::multimap<ResponseId, const CorruptionRow*> done;
    for (const CorruptionRow& one : *corruptions)
        done.emplace(one.response, &one);
    const auto side = [&](const std::string& stage, ItemId item, int turn) {
        SideOrigin origin;
        const auto found = said.find({ stage, item, turn });
        if (found == said.end())
            return origin;
        origin.response = *found->second;
        const auto [begin, end] = done.equal_range(found->second->id);
        for (auto one = begin; one != end; ++one)
            origin.corruptions.push_back(*one->second);
        return origin;
    };
    std::map<PairId, PairOrigin> origins;
    for (const PairRow& pair : *pairs)
        if (comesFromElsewhere(pair))
            origins.emplace(pair.id,
                PairOrigin { side(pair.chosenStage, pair.item, pair.chosenTurn),
                    side(pair.rejectedStage, pair.item, pair.rejectedTurn) });
    return origins;
}

Result<image::Picture> corruptedPicture(
    const store::Project& project, ImageId original, const CorruptionRow& row)
{
    const auto bytes = project.imageBytes(original);
    if (!bytes)
        return fail(bytes.error());
    const auto where = "picture " + std::to_string(original.value);
    const auto picture = image::decode(
        { reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size() }, where);
    if (!picture)
        return fail(picture.error());
    if (image::pixelSha256(*picture) != row.sha256Before)
        return fail(ErrorKind::Invalid,
            "has other pixels than when the run corrupted it; put the old file back", where);
    const auto corruption = recorded(row);
    if (!corruption)
        return fail(corruption.error());
    auto result = image::corrupted(*picture, *corruption);
    if (result && image::pixelSha256(*result) != row.sha256After)
        return fail(ErrorKind::Invalid,
            "comes out with other pixels than the model saw; another version of this program made "
            "them",
            corruptionText(row));
    return result;
}

std::string corruptionText(const CorruptionRow& corruption)
{
    std::string text;
    const auto read = parseJson(corruption.parameters, "parameters");
    const Json numbers = read && read->is_object() ? *read : Json::object();
    for (const auto& [name, value] : numbers.items()) {
        char digits[32];
        std::snprintf(digits, sizeof digits, "%.4g", value.is_number() ? value.get<double>() : 0.0);
        text += name + " " + digits + ", ";
    }
    return corruption.op + " (" + text + "seed " + std::to_string(corruption.seed) + ")";
}

} // namespace slook::workbench
