#include "workbench/origin.h"
#include "core/json.h"
#include "image/corruption.h"
#include "image/decode.h"
#include "methods/stic.h"
#include "runs/job.h"
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

PixelClaim claimOf(const std::string& before, const std::string& after)
{
    if (before.empty() || after.empty())
        return PixelClaim::Unknown;
    return before == after ? PixelClaim::Same : PixelClaim::Changed;
}

/// What the file of imported pairs claims, see addImportedAnswers().
void claimImported(PairOrigin& origin)
{
    const auto read = origin.rejected.response
        ? parseJson(origin.rejected.response->decoding, "decoding")
        : Result<Json>(Json::object());
    const Json about = read && read->is_object() ? *read : Json::object();
    origin.badPrompt = stringOr(about, "halluPrompt");
    if (boolOr(about, "claimsCorruption", false))
        origin.claim = claimOf(stringOr(about, "sha256Before"), stringOr(about, "sha256After"));
}

/// Of a STIC run: the coin said whether the picture was to be corrupted, the record whether it was.
/// The released code tosses the coin, and corrupts nothing.
void claimDrawn(const methods::SticOptions& options, const PairRow& pair, PairOrigin& origin)
{
    const bool swapped = pair.chosenStage == "rejected";
    if (!swapped && pair.rejectedStage != "rejected")
        return;
    const SideOrigin& side = swapped ? origin.chosen : origin.rejected;
    const auto draw = methods::sticDraw(options, pair.item);
    if (!draw.corrupts)
        origin.badPrompt = methods::sticHallucinationPrompts()[draw.hallucination];
    else if (!side.response)
        origin.claim = PixelClaim::Unknown;
    else if (side.corruptions.empty())
        origin.claim = PixelClaim::Same;
    else
        origin.claim =
            claimOf(side.corruptions.front().sha256Before, side.corruptions.front().sha256After);
}

/// The options of a STIC run; nothing for others, and for a job that cannot be read.
std::optional<methods::SticOptions> sticOptionsOf(const RunRow& run)
{
    if (run.recipe != "stic")
        return std::nullopt;
    const auto job = runs::jobFromText(run.job, run.name);
    const auto options = job ? methods::sticOptionsFromJsonText(job->options, run.name)
                             : Result<methods::SticOptions>(fail(job.error()));
    return options ? std::optional(*options) : std::nullopt;
}

} // namespace

const char* nameOf(PixelClaim claim)
{
    switch (claim) {
    case PixelClaim::None:
        return "none";
    case PixelClaim::Changed:
        return "changed";
    case PixelClaim::Same:
        return "same";
    case PixelClaim::Unknown:
        return "unknown";
    }
    return "";
}

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
    const auto options = sticOptionsOf(run);
    std::map<PairId, PairOrigin> origins;
    for (const PairRow& pair : *pairs) {
        if (!comesFromElsewhere(pair))
            continue;
        PairOrigin origin { side(pair.chosenStage, pair.item, pair.chosenTurn),
            side(pair.rejectedStage, pair.item, pair.rejectedTurn) };
        if (run.recipe == importedRecipe) // others claim nothing
            claimImported(origin);
        else if (options)
            claimDrawn(*options, pair, origin);
        origins.emplace(pair.id, std::move(origin));
    }
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
