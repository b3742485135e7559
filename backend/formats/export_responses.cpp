#include "formats/export_responses.h"
#include "core/file.h"
#include "core/json.h"
#include "formats/export.h"
#include "formats/export_common.h"
#include "formats/workbook.h"
#include <nlohmann/json.hpp>

namespace slook::formats {
namespace {

Json extractionsOf(const std::vector<const ExtractionRow*>& rows)
{
    Json list = Json::array();
    for (const auto* row : rows) {
        Json one { { "extractor", row->extractor }, { "rule", row->rule }, { "begin", row->begin },
            { "end", row->end }, { "answer", row->answer }, { "correct", nullptr } };
        if (row->correct)
            one["correct"] = *row->correct;
        list.push_back(std::move(one));
    }
    return list;
}

Json recordOf(const ResponseRow& row, const Item& item)
{
    auto decoding = parseJson(row.decoding.empty() ? "{}" : row.decoding, "decoding");
    return { { "key", item.key }, { "stage", row.stage }, { "turn", row.turn },
        { "question", item.question }, { "right_answer", item.answer }, { "prompt", row.prompt },
        { "text", row.text }, { "finish", row.finish }, { "logprob", row.logprob },
        { "tokenIds", row.tokenIds }, { "pixelsSha256", row.pixelsSha256 },
        { "decoding", decoding ? std::move(*decoding) : Json(row.decoding) },
        { "seconds", row.seconds } };
}

} // namespace

std::vector<std::string> responseFormats()
{
    std::vector<std::string> names { "jsonl", "vlmevalkit", "scl-traces", "llava-answers",
        "mmevalpro-answers" };
    if (canWriteWorkbooks())
        names.emplace_back("vlmevalkit-xlsx");
    return names;
}

Result<ExportReport> exportResponses(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options)
{
    if (auto able = canWrite(options.format, responseFormats(), data.responses.size(), out); !able)
        return fail(able.error());
    if (options.format == "scl-traces")
        return exportTraces(data, out, options);
    if (options.format == "llava-answers" || options.format == "mmevalpro-answers")
        return exportAnswers(data, out, options);
    if (options.format != "jsonl")
        return exportPredictions(data, out, options);
    const auto items = byId(data.items);
    std::unordered_map<ResponseId, std::vector<const ExtractionRow*>> extractions;
    for (const auto& row : data.extractions)
        extractions[row.response].push_back(&row);
    std::string text;
    for (std::size_t i = 0; i < data.responses.size(); ++i) {
        if (auto going = goOn(options, i, data.responses.size()); !going)
            return fail(going.error());
        const auto& row = data.responses[i];
        const auto item = items.find(row.item);
        if (item == items.end())
            return fail(unknownItem(row.item));
        auto record = recordOf(row, *item->second);
        record["extractions"] = extractionsOf(extractions[row.id]);
        text += dumpLine(record) + "\n";
    }
    if (auto written = writeFileAtomically(out, text); !written)
        return fail(written.error());
    return ExportReport { static_cast<std::int64_t>(data.responses.size()), 0, { out },
        { "Pictures are named by the hash of the pixels that the model got, not written." } };
}

} // namespace slook::formats
