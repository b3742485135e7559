#include "runs/job.h"
#include "runs/event.h"
#include "runs/fields.h"
#include "runs/rows_json.h"

namespace slook::runs {
namespace {

void readLora(const Json* json, LoraOptions& lora, const std::string& where, Fields& outer)
{
    if (!json)
        return;
    Fields fields(*json, where);
    fields.flag("full", lora.full);
    fields.integer("rank", lora.rank, 1, 65536, false);
    fields.number("alpha", lora.alpha);
    fields.number("dropout", lora.dropout);
    fields.texts("targets", lora.targets);
    fields.flag("projector", lora.projector);
    fields.flag("rankStabilised", lora.rankStabilised);
    if (const auto done = fields.done(true); !done)
        outer.complain(done.error().what);
}

Json toJson(const StepSpec& step)
{
    Json json = { { "kind", step.kind } };
    const auto put = [&](const char* key, const std::string& value) {
        if (!value.empty())
            json[key] = value;
    };
    put("stage", step.stage);
    put("set", step.set);
    put("preference", step.preference);
    put("adapter", step.adapter);
    return json;
}

Result<StepSpec> stepFromJson(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    StepSpec step;
    fields.text("kind", step.kind);
    fields.textIf("stage", step.stage);
    fields.textIf("set", step.set);
    fields.textIf("preference", step.preference);
    fields.textIf("adapter", step.adapter);
    return fields.done(std::move(step));
}

} // namespace

Json toJson(const Decoding& decoding)
{
    return { { "temperature", decoding.temperature }, { "topP", decoding.topP },
        { "topK", decoding.topK }, { "repetitionPenalty", decoding.repetitionPenalty },
        { "maxNewTokens", decoding.maxNewTokens }, { "stop", decoding.stop },
        { "seed", decoding.seed } };
}

Decoding decodingFromJson(const Json& json)
{
    Decoding decoding;
    Fields fields(json, {});
    fields.number("temperature", decoding.temperature);
    fields.number("topP", decoding.topP);
    fields.integer("topK", decoding.topK, 0, 1 << 30, false);
    fields.number("repetitionPenalty", decoding.repetitionPenalty);
    fields.integer("maxNewTokens", decoding.maxNewTokens, 1, 1 << 30, false);
    fields.texts("stop", decoding.stop);
    fields.seed("seed", decoding.seed);
    return decoding;
}

Json toJson(const TrainOptions& o)
{
    const Json lora = { { "full", o.lora.full }, { "rank", o.lora.rank }, { "alpha", o.lora.alpha },
        { "dropout", o.lora.dropout }, { "targets", o.lora.targets },
        { "projector", o.lora.projector }, { "rankStabilised", o.lora.rankStabilised } };
    return { { "lora", lora }, { "beta", o.beta }, { "dpoWeight", o.dpoWeight },
        { "sftWeight", o.sftWeight }, { "chosenSumWeight", o.chosenSumWeight },
        { "bestCompetitor", o.bestCompetitor }, { "labelSmoothing", o.labelSmoothing },
        { "loss", o.loss }, { "lengthAlpha", o.lengthAlpha }, { "referenceFree", o.referenceFree },
        { "reuseReferences", o.reuseReferences }, { "learningRate", o.learningRate },
        { "weightDecay", o.weightDecay }, { "adamBeta1", o.adamBeta1 },
        { "adamBeta2", o.adamBeta2 }, { "adamEpsilon", o.adamEpsilon },
        { "maxGradNorm", o.maxGradNorm }, { "schedule", o.schedule },
        { "warmupRatio", o.warmupRatio }, { "epochs", o.epochs }, { "batch", o.batch },
        { "microBatch", o.microBatch }, { "maxLength", o.maxLength }, { "seed", o.seed },
        { "checkpointEvery", o.checkpointEvery } };
}

TrainOptions trainOptionsFromJson(const Json& json)
{
    TrainOptions o;
    Fields fields(json, {});
    readLora(fields.object("lora"), o.lora, {}, fields);
    fields.number("beta", o.beta);
    fields.number("dpoWeight", o.dpoWeight);
    fields.number("sftWeight", o.sftWeight);
    fields.number("chosenSumWeight", o.chosenSumWeight);
    fields.flag("bestCompetitor", o.bestCompetitor);
    fields.number("labelSmoothing", o.labelSmoothing);
    fields.textIf("loss", o.loss);
    fields.number("lengthAlpha", o.lengthAlpha);
    fields.flag("referenceFree", o.referenceFree);
    fields.flag("reuseReferences", o.reuseReferences);
    fields.number("learningRate", o.learningRate);
    fields.number("weightDecay", o.weightDecay);
    fields.number("adamBeta1", o.adamBeta1);
    fields.number("adamBeta2", o.adamBeta2);
    fields.number("adamEpsilon", o.adamEpsilon);
    fields.number("maxGradNorm", o.maxGradNorm);
    fields.textIf("schedule", o.schedule);
    fields.number("warmupRatio", o.warmupRatio);
    fields.integer("epochs", o.epochs, 1, 1 << 20, false);
    fields.integer("batch", o.batch, 1, 1 << 20, false);
    fields.integer("microBatch", o.microBatch, 1, 1 << 20, false);
    fields.integer("maxLength", o.maxLength, 1, 1 << 30, false);
    fields.seed("seed", o.seed);
    fields.integer("checkpointEvery", o.checkpointEvery, 1, 1 << 30, false);
    return o;
}

std::string toText(const Job& job)
{
    Json steps = Json::array();
    for (const auto& step : job.steps)
        steps.push_back(toJson(step));
    auto options = parseJson(job.options.empty() ? "{}" : job.options, "options");
    Json model = { { "folder", job.model.folder }, { "adapter", job.model.adapter },
        { "maxImageTokens", job.model.maxImageTokens } };
    if (job.model.int8)
        model["int8"] = true;
    if (!job.model.chatTemplate.empty())
        model["chatTemplate"] = job.model.chatTemplate;
    const Json json = { { "version", formatVersion }, { "recipe", job.recipe }, { "model", model },
        { "seed", job.seed }, { "threads", job.threads }, { "device", job.device },
        { "options", options ? std::move(*options) : Json::object() }, { "steps", steps } };
    return dumpPretty(json) + "\n";
}

Result<Job> jobFromText(std::string_view text, const std::string& where)
{
    const auto json = parseJson(text, where, { .bytes = 16u << 20, .depth = 16 });
    if (!json)
        return fail(json.error());
    Fields fields(*json, where);
    Job job;
    int version = 0;
    fields.count("version", version);
    if (version != formatVersion && version != 0)
        fields.complain("has the format " + std::to_string(version) + ", this program knows format "
            + std::to_string(formatVersion)
            + "; use the program that made the run, or start a new run");
    fields.text("recipe", job.recipe);
    if (const auto* model = fields.object("model", true)) {
        Fields inner(*model, where);
        inner.text("folder", job.model.folder);
        inner.textIf("adapter", job.model.adapter);
        inner.count("maxImageTokens", job.model.maxImageTokens, false);
        inner.flag("int8", job.model.int8);
        inner.textIf("chatTemplate", job.model.chatTemplate);
        if (const auto done = inner.done(true); !done)
            return fail(done.error());
    }
    fields.seed("seed", job.seed);
    fields.integer("threads", job.threads, 0, 4096, false);
    fields.textIf("device", job.device);
    if (const auto* options = fields.object("options"))
        job.options = dumpLine(*options);
    if (const auto* steps = fields.array("steps"))
        for (const auto& one : *steps) {
            auto step = stepFromJson(one, where);
            if (!step)
                return fail(step.error());
            job.steps.push_back(std::move(*step));
        }
    return fields.done(std::move(job));
}

std::string toLine(const InputItem& input)
{
    return dumpLine(
        { { "item", toJson(input.item) }, { "source", input.source }, { "set", input.set },
            { "imagePaths", input.imagePaths }, { "imageSha256", input.imageSha256 } });
}

Result<InputItem> inputFromLine(std::string_view line, const std::string& where)
{
    const auto json = parseJson(line, where, { .bytes = 64u << 20, .depth = 16 });
    if (!json)
        return fail(json.error());
    Fields fields(*json, where);
    InputItem input;
    if (const auto* item = fields.object("item", true)) {
        auto read = itemFromJson(*item, where);
        if (!read)
            return fail(read.error());
        input.item = std::move(*read);
    }
    fields.textIf("source", input.source);
    fields.textIf("set", input.set);
    fields.texts("imagePaths", input.imagePaths);
    fields.texts("imageSha256", input.imageSha256);
    if (input.imagePaths.size() != input.imageSha256.size())
        fields.complain("has another number of pictures than of hashes");
    return fields.done(std::move(input));
}

} // namespace slook::runs
