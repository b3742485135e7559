#include "formats/stic_pairs.h"
#include "formats/conversation.h"
#include "formats/json_importer.h"

/// STIC's preference pairs (pref_data_*.jsonl, and pref_data.json as one array).
namespace slook::formats {
namespace {

/// The text of the first message of this role; empty where there is none.
std::string said(const Json& messages, std::string_view role)
{
    if (messages.is_array())
        for (const auto& one : messages)
            if (stringOr(one, "role") == role)
                return stringOr(one, "content");
    return {};
}

std::string readSticRecord(
    const Json& record, const std::string& /*key*/, const ImportOptions& /*options*/, Draft& draft)
{
    SticPair pair;
    if (auto problem = readSticPair(record, pair); !problem.empty())
        return problem;
    draft.item.question = pair.prompt;
    draft.item.category = pair.claimsCorruption ? "claims a corrupted picture" : "bad prompt";
    draft.pictures = { pair.image };
    draft.fields = record;
    draft.fields["chosen"] = pair.chosen; // see pairTexts()
    draft.fields["rejected"] = pair.rejected;
    return {};
}

} // namespace

std::string readSticPair(const Json& record, SticPair& pair)
{
    pair.image = stringOr(record, "image");
    if (pair.image.empty())
        return "it names no \"image\"";
    const auto claim = record.find("image_corruption");
    if (claim == record.end() || !claim->is_boolean())
        return "its \"image_corruption\" is neither true nor false";
    pair.claimsCorruption = claim->get<bool>();
    pair.badPrompt = stringOr(record, "hallu_prompt");
    const auto chosen = record.value("chosen", Json()), rejected = record.value("rejected", Json());
    pair.prompt = withoutMarks(said(chosen, "user")); // that later versions of the data have
    pair.chosen = said(chosen, "assistant");
    pair.rejected = said(rejected, "assistant");
    if (pair.prompt.empty())
        return "its \"chosen\" has no message of the user";
    if (pair.chosen.empty() || pair.rejected.empty())
        return "it lacks the chosen or the rejected text of the assistant";
    return {};
}

Json toSticRecord(const SticPair& pair)
{
    const auto messages = [&](const std::string& text) {
        return Json::array({ Json { { "role", "user" }, { "content", pair.prompt } },
            Json { { "role", "assistant" }, { "content", text } } });
    };
    return { { "image", pair.image }, { "image_corruption", pair.claimsCorruption },
        { "hallu_prompt", pair.badPrompt }, { "chosen", messages(pair.chosen) },
        { "rejected", messages(pair.rejected) } };
}

Result<ImportBatch> importSticPairs(const std::filesystem::path& file, const ImportOptions& options)
{
    JsonForm form { "stic-pairs", readSticRecord };
    form.picturesMayBeMissing = true; // the texts of a pair can be looked at without
    return importJson(file, options, form);
}

} // namespace slook::formats
