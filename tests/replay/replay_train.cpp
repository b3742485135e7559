#include "engine/adapter.h"
#include "engine/load_model.h"
#include "engine/session.h"
#include "engine/tensor_file.h"
#include "engine/trainer.h"
#include "image/decode.h"
#include "replay.h"
#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

/// Training fixtures: dpo/<family>, sft/<family>, dpo/losses.
namespace slook::replay {
namespace {

using namespace slook::engine;
using Ids = std::vector<std::int64_t>;

/// The examples of a fixture and what they were batched in.
struct Fixture {
    std::vector<TrainExample> examples;
    std::map<std::size_t, Picture> pictures; ///< by key; none for text models
    Path model, adapter;
};

/// The ids of one row up to its padding, and where its completion begins.
struct Row {
    Ids prompt, completion;
};

Row rowOf(const Json& batch, std::size_t row)
{
    const auto& ids = batch["input_ids"][row];
    Row result;
    for (std::size_t t = 0; t < ids.size(); ++t) {
        const bool inCompletion = batch.contains("completion_mask")
            ? batch["completion_mask"][row][t].get<int>() != 0
            : batch["labels"][row][t].get<int>() != -100;
        if (inCompletion)
            result.completion.push_back(ids[t]);
        else if (batch["attention_mask"][row][t].get<int>() != 0)
            result.prompt.push_back(ids[t]);
    }
    return result;
}

/// Rows of a preference batch are chosen..., rejected...; of a supervised batch one per example.
void addExamples(const Json& batch, bool pairs, Fixture& fixture)
{
    const std::size_t rows = batch["input_ids"].size();
    const std::size_t count = pairs ? rows / 2 : rows;
    for (std::size_t i = 0; i < count; ++i) {
        Row chosen = rowOf(batch, i);
        TrainExample example;
        example.id = static_cast<std::int64_t>(fixture.examples.size());
        example.prompt = std::move(chosen.prompt);
        example.segments.push_back({ std::move(chosen.completion), {} });
        if (pairs)
            example.segments.push_back({ rowOf(batch, count + i).completion, {} });
        fixture.examples.push_back(std::move(example));
    }
}

/// Pixels as the batches hold them, one picture an example.
Result<void> readPixels(const Path& file, Fixture& fixture)
{
    const auto tensors = TensorFile::open(file);
    if (!tensors)
        return fail(tensors.error());
    std::size_t key = 0;
    for (std::size_t batch = 0; key < fixture.examples.size(); ++batch) {
        const auto pixels = tensors->read(std::to_string(batch) + "/pixel_values");
        if (!pixels)
            return fail(pixels.error());
        for (std::int64_t i = 0; i < pixels->size(0); ++i, ++key) {
            fixture.pictures[key] = { pixels->narrow(0, i, 1), {} };
            fixture.examples.at(key).images = { key };
        }
    }
    return {};
}

/// The pictures that pairs.json names, through the model folder's own processor.
Result<void> seePictures(const Path& root, const std::string& family, Fixture& fixture)
{
    const auto pairs = readJson(root / "dpo" / family / "pairs.json");
    if (!pairs)
        return fail(pairs.error());
    const auto session = Session::load(fixture.model);
    if (!session)
        return fail(session.error());
    if (!(*session)->seesPictures())
        return {};
    for (std::size_t i = 0; i < fixture.examples.size(); ++i) {
        const auto name = pairs->at(i % pairs->size()).at("image").get<std::string>();
        const auto picture = image::decodeFile(root / "images" / name);
        if (!picture)
            return fail(picture.error());
        const auto seen = (*session)->see(*picture);
        if (!seen)
            return fail(seen.error());
        fixture.pictures[i] = { (*session)->pixelValues(std::span(&*seen, 1)), seen->layout() };
        fixture.examples[i].images = { i };
    }
    return {};
}

Result<void> readPictures(const Path& root, const std::string& family, Fixture& fixture)
{
    const Path pixels = root / "dpo" / family / "batches.safetensors";
    return std::filesystem::exists(pixels) ? readPixels(pixels, fixture)
                                           : seePictures(root, family, fixture);
}

Result<Fixture> readFixture(const Path& folder, bool pairs)
{
    const Path root = folder.parent_path().parent_path();
    const std::string family = folder.filename().string();
    Fixture fixture;
    fixture.model = root / family / "model";
    fixture.adapter = root / "dpo" / family / "adapter_init";
    const auto batches = readJson(folder / "batches.json");
    if (!batches)
        return fail(batches.error());
    for (const Json& batch : (*batches)["batches"])
        addExamples(batch, pairs, fixture);
    if (auto read = readPictures(root, family, fixture); !read)
        return fail(read.error());
    return fixture;
}

Result<std::vector<LossTerm>> termsOf(const Json& loss)
{
    std::vector<LossTerm> terms;
    std::vector<std::string> names { "sigmoid" };
    for (const char* key : { "loss_type", "loss_types" })
        if (loss.contains(key))
            names = loss[key].is_string()
                ? std::vector<std::string> { loss[key].get<std::string>() }
                : stringsOr(loss, key);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto kind = lossKindFromName(names[i]);
        if (!kind)
            return fail(kind.error());
        double weight = 1.0;
        for (const char* key : { "loss_weights", "weights" })
            if (loss.contains(key) && loss[key].is_array())
                weight = loss[key][i].get<double>();
        terms.push_back({ *kind, weight });
    }
    return terms;
}

Result<LossOptions> lossOf(const Json& loss, const std::string& run)
{
    LossOptions options;
    auto terms = termsOf(loss);
    if (!terms)
        return fail(terms.error());
    options.terms = std::move(*terms);
    options.beta = numberOr(loss, "beta", options.beta);
    options.labelSmoothing = numberOr(loss, "label_smoothing", 0.0);
    options.alphaCoefficient = numberOr(loss, "f_alpha_divergence_coef", options.alphaCoefficient);
    options.weighting = boolOr(loss, "use_weighting", false);
    options.referenceFree = boolOr(loss, "reference_free", false);
    if (loss.contains("ld_alpha") && loss["ld_alpha"].is_number())
        options.lengthAlpha = loss["ld_alpha"].get<double>();
    const auto divergence = divergenceFromName(stringOr(loss, "f_divergence_type", "reverse_kl"));
    if (!divergence)
        return fail(divergence.error());
    options.divergence = *divergence;
    if (loss.contains("alpha")) // STIC
        options.terms.push_back({ LossKind::ChosenSum, loss["alpha"].get<double>() });
    options.bestCompetitor = run.starts_with("stic_code");
    return options;
}

Result<TrainerOptions> optionsOf(const Json& run, const std::string& name, bool pairs)
{
    const Json& optimizer = run["optimizer"];
    TrainerOptions options;
    options.learner.objective = pairs ? Objective::Preference : Objective::Supervised;
    options.learner.adam = { optimizer["learning_rate"], optimizer["adam_beta1"],
        optimizer["adam_beta2"], optimizer["adam_epsilon"], run["grad_clip"] };
    options.learner.weightDecay = optimizer["weight_decay"];
    options.learner.microBatch = optimizer["per_device_train_batch_size"];
    options.batch =
        options.learner.microBatch * optimizer["gradient_accumulation_steps"].get<int>();
    options.maxSteps = optimizer["max_steps"];
    options.schedule.warmupSteps = optimizer["warmup_steps"];
    options.shuffle = false;
    const auto schedule = scheduleFromName(optimizer["lr_scheduler_type"].get<std::string>());
    if (!schedule)
        return fail(schedule.error());
    options.schedule.kind = *schedule;
    if (stringOr(run, "reference") == "initial_adapter")
        options.reference = Reference::Initial;
    if (pairs) {
        auto loss = lossOf(run["dpo"], name);
        if (!loss)
            return fail(loss.error());
        options.learner.loss = std::move(*loss);
    }
    return options;
}

Json stepJson(
    const StepMetrics& metrics, bool pairs, const Fixture& fixture, const TrainerOptions& options)
{
    Json step;
    step["loss"] = metrics.loss;
    step["micro_losses"] = metrics.microLosses;
    step["grad_norm"] = metrics.gradNorm;
    step["lr"] = metrics.rate;
    if (pairs) {
        step["rewards/chosen"] = metrics.rewardChosen;
        step["rewards/rejected"] = metrics.rewardRejected;
        step["rewards/accuracies"] = metrics.rewardAccuracy;
        step["rewards/margins"] = metrics.rewardMargin;
        step["logps/chosen"] = metrics.logpChosen;
        step["logps/rejected"] = metrics.logpRejected;
        return step;
    }
    const auto batch = static_cast<std::size_t>(options.batch);
    const auto micro = static_cast<std::size_t>(options.learner.microBatch);
    const auto begin =
        static_cast<std::size_t>(metrics.step - 1) % (fixture.examples.size() / batch) * batch;
    for (std::size_t i = 0; i < batch; i += micro) {
        std::size_t tokens = 0;
        for (std::size_t j = 0; j < micro; ++j)
            tokens += fixture.examples[begin + i + j].segments[0].ids.size();
        step["completion_tokens"].push_back(tokens);
    }
    return step;
}

Json summary(const at::Tensor& tensor)
{
    const auto values = tensor.detach().to(at::kDouble);
    return { { "norm", values.norm().item<double>() }, { "sum", values.sum().item<double>() } };
}

Json finalWeights(const Learner& learner, bool adapter)
{
    Json all;
    for (const ParameterGroup& group : learner.optimizer().groups())
        for (const auto& part : group.parameters.parts())
            all[adapter ? "base_model.model." + part.name : part.name] = summary(part.tensor);
    return all;
}

/// Trains one run from the start and fills in its steps and final weights.
Result<void> replayRun(
    const Fixture& fixture, const std::string& name, bool pairs, const Path& out, Json& run)
{
    auto model = loadModel(fixture.model);
    if (!model)
        return fail(model.error());
    const bool full = !pairs && name == "full";
    LoraAdapter adapter;
    if (!full) {
        auto read = readAdapter(fixture.adapter, **model);
        if (!read)
            return fail(read.error());
        adapter = std::move(*read);
    }
    const auto options = optionsOf(run, name, pairs);
    if (!options)
        return fail(options.error());
    auto trainer = Trainer::create(**model, full ? nullptr : &adapter, *options, fixture.examples,
        [&](std::size_t key) -> Result<Picture> { return fixture.pictures.at(key); });
    if (!trainer)
        return fail(trainer.error());
    Json steps = Json::array();
    TrainCallbacks callbacks;
    callbacks.onStep = [&](const StepMetrics& metrics) {
        steps.push_back(stepJson(metrics, pairs, fixture, *options));
    };
    if (const auto done = trainer->run(callbacks); !done)
        return fail(done.error());
    run["steps"] = steps;
    run[pairs ? "final_adapter" : "final"] = finalWeights(trainer->learner(), !full);
    return full ? Result<void>() : writeAdapter(out / "adapter_final" / name, adapter, "");
}

at::Tensor tensorOf(const Json& rows, at::ScalarType type)
{
    std::vector<double> flat;
    for (const Json& row : rows)
        for (const Json& value : row)
            flat.push_back(value.get<double>());
    const auto count = static_cast<std::int64_t>(rows.size());
    return at::tensor(flat, at::TensorOptions().dtype(at::kDouble)).view({ count, -1 }).to(type);
}

/// The four pairs of losses.json as answer tokens; rows 0..3 are chosen, 4..7 rejected.
AnswerTokens lossTokens(
    const at::Tensor& perToken, const at::Tensor& sumSquares, const at::Tensor& mask)
{
    const auto pairs = perToken.size(0) / 2;
    const auto places = mask.narrow(1, 1, mask.size(1) - 1).nonzero(); // [N, 2]: row, column
    const auto row = places.select(1, 0), column = places.select(1, 1);
    AnswerTokens tokens;
    tokens.logProb = tokens.scored = perToken.index({ row, column });
    tokens.logSumSquares = sumSquares.index({ row, column });
    tokens.answer = at::where(row < pairs, 2 * row, 2 * (row - pairs) + 1);
    const auto first = std::get<1>(mask.narrow(1, 1, mask.size(1) - 1).max(1));
    tokens.place = column - first.index_select(0, row);
    tokens.answers = 2 * pairs;
    return tokens;
}

/// The fixture's gradients count the zeros outside the answers too: their weight in the summed
/// log-probability, [rows, T].
at::Tensor outsideWeights(const at::Tensor& mask, std::optional<double> lengthAlpha)
{
    const auto inside = mask.narrow(1, 1, mask.size(1) - 1);
    const auto outside = (1 - inside).to(at::kDouble);
    if (!lengthAlpha)
        return outside;
    const auto lengths = inside.sum(1, true);
    const auto shared = std::get<0>(lengths.view({ 2, -1 }).min(0)).repeat({ 2 }).unsqueeze(1);
    return outside * at::where(lengths <= shared, 1.0, *lengthAlpha) * (inside.cumsum(1) > 0);
}

Result<void> lossRow(const Json& doc, Json& row)
{
    const auto type = stringOr(row, "computed_in") == "float32" ? at::kFloat : at::kDouble;
    const auto options = lossOf(row, "");
    if (!options)
        return fail(options.error());
    auto perToken = tensorOf(doc["logps"], type).requires_grad_(true);
    const auto mask = tensorOf(doc["completion_mask"], at::kDouble).to(at::kLong);
    const auto sumSquares = tensorOf(doc["log_sum_sq_probs"], type);
    PairScores scores = scorePairs(lossTokens(perToken, sumSquares, mask), *options);
    const auto outside = (perToken * outsideWeights(mask, options->lengthAlpha)).sum(1);
    scores.chosen = scores.chosen + outside.narrow(0, 0, outside.size(0) / 2);
    scores.rejected = scores.rejected + outside.narrow(0, outside.size(0) / 2, outside.size(0) / 2);
    LossOptions plain = *options;
    plain.weighting = false;
    const auto reference =
        scorePairs(lossTokens(tensorOf(doc["ref_logps"], type), sumSquares, mask), plain);
    scores.referenceChosen = reference.chosen;
    scores.referenceRejected = reference.rejected;
    const auto loss = preferenceLoss(scores, *options);
    loss.backward();
    const auto gradient = perToken.grad().to(at::kDouble);
    row["loss"] = loss.item<double>();
    const auto sums = gradient.sum(1).contiguous();
    row["grad_row_sums"] =
        std::vector<double>(sums.data_ptr<double>(), sums.data_ptr<double>() + sums.numel());
    row["grad_abs_sum"] = gradient.abs().sum().item<double>();
    return {};
}

Result<void> replayRuns(const Path& fixture, const Path& out, bool pairs)
{
    auto runs = readJson(fixture / "runs.json");
    if (!runs)
        return fail(runs.error());
    const auto data = readFixture(fixture, pairs);
    if (!data)
        return fail(data.error());
    for (auto& [name, run] : (*runs)["runs"].items())
        if (const auto done = replayRun(*data, name, pairs, out, run); !done)
            return done;
    return writeJson(out / "runs.json", *runs);
}

} // namespace

Result<void> replayPreferences(const Path& fixture, const Path& out)
{
    return replayRuns(fixture, out, true);
}
Result<void> replaySupervised(const Path& fixture, const Path& out)
{
    return replayRuns(fixture, out, false);
}

Result<void> replayLosses(const Path& fixture, const Path& out)
{
    auto doc = readJson(fixture / "losses.json");
    if (!doc)
        return fail(doc.error());
    for (Json& row : (*doc)["rows"])
        if (const auto done = lossRow(*doc, row); !done)
            return done;
    return writeJson(out / "losses.json", *doc);
}

} // namespace slook::replay
