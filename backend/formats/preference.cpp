#include "formats/preference.h"
#include "formats/conversation.h"
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

/// Preference pairs of the trainers; reference: each program's documentation of its data.
namespace slook::formats {
namespace {

bool has(const Json& record, const char* key)
{
    const auto found = record.find(key);
    return found != record.end() && !found->is_null();
}

/// RLHF-V keeps question, chosen and rejected as JSON in the text of one column.
Json unfolded(const Json& record)
{
    const auto text = stringOr(record, "text");
    if (has(record, "chosen") || !text.starts_with('{'))
        return record;
    const auto inner = parseJson(text, "text");
    if (!inner || !inner->is_object() || !has(*inner, "chosen"))
        return record;
    Json whole = record;
    whole.erase("text");
    for (const auto& [key, value] : inner->items())
        whole[key] = value;
    return whole;
}

bool isLabelled(const Json& record)
{
    const auto label = record.find("label");
    return label != record.end() && label->is_boolean()
        && (has(record, "messages") || has(record, "completion"));
}

/// One side: its text, and the turns before it where they stand with it.
struct Side {
    std::string text;
    Conversation before;
};

/// The last turn of the model, which must end the conversation.
std::optional<Side> lastOf(Conversation conversation)
{
    if (conversation.turns.empty() || conversation.turns.back().speaker != Speaker::Model)
        return std::nullopt;
    Side side { std::move(conversation.turns.back().text), {} };
    conversation.turns.pop_back();
    side.before = std::move(conversation);
    return side;
}

std::optional<Side> readSide(const Json& json)
{
    if (json.is_string())
        return Side { json.get<std::string>(), {} };
    auto conversation = readConversation(json);
    return conversation ? lastOf(std::move(*conversation)) : std::nullopt;
}

Conversation asked(std::string text)
{
    Conversation one;
    one.turns.push_back({ Speaker::Person, withoutMarks(std::move(text), &one.marks) });
    return one;
}

/// "... USER: <image>\nQuestion ASSISTANT:", as mDPO writes a whole prompt: the question.
std::string questionOfChat(std::string text)
{
    constexpr std::string_view person = "USER:", model = "ASSISTANT:";
    if (const auto end = text.rfind(model); end != std::string::npos)
        text.erase(end);
    if (const auto begin = text.rfind(person); begin != std::string::npos)
        text.erase(0, begin + person.size());
    const auto first = text.find_first_not_of(" \n");
    const auto last = text.find_last_not_of(" \n");
    return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

/// What is asked, where it stands apart from the answers; without turns where it does not.
std::optional<Conversation> readPrompt(const Json& record)
{
    for (const char* key : { "conversations", "messages", "prompt" })
        if (has(record, key) && record[key].is_structured())
            return readConversation(record[key]);
    if (has(record, "img_path"))
        return asked(questionOfChat(stringOr(record, "prompt")));
    for (const char* key : { "prompt", "question", "query" })
        if (auto text = stringOr(record, key); !text.empty())
            return asked(std::move(text));
    auto instruction = stringOr(record, "instruction");
    if (const auto more = stringOr(record, "input"); !more.empty())
        instruction += "\n" + more;
    return instruction.empty() ? Conversation {} : asked(std::move(instruction));
}

struct Pair {
    Conversation prompt;
    std::string chosen;
    std::string rejected;
};

bool sameTurns(const Conversation& a, const Conversation& b)
{
    return std::ranges::equal(a.turns, b.turns,
        [](const Turn& x, const Turn& y) { return x.speaker == y.speaker && x.text == y.text; });
}

/// Both sides bring the turns before them along. Empty, or why they cannot.
std::string takeSides(std::optional<Side> chosen, std::optional<Side> rejected, Pair& pair)
{
    if (!chosen || !rejected)
        return "its chosen or its rejected side is neither a text nor turns that end with the "
               "model's";
    const bool inChosen = !chosen->before.turns.empty(),
               inRejected = !rejected->before.turns.empty();
    if (inChosen && inRejected && !sameTurns(chosen->before, rejected->before))
        return "its two sides answer different prompts";
    if (pair.prompt.turns.empty())
        pair.prompt = std::move(inChosen ? chosen->before : rejected->before);
    pair.chosen = std::move(chosen->text);
    pair.rejected = std::move(rejected->text);
    return {};
}

/// A conversation that ends with the chosen text, and what was rejected beside it.
std::string takeEnding(const Json& rejected, Pair& pair)
{
    auto chosen = lastOf(std::move(pair.prompt));
    pair.prompt = {};
    return takeSides(std::move(chosen), readSide(rejected), pair);
}

std::string readLabelled(const Json& record, Pair& pair)
{
    if (has(record, "completion")) {
        const auto side = readSide(record["completion"]);
        if (!side)
            return "its \"completion\" is neither a text nor a turn of the model";
        (record["label"].get<bool>() ? pair.chosen : pair.rejected) = side->text;
        return {};
    }
    auto side = lastOf(std::move(pair.prompt));
    if (!side)
        return "its conversation does not end with the model";
    pair.prompt = std::move(side->before);
    (record["label"].get<bool>() ? pair.chosen : pair.rejected) = std::move(side->text);
    return {};
}

std::string readSides(const Json& record, Pair& pair)
{
    auto prompt = readPrompt(record);
    if (!prompt)
        return "its prompt is neither a text nor a list of turns";
    pair.prompt = std::move(*prompt);
    if (isLabelled(record))
        return readLabelled(record, pair);
    if (has(record, "chosen_messages"))
        return takeSides(readSide(record.value("chosen_messages", Json())),
            readSide(record.value("rejected_messages", Json())), pair);
    if (has(record, "rejected_conversations"))
        return takeEnding(record["rejected_conversations"], pair);
    if (has(record, "rejected_response") && has(record, "response"))
        return takeSides(readSide(record["response"]), readSide(record["rejected_response"]), pair);
    if (has(record, "rejected_response"))
        return takeEnding(record["rejected_response"], pair);
    return takeSides(
        readSide(record.value("chosen", Json())), readSide(record.value("rejected", Json())), pair);
}

const char* speakerName(Speaker speaker)
{
    return speaker == Speaker::System ? "system"
        : speaker == Speaker::Person  ? "user"
                                      : "assistant";
}

/// The last question is what is asked; what came before is kept in the fields.
std::string takePrompt(const Json& record, const Conversation& prompt, Draft& draft)
{
    if (prompt.turns.empty() || prompt.turns.back().speaker != Speaker::Person)
        return "it has no prompt of a person";
    draft.item.question = prompt.turns.back().text;
    Json before = Json::array();
    std::string system = stringOr(record, "system");
    for (std::size_t i = 0; i + 1 < prompt.turns.size(); ++i) {
        const auto& turn = prompt.turns[i];
        if (turn.speaker == Speaker::System)
            system = turn.text;
        else
            before.push_back({ { "role", speakerName(turn.speaker) }, { "content", turn.text } });
    }
    if (!system.empty())
        draft.fields["system"] = system;
    if (!before.empty())
        draft.fields["history"] = std::move(before);
    else if (has(record, "history") && !record["history"].empty())
        draft.fields["history"] = record["history"];
    return {};
}

std::string takePictures(const Json& record, const Conversation& prompt, Draft& draft)
{
    draft.marks = prompt.marks;
    draft.pictures = prompt.pictures;
    for (const char* key : { "images", "image", "img_path", "image_path" }) {
        if (!draft.pictures.empty())
            return {};
        auto names = pictureNames(record, key);
        if (!names)
            return "its \"" + std::string(key) + "\" is neither a file name nor a list of them";
        draft.pictures = std::move(*names);
    }
    return {};
}

/// Everything else that stands in the record.
void keepRest(const Json& record, Draft& draft)
{
    constexpr std::array read { "conversations", "messages", "prompt", "question", "query",
        "instruction", "input", "system", "history", "chosen", "rejected", "completion", "response",
        "rejected_response", "rejected_conversations", "chosen_messages", "rejected_messages",
        "images", "image", "img_path" };
    for (const auto& [key, value] : record.items())
        if (std::ranges::find(read, key) == read.end())
            draft.fields[key] = value;
}

std::string readPreference(
    const Json& folded, const std::string& key, const ImportOptions& /*options*/, Draft& draft)
{
    const Json record = unfolded(folded);
    if (!isPreference(record))
        return "it has no chosen and rejected answer";
    constexpr std::array keys { "id", "idx", "index", "question_id" };
    if (const auto id = firstText(record, keys); id && key.empty())
        draft.item.key = *id;
    Pair pair;
    if (auto reason = readSides(record, pair); !reason.empty())
        return reason;
    draft.fields = Json::object();
    if (auto reason = takePrompt(record, pair.prompt, draft); !reason.empty())
        return reason;
    if (auto reason = takePictures(record, pair.prompt, draft); !reason.empty())
        return reason;
    if (pair.chosen.empty() && pair.rejected.empty())
        return "both of its sides are empty";
    draft.item.answer = asText(record, "answer").value_or("");
    draft.item.category = stringOr(record, "origin_dataset");
    keepRest(record, draft);
    if (!pair.chosen.empty())
        draft.fields["chosen"] = std::move(pair.chosen);
    if (!pair.rejected.empty())
        draft.fields["rejected"] = std::move(pair.rejected);
    return {};
}

/// Labelled answers to the same question about the same pictures, one of each label, become one
/// item with both.
void joinLabelled(ImportBatch& batch)
{
    std::map<std::pair<std::string, std::vector<std::size_t>>, std::vector<std::size_t>> alone;
    std::vector<Json> fields(batch.items.size());
    std::vector<bool> gone(batch.items.size(), false);
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        auto read = parseJson(batch.items[i].fields, "fields");
        if (!read || !read->contains("label"))
            continue;
        fields[i] = std::move(*read);
        const char* mine = fields[i].contains("chosen") ? "chosen" : "rejected";
        auto& waiting = alone[{ batch.items[i].question, batch.itemImages[i] }];
        const auto other = std::ranges::find_if(
            waiting, [&](std::size_t one) { return !fields[one].contains(mine); });
        if (other == waiting.end()) {
            waiting.push_back(i);
            continue;
        }
        Json& both = fields[*other];
        both[mine] = fields[i][mine];
        both.erase("label");
        batch.items[*other].fields = dumpLine(both);
        waiting.erase(other);
        gone[i] = true;
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        if (gone[i])
            continue;
        if (kept != i) {
            batch.items[kept] = std::move(batch.items[i]);
            batch.itemImages[kept] = std::move(batch.itemImages[i]);
        }
        ++kept;
    }
    batch.items.resize(kept);
    batch.itemImages.resize(kept);
    batch.source.items = static_cast<int>(kept);
}

} // namespace

PairTexts pairTexts(const Json& fields)
{
    return { stringOr(fields, "chosen"), stringOr(fields, "rejected") };
}

bool isPreference(const Json& folded)
{
    const Json record = unfolded(folded);
    return (has(record, "chosen") && has(record, "rejected"))
        || (has(record, "chosen_messages") && has(record, "rejected_messages"))
        || (has(record, "conversations") && has(record, "rejected_conversations"))
        || has(record, "rejected_response") || isLabelled(record);
}

Result<ImportBatch> importPairs(const std::filesystem::path& file, const ImportOptions& options)
{
    auto batch = importJson(file, options, { "pairs", readPreference });
    if (batch)
        joinLabelled(*batch);
    return batch;
}

} // namespace slook::formats
