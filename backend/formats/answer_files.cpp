#include "formats/answer_files.h"
#include "formats/conversation.h"
#include <algorithm>

namespace slook::formats {
namespace {

/// Options of a record that lists them, as its prompt shows them: A, B, ... in the order of the
/// list, which MMBench's later rounds rotate. Empty, or why they cannot be taken.
std::string takeListedOptions(const Json& record, Item& item)
{
    const auto found = record.find("options");
    if (found == record.end() || !found->is_array() || found->empty())
        return {};
    const auto texts = textsOf(*found);
    if (!texts)
        return "its options are no texts";
    const auto at = item.question.rfind("\nA. " + texts->front());
    if (at != std::string::npos && at > 0)
        item.question.resize(at);
    return setOptions(item, *texts);
}

std::string readLlavaAnswer(
    const Json& record, const std::string& key, const ImportOptions&, Draft& draft)
{
    const auto prompt = asText(record, "prompt");
    if (!asText(record, "text"))
        return "it has no \"text\", which is the answer";
    if (!prompt || prompt->empty())
        return "it has no \"prompt\", so nobody knows what was asked";
    if (const auto id = asText(record, "question_id"); id && key.empty())
        draft.item.key = *id;
    draft.item.question = withoutMarks(*prompt);
    draft.item.category = asText(record, "category").value_or("");
    draft.fields = record;
    return takeListedOptions(record, draft.item);
}

std::string readMmevalproAnswer(
    const Json& record, const std::string&, const ImportOptions&, Draft& draft)
{
    const auto index = asText(record, "index");
    if (!index || !asText(record, "model_output"))
        return "it has no \"index\" with a \"model_output\"";
    draft.item.key = *index;
    draft.item.question =
        "Question " + *index + " of MMEvalPro, whose text this file does not hold";
    draft.item.answer = asText(record, "answer").value_or("");
    draft.item.category = asText(record, "eval_type").value_or("");
    draft.fields = record;
    return {};
}

} // namespace

FileAnswer fileAnswerOf(const std::string& format, const Json& fields)
{
    FileAnswer answer;
    answer.about = Json::object();
    if (format == "mmevalpro-answers") {
        answer.text = asText(fields, "model_output").value_or("");
        // auto_score.py: the letter stands anywhere in the output.
        if (const auto known = asText(fields, "answer"); known && !known->empty())
            answer.right = answer.text.find(*known) != std::string::npos;
        return answer;
    }
    answer.prompt = asText(fields, "prompt").value_or("");
    answer.text = asText(fields, "text").value_or("");
    for (const char* key : { "question_id", "answer_id", "model_id", "metadata", "round_id" })
        if (const auto found = fields.find(key); found != fields.end())
            answer.about[key] = *found;
    return answer;
}

bool isLlavaAnswer(const Json& record)
{
    return record.contains("question_id") && record.contains("prompt") && record.contains("text")
        && (record.contains("answer_id") || record.contains("model_id"));
}

bool isMmevalproAnswer(const Json& record)
{
    return record.contains("triplet_id") && record.contains("model_output");
}

Result<ImportBatch> importLlavaAnswers(
    const std::filesystem::path& file, const ImportOptions& options)
{
    return importJson(file, options, { "llava-answers", readLlavaAnswer });
}

Result<ImportBatch> importMmevalproAnswers(
    const std::filesystem::path& file, const ImportOptions& options)
{
    return importJson(file, options, { "mmevalpro-answers", readMmevalproAnswer });
}

} // namespace slook::formats
