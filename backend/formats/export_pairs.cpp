#include "core/file.h"
#include "core/json.h"
#include "formats/export.h"
#include "formats/export_common.h"
#include "formats/picture_writer.h"
#include "formats/stic_pairs.h"
#include <algorithm>
#include <nlohmann/json.hpp>

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

/// SCL's data_construction.py: picture, question, both answers; one picture.
Json sclRecord(const Sample& sample)
{
    return { { "image", sample.images.empty() ? "" : sample.images[0] },
        { "prompt", sample.pair->prompt }, { "chosen", sample.pair->chosen },
        { "rejected", sample.pair->rejected } };
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
    return toSticRecord({ sample.images.empty() ? "" : sample.images[0], sample.making.corrupted,
        sample.making.badPrompt, sample.pair->prompt, sample.pair->chosen, sample.pair->rejected });
}

struct Form {
    const char* name;
    Json (*record)(const Sample&);
    bool lines; ///< JSON Lines, else one array
};
constexpr Form forms[] = {
    { "scl", sclRecord, false },
    { "trl", trlRecord, true },
    { "llama-factory", llamaFactoryRecord, false },
    { "ms-swift", msSwiftRecord, true },
    { "stic", sticRecord, true },
};

/// LLaMA-Factory's register of data sets, with an entry for this file; other entries stay.
Result<void> registerDataset(const fs::path& out)
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
    datasets[out.stem().string()] = { { "file_name", out.filename().string() }, { "ranking", true },
        { "formatting", "sharegpt" },
        { "columns",
            { { "messages", "conversations" }, { "chosen", "chosen" }, { "rejected", "rejected" },
                { "images", "images" } } } };
    return writeFileAtomically(file, dumpPretty(datasets) + "\n");
}

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
    std::vector<std::string> losses { "The type of a pair, the turns its sides came from and the "
                                      "preference that made it have no place in this form." };
    const auto several = std::ranges::count_if(
        samples, [](const Sample& sample) { return sample.images.size() > 1; });
    if (form.record == sticRecord)
        addSticLosses(samples, losses);
    if ((form.record == sclRecord || form.record == sticRecord) && several > 0)
        losses.push_back("This form has one picture a pair; " + std::to_string(several)
            + " pairs lost their other pictures.");
    const auto marked = std::ranges::count_if(samples, [](const Sample& sample) {
        return sample.pair->prompt.find("<image>") != std::string::npos;
    });
    const bool countsMarks =
        form.record != sclRecord && form.record != trlRecord && form.record != sticRecord;
    if (countsMarks && marked > 0)
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
    std::string text;
    Json array = Json::array();
    for (const auto& sample : samples)
        if (form.lines)
            text += dumpLine(form.record(sample)) + "\n";
        else
            array.push_back(form.record(sample));
    return form.lines ? text : dumpPretty(array) + "\n";
}

} // namespace

std::vector<std::string> pairFormats()
{
    std::vector<std::string> names;
    for (const auto& form : forms)
        names.emplace_back(form.name);
    return names;
}

Result<ExportReport> exportPairs(
    const ExportData& data, const fs::path& out, const ExportOptions& options)
{
    if (auto able = canWrite(options.format, pairFormats(), data.pairs.size(), out); !able)
        return fail(able.error());
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
    if (form->record == llamaFactoryRecord) {
        if (auto registered = registerDataset(out); !registered)
            return fail(registered.error());
        report.files.push_back(out.parent_path() / "dataset_info.json");
    }
    return report;
}

} // namespace slook::formats
