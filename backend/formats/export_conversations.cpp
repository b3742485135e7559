#include "core/file.h"
#include "core/json.h"
#include "formats/export.h"
#include "formats/export_common.h"
#include "formats/picture_writer.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace slook::formats {
namespace {

Json turn(const char* from, const std::string& text)
{
    return { { "from", from }, { "value", text } };
}

} // namespace

std::vector<std::string> conversationFormats()
{
    return { "llava" };
}

Result<ExportReport> exportConversations(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options)
{
    if (auto able = canWrite(options.format, conversationFormats(), data.items.size(), out); !able)
        return fail(able.error());
    PictureWriter pictures(data, options, out.parent_path());
    Json rows = Json::array();
    std::size_t left = 0;
    for (const auto& item : data.items) {
        if (auto going = goOn(options, rows.size() + left, data.items.size()); !going)
            return fail(going.error());
        if (item.answer.empty() || item.images.size() > 1) {
            ++left;
            continue;
        }
        Json row = { { "id", item.key } };
        std::string tag;
        if (!item.images.empty()) {
            const auto name = pictures.nameOf(item.images.front());
            if (!name)
                return fail(name.error());
            row["image"] = *name;
            tag = "<image>\n";
        }
        row["conversations"] = { turn("human", tag + item.question), turn("gpt", item.answer) };
        rows.push_back(std::move(row));
    }
    if (auto synced = pictures.finish(); !synced)
        return fail(synced.error());
    if (auto written = writeFileAtomically(out, dumpPretty(rows) + "\n"); !written)
        return fail(written.error());
    ExportReport report { static_cast<std::int64_t>(rows.size()), pictures.written(), { out }, {} };
    if (left > 0)
        report.notCarried.push_back(std::to_string(left)
            + " rows without an answer or with several pictures are left out: LLaVA's form has one "
              "picture and an answer each.");
    return report;
}

} // namespace slook::formats
