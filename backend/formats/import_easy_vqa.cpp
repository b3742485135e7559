#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "formats/batch_builder.h"
#include "formats/importers.h"
#include "formats/json_records.h"
#include <algorithm>
#include <nlohmann/json.hpp>

/// easy-VQA (github.com/vzhou842/easy-VQA): {train,test}/questions.json, an array of
/// [question, answer, image id], and {train,test}/images/ID.png.
namespace slook::formats {
namespace {

namespace fs = std::filesystem;

/// The 13 answers of the data set, in the three kinds that a question can ask for.
const std::vector<std::vector<std::string>>& answerKinds()
{
    static const std::vector<std::vector<std::string>> kinds = {
        { "yes", "no" },
        { "circle", "rectangle", "triangle" },
        { "black", "blue", "brown", "gray", "green", "red", "teal", "yellow" },
    };
    return kinds;
}
constexpr const char* kindNames[] = { "yes/no", "shape", "color" };

std::uint64_t rank(const std::string& key, const std::string& text, std::uint64_t seed)
{
    const auto both = key + "\n" + text;
    return quickHash({ reinterpret_cast<const std::uint8_t*>(both.data()), both.size() }, seed);
}

/// The answers of the same kind become options A, B, ...: yes before no, the others in an order
/// that hangs on the item's key and the seed alone, so that no letter is favoured. An answer of no
/// kind leaves the question open.
void addOptions(Item& item, const std::string& answer, std::uint64_t seed)
{
    item.answer = answer;
    for (std::size_t k = 0; k < answerKinds().size(); ++k) {
        auto texts = answerKinds()[k];
        if (std::ranges::find(texts, answer) == texts.end())
            continue;
        if (k > 0)
            std::ranges::sort(
                texts, {}, [&](const std::string& text) { return rank(item.key, text, seed); });
        for (const auto& text : texts) {
            const std::string label(1, static_cast<char>('A' + item.options.size()));
            item.options.push_back({ label, text });
            if (text == answer)
                item.answer = label;
        }
        item.category = kindNames[k];
    }
}

std::string fieldsOf(const Json& record, const Item& item)
{
    Json fields { { "answer", record[1] }, { "image_id", record[2] } };
    if (!item.options.empty())
        fields["options_from"] = "the answers of easy-VQA of the same kind (" + item.category + ")";
    return dumpLine(fields);
}

Result<void> takeRecord(BatchBuilder& builder, const JsonRecord& record, const std::string& split,
    int number, const PictureFinder& finder, std::uint64_t seed)
{
    Item item;
    item.line = record.line;
    item.split = split;
    item.key = split + "-" + std::to_string(number);
    const auto parts = parseJson(record.text, "");
    const bool whole = parts && parts->is_array() && parts->size() == 3 && (*parts)[0].is_string()
        && (*parts)[1].is_string() && (*parts)[2].is_number_integer();
    if (!whole) {
        builder.problem(record.line, item.key,
            parts ? "it is not of the form [question, answer, image id]" : parts.error().what);
        return {};
    }
    item.question = (*parts)[0].get<std::string>();
    addOptions(item, (*parts)[1].get<std::string>(), seed);
    item.fields = fieldsOf(*parts, item);
    auto file = finder.find(dumpLine((*parts)[2]) + ".png");
    if (!file) {
        builder.problem(record.line, item.key, file.error().what);
        return {};
    }
    std::vector<PictureSource> pictures(1);
    pictures[0].path = std::move(*file);
    return builder.add(std::move(item), std::move(pictures));
}

Result<void> takeSplit(BatchBuilder& builder, const std::string& split, const fs::path& folder,
    const ImportOptions& options, Sha256& hash)
{
    const auto file = folder / "questions.json";
    const auto text = readFile(file);
    if (!text)
        return fail(text.error());
    hash.add(*text);
    const PictureFinder finder(options.imageRoot.empty() ? folder / "images" : options.imageRoot,
        !options.imageRoot.empty());
    JsonRecords records(*text);
    for (int number = 0; const auto record = records.next(); ++number) {
        if (record->cut && !options.wholeRecordsOfCutFile)
            return fail(ErrorKind::Invalid,
                "is cut off at byte " + std::to_string(record->offset) + "; "
                    + std::to_string(number)
                    + " whole records come before, which can be imported alone",
                file.string());
        if (record->cut) {
            builder.problem(record->line, "", "the file is cut off in this record");
            return {};
        }
        if (auto taken = takeRecord(builder, *record, split, number, finder, options.seed); !taken)
            return taken;
        builder.progress(record->offset, static_cast<std::int64_t>(text->size()));
    }
    return {};
}

} // namespace

std::vector<std::pair<std::string, fs::path>> easyVqaSplits(const fs::path& source)
{
    const auto isSplit = [](const fs::path& folder) {
        std::error_code error;
        return fs::is_regular_file(folder / "questions.json", error)
            && fs::is_directory(folder / "images", error);
    };
    const auto folder = source.filename() == "questions.json" ? source.parent_path() : source;
    std::error_code error;
    const auto whole = fs::canonical(folder.empty() ? "." : folder, error);
    if (isSplit(folder))
        return { { whole.filename().string(), folder } };
    std::vector<std::pair<std::string, fs::path>> splits;
    for (const auto& base : { folder, folder / "data" })
        for (const char* name : { "train", "test" })
            if (splits.size() < 2 && isSplit(base / name))
                splits.emplace_back(name, base / name);
    return splits;
}

Result<ImportBatch> importEasyVqa(const fs::path& source, const ImportOptions& options)
{
    const auto splits = easyVqaSplits(source);
    if (splits.empty())
        return fail(ErrorKind::Invalid,
            "is no easy-VQA folder: it has no train/ or test/ with questions.json and images/",
            source.string());
    BatchBuilder builder(options, "Reading easy-VQA");
    Sha256 hash;
    for (const auto& [split, folder] : splits)
        if (auto taken = takeSplit(builder, split, folder, options, hash); !taken)
            return fail(taken.error());
    return builder.finish(sourceRow(source, options, "easy-vqa", hash.hex()));
}

} // namespace slook::formats
