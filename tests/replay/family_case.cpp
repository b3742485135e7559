#include "family_case.h"
#include "engine/score.h"
#include "image/decode.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace slook::replay {
namespace {

using Ids = std::vector<std::int64_t>;

text::Message messageOf(const Json& json)
{
    text::Message message { json.at("role").get<std::string>(), {} };
    if (json.at("content").is_string()) {
        message.content.push_back(text::textPart(json.at("content").get<std::string>()));
        return message;
    }
    for (const auto& part : json.at("content"))
        message.content.push_back(part.at("type") == "image"
                ? text::imagePart()
                : text::textPart(part.at("text").get<std::string>()));
    return message;
}

at::Tensor joined(const std::vector<at::Tensor>& parts)
{
    return parts.empty() ? at::Tensor() : at::cat(parts);
}

engine::GenerationOptions optionsOf(const Json& settings, const engine::Session& session)
{
    engine::GenerationOptions options;
    options.maxNewTokens = integerOr(settings, "max_new_tokens", 16);
    options.eosTokenIds = session.defaults().eosTokenIds;
    if (settings.contains("eos_token_id"))
        options.eosTokenIds = settings.at("eos_token_id").is_array()
            ? settings.at("eos_token_id").get<Ids>()
            : Ids { settings.at("eos_token_id").get<std::int64_t>() };
    options.sampling.repetitionPenalty = numberOr(settings, "repetition_penalty", 1.0);
    options.sampling.noRepeatNgram = integerOr(settings, "no_repeat_ngram_size", 0);
    options.sampling.minNewTokens = integerOr(settings, "min_new_tokens", 0);
    return options;
}

/// Ids and masks of a batch, padded on the left as the fixtures have them.
void writeIds(Json& json, const CaseRows& rows, std::int64_t padding)
{
    std::size_t longest = 0;
    for (const auto& prompt : rows.prompts)
        longest = std::max(longest, prompt.opening.ids.size());
    json["input_ids"] = Json::array();
    json["attention_mask"] = Json::array();
    for (const auto& prompt : rows.prompts) {
        const auto missing = longest - prompt.opening.ids.size();
        Ids ids(missing, padding), mask(missing, 0);
        ids.insert(ids.end(), prompt.opening.ids.begin(), prompt.opening.ids.end());
        mask.resize(longest, 1);
        json["input_ids"].push_back(ids);
        json["attention_mask"].push_back(mask);
    }
}

Result<void> runGenerate(FamilyRun& run, const CaseRows& rows, Json& json)
{
    std::vector<engine::Opening> openings;
    for (const auto& prompt : rows.prompts)
        openings.push_back(prompt.opening);
    const auto turns = engine::generate(
        run.session.model(), optionsOf(json.at("settings"), run.session), openings);
    if (!turns)
        return fail(turns.error());
    std::size_t longest = 0;
    for (const auto& turn : *turns)
        longest = std::max(longest, turn.ids.size());
    Json ids = Json::array(), texts = Json::array();
    for (const auto& turn : *turns) {
        auto padded = turn.ids;
        padded.resize(longest, run.session.defaults().padTokenId);
        ids.push_back(padded);
        texts.push_back(run.session.decode(turn.ids));
    }
    json["expected"] = { { "new_ids", ids }, { "text", texts } };
    return {};
}

/// Settings from a variant's name: "t0.8_k20_p0.85", "rep1.3", "top_k5".
engine::Sampling samplingOf(const std::string& name)
{
    engine::Sampling sampling { .sample = true };
    std::string_view rest = name;
    const auto number = [&](std::string_view prefix, auto& value) {
        if (!rest.starts_with(prefix))
            return false;
        const auto [end, error] =
            std::from_chars(rest.data() + prefix.size(), rest.data() + rest.size(), value);
        rest = error == std::errc() ? std::string_view(end, rest.data() + rest.size()) : rest;
        return error == std::errc();
    };
    while (!rest.empty()) {
        const bool known = number("temperature", sampling.temperature)
            || number("typical", sampling.typicalP) || number("top_k", sampling.topK)
            || number("top_p", sampling.topP) || number("min_p", sampling.minP)
            || number("rep", sampling.repetitionPenalty) || number("t", sampling.temperature)
            || number("k", sampling.topK) || number("p", sampling.topP);
        if (!known)
            throw std::runtime_error("the variant \"" + name + "\" is not known");
        if (rest.starts_with('_'))
            rest.remove_prefix(1);
    }
    return sampling;
}

void runWarp(FamilyRun& run, const CaseRows& rows, Json& json)
{
    const auto id = json.at("id").get<std::string>();
    const auto logits = firstStepLogits(run, rows);
    if (run.wanted.contains(id + "/logits"))
        run.tensors[id + "/logits"] = logits;
    for (auto& [name, variant] : json.at("variants").items()) {
        auto scores = logits.clone();
        engine::processScores(
            { scores.mutable_data_ptr<float>(), static_cast<std::size_t>(scores.numel()) },
            rows.prompts[0].opening.ids, 0, {}, samplingOf(name));
        const auto p = scores.softmax(-1).to(at::kDouble);
        variant["kept"] = scores.isfinite().sum().item<std::int64_t>();
        variant["argmax"] = scores.argmax(-1).item<std::int64_t>();
        variant["entropy"] = -at::xlogy(p, p).sum().item<double>();
        run.tensors[id + "/" + name + "/scores"] = scores;
    }
}

/// Log-probabilities of the lists `ids` of the rows in `json`.
Result<std::vector<engine::CompletionScore>> scoresOf(
    FamilyRun& run, const CaseRows& rows, const Json& json)
{
    std::vector<Ids> completions;
    for (const auto& one : json)
        completions.push_back(one.at("ids").get<Ids>());
    return engine::scoreCompletions(run.session.model(), rows.prompts[0].opening, completions);
}

Result<void> runOptions(FamilyRun& run, const CaseRows& rows, Json& json)
{
    const auto scores = scoresOf(run, rows, json.at("options"));
    if (!scores)
        return fail(scores.error());
    for (std::size_t i = 0; i < scores->size(); ++i) {
        json["options"][i]["first_token_logprob"] = (*scores)[i].logprobs.front();
        json["options"][i]["sum_logprob"] = (*scores)[i].sum;
    }
    return {};
}

Result<void> runScore(FamilyRun& run, const CaseRows& rows, Json& json)
{
    const auto scores = scoresOf(run, rows, json.at("completions"));
    if (!scores)
        return fail(scores.error());
    for (std::size_t i = 0; i < scores->size(); ++i) {
        json["completions"][i]["logprobs"] = (*scores)[i].logprobs;
        json["completions"][i]["sum"] = (*scores)[i].sum;
    }
    return {};
}

at::Tensor hiddenOf(const FamilyRun& run, const engine::Opening& opening)
{
    const auto ids = at::tensor(opening.ids, at::kLong).unsqueeze(0);
    return run.session.model().hidden(run.session.model().embed(ids, opening.features));
}

/// Pixels as the family's processor returns them: [pictures, 3, H, W], or with an axis for tiles,
/// fewer ones filled up with zeros: [pictures, tiles, ...] or [rows, all tiles of a row, ...].
at::Tensor pixelsAsWanted(const FamilyRun& run, const CaseRows& rows, const std::string& name)
{
    const auto pixels = run.session.pixelValues(rows.pictures);
    const auto& shape = run.wanted.at(name);
    if (shape.size() == 4)
        return pixels;
    auto padded = at::zeros(shape);
    const bool byRow = shape[0] != static_cast<std::int64_t>(rows.pictures.size());
    std::size_t picture = 0;
    std::int64_t from = 0;
    for (std::int64_t at = 0; at < shape[0]; ++at) {
        std::int64_t count = 0;
        const auto pictures = byRow ? rows.picturesInRow[static_cast<std::size_t>(at)] : 1;
        for (std::size_t i = 0; i < pictures; ++i)
            count += rows.pictures[picture++].layout().tiles;
        padded.select(0, at).narrow(0, 0, count).copy_(pixels.narrow(0, from, count));
        from += count;
    }
    return padded;
}

/// Pixels, features, logits and traces: those that the fixture has.
void addTensors(FamilyRun& run, const CaseRows& rows, const std::string& id)
{
    const auto wants = [&](const std::string& name) {
        return run.wanted.contains(id + "/" + name);
    };
    if (wants("pixel_values"))
        run.tensors[id + "/pixel_values"] = pixelsAsWanted(run, rows, id + "/pixel_values");
    if (wants("pixel_attention_mask")) // tiles fill their squares here: nothing is ever masked
        run.tensors[id + "/pixel_attention_mask"] =
            at::ones(run.wanted.at(id + "/pixel_attention_mask"), at::kLong);
    for (std::size_t i = 0; i < rows.features.size(); ++i)
        if (wants("image_features/" + std::to_string(i)))
            run.tensors[id + "/image_features/" + std::to_string(i)] = rows.features[i];
    if (wants("first_step_logits"))
        run.tensors[id + "/first_step_logits"] = firstStepLogits(run, rows);
    if (wants("last16_logits")) {
        const auto hidden = hiddenOf(run, rows.prompts[0].opening);
        run.tensors[id + "/last16_logits"] =
            run.session.model().logits(hidden.narrow(1, hidden.size(1) - 16, 16));
    }
    if (!wants("trace/lm_input"))
        return;
    run.session.model().setObserver([&](const std::string& name, const at::Tensor& value) {
        if (wants("trace/" + name))
            run.tensors[id + "/trace/" + name] = value.clone();
    });
    if (!rows.pictures.empty())
        (void)run.session.model().encodeImages(run.session.pixelValues(rows.pictures));
    (void)hiddenOf(run, rows.prompts[0].opening);
    run.session.model().setObserver({});
}

} // namespace

Result<CaseRows> rowsOf(FamilyRun& run, const Json& one)
{
    CaseRows rows;
    for (std::size_t b = 0; b < one.at("batch").size(); ++b) {
        const auto& row = one.at("batch").at(b);
        std::vector<engine::SeenPicture> pictures;
        for (const auto& name : row.at("images")) {
            const auto picture = image::decodeFile(run.images / name.get<std::string>());
            if (!picture)
                return fail(picture.error());
            auto seen = run.session.see(*picture);
            if (!seen)
                return fail(seen.error());
            pictures.push_back(std::move(*seen));
        }
        const auto features = run.session.features(pictures);
        if (row.contains("messages")) {
            std::vector<text::Message> messages;
            for (const auto& message : row.at("messages"))
                messages.push_back(messageOf(message));
            auto prompt = run.session.prompt(messages, pictures);
            if (!prompt)
                return fail(prompt.error());
            rows.prompts.push_back(std::move(*prompt));
        } else {
            rows.prompts.push_back(
                { {}, { one.at("given_ids").at(b).get<Ids>(), joined(features), 0 }, {} });
        }
        rows.picturesInRow.push_back(pictures.size());
        rows.pictures.insert(rows.pictures.end(), pictures.begin(), pictures.end());
        rows.features.insert(rows.features.end(), features.begin(), features.end());
    }
    return rows;
}

at::Tensor firstStepLogits(const FamilyRun& run, const CaseRows& rows)
{
    std::vector<at::Tensor> last;
    for (const auto& prompt : rows.prompts) {
        const auto hidden = hiddenOf(run, prompt.opening);
        last.push_back(hidden.select(1, hidden.size(1) - 1));
    }
    return run.session.model().logits(at::cat(last));
}

Result<void> runCase(FamilyRun& run, Json& json)
{
    const auto rows = rowsOf(run, json);
    if (!rows)
        return fail(rows.error());
    const auto kind = json.at("kind").get<std::string>();
    if (kind != "generate_ids") {
        writeIds(json, *rows, run.session.defaults().padTokenId);
        for (std::size_t b = 0; b < rows->prompts.size(); ++b)
            json["batch"][b]["prompt_text"] = rows->prompts[b].text;
    }
    if (kind == "grad")
        return runGradients(run, *rows, json);
    const c10::NoGradGuard noGradients;
    addTensors(run, *rows, json.at("id").get<std::string>());
    if (kind == "generate" || kind == "generate_ids")
        return runGenerate(run, *rows, json);
    if (kind == "options")
        return runOptions(run, *rows, json);
    if (kind == "score")
        return runScore(run, *rows, json);
    if (kind != "warp")
        return fail(ErrorKind::Invalid, "is of the kind \"" + kind + "\", which is not known here");
    runWarp(run, *rows, json);
    return {};
}

} // namespace slook::replay
