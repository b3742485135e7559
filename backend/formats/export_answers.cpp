#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "formats/export_common.h"
#include "formats/export_responses.h"
#include <map>
#include <nlohmann/json.hpp>

/// Answers as LLaVA's and MMEvalPro's evaluations read them.
namespace slook::formats {
namespace {

/// A number where the text is one as JSON writes it: ids were numbers in most of their files.
Json asNumber(const std::string& text)
{
    const bool digits = !text.empty() && text.size() < 16
        && text.find_first_not_of("0123456789") == std::string::npos
        && (text.size() == 1 || text.front() != '0');
    return digits ? Json(std::stoll(text)) : Json(text);
}

/// What the response's own record says of it, where it came from a file; an object.
Json aboutOf(const ResponseRow& row)
{
    auto about = parseJson(row.decoding.empty() ? "{}" : row.decoding, "decoding");
    return about && about->is_object() ? std::move(*about) : Json::object();
}

/// The question with its options in lines, as LLaVA's runners ask.
std::string askedText(const Item& item)
{
    std::string text = item.question;
    for (const Option& option : item.options)
        text += "\n" + option.label + ". " + option.text;
    return text;
}

/// 22 characters, as LLaVA's; the same for the same answer.
std::string answerId(const ResponseRow& row, const Item& item)
{
    constexpr std::size_t length = 22;
    return sha256(row.stage + "\n" + item.key + "\n" + std::to_string(row.turn) + "\n" + row.text)
        .substr(0, length);
}

Json llavaRecord(const ResponseRow& row, const Item& item)
{
    const Json about = aboutOf(row);
    const bool fromFile = about.contains("question_id");
    const auto own = [&](const char* key, Json otherwise) {
        const auto found = about.find(key);
        return found == about.end() ? std::move(otherwise) : *found;
    };
    Json record { { "question_id", own("question_id", asNumber(item.key)) } };
    if (about.contains("round_id"))
        record["round_id"] = about["round_id"];
    record["prompt"] = fromFile ? row.prompt : askedText(item);
    record["text"] = row.text;
    if (about.contains("round_id")) {
        Json texts = Json::array(), letters = Json::array();
        const auto fields = parseJson(item.fields.empty() ? "{}" : item.fields, "fields");
        for (const Option& option : item.options) {
            texts.push_back(option.text);
            letters.push_back(option.label);
        }
        record["options"] = texts;
        record["option_char"] =
            fields && fields->contains("option_char") ? (*fields)["option_char"] : letters;
    }
    record["answer_id"] = own("answer_id", answerId(row, item));
    record["model_id"] = own("model_id", "secondlook");
    record["metadata"] = own("metadata", Json::object());
    return record;
}

/// Empty where the question is none of MMEvalPro's.
Json mmevalproRecord(const ResponseRow& row, const Item& item)
{
    const auto fields = parseJson(item.fields.empty() ? "{}" : item.fields, "fields");
    if (!fields || !fields->contains("triplet_id"))
        return {};
    Json record { { "index", fields->contains("index") ? (*fields)["index"] : asNumber(item.key) },
        { "triplet_id", (*fields)["triplet_id"] }, { "model_output", row.text },
        { "answer", item.answer } };
    for (const char* key : { "source", "eval_type" })
        if (fields->contains(key))
            record[key] = (*fields)[key];
    return record;
}

/// One answer a question: of the last turn, in the order in which they were first answered.
std::vector<const ResponseRow*> lastOf(const std::vector<ResponseRow>& responses)
{
    std::map<ItemId, std::size_t> places;
    std::vector<const ResponseRow*> last;
    for (const auto& row : responses) {
        const auto [place, isNew] = places.try_emplace(row.item, last.size());
        if (isNew)
            last.push_back(&row);
        else
            last[place->second] = &row;
    }
    return last;
}

} // namespace

Result<ExportReport> exportAnswers(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options)
{
    const bool llava = options.format == "llava-answers";
    const auto items = byId(data.items);
    const auto answers = lastOf(data.responses);
    ExportReport report { 0, 0, { out }, {} };
    std::string lines;
    Json array = Json::array();
    std::size_t foreign = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (auto going = goOn(options, i, answers.size()); !going)
            return fail(going.error());
        const auto item = items.find(answers[i]->item);
        if (item == items.end())
            return fail(unknownItem(answers[i]->item));
        Json record = llava ? llavaRecord(*answers[i], *item->second)
                            : mmevalproRecord(*answers[i], *item->second);
        if (record.is_null()) {
            ++foreign;
            continue;
        }
        ++report.records;
        if (llava)
            lines += dumpLine(record) + "\n";
        else
            array.push_back(std::move(record));
    }
    if (report.records == 0)
        return fail(ErrorKind::Invalid,
            "would be empty: no answer is to a question of MMEvalPro, which has a triplet_id",
            out.string());
    if (auto written = writeFileAtomically(out, llava ? lines : dumpPretty(array) + "\n"); !written)
        return fail(written.error());
    report.notCarried.emplace_back("Pictures, stage, probabilities, decoding and what was read of "
                                   "the answers have no place in "
                                   "this form"
        + std::string(llava ? ", nor have known answers" : ", nor have the questions") + ".");
    if (const auto left = data.responses.size() - answers.size(); left > 0)
        report.notCarried.push_back("This form has one answer a question: the last one was written "
                                    "and "
            + std::to_string(left) + " others were left out; choose a stage for its answers.");
    if (foreign > 0)
        report.notCarried.push_back(
            std::to_string(foreign) + " answers to questions of other benchmarks were left out.");
    return report;
}

} // namespace slook::formats
