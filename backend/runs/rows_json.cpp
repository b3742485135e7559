#include "runs/rows_json.h"
#include "runs/fields.h"

namespace slook::runs {
namespace {

constexpr auto mostInt = std::numeric_limits<std::int64_t>::max();

void readIds(Fields& fields, const char* key, std::vector<std::int64_t>& ids)
{
    const auto* list = fields.array(key);
    if (!list)
        return;
    ids.reserve(list->size());
    for (const auto& one : *list) {
        if (!one.is_number_integer())
            return fields.complain(std::string("has no list of whole numbers as \"") + key + "\"");
        ids.push_back(one.get<std::int64_t>());
    }
}

} // namespace

Json toJson(const ResponseRow& row)
{
    return { { "stage", row.stage }, { "item", row.item.value }, { "turn", row.turn },
        { "prompt", row.prompt }, { "text", row.text }, { "tokenIds", row.tokenIds },
        { "finish", row.finish }, { "logprob", numberToJson(row.logprob) },
        { "pixelsSha256", row.pixelsSha256 }, { "decoding", row.decoding },
        { "seconds", numberToJson(row.seconds) } };
}

Result<ResponseRow> responseFromJson(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    ResponseRow row;
    fields.text("stage", row.stage);
    fields.bigCount("item", row.item.value);
    fields.integer("turn", row.turn, 1, 1000);
    fields.textIf("prompt", row.prompt);
    fields.text("text", row.text);
    readIds(fields, "tokenIds", row.tokenIds);
    fields.textIf("finish", row.finish);
    fields.number("logprob", row.logprob);
    fields.textIf("pixelsSha256", row.pixelsSha256);
    fields.textIf("decoding", row.decoding);
    fields.number("seconds", row.seconds);
    return fields.done(std::move(row));
}

Json toJson(const ExtractionRow& row)
{
    Json json = { { "extractor", row.extractor }, { "rule", row.rule }, { "begin", row.begin },
        { "end", row.end }, { "answer", row.answer } };
    json["correct"] = row.correct ? Json(*row.correct) : Json(nullptr);
    return json;
}

Result<ExtractionRow> extractionFromJson(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    ExtractionRow row;
    fields.text("extractor", row.extractor);
    fields.textIf("rule", row.rule);
    fields.integer("begin", row.begin, -1, std::numeric_limits<int>::max(), false);
    fields.integer("end", row.end, -1, std::numeric_limits<int>::max(), false);
    fields.textIf("answer", row.answer);
    if (json.is_object() && json.contains("correct") && !json["correct"].is_null()) {
        bool correct = false;
        fields.flag("correct", correct);
        row.correct = correct;
    }
    if (row.begin > row.end)
        fields.complain("has a span that begins behind its end");
    return fields.done(std::move(row));
}

Json toJson(const CorruptionRow& row)
{
    return { { "position", row.position }, { "op", row.op }, { "parameters", row.parameters },
        { "seed", row.seed }, { "sha256Before", row.sha256Before },
        { "sha256After", row.sha256After } };
}

Result<CorruptionRow> corruptionFromJson(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    CorruptionRow row;
    fields.integer("position", row.position, 0, 1000, false);
    fields.text("op", row.op);
    fields.text("parameters", row.parameters);
    fields.seed("seed", row.seed);
    fields.text("sha256Before", row.sha256Before);
    fields.text("sha256After", row.sha256After);
    if (row.sha256Before == row.sha256After)
        fields.complain("calls a picture corrupted whose pixels did not change");
    return fields.done(std::move(row));
}

Json toJson(const PairRow& row)
{
    Json json = { { "preference", row.preference }, { "item", row.item.value },
        { "type", row.type }, { "prompt", row.prompt }, { "chosen", row.chosen },
        { "rejected", row.rejected }, { "chosenTurn", row.chosenTurn },
        { "rejectedTurn", row.rejectedTurn } };
    if (row.chosenStage != "pool" || row.rejectedStage != "pool") {
        json["chosenStage"] = row.chosenStage;
        json["rejectedStage"] = row.rejectedStage;
    }
    return json;
}

Result<PairRow> pairFromJson(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    PairRow row;
    fields.text("preference", row.preference);
    fields.bigCount("item", row.item.value);
    fields.integer("type", row.type, 0, 4, false);
    fields.text("prompt", row.prompt);
    fields.text("chosen", row.chosen);
    fields.text("rejected", row.rejected);
    fields.integer("chosenTurn", row.chosenTurn, 0, 1000, false);
    fields.integer("rejectedTurn", row.rejectedTurn, 0, 1000, false);
    fields.textIf("chosenStage", row.chosenStage);
    fields.textIf("rejectedStage", row.rejectedStage);
    return fields.done(std::move(row));
}

Json toJson(const TripletRow& row)
{
    return { { "round", row.round }, { "item", row.item.value }, { "sample", row.sample },
        { "kind", row.kind }, { "question", row.question }, { "answer", row.answer },
        { "questionAgain", row.questionAgain }, { "answerAgain", row.answerAgain },
        { "questionSimilarity", numberToJson(row.questionSimilarity) },
        { "answerSimilarity", numberToJson(row.answerSimilarity) },
        { "score", numberToJson(row.score) }, { "questionMeasure", row.questionMeasure },
        { "answerMeasure", row.answerMeasure }, { "kept", row.kept } };
}

Result<TripletRow> tripletFromJson(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    TripletRow row;
    fields.integer("round", row.round, 0, 1000);
    fields.bigCount("item", row.item.value);
    fields.integer("sample", row.sample, 1, 1000, false);
    fields.text("kind", row.kind);
    fields.text("question", row.question);
    fields.text("answer", row.answer);
    fields.textIf("questionAgain", row.questionAgain);
    fields.textIf("answerAgain", row.answerAgain);
    fields.number("questionSimilarity", row.questionSimilarity);
    fields.number("answerSimilarity", row.answerSimilarity);
    fields.number("score", row.score);
    fields.textIf("questionMeasure", row.questionMeasure);
    fields.textIf("answerMeasure", row.answerMeasure);
    fields.flag("kept", row.kept);
    for (const double share : { row.questionSimilarity, row.answerSimilarity, row.score })
        if (!(share >= 0 && share <= 1)) // NaN too
            fields.complain("has a similarity outside 0 to 1");
    return fields.done(std::move(row));
}

Json toJson(const MetricRow& row)
{
    Json values = Json::object();
    for (const auto& [name, value] : row.values)
        values[name] = numberToJson(value);
    return { { "training", row.training }, { "step", row.step }, { "values", values } };
}

Result<MetricRow> metricFromJson(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    MetricRow row;
    fields.text("training", row.training);
    fields.count("step", row.step);
    if (const auto* values = fields.object("values", true))
        for (const auto& [name, value] : values->items()) {
            const auto number = numberFromJson(value);
            if (!number)
                fields.complain("has no number as value \"" + name + "\"");
            else
                row.values[name] = *number;
        }
    return fields.done(std::move(row));
}

Json toJson(const RewardRow& row)
{
    return { { "training", row.training }, { "step", row.step },
        { "epoch", numberToJson(row.epoch) }, { "item", row.item.value },
        { "chosen", numberToJson(row.chosen) }, { "rejected", numberToJson(row.rejected) } };
}

Result<RewardRow> rewardFromJson(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    RewardRow row;
    fields.text("training", row.training);
    fields.count("step", row.step);
    fields.number("epoch", row.epoch);
    fields.bigCount("item", row.item.value);
    fields.number("chosen", row.chosen);
    fields.number("rejected", row.rejected);
    return fields.done(std::move(row));
}

Json toJson(const Item& item)
{
    Json options = Json::array();
    for (const auto& option : item.options)
        options.push_back({ { "label", option.label }, { "text", option.text } });
    Json images = Json::array();
    for (const auto& image : item.images)
        images.push_back(image.value);
    return { { "id", item.id.value }, { "source", item.source.value }, { "key", item.key },
        { "question", item.question }, { "hint", item.hint }, { "options", options },
        { "answer", item.answer }, { "category", item.category }, { "split", item.split },
        { "images", images }, { "fields", item.fields }, { "line", item.line } };
}

Result<Item> itemFromJson(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    Item item;
    fields.bigCount("id", item.id.value);
    fields.integer("source", item.source.value, 0, mostInt, false);
    fields.textIf("key", item.key);
    fields.text("question", item.question);
    fields.textIf("hint", item.hint);
    if (const auto* options = fields.array("options"))
        for (const auto& one : *options) {
            Fields option(one, where);
            Option read;
            option.text("label", read.label);
            option.text("text", read.text);
            const auto done = option.done(read);
            if (!done)
                return fail(done.error());
            item.options.push_back(*done);
        }
    fields.textIf("answer", item.answer);
    fields.textIf("category", item.category);
    fields.textIf("split", item.split);
    std::vector<std::int64_t> images;
    readIds(fields, "images", images);
    for (const auto image : images)
        item.images.push_back(ImageId { image });
    fields.textIf("fields", item.fields);
    fields.integer("line", item.line, 0, std::numeric_limits<int>::max(), false);
    return fields.done(std::move(item));
}

} // namespace slook::runs
