#include "formats/traces.h"
#include "formats/conversation.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace slook::formats {
namespace {

std::string contentOf(const Json& record, const char* key)
{
    const auto found = record.find(key);
    if (found == record.end())
        return {};
    return found->is_string() ? found->get<std::string>() : stringOr(*found, "content");
}

/// Takes lines "A. text", "B. text", ... off the end of a question. None where there are not two.
std::vector<Option> takeOptions(std::string& question)
{
    std::vector<Option> options; // from the last to the first
    std::string_view rest = question;
    while (true) {
        const auto line = rest.rfind('\n');
        if (line == std::string_view::npos)
            return {};
        const auto text = rest.substr(line + 1);
        if (text.size() < 2 || text[0] < 'A' || text[0] > 'Z' || text[1] != '.')
            return {};
        if (!options.empty() && options.back().label[0] != text[0] + 1)
            return {};
        const auto body = text.substr(text.size() > 2 && text[2] == ' ' ? 3 : 2);
        options.push_back({ std::string(text.substr(0, 1)), std::string(body) });
        rest = rest.substr(0, line);
        if (text[0] == 'A')
            break;
    }
    if (options.size() < 2)
        return {};
    std::ranges::reverse(options);
    question.resize(rest.size());
    return options;
}

std::string readTrace(
    const Json& record, const std::string& key, const ImportOptions& /*options*/, Draft& draft)
{
    if (!isTrace(record))
        return "it has no \"Q1\", \"A1\" and \"A2\"";
    if (const auto id = asText(record, "index"); id && key.empty())
        draft.item.key = *id;
    draft.item.question = withoutMarks(contentOf(record, "Q1"), &draft.marks);
    const auto right = asText(record, "Correct answer").value_or("");
    auto question = draft.item.question;
    auto options = takeOptions(question);
    if (std::ranges::find(options, right, &Option::label) != options.end()) {
        draft.item.question = std::move(question);
        draft.item.options = std::move(options);
    }
    draft.item.answer = right;
    auto names = pictureNames(record, "image");
    if (!names)
        return "its \"image\" is neither a file name nor a list of them";
    draft.pictures = std::move(*names);
    draft.fields = record;
    for (const char* one : { "Q2", "A1", "A2" })
        draft.fields[one] = contentOf(record, one);
    for (const char* one : { "Q1", "Correct answer", "image" })
        draft.fields.erase(one);
    return {};
}

} // namespace

Trace traceOf(const Json& fields)
{
    Trace trace { contentOf(fields, "Q2"), contentOf(fields, "A1"), contentOf(fields, "A2"),
        asText(fields, "Initial answer").value_or(""),
        asText(fields, "Refined answer").value_or(""), {}, {} };
    // 1 right-right, 2 wrong-right, 3 right-wrong, 4 wrong-wrong
    if (const auto type = integerOr(fields, "Type", 0); type >= 1 && type <= 4) {
        trace.firstRight = type == 1 || type == 3;
        trace.refinedRight = type == 1 || type == 2;
    }
    return trace;
}

bool isTrace(const Json& record)
{
    return record.contains("Q1") && record.contains("A1") && record.contains("A2");
}

Result<ImportBatch> importTraces(const std::filesystem::path& file, const ImportOptions& options)
{
    return importJson(file, options, { "scl-traces", readTrace });
}

} // namespace slook::formats
