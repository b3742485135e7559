#include "formats/json_importer.h"

/// LLaVA's question files (question_id, image, text, category) and training files (id, image,
/// conversations), and files of the same kind with `question`, `options`, `answer`.
namespace slook::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::array idKeys { "question_id", "id" };
constexpr std::array questionKeys { "text", "question", "instruction" };
constexpr std::array answerKeys { "answer", "label", "output" };
constexpr std::array categoryKeys { "category", "type", "task" };

/// The text without its picture marks; a mark takes the line end beside it along.
std::string withoutMarks(std::string text)
{
    constexpr std::string_view mark = "<image>";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
        auto length = mark.size();
        if (at + length < text.size() && text[at + length] == '\n')
            ++length;
        else if (at + length == text.size() && at > 0 && text[at - 1] == '\n')
            --at, ++length;
        text.erase(at, length);
    }
    return text;
}

/// The first turn of a person and the first of the model. Empty, or why there is none.
std::string readConversation(const Json& turns, Item& item)
{
    if (!turns.is_array() || turns.empty())
        return "its conversation is empty";
    for (const auto& turn : turns) {
        const auto from = stringOr(turn, "from");
        if (from == "human" && item.question.empty())
            item.question = withoutMarks(stringOr(turn, "value"));
        else if (from == "gpt" && item.answer.empty() && !item.question.empty())
            item.answer = stringOr(turn, "value");
    }
    return item.question.empty() ? "its conversation has no question of a person" : "";
}

std::string readOptions(const Json& object, Item& item)
{
    for (const char* key : { "options", "choices" }) {
        const auto found = object.find(key);
        if (found == object.end() || !found->is_array())
            continue;
        const auto texts = textsOf(*found);
        return texts ? setOptions(item, *texts) : "its options are no texts";
    }
    return {};
}

std::string readQuestion(const Json& object, Item& item)
{
    if (object.contains("answer_id") || object.contains("model_id"))
        return "it is a model's answer, no question";
    if (const auto turns = object.find("conversations"); turns != object.end())
        return readConversation(*turns, item);
    const auto question = firstText(object, questionKeys);
    if (!question || question->empty())
        return "it has neither \"text\", \"question\" nor \"conversations\"";
    item.question = withoutMarks(*question);
    if (auto problem = readOptions(object, item); !problem.empty())
        return problem;
    return setAnswer(item, firstText(object, answerKeys).value_or(""));
}

/// Names of its pictures. Empty optional where `image` is something else.
std::optional<std::vector<std::string>> pictureNames(const Json& object)
{
    std::vector<std::string> names;
    const auto image = object.find("image");
    if (image == object.end() || image->is_null())
        return names;
    if (image->is_string())
        return std::vector { image->get<std::string>() };
    if (!image->is_array())
        return std::nullopt;
    for (const auto& one : *image) {
        if (!one.is_string())
            return std::nullopt;
        names.push_back(one.get<std::string>());
    }
    return names;
}

std::string readRecord(
    const Json& object, const std::string& key, const ImportOptions& /*options*/, Draft& draft)
{
    if (const auto id = firstText(object, idKeys); id && key.empty())
        draft.item.key = *id;
    auto names = pictureNames(object);
    if (!names)
        return "its \"image\" is neither a file name nor a list of them";
    draft.pictures = std::move(*names);
    draft.item.category = firstText(object, categoryKeys).value_or("");
    return readQuestion(object, draft.item);
}

} // namespace

Result<ImportBatch> importLlava(const fs::path& file, const ImportOptions& options)
{
    return importJson(file, options, { "llava", readRecord });
}

} // namespace slook::formats
