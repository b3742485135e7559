#include "core/file.h"
#include "core/json.h"
#include "formats/export.h"
#include "formats/export_common.h"
#include "formats/parquet.h"
#include "formats/picture_writer.h"
#include "formats/stic_pairs.h"
#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

/// Pairs in the forms of other programs' trainers; reference: each program's documentation of its
/// data.
namespace slook::formats {
namespace {

namespace fs = std::filesystem;

/// A pair with what its record needs.
struct Sample {
    const PairRow* pair = nullptr;
    const Item* item = nullptr;
    std::vector<std::string> images;
    PairMaking making {};
};

/// One mark a picture before the text, for forms that count marks against pictures.
std::string withMarks(const Sample& sample)
{
    std::string text;
    for (std::size_t i = 0; i < sample.images.size(); ++i)
        text += "<image>";
    return text + sample.pair->prompt;
}

std::string firstImage(const Sample& sample)
{
    return sample.images.empty() ? "" : sample.images[0];
}

/// SCL's data_construction.py: picture, question, both answers; one picture.
Json sclRecord(const Sample& sample)
{
    return { { "image", firstImage(sample) }, { "prompt", sample.pair->prompt },
        { "chosen", sample.pair->chosen }, { "rejected", sample.pair->rejected } };
}

Json part(const std::string& text)
{
    return { { "type", "text" }, { "text", text } };
}

/// TRL's DPOTrainer for vision models: `images` and messages whose content begins with one
/// {"type": "image"} a picture.
Json trlRecord(const Sample& sample)
{
    Json content = Json::array();
    for (std::size_t i = 0; i < sample.images.size(); ++i)
        content.push_back({ { "type", "image" } });
    content.push_back(part(sample.pair->prompt));
    const auto message = [](const char* role, Json parts) {
        return Json::array({ Json { { "role", role }, { "content", std::move(parts) } } });
    };
    return { { "images", sample.images }, { "prompt", message("user", std::move(content)) },
        { "chosen", message("assistant", Json::array({ part(sample.pair->chosen) })) },
        { "rejected", message("assistant", Json::array({ part(sample.pair->rejected) })) } };
}

/// LLaMA-Factory's sharegpt form with "ranking": as many <image> marks as pictures.
Json llamaFactoryRecord(const Sample& sample)
{
    const auto turn = [](const char* from, const std::string& value) {
        return Json { { "from", from }, { "value", value } };
    };
    return { { "conversations", Json::array({ turn("human", withMarks(sample)) }) },
        { "chosen", turn("gpt", sample.pair->chosen) },
        { "rejected", turn("gpt", sample.pair->rejected) }, { "images", sample.images } };
}

/// ms-swift: the last message is the chosen answer.
Json msSwiftRecord(const Sample& sample)
{
    const auto message = [](const char* role, const std::string& content) {
        return Json { { "role", role }, { "content", content } };
    };
    return { { "messages",
                 Json::array({ message("user", withMarks(sample)),
                     message("assistant", sample.pair->chosen) }) },
        { "rejected_response", sample.pair->rejected }, { "images", sample.images } };
}

/// STIC's stic/generate_pref.py; a claim that the pixels refute is not repeated.
Json sticRecord(const Sample& sample)
{
    return toSticRecord({ firstImage(sample), sample.making.corrupted, sample.making.badPrompt,
        sample.pair->prompt, sample.pair->chosen, sample.pair->rejected });
}

Json message(const char* role, Json content)
{
    return { { "role", role }, { "content", std::move(content) } };
}

/// POVID, SIMA and CSR: the same question before both answers.
Json povidRecord(const Sample& sample)
{
    const auto turn = [](const char* from, const std::string& value) {
        return Json { { "from", from }, { "value", value } };
    };
    const auto human =
        turn("human", (sample.images.empty() ? "" : "<image>\n") + sample.pair->prompt);
    Json record { { "id", sample.item->key } };
    if (!sample.images.empty())
        record["image"] = sample.images[0];
    record["conversations"] = Json::array({ human, turn("gpt", sample.pair->chosen) });
    record["rejected_conversations"] = Json::array({ human, turn("gpt", sample.pair->rejected) });
    return record;
}

/// mDPO: the prompt is the whole chat, with the words of LLaVA 1.5.
Json mdpoRecord(const Sample& sample)
{
    return { { "img_path", firstImage(sample) },
        { "prompt",
            "A chat between a curious user and an artificial intelligence assistant. The "
            "assistant gives helpful, detailed, and polite answers to the user's questions. USER: "
            "<image>\n"
                + sample.pair->prompt + " ASSISTANT:" },
        { "chosen", sample.pair->chosen }, { "rejected", sample.pair->rejected } };
}

/// RLAIF-V's columns, the picture by its name.
Json rlaifRecord(const Sample& sample)
{
    return { { "idx", sample.item->key }, { "image_path", firstImage(sample) },
        { "question", sample.pair->prompt }, { "chosen", sample.pair->chosen },
        { "rejected", sample.pair->rejected } };
}

Json alpacaRecord(const Sample& sample)
{
    return { { "instruction", withMarks(sample) }, { "input", "" },
        { "chosen", sample.pair->chosen }, { "rejected", sample.pair->rejected },
        { "images", sample.images } };
}

/// Two records a pair: an answer that is wanted and one that is not.
Json ktoRecords(const Sample& sample)
{
    const auto record = [&](const std::string& answer, bool wanted) {
        return Json {
            { "messages",
                Json::array({ message("user", withMarks(sample)), message("assistant", answer) }) },
            { "label", wanted }, { "images", sample.images }
        };
    };
    return Json::array({ record(sample.pair->chosen, true), record(sample.pair->rejected, false) });
}

/// LLaMA-Factory's v1: content in parts, and which turns are learned.
Json v1Record(const Sample& sample)
{
    Json asked = Json::array();
    for (const auto& name : sample.images)
        asked.push_back({ { "type", "image_url" }, { "value", name } });
    const auto text = [](const std::string& value) {
        return Json { { "type", "text" }, { "value", value } };
    };
    asked.push_back(text(sample.pair->prompt));
    const auto turns = [&](const std::string& answer) {
        auto first = message("user", asked),
             second = message("assistant", Json::array({ text(answer) }));
        first["loss_weight"] = 0.0;
        second["loss_weight"] = 1.0;
        return Json::array({ std::move(first), std::move(second) });
    };
    return { { "chosen_messages", turns(sample.pair->chosen) },
        { "rejected_messages", turns(sample.pair->rejected) } };
}

/// ms-swift 2, which SCL used.
Json msSwift2Record(const Sample& sample)
{
    return { { "system", "" }, { "query", withMarks(sample) }, { "response", sample.pair->chosen },
        { "rejected_response", sample.pair->rejected }, { "images", sample.images },
        { "history", Json::array() } };
}

struct Form {
    const char* name;
    Json (*record)(const Sample&); ///< an array: several records
    bool lines; ///< JSON Lines, else one array
    bool onePicture = false; ///< has no place for more
    bool countsMarks = false; ///< as many <image> marks as pictures
    const char* registered = nullptr; ///< the rest of its entry in LLaMA-Factory's register
};
constexpr const char* sharegptEntry = R"({"ranking": true, "formatting": "sharegpt", "columns":
    {"messages": "conversations", "chosen": "chosen", "rejected": "rejected", "images": "images"}})";
constexpr const char* alpacaEntry = R"({"ranking": true, "columns": {"prompt": "instruction",
    "query": "input", "chosen": "chosen", "rejected": "rejected", "images": "images"}})";
constexpr const char* ktoEntry = R"({"formatting": "sharegpt", "columns": {"messages": "messages",
    "kto_tag": "label", "images": "images"}, "tags": {"role_tag": "role", "content_tag": "content",
    "user_tag": "user", "assistant_tag": "assistant"}})";
constexpr Form forms[] = {
    { "scl", sclRecord, false, true },
    { "trl", trlRecord, true },
    { "llama-factory", llamaFactoryRecord, false, false, true, sharegptEntry },
    { "llama-factory-alpaca", alpacaRecord, false, false, true, alpacaEntry },
    { "llama-factory-kto", ktoRecords, false, false, true, ktoEntry },
    { "llama-factory-v1", v1Record, true },
    { "ms-swift", msSwiftRecord, true, false, true },
    { "ms-swift-2", msSwift2Record, true, false, true },
    { "povid", povidRecord, false, true, true },
    { "mdpo", mdpoRecord, false, true, true },
    { "rlaif-v", rlaifRecord, true, true },
    { "stic", sticRecord, true, true },
};
constexpr const char* parquetForm = "trl-parquet";

/// LLaMA-Factory's register of data sets, with an entry for this file; other entries stay.
Result<void> registerDataset(const fs::path& out, const char* rest)
{
    const auto file = out.parent_path() / "dataset_info.json";
    Json datasets = Json::object();
    std::error_code error;
    if (fs::exists(file, error)) {
        const auto text = readFile(file);
        if (!text)
            return fail(text.error());
        auto known = parseJson(*text, file.string());
        if (!known)
            return fail(known.error());
        if (!known->is_object())
            return fail(ErrorKind::Invalid,
                "is no register of LLaMA-Factory; choose another folder", file.string());
        datasets = std::move(*known);
    }
    Json entry { { "file_name", out.filename().string() } };
    entry.update(Json::parse(rest));
    datasets[out.stem().string()] = std::move(entry);
    return writeFileAtomically(file, dumpPretty(datasets) + "\n");
}

constexpr const char* generalLoss =
    "The type of a pair, the turns its sides came from and the preference that made it have no "
    "place in this form.";

void addSticLosses(const std::vector<Sample>& samples, std::vector<std::string>& losses)
{
    const auto count = [&](auto is) { return std::to_string(std::ranges::count_if(samples, is)); };
    const auto proven = count([](const Sample& s) { return s.making.proven; });
    const auto claimed =
        count([](const Sample& s) { return s.making.corrupted && !s.making.proven; });
    const auto refuted = count([](const Sample& s) { return s.making.refuted; });
    const auto oneSided = count([](const Sample& s) { return s.pair->rejected.empty(); });
    losses.emplace_back("The prompt that the chosen text answers has no place in this form: both "
                        "sides stand under the prompt that is trained on.");
    if (proven != "0")
        losses.push_back("Operator, numbers, seed and both hashes of " + proven
            + " corrupted pictures have no place in this form: whoever reads it must believe that "
              "their pixels changed.");
    if (claimed != "0")
        losses.push_back(claimed
            + " pairs claim a corrupted picture whose pixels nobody knows; the claim was written "
              "as it came.");
    if (refuted != "0")
        losses.push_back(refuted
            + " pairs were said to be of a corrupted picture, but its pixels are those of the "
              "clean one; they were written with \"image_corruption\": false.");
    if (oneSided != "0")
        losses.push_back(oneSided + " pairs reject nothing, which this form cannot say.");
}

std::vector<std::string> lossesOf(const Form& form, const std::vector<Sample>& samples)
{
    std::vector<std::string> losses { generalLoss };
    const auto several = std::ranges::count_if(
        samples, [](const Sample& sample) { return sample.images.size() > 1; });
    if (form.record == sticRecord)
        addSticLosses(samples, losses);
    if (form.onePicture && several > 0)
        losses.push_back("This form has one picture a pair; " + std::to_string(several)
            + " pairs lost their other pictures.");
    const auto marked = std::ranges::count_if(samples, [](const Sample& sample) {
        return sample.pair->prompt.find("<image>") != std::string::npos;
    });
    if (form.countsMarks && marked > 0)
        losses.push_back(std::to_string(marked)
            + " prompts hold the text \"<image>\" themselves, which this form counts as a "
              "picture.");
    return losses;
}

Result<std::vector<Sample>> samplesOf(
    const ExportData& data, const ExportOptions& options, PictureWriter& pictures)
{
    const auto items = byId(data.items);
    std::vector<Sample> samples;
    for (const auto& pair : data.pairs) {
        if (auto going = goOn(options, samples.size(), data.pairs.size()); !going)
            return fail(going.error());
        const auto item = items.find(pair.item);
        if (item == items.end())
            return fail(unknownItem(pair.item));
        Sample sample { &pair, item->second, {} };
        if (const auto making = data.makings.find(pair.id); making != data.makings.end())
            sample.making = making->second;
        for (const auto image : item->second->images) {
            auto name = pictures.nameOf(image);
            if (!name)
                return fail(name.error());
            sample.images.push_back(std::move(*name));
        }
        samples.push_back(std::move(sample));
    }
    return samples;
}

std::string textOf(const Form& form, const std::vector<Sample>& samples)
{
    Json records = Json::array();
    for (const auto& sample : samples) {
        auto made = form.record(sample);
        if (made.is_array())
            std::ranges::move(made, std::back_inserter(records));
        else
            records.push_back(std::move(made));
    }
    if (!form.lines)
        return dumpPretty(records) + "\n";
    std::string text;
    for (const auto& record : records)
        text += dumpLine(record) + "\n";
    return text;
}

/// TRL's form with the pictures inside, as Hugging Face data sets hold them.
Result<ExportReport> exportParquet(
    const ExportData& data, const fs::path& out, const ExportOptions& options)
{
    const auto items = byId(data.items);
    std::map<ImageId, const ImageRow*> images;
    for (const auto& row : data.images)
        images.emplace(row.id, &row);
    std::size_t at = 0;
    std::set<ImageId> inside;
    const auto next = [&]() -> Result<std::optional<ParquetPair>> {
        if (auto going = goOn(options, at, data.pairs.size()); !going)
            return fail(going.error());
        if (at == data.pairs.size())
            return std::nullopt;
        const auto& pair = data.pairs[at++];
        const auto item = items.find(pair.item);
        if (item == items.end())
            return fail(unknownItem(pair.item));
        ParquetPair row { {}, pair.prompt, pair.chosen, pair.rejected };
        for (const auto id : item->second->images) {
            auto bytes = data.imageBytes(id);
            if (!bytes)
                return fail(bytes.error());
            const auto image = images.find(id);
            row.images.emplace_back(
                std::move(*bytes), image == images.end() ? "" : pictureFileName(*image->second));
            inside.insert(id);
        }
        return std::optional(std::move(row));
    };
    if (auto written = writeParquet(out, next); !written)
        return fail(written.error());
    return ExportReport { static_cast<std::int64_t>(at), 0, { out },
        { generalLoss, std::to_string(inside.size()) + " pictures stand in the file itself." } };
}

} // namespace

std::vector<std::string> pairFormats()
{
    std::vector<std::string> names;
    for (const auto& form : forms)
        names.emplace_back(form.name);
    if (canReadParquet())
        names.emplace_back(parquetForm);
    return names;
}

Result<ExportReport> exportPairs(
    const ExportData& data, const fs::path& out, const ExportOptions& options)
{
    if (auto able = canWrite(options.format, pairFormats(), data.pairs.size(), out); !able)
        return fail(able.error());
    if (options.format == parquetForm)
        return exportParquet(data, out, options);
    const auto* form =
        std::ranges::find_if(forms, [&](const Form& one) { return one.name == options.format; });
    PictureWriter pictures(data, options, out.parent_path());
    const auto samples = samplesOf(data, options, pictures);
    if (!samples)
        return fail(samples.error());
    if (auto synced = pictures.finish(); !synced)
        return fail(synced.error());
    if (auto written = writeFileAtomically(out, textOf(*form, *samples)); !written)
        return fail(written.error());
    ExportReport report { static_cast<std::int64_t>(samples->size()), pictures.written(), { out },
        lossesOf(*form, *samples) };
    if (form->registered) {
        if (auto registered = registerDataset(out, form->registered); !registered)
            return fail(registered.error());
        report.files.push_back(out.parent_path() / "dataset_info.json");
    }
    return report;
}

} // namespace slook::formats
