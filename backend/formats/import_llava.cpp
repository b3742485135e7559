#include "formats/conversation.h"
#include "formats/json_importer.h"

/// LLaVA's question files (question_id, image, text, category) and training files (id, image,
/// conversations), files of the same kind with `question`, `options`, `answer`, and the messages of
/// LLaMA-Factory, ms-swift and OpenAI.
namespace slook::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::array idKeys { "question_id", "id", "index" };
constexpr std::array questionKeys { "text", "question", "instruction" };
constexpr std::array answerKeys { "answer", "label", "output" };
constexpr std::array categoryKeys { "category", "type", "task" };

/// The first question of a person and the first answer of the model. Empty, or why there is none.
std::string readTurns(const Json& turns, Draft& draft)
{
    auto conversation = readConversation(turns);
    if (!conversation || conversation->turns.empty())
        return "its conversation is empty, or holds turns of nobody who is known";
    Item& item = draft.item;
    for (auto& turn : conversation->turns) {
        if (turn.speaker == Speaker::Person && item.question.empty())
            item.question = std::move(turn.text);
        else if (turn.speaker == Speaker::Model && item.answer.empty() && !item.question.empty())
            item.answer = std::move(turn.text);
    }
    draft.marks = conversation->marks;
    draft.pictures = std::move(conversation->pictures);
    return item.question.empty() ? "its conversation has no question of a person" : "";
}

/// Options in a list, or each in a field of its letter.
std::string readOptions(const Json& object, Item& item)
{
    for (const char* key : { "options", "choices" }) {
        const auto found = object.find(key);
        if (found == object.end() || !found->is_array())
            continue;
        const auto texts = textsOf(*found);
        return texts ? setOptions(item, *texts) : "its options are no texts";
    }
    if (object.contains("A") && object.contains("B"))
        for (char letter = 'A'; letter <= 'Z'; ++letter)
            if (auto text = asText(object, std::string(1, letter).c_str()); text && !text->empty())
                item.options.push_back({ std::string(1, letter), std::move(*text) });
    return {};
}

std::string readQuestion(const Json& object, Draft& draft)
{
    if (object.contains("answer_id") || object.contains("model_id"))
        return "it is a model's answer, no question";
    for (const char* key : { "conversations", "messages" })
        if (const auto turns = object.find(key); turns != object.end()) {
            auto problem = readTurns(*turns, draft);
            if (draft.item.answer.empty())
                draft.item.answer = firstText(object, answerKeys).value_or("");
            return problem;
        }
    const auto question = firstText(object, questionKeys);
    if (!question || question->empty())
        return "it has neither \"text\", \"question\" nor \"conversations\"";
    draft.item.question = withoutMarks(*question, &draft.marks);
    draft.item.hint = stringOr(object, "hint");
    if (auto problem = readOptions(object, draft.item); !problem.empty())
        return problem;
    return setAnswer(draft.item, firstText(object, answerKeys).value_or(""));
}

std::string readRecord(
    const Json& object, const std::string& key, const ImportOptions& /*options*/, Draft& draft)
{
    if (const auto id = firstText(object, idKeys); id && key.empty())
        draft.item.key = *id;
    draft.item.category = firstText(object, categoryKeys).value_or("");
    if (auto problem = readQuestion(object, draft); !problem.empty())
        return problem;
    for (const char* name : { "image", "images" }) {
        auto names = pictureNames(object, name);
        if (!names)
            return "its \"" + std::string(name) + "\" is neither a file name nor a list of them";
        if (!names->empty())
            draft.pictures = std::move(*names);
    }
    return {};
}

} // namespace

Result<ImportBatch> importLlava(const fs::path& file, const ImportOptions& options)
{
    return importJson(file, options, { "llava", readRecord });
}

} // namespace slook::formats
