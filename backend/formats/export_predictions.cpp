#include "core/file.h"
#include "core/json.h"
#include "formats/export.h"
#include "formats/export_common.h"
#include "formats/export_responses.h"
#include "formats/item_table.h"
#include "formats/workbook.h"
#include <map>
#include <nlohmann/json.hpp>

/// Answers as VLMEvalKit's prediction files and SCL's traces hold them.
namespace slook::formats {
namespace {

/// What can be written as text: bytes that are no UTF-8 become U+FFFD.
std::string asUtf8(const std::string& text)
{
    if (isCleanUtf8(text))
        return text;
    const auto back = parseJson(dumpLine(Json(text)), "text");
    auto clean = back && back->is_string() ? back->get<std::string>() : std::string();
    std::erase(clean, '\0');
    return clean;
}

/// Not in the middle of a character. @return true where something was cut off
bool cutTo(std::string& text, std::size_t characters)
{
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
        if (begins && count++ == characters) {
            text.resize(i);
            return true;
        }
    }
    return false;
}

/// The last answer of each item, in the order in which the items were first answered.
std::vector<const ResponseRow*> lastAnswers(const std::vector<ResponseRow>& responses)
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

/// The cells of a prediction file: header, then a row an answer.
Result<std::vector<std::vector<std::string>>> predictionRows(
    const ExportData& data, const std::vector<const ResponseRow*>& answers)
{
    const auto known = byId(data.items);
    std::vector<const Item*> items;
    for (const auto* row : answers) {
        const auto item = known.find(row->item);
        if (item == known.end())
            return fail(unknownItem(row->item));
        items.push_back(item->second);
    }
    const ItemTable table(items);
    const auto names = table.names();
    // A prediction that came with the questions gives way to this one.
    const auto own = std::ranges::find(names, "prediction") - names.begin();
    std::vector<std::vector<std::string>> rows { names };
    for (std::size_t i = 0; i < items.size(); ++i)
        rows.push_back(table.cells(i));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto text = i == 0 ? std::string("prediction") : asUtf8(answers[i - 1]->text);
        if (own < static_cast<std::ptrdiff_t>(names.size()))
            rows[i][static_cast<std::size_t>(own)] = std::move(text);
        else
            rows[i].push_back(std::move(text));
    }
    return rows;
}

std::string textOfRows(const std::vector<std::vector<std::string>>& rows)
{
    std::string text;
    for (const auto& row : rows)
        text += tsvLine(row);
    return text;
}

/// Extractor whose reading goes into the traces: the file's own, else ours.
const ExtractionRow* readingOf(
    const std::vector<ExtractionRow>& rows, ResponseId response, const char* extractor)
{
    const auto found = std::ranges::find_if(rows, [&](const ExtractionRow& row) {
        return row.response == response && row.extractor == extractor;
    });
    return found == rows.end() ? nullptr : &*found;
}

struct Talk {
    const ResponseRow* first = nullptr;
    const ResponseRow* refined = nullptr; ///< of the last turn
};

/// A trace as SCL's inference.py writes it; null where an answer is not marked.
Json traceRecord(
    const Item& item, const Talk& talk, const ExtractionRow* first, const ExtractionRow* refined)
{
    const auto message = [](const char* role, const std::string& text) {
        return Json { { "role", role }, { "content", text } };
    };
    Json record { { "index", item.key }, { "Q1", message("user", talk.first->prompt) },
        { "A1", message("assistant", talk.first->text) },
        { "Q2", message("user", talk.refined->prompt) },
        { "A2", message("assistant", talk.refined->text) }, { "Initial answer", nullptr },
        { "Refined answer", nullptr }, { "Correct answer", item.answer }, { "Type", nullptr } };
    if (first)
        record["Initial answer"] = first->answer;
    if (refined)
        record["Refined answer"] = refined->answer;
    if (first && refined && first->correct && refined->correct)
        record["Type"] =
            *first->correct ? (*refined->correct ? 1 : 3) : (*refined->correct ? 2 : 4);
    return record;
}

using Reading = std::pair<const ExtractionRow*, const ExtractionRow*>;

} // namespace

Result<ExportReport> exportPredictions(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options)
{
    const auto answers = lastAnswers(data.responses);
    auto rows = predictionRows(data, answers);
    if (!rows)
        return fail(rows.error());
    if (auto going = goOn(options, 0, rows->size()); !going)
        return fail(going.error());
    ExportReport report { static_cast<std::int64_t>(answers.size()), 0, { out },
        { "Pictures have no place in this form: VLMEvalKit takes them from its data set, by "
          "index." } };
    const auto left = data.responses.size() - answers.size();
    if (left > 0)
        report.notCarried.push_back("This form has one answer a question: the last one was written "
                                    "and "
            + std::to_string(left) + " others were left out; choose a stage for its answers.");
    std::size_t cut = 0;
    if (options.format == "vlmevalkit-xlsx")
        for (auto& row : *rows)
            for (auto& cell : row)
                cut += cutTo(cell, longestCell);
    if (cut > 0)
        report.notCarried.push_back(std::to_string(cut) + " texts were cut to the "
            + std::to_string(longestCell) + " characters that a cell of Excel can hold.");
    auto written = options.format == "vlmevalkit-xlsx"
        ? writeWorkbook(out, *rows)
        : writeFileAtomically(out, textOfRows(*rows));
    if (!written)
        return fail(written.error());
    return report;
}

Result<ExportReport> exportTraces(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options)
{
    const auto items = byId(data.items);
    std::map<std::pair<std::string, ItemId>, Talk> talks;
    std::vector<std::pair<std::string, ItemId>> order;
    for (const auto& row : data.responses) {
        auto [talk, isNew] = talks.try_emplace({ row.stage, row.item });
        if (isNew)
            order.push_back(talk->first);
        (row.turn == 1 ? talk->second.first : talk->second.refined) = &row;
    }
    std::string text;
    std::int64_t written = 0, single = 0, unmarked = 0;
    for (const auto& key : order) {
        if (auto going = goOn(options, static_cast<std::size_t>(written), order.size()); !going)
            return fail(going.error());
        const auto& talk = talks.at(key);
        const auto item = items.find(key.second);
        if (item == items.end())
            return fail(unknownItem(key.second));
        if (!talk.first || !talk.refined) {
            ++single;
            continue;
        }
        Reading reading;
        for (const char* extractor : { "file", "scl-inference", "ours" })
            if (!reading.first || !reading.second)
                reading = { readingOf(data.extractions, talk.first->id, extractor),
                    readingOf(data.extractions, talk.refined->id, extractor) };
        const auto record = traceRecord(*item->second, talk, reading.first, reading.second);
        unmarked += record["Type"].is_null();
        text += dumpLine(record) + "\n";
        ++written;
    }
    if (written == 0)
        return fail(ErrorKind::Invalid,
            "would be empty: no question has a first and a refined answer", out.string());
    if (auto done = writeFileAtomically(out, text); !done)
        return fail(done.error());
    ExportReport report { written, 0, { out },
        { "Stage, pictures, probabilities, decoding and all but one reading of each answer have no "
          "place in this form; the prompts are written as the model got them." } };
    if (single > 0)
        report.notCarried.push_back(
            std::to_string(single) + " answers without a second one were left out.");
    if (unmarked > 0)
        report.notCarried.push_back(std::to_string(unmarked)
            + " traces have no type, since nobody knows whether their answers are right.");
    return report;
}

} // namespace slook::formats
