#include "scenes/export.h"
#include "core/file.h"
#include "image/encode.h"
#include "scenes/describe.h"
#include "scenes/render.h"
#include "scenes/samples.h"
#include "scenes/truth.h"
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

namespace slook::scenes {
namespace {

namespace fs = std::filesystem;

std::string base64(const std::vector<std::uint8_t>& bytes)
{
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = (group << 8) | (k < left ? bytes[i + k] : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += k <= left ? digits[(group >> (18 - 6 * k)) & 63U] : '=';
    }
    return text;
}

Result<void> check(const ExportOptions& options)
{
    const std::string where = options.folder.string();
    if (options.count < 1 || options.count > 100'000)
        return fail(ErrorKind::Invalid,
            "the number of scenes must be 1 to 100,000, not " + std::to_string(options.count),
            where);
    const bool tsv = options.format == ExportFormat::Tsv;
    if (tsv && options.picturesInside && options.count > 20'000)
        return fail(ErrorKind::Invalid,
            "more than 20,000 pictures inside one TSV are too many to load; write them beside it",
            where);
    if (tsv && options.kind == ExportKind::Review)
        return fail(ErrorKind::Invalid,
            "a review has two turns, which a TSV cannot hold; choose llava", where);
    std::error_code error;
    fs::create_directories(options.folder, error);
    if (error)
        return fail(ErrorKind::Io, "the folder cannot be made: " + error.message(), where);
    const bool empty = fs::is_empty(options.folder, error);
    if (error)
        return fail(ErrorKind::Io, "the folder cannot be read: " + error.message(), where);
    if (!empty)
        return fail(ErrorKind::Conflict, "the folder is not empty; choose a new one", where);
    return {};
}

std::string pictureName(int number)
{
    const std::string digits = std::to_string(number + 1);
    return "images/" + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits
        + ".png";
}

/// Collects the question file; texts of ours hold no tab, line break or quote, so a TSV needs no
/// quoting.
class Writer {
public:
    explicit Writer(const ExportOptions& options)
        : m_options(options)
        , m_options4(options.kind == ExportKind::Mcq)
    {
        if (options.format == ExportFormat::Llava)
            return;
        m_text = options.picturesInside ? "index\timage\tquestion" : "index\timage_path\tquestion";
        m_text += m_options4 ? "\tA\tB\tC\tD" : "";
        m_text += "\tanswer\tcategory\tsplit\ttruth\n";
    }

    void add(int number, const Sample& sample, const std::string& picture)
    {
        if (m_options.format == ExportFormat::Llava)
            return addLlava(number, sample);
        m_text += std::to_string(number + 1) + "\t" + picture + "\t" + sample.question;
        for (const std::string& option : sample.options)
            m_text += "\t" + option;
        m_text += "\t" + sample.answer + "\t" + sample.category + "\t" + m_options.split + "\t"
            + describe(sample.scene) + "\n";
    }

    [[nodiscard]] std::string finished() const
    {
        return m_options.format == ExportFormat::Tsv ? m_text : "[\n" + m_text + "\n]\n";
    }

private:
    void addLlava(int number, const Sample& sample)
    {
        Json row;
        row["id"] = std::to_string(number + 1);
        row["image"] = pictureName(number);
        row["conversations"] = Json::array();
        for (const Turn& turn : sample.conversation) {
            const std::string tag = row["conversations"].empty() ? "<image>\n" : "";
            row["conversations"].push_back({ { "from", "human" }, { "value", tag + turn.user } });
            row["conversations"].push_back({ { "from", "gpt" }, { "value", turn.reply.text } });
        }
        m_text += (m_text.empty() ? "" : ",\n") + dumpLine(row);
    }

    const ExportOptions& m_options;
    bool m_options4; ///< four columns of options
    std::string m_text;
};

std::string truthLine(int number, const Sample& sample, const image::Picture& picture, bool file)
{
    Json line;
    line["index"] = number + 1;
    if (file)
        line["image"] = pictureName(number);
    line["sha256"] = image::pixelSha256(picture);
    line["category"] = sample.category;
    line["question"] = sample.question;
    line["answer"] = sample.answer;
    line.update(truthJson(sample.scene));
    return dumpLine(line) + "\n";
}

std::string_view bytesOf(const std::vector<std::uint8_t>& bytes)
{
    return { reinterpret_cast<const char*>(bytes.data()), bytes.size() };
}

template <class Value, std::size_t N>
std::optional<Value> byName(
    const std::array<std::pair<std::string_view, Value>, N>& names, std::string_view name)
{
    for (const auto& [known, value] : names)
        if (known == name)
            return value;
    return std::nullopt;
}

} // namespace

std::optional<ExportFormat> exportFormatByName(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, ExportFormat>, 2> names {
        { { "tsv", ExportFormat::Tsv }, { "llava", ExportFormat::Llava } }
    };
    return byName(names, name);
}

std::optional<ExportKind> exportKindByName(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, ExportKind>, 6> names {
        { { "mcq", ExportKind::Mcq }, { "yesno", ExportKind::YesNo },
            { "short", ExportKind::Short }, { "describe", ExportKind::Describe },
            { "review", ExportKind::Review }, { "reverse", ExportKind::Reverse } }
    };
    return byName(names, name);
}

Result<ExportReport> exportScenes(const ExportOptions& options)
{
    if (auto checked = check(options); !checked)
        return fail(checked.error());
    const bool files = options.format == ExportFormat::Llava || !options.picturesInside;
    if (files) {
        std::error_code error;
        fs::create_directory(options.folder / "images", error);
        if (error)
            return fail(ErrorKind::Io, "the folder for pictures cannot be made: " + error.message(),
                options.folder.string());
    }
    ExportReport report;
    report.file =
        options.folder / (options.format == ExportFormat::Tsv ? "scenes.tsv" : "scenes.json");
    report.truth = options.folder / "truth.jsonl";
    Writer writer(options);
    std::string truth;
    const auto popular = popularKinds(options);
    for (int number = 0; number < options.count; ++number) {
        const Sample sample = makeSample(options, number, popular);
        const image::Picture picture = render(sample.scene);
        const auto png = image::encodePng(picture);
        if (files)
            if (auto written =
                    writeFileAtomically(options.folder / pictureName(number), bytesOf(png));
                !written)
                return fail(written.error());
        writer.add(number, sample, files ? pictureName(number) : base64(png));
        truth += truthLine(number, sample, picture, files);
        ++report.scenes;
        ++report.categories[sample.category];
        if (options.progress && !options.progress(report.scenes))
            return fail(ErrorKind::Stopped,
                "the export was stopped after " + std::to_string(report.scenes)
                    + " scenes; its folder is not complete",
                options.folder.string());
    }
    if (auto written = writeFileAtomically(report.truth, truth); !written)
        return fail(written.error());
    if (auto written = writeFileAtomically(report.file, writer.finished()); !written)
        return fail(written.error());
    return report;
}

} // namespace slook::scenes
