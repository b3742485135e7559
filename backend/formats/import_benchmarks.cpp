#include "core/random.h"
#include "formats/json_importer.h"
#include "formats/python_list.h"

/// Benchmarks in the JSON that their authors publish. Each reader says what a record must have.
namespace slook::formats {
namespace {

namespace fs = std::filesystem;

std::string joinedId(const Json& record, std::initializer_list<const char*> keys)
{
    std::string id;
    for (const char* key : keys)
        if (const auto part = asText(record, key))
            id += (id.empty() ? "" : "_") + *part;
    return id;
}

/// `question`, if it is there.
bool readQuestion(const Json& record, Draft& draft, const char* key = "question")
{
    draft.item.question = asText(record, key).value_or("");
    return !draft.item.question.empty();
}

void addPicture(const Json& record, const char* key, Draft& draft)
{
    if (const auto name = asText(record, key); name && !name->empty())
        draft.pictures.push_back(name->starts_with("./") ? name->substr(2) : *name);
}

/// Problems keyed by pid, or rows of a table; the answer is the place of the right choice, and a
/// picture lies in a folder of its split and pid.
std::string readScienceQa(
    const Json& record, const std::string& key, const ImportOptions&, Draft& draft)
{
    const auto choices = textsOf(record.value("choices", Json()));
    const auto right = integerOr(record, "answer", -1);
    if (!readQuestion(record, draft) || !choices)
        return "it has no \"question\" with \"choices\"";
    if (right < 0 || right >= static_cast<std::int64_t>(choices->size()))
        return "its \"answer\" is no place in its choices";
    if (auto reason = setOptions(draft.item, *choices); !reason.empty())
        return reason;
    draft.item.answer = draft.item.options[static_cast<std::size_t>(right)].label;
    draft.item.hint = stringOr(record, "hint");
    draft.item.category = stringOr(record, "topic");
    const auto image = stringOr(record, "image");
    if (!image.empty() && !key.empty())
        draft.pictures = { "images/" + draft.item.split + "/" + key + "/" + image };
    else // a row of the Hugging Face form, which has no pid
        addPicture(record, "image", draft);
    return {};
}

/// Keyed by pid; the answer is the text of a choice, or of a number where there are none.
std::string readMathVista(
    const Json& record, const std::string&, const ImportOptions&, Draft& draft)
{
    if (!readQuestion(record, draft))
        return "it has no \"question\"";
    draft.item.key = asText(record, "pid").value_or(draft.item.key);
    if (const auto choices = textsOf(record.value("choices", Json())))
        if (auto reason = setOptions(draft.item, *choices); !reason.empty())
            return reason;
    addPicture(record, "image", draft);
    const Json about = record.value("metadata", Json::object());
    draft.item.category = stringOr(about, "task");
    draft.item.split = stringOr(about, "split");
    return setAnswer(draft.item, asText(record, "answer").value_or(""));
}

std::string readHallusionBench(
    const Json& record, const std::string&, const ImportOptions&, Draft& draft)
{
    const auto truth = asText(record, "gt_answer").value_or("");
    if (!readQuestion(record, draft) || (truth != "0" && truth != "1"))
        return "it has no \"question\" with a \"gt_answer\" of 0 or 1";
    draft.item.key = joinedId(record,
        { "category", "subcategory", "visual_input", "set_id", "figure_id", "question_id" });
    draft.item.category = joinedId(record, { "category", "subcategory" });
    draft.item.answer = truth == "1" ? "yes" : "no";
    addPicture(record, "filename", draft);
    return {};
}

/// Statements about a picture that are true or not; the words of the question are ours.
std::string readVsr(const Json& record, const std::string&, const ImportOptions&, Draft& draft)
{
    const auto truth = integerOr(record, "label", -1);
    if (!readQuestion(record, draft, "caption") || (truth != 0 && truth != 1))
        return "it has no \"caption\" with a \"label\" of 0 or 1";
    draft.item.question += "\nIs this statement true of the image? Answer yes or no.";
    draft.item.answer = truth == 1 ? "yes" : "no";
    draft.item.category = stringOr(record, "relation");
    addPicture(record, "image", draft);
    return {};
}

/// A right and a wrong caption; which comes first is drawn.
std::string readSugarCrepe(
    const Json& record, const std::string& key, const ImportOptions& options, Draft& draft)
{
    const auto right = asText(record, "caption");
    const auto wrong = asText(record, "negative_caption");
    if (!right || !wrong)
        return "it has no \"caption\" with a \"negative_caption\"";
    Random random = Random::of(options.seed, "SugarCrepe " + key, 0);
    const bool first = random.chance(0.5);
    draft.item.question = "Which caption describes the image?";
    draft.item.answer = first ? "A" : "B";
    addPicture(record, "filename", draft);
    return setOptions(draft.item, { first ? *right : *wrong, first ? *wrong : *right });
}

/// image_1, image_2, ... as file names. @return false where one is something else
bool addNumberedPictures(const Json& record, Draft& draft)
{
    for (int i = 1; i <= 20; ++i) {
        const std::string key = "image_" + std::to_string(i);
        const auto found = record.find(key);
        if (found == record.end() || found->is_null())
            continue;
        if (!found->is_string())
            return false;
        addPicture(record, key.c_str(), draft);
    }
    return true;
}

std::optional<std::vector<std::string>> optionsOf(const Json& record)
{
    const auto found = record.find("options");
    if (found == record.end() || found->is_null())
        return std::vector<std::string>();
    return found->is_string() ? fromPythonList(found->get<std::string>()) : textsOf(*found);
}

/// Options are a list, or one as Python prints it; pictures have numbered fields.
std::string readMmmu(const Json& record, const std::string&, const ImportOptions&, Draft& draft)
{
    const auto options = optionsOf(record);
    if (!readQuestion(record, draft) || !options)
        return "it has no \"question\" with a list of \"options\"";
    draft.item.key = asText(record, "id").value_or(draft.item.key);
    draft.item.category = asText(record, "subject").value_or("");
    if (!addNumberedPictures(record, draft))
        return "its pictures are no file names";
    const bool named = draft.item.question.find("<image 1>") != std::string::npos;
    if (named && draft.pictures.empty())
        return "its picture is not in this file; MMMU keeps pictures in its Parquet files";
    if (auto reason = setOptions(draft.item, *options); !reason.empty())
        return reason;
    return setAnswer(draft.item, asText(record, "answer").value_or(""));
}

/// Options stand in the question or in the pictures; an answer may be several letters ("AD").
std::string readGaokao(const Json& record, const std::string&, const ImportOptions&, Draft& draft)
{
    const auto pictures = textsOf(record.value("picture", Json::array()));
    const auto answer = textsOf(record.value("answer", Json()));
    if (!readQuestion(record, draft) || !answer || answer->size() != 1 || !pictures)
        return "it has no \"question\" with one \"answer\" and a list of pictures";
    draft.item.key = joinedId(record, { "year", "category", "index" });
    draft.item.category = asText(record, "category").value_or("");
    draft.item.answer = answer->front();
    draft.pictures = *pictures;
    return {};
}

std::string readSeed(const Json& record, const std::string&, const ImportOptions&, Draft& draft)
{
    if (!readQuestion(record, draft))
        return "it has no \"question\"";
    draft.item.key = asText(record, "question_id").value_or(draft.item.key);
    draft.item.category = asText(record, "question_type_id").value_or("");
    std::vector<std::string> choices;
    for (const char* key : { "choice_a", "choice_b", "choice_c", "choice_d" })
        if (auto choice = asText(record, key))
            choices.push_back(std::move(*choice));
    const Json data = record.value("data_id", Json());
    if (data.is_array()) // SEED-Bench 2: several pictures
        draft.pictures = textsOf(data).value_or(std::vector<std::string>());
    else
        addPicture(record, "data_id", draft);
    if (auto reason = setOptions(draft.item, choices); !reason.empty())
        return reason;
    return setAnswer(draft.item, asText(record, "answer").value_or(""));
}

std::string readMmVet(const Json& record, const std::string&, const ImportOptions&, Draft& draft)
{
    if (!readQuestion(record, draft))
        return "it has no \"question\"";
    draft.item.answer = asText(record, "answer").value_or("");
    for (const auto& one :
        textsOf(record.value("capability", Json())).value_or(std::vector<std::string>()))
        draft.item.category += (draft.item.category.empty() ? "" : "+") + one;
    addPicture(record, "imagename", draft);
    return {};
}

/// Three questions a triplet: an original one, one of perception, one of knowledge. The answer is
/// the letter of a choice.
std::string readMmevalpro(
    const Json& record, const std::string&, const ImportOptions&, Draft& draft)
{
    const Json choices = record.value("choices", Json());
    const auto texts =
        choices.is_string() ? fromPythonList(choices.get<std::string>()) : textsOf(choices);
    if (!readQuestion(record, draft) || !texts)
        return "it has no \"question\" with a list of \"choices\"";
    if (const auto index = asText(record, "index"))
        draft.item.key = *index;
    else
        draft.item.key = joinedId(record, { "triplet_id", "eval_type" });
    draft.item.category = asText(record, "eval_type").value_or("");
    addPicture(record, "image", draft);
    if (auto reason = setOptions(draft.item, *texts); !reason.empty())
        return reason;
    return setAnswer(draft.item, asText(record, "answer").value_or(""));
}

constexpr JsonForm jsonForms[] = {
    { "scienceqa", readScienceQa, "{}" },
    { "mathvista", readMathVista, "{}" },
    { "mm-vet", readMmVet, "{}" },
    { "sugarcrepe", readSugarCrepe, "{}" },
    { "hallusionbench", readHallusionBench },
    { "vsr", readVsr },
    { "mmmu", readMmmu },
    { "mmevalpro", readMmevalpro },
    { "gaokao-mm", readGaokao, "example", "../Data/" },
    { "seed-bench", readSeed, "questions" },
};

bool hasAll(const Json& record, std::initializer_list<const char*> keys)
{
    return std::ranges::all_of(keys, [&](const char* key) { return record.contains(key); });
}

} // namespace

std::vector<std::string> benchmarkForms()
{
    std::vector<std::string> names;
    for (const auto& form : jsonForms)
        names.emplace_back(form.name);
    return names;
}

Result<ImportBatch> importBenchmark(
    const std::string& format, const fs::path& file, const ImportOptions& options)
{
    const auto form = std::ranges::find(jsonForms, format, &JsonForm::name);
    if (form == std::end(jsonForms))
        throw std::invalid_argument("[importBenchmark] unknown form " + format);
    return importJson(file, options, *form);
}

std::string benchmarkOfRecord(const Json& record)
{
    if (hasAll(record, { "gt_answer", "visual_input" }))
        return "hallusionbench";
    if (hasAll(record, { "caption", "relation", "label" }))
        return "vsr";
    if (hasAll(record, { "question", "choices", "triplet_id" }))
        return "mmevalpro";
    if (record.contains("image_1"))
        return "mmmu";
    if (hasAll(record, { "question", "choice_a", "choice_b" }))
        return "seed-bench";
    if (hasAll(record, { "question", "choices", "pid", "answer_type" }))
        return "mathvista";
    const auto answer = record.find("answer");
    if (hasAll(record, { "question", "choices", "lecture" }) && answer != record.end()
        && answer->is_number_integer())
        return "scienceqa";
    const auto options = record.find("options");
    return options != record.end() && options->is_string() ? "mmmu" : "";
}

std::string benchmarkOfMember(const std::string& key, const Json& member)
{
    if (key == "questions" && member.is_array())
        return "seed-bench";
    if (key == "keywords" && member.is_string())
        return "gaokao-mm";
    if (!member.is_object())
        return {};
    if (hasAll(member, { "caption", "negative_caption" }))
        return "sugarcrepe";
    if (member.contains("imagename"))
        return "mm-vet";
    if (hasAll(member, { "question", "question_type" }))
        return "mathvista";
    const auto answer = member.find("answer");
    const bool place = answer != member.end() && answer->is_number_integer();
    return place && member.contains("choices") ? "scienceqa" : "";
}

} // namespace slook::formats
