#include "plan.h"
#include "core/file.h"
#include "core/json.h"
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace slook::teach {
namespace {

Result<Json> readJson(const std::filesystem::path& file)
{
    const auto text = readFile(file);
    if (!text)
        return fail(text.error());
    return parseJson(*text, file.string());
}

scenes::PromptTexts promptsOf(const Json& json)
{
    scenes::PromptTexts prompts;
    prompts.reasoning = stringOr(json, "reasoning", prompts.reasoning);
    prompts.extractor = stringOr(json, "extractor", prompts.extractor);
    prompts.reviews = stringsOr(json, "reviews", prompts.reviews);
    prompts.captions = stringsOr(json, "captions", prompts.captions);
    prompts.carefulCaptions = stringsOr(json, "carefulCaptions", prompts.carefulCaptions);
    prompts.inventiveCaptions = stringsOr(json, "inventiveCaptions", prompts.inventiveCaptions);
    return prompts;
}

/// Where the numbers of a stage go, by their names in the file.
std::map<std::string, double*> numbersOf(Stage& stage)
{
    scenes::CurriculumOptions& c = stage.curriculum;
    scenes::Mix& mix = c.mix;
    return { { "visionRate", &stage.visionRate }, { "letterWeight", &stage.letterWeight },
        { "patchWeight", &stage.patchWeight }, { "rateBegin", &stage.rateBegin },
        { "rateEnd", &stage.rateEnd }, { "hardShare", &c.hardShare },
        { "easyVqaShare", &c.easyVqaShare }, { "letterOnly", &c.letterOnly },
        { "wrongFirst", &c.wrongFirst }, { "neutralInvents", &c.neutralInvents },
        { "places", &c.drills.places }, { "objects", &c.drills.objects },
        { "presence", &c.drills.presence }, { "sides", &c.drills.sides },
        { "counts", &c.drills.counts }, { "questions", &c.drills.questions },
        { "letters", &c.drills.letters }, { "options", &c.drills.options },
        { "textStrings", &c.texts.strings }, { "textPairs", &c.texts.pairs },
        { "textLetters", &c.texts.letters }, { "textOptions", &c.texts.options },
        { "textSaid", &c.texts.said }, { "textBinding", &c.texts.binding }, { "drill", &mix.drill },
        { "binding", &mix.binding }, { "first", &mix.first }, { "review", &mix.review },
        { "shortAnswer", &mix.shortAnswer }, { "yesNo", &mix.yesNo }, { "told", &mix.told },
        { "description", &mix.description }, { "described", &mix.described },
        { "reverse", &mix.reverse } };
}

/// @param known stages that this one may be "like"
Result<Stage> stageOf(const Json& json, const std::vector<Stage>& known, const std::string& where)
{
    Stage stage;
    for (const Stage& other : known)
        if (stringOr(json, "like", "") == other.name)
            stage = other;
    stage.name = stringOr(json, "name", "");
    const auto numbers = numbersOf(stage);
    for (const auto& [key, value] : json.items()) {
        const auto number = numbers.find(key);
        if (number != numbers.end() && value.is_number() && value.get<double>() >= 0.0)
            *number->second = value.get<double>();
        else if (key == "steps" && value.is_number_unsigned())
            stage.steps = value.get<std::int64_t>();
        else if (key == "rows" && value.is_number_unsigned())
            stage.rows = value.get<int>();
        else if (key == "rowLength" && value.is_number_unsigned())
            stage.curriculum.rowLength = value.get<std::size_t>();
        else if (key == "pictures" && value.is_number_unsigned())
            stage.pictures = value.get<int>();
        else if (key == "texts" && value.is_number_unsigned())
            stage.texts = value.get<int>();
        else if (key == "textLength" && value.is_number_unsigned())
            stage.curriculum.textLength = value.get<std::size_t>();
        else if (key == "longestString" && value.is_number_unsigned() && value.get<int>() >= 3)
            stage.curriculum.texts.longestString = value.get<int>();
        else if (key == "farthest" && value.is_number_unsigned() && value.get<int>() >= 1
            && value.get<int>() <= 4)
            stage.curriculum.texts.farthest = value.get<int>();
        else if (key == "rule" && (value == "adam" || value == "orthogonal"))
            stage.rule =
                value == "adam" ? engine::UpdateRule::Adam : engine::UpdateRule::Orthogonal;
        else if (key != "name" && key != "like")
            return fail(ErrorKind::Invalid,
                "has a stage \"" + stage.name + "\" whose \"" + key
                    + "\" is not known or has no value that it can have",
                where);
    }
    return stage;
}

} // namespace

std::int64_t Plan::steps() const
{
    std::int64_t sum = 0;
    for (const Stage& stage : stages)
        sum += stage.steps;
    return sum;
}

Place placeOf(const Plan& plan, std::int64_t step)
{
    Place place { nullptr, step, 0, 0, 0, 0.0 };
    for (const Stage& stage : plan.stages) {
        place.stage = &stage;
        if (place.stepOfStage < stage.steps)
            break;
        place.stepOfStage -= stage.steps;
        place.firstRow += static_cast<std::uint64_t>(stage.steps * stage.rows);
        place.firstPicture += static_cast<std::uint64_t>(stage.steps * stage.pictures);
        place.firstText += static_cast<std::uint64_t>(stage.steps * stage.texts);
    }
    const Stage& stage = *place.stage;
    place.firstRow += static_cast<std::uint64_t>(place.stepOfStage * stage.rows);
    place.firstPicture += static_cast<std::uint64_t>(place.stepOfStage * stage.pictures);
    place.firstText += static_cast<std::uint64_t>(place.stepOfStage * stage.texts);
    const double done = static_cast<double>(place.stepOfStage) / static_cast<double>(stage.steps);
    place.rate = stage.rateBegin + (stage.rateEnd - stage.rateBegin) * done;
    return place;
}

Result<Plan> readPlan(const std::filesystem::path& file, const std::filesystem::path& prompts)
{
    const auto json = readJson(file);
    if (!json)
        return fail(json.error());
    const auto texts = readJson(prompts);
    if (!texts)
        return fail(texts.error());
    Plan plan;
    const auto stages = json->is_object() ? json->find("stages") : json->end();
    if (stages == json->end() || !stages->is_array())
        return fail(ErrorKind::Invalid, "has no list of \"stages\"", file.string());
    plan.seed = static_cast<std::uint64_t>(integerOr(*json, "seed", 0));
    plan.weightDecay = numberOr(*json, "weightDecay", plan.weightDecay);
    for (const Json& one : *stages) {
        if (!one.is_object())
            return fail(ErrorKind::Invalid, "has a stage that is no object", file.string());
        auto stage = stageOf(one, plan.stages, file.string());
        if (!stage)
            return fail(stage.error());
        stage->curriculum.seed = plan.seed;
        stage->curriculum.prompts = promptsOf(*texts);
        plan.stages.push_back(std::move(*stage));
    }
    const auto shown = [](const Stage& stage) {
        return stage.rows + stage.pictures + stage.texts > 0;
    };
    if (!std::all_of(plan.stages.begin(), plan.stages.end(), shown))
        return fail(ErrorKind::Invalid,
            "has a stage without \"rows\", \"pictures\" and \"texts\", which can teach nothing",
            file.string());
    for (std::size_t i = 1; i < plan.stages.size(); ++i)
        if (plan.stages[i].rule == engine::UpdateRule::Adam
            && plan.stages[i - 1].rule == engine::UpdateRule::Orthogonal)
            return fail(ErrorKind::Invalid,
                "has a stage \"" + plan.stages[i].name
                    + "\" with the rule adam behind one with the rule orthogonal, which kept no "
                      "second moments to go on from",
                file.string());
    if (plan.steps() < 1)
        return fail(ErrorKind::Invalid, "plans no step; give its stages \"steps\"", file.string());
    return plan;
}

} // namespace slook::teach
