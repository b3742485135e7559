#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "formats/batch_builder.h"
#include "formats/importers.h"
#include "formats/json_records.h"
#include <array>
#include <nlohmann/json.hpp>

/// LLaVA's question files (question_id, image, text, category) and training files (id, image,
/// conversations), and files of the same kind with `question`, `options`, `answer`.
namespace slook::formats {
namespace {

namespace fs = std::filesystem;

/// A text or a number as a text: ids and options come as both.
std::optional<std::string> asText(const Json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || found->is_null() || found->is_structured())
        return std::nullopt;
    return found->is_string() ? found->get<std::string>() : dumpLine(*found);
}

template <std::size_t N>
std::optional<std::string> firstText(const Json& object, const std::array<const char*, N>& keys)
{
    for (const char* key : keys)
        if (auto text = asText(object, key))
            return text;
    return std::nullopt;
}

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
        if (found->size() > 26)
            return "it has more than 26 options";
        for (const auto& option : *found) {
            if (option.is_structured())
                return "its options are no texts";
            item.options.push_back({ std::string(1, static_cast<char>('A' + item.options.size())),
                option.is_string() ? option.get<std::string>() : dumpLine(option) });
        }
        break;
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

class Importer {
public:
    Importer(const fs::path& file, const ImportOptions& options)
        : m_builder(options, "Reading " + file.filename().string())
    {
        const auto folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
        if (options.imageRoot.empty()) {
            m_finders.emplace_back(folder, false);
            m_finders.emplace_back(folder / "images", false);
        } else {
            m_finders.emplace_back(options.imageRoot, true);
        }
    }

    BatchBuilder& builder() { return m_builder; }

    Result<void> take(const JsonRecord& record)
    {
        ++m_number;
        const auto object = parseJson(record.text, "");
        if (!object || !object->is_object()) {
            m_builder.problem(
                record.line, "", object ? "it is no JSON object" : object.error().what);
            return {};
        }
        Item item;
        item.line = record.line;
        item.key = firstText(*object, idKeys).value_or("record " + std::to_string(m_number));
        auto reason = readQuestion(*object, item);
        std::vector<PictureSource> pictures;
        if (reason.empty())
            reason = addPictures(*object, pictures);
        if (reason.empty() && item.question.empty())
            reason = "its question is empty";
        if (!reason.empty()) {
            m_builder.problem(record.line, item.key, reason);
            return {};
        }
        item.category = firstText(*object, categoryKeys).value_or("");
        item.split = stringOr(*object, "split");
        item.fields = fieldsOf(*object);
        makeUnique(item.key, record.line);
        return m_builder.add(std::move(item), std::move(pictures));
    }

private:
    /// Ids repeat in real files (TextVQA, MME); the file's own one stays in the fields.
    void makeUnique(std::string& key, int line)
    {
        if (!m_builder.firstUse(key, line))
            return;
        auto& uses = m_uses[key];
        std::string other;
        do
            other = key + "#" + std::to_string(++uses + 1);
        while (m_builder.firstUse(other, line));
        key = other;
    }

    static std::string fieldsOf(const Json& object)
    {
        Json fields = Json::object();
        for (const auto& [key, value] : object.items())
            if (key != "text" && key != "question" && key != "instruction" && key != "category")
                fields[key] = value;
        return dumpLine(fields);
    }

    std::string addPictures(const Json& object, std::vector<PictureSource>& pictures) const
    {
        const auto names = pictureNames(object);
        if (!names)
            return "its \"image\" is neither a file name nor a list of them";
        for (const auto& name : *names) {
            auto file = findIn(m_finders, name);
            if (!file)
                return file.error().what;
            pictures.push_back({ {}, {}, std::move(*file) });
        }
        return {};
    }

    BatchBuilder m_builder;
    std::vector<PictureFinder> m_finders;
    std::unordered_map<std::string, int> m_uses;
    int m_number = 0;
};

} // namespace

Result<ImportBatch> importLlava(const fs::path& file, const ImportOptions& options)
{
    const auto text = readFile(file);
    if (!text)
        return fail(text.error());
    Importer importer(file, options);
    JsonRecords records(*text);
    for (int whole = 0; const auto record = records.next(); ++whole) {
        if (record->cut) {
            if (!options.wholeRecordsOfCutFile)
                return fail(ErrorKind::Invalid,
                    "is cut off at byte " + std::to_string(record->offset)
                        + " (in the record of line " + std::to_string(record->line) + "); "
                        + std::to_string(whole)
                        + " whole records come before, which can be imported alone",
                    file.string());
            importer.builder().problem(record->line, "", "the file is cut off in this record");
            break;
        }
        if (auto taken = importer.take(*record); !taken)
            return fail(taken.error());
        importer.builder().progress(record->offset, static_cast<std::int64_t>(text->size()));
    }
    return importer.builder().finish(sourceRow(file, options, "llava", sha256(*text)));
}

} // namespace slook::formats
