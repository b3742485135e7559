#include "engine/llama.h"
#include "engine/decoder_layer.h"
#include "engine/few_rows.h"
#include "engine/row_parallel.h"
#include "engine/shortcuts.h"
#include "engine/small_kernels.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace slook::engine {
namespace {

/// Frequencies of the rotation, [headSize / 2] float.
/// @param tokens of the longest row; only the dynamic stretch looks at it
at::Tensor ropeFrequencies(const LlamaConfig& config, std::int64_t tokens)
{
    const RopeConfig& rope = config.rope;
    const auto exponents = at::arange(0, config.headSize, 2, at::kLong).to(at::kFloat)
        / static_cast<double>(config.headSize);
    double theta = rope.theta;
    if (rope.type == RopeConfig::Type::Dynamic && tokens > rope.originalContext) {
        const double size = static_cast<double>(config.headSize);
        const double share =
            static_cast<double>(tokens) / static_cast<double>(rope.originalContext);
        theta *= std::pow(rope.factor * share - (rope.factor - 1), size / (size - 2));
    }
    auto frequencies = at::pow(theta, exponents).reciprocal();
    if (rope.type == RopeConfig::Type::Linear)
        return frequencies / rope.factor;
    if (rope.type != RopeConfig::Type::Llama3)
        return frequencies;
    // Llama 3: long waves are stretched by the factor, short ones stay, those between are blended.
    const auto waves = 2 * std::numbers::pi / frequencies;
    const double longest = static_cast<double>(rope.originalContext) / rope.lowFrequencyFactor;
    const double shortest = static_cast<double>(rope.originalContext) / rope.highFrequencyFactor;
    const auto blend = (static_cast<double>(rope.originalContext) / waves - rope.lowFrequencyFactor)
        / (rope.highFrequencyFactor - rope.lowFrequencyFactor);
    const auto blended = (1 - blend) * frequencies / rope.factor + blend * frequencies;
    return at::where(waves.gt(longest), frequencies / rope.factor,
        at::where(waves.lt(shortest), frequencies, blended));
}

LlamaLayer takeLayer(Weights& weights, const std::string& prefix, const LlamaConfig& c)
{
    LlamaLayer layer;
    const auto width = c.heads * c.headSize;
    const auto narrow = c.keyValueHeads * c.headSize;
    layer.inputNorm = weights.take(prefix + "input_layernorm.weight", { c.hiddenSize });
    layer.postAttentionNorm =
        weights.take(prefix + "post_attention_layernorm.weight", { c.hiddenSize });
    layer.query =
        weights.takeLinear(prefix + "self_attn.q_proj", width, c.hiddenSize, c.attentionBias);
    layer.key =
        weights.takeLinear(prefix + "self_attn.k_proj", narrow, c.hiddenSize, c.attentionBias);
    layer.value =
        weights.takeLinear(prefix + "self_attn.v_proj", narrow, c.hiddenSize, c.attentionBias);
    layer.output =
        weights.takeLinear(prefix + "self_attn.o_proj", c.hiddenSize, width, c.attentionBias);
    layer.gate =
        weights.takeLinear(prefix + "mlp.gate_proj", c.intermediateSize, c.hiddenSize, c.mlpBias);
    layer.up =
        weights.takeLinear(prefix + "mlp.up_proj", c.intermediateSize, c.hiddenSize, c.mlpBias);
    layer.down =
        weights.takeLinear(prefix + "mlp.down_proj", c.hiddenSize, c.intermediateSize, c.mlpBias);
    if (weights.int8() && !weights.failure())
        for (Linear* linear : { &layer.query, &layer.key, &layer.value, &layer.output, &layer.gate,
                 &layer.up, &layer.down })
            quantise(*linear);
    return layer;
}

/// Added to scores: the layers need not convert it each for itself.
at::Tensor additive(const at::Tensor& mask, at::ScalarType type)
{
    if (!mask.defined())
        return mask;
    return at::zeros(mask.sizes(), mask.options().dtype(type))
        .masked_fill_(mask.logical_not(), -std::numeric_limits<double>::infinity());
}

/// Slots that the only new token of each row may see, its own too.
at::Tensor visibleSlots(const KvCache& cache)
{
    const auto lengths = cache.passLengths();
    return at::tensor(std::vector<std::int64_t>(lengths.begin(), lengths.end()), at::kLong) + 1;
}

/// Positions of T new tokens: 0 .. T-1, or behind each row of the cache; padding past the context
/// is clamped.
at::Tensor defaultPositions(
    std::int64_t tokens, const KvCache* cache, std::int64_t context, at::Device device)
{
    const auto options = at::TensorOptions().dtype(at::kLong);
    auto positions = at::arange(tokens, options).unsqueeze(0);
    if (cache != nullptr) {
        const auto lengths = cache->passLengths();
        positions = positions
            + at::tensor(std::vector<std::int64_t>(lengths.begin(), lengths.end()), options)
                  .unsqueeze(1);
    }
    return positions.clamp_max(context - 1).to(device);
}

/// Cosines and sines for `positions`, [positions, headSize / 2] float on `device`.
RopeTable rotationsAt(
    const LlamaConfig& config, std::int64_t tokens, const at::Tensor& positions, at::Device device)
{
    const auto frequencies = ropeFrequencies(config, tokens).to(positions.device());
    const auto angles = positions.flatten().to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
    return { angles.cos().to(device), angles.sin().to(device) };
}

/// The rows of `table` for `positions`; computed anew where a dynamic stretch needs a row beyond
/// it, as the reference does in each pass (keys of earlier passes keep their rotation).
RopeTable rotationsFor(
    const LlamaConfig& config, const RopeTable& table, const at::Tensor& positions)
{
    if (config.rope.type == RopeConfig::Type::Dynamic) {
        const auto longest = positions.max().item<std::int64_t>() + 1;
        if (longest > config.rope.originalContext)
            return rotationsAt(config, longest, positions, positions.device());
    }
    const auto flat = positions.reshape({ -1 });
    return { table.cosine.index_select(0, flat), table.sine.index_select(0, flat) };
}

/// Positions of the keys of a pass, [B or 1, S]: those in the cache lie where they stand, the new
/// ones where `positions` says.
at::Tensor keyPositions(const at::Tensor& positions, const KvCache* cache)
{
    if (cache == nullptr)
        return positions;
    const auto lengths = cache->passLengths();
    const auto rows = static_cast<std::int64_t>(lengths.size());
    const auto tokens = positions.size(1);
    auto keys = at::arange(cache->slots(), positions.options()).repeat({ rows, 1 });
    for (std::int64_t row = 0; row < rows; ++row)
        keys.select(0, row)
            .narrow(0, lengths[static_cast<std::size_t>(row)], tokens)
            .copy_(positions.select(0, positions.size(0) == 1 ? 0 : row));
    return keys;
}

/// `mask` narrowed to the window's last tokens; unchanged where no row is longer than the window.
/// @param causal what an undefined mask means: causal, or all
at::Tensor windowMask(const at::Tensor& mask, const at::Tensor& positions, const KvCache* cache,
    std::int64_t window, bool causal)
{
    if (window < 1 || positions.max().item<std::int64_t>() < window)
        return mask;
    const auto keys = keyPositions(positions, cache);
    auto near = (positions.unsqueeze(2) - keys.unsqueeze(1)).lt(window).unsqueeze(1);
    if (mask.defined())
        return near.logical_and(mask);
    return causal ? near.tril() : near;
}

} // namespace

RopeTable makeRopeTable(const LlamaConfig& config, at::Device device)
{
    const auto count = config.rope.type == RopeConfig::Type::Dynamic ? config.rope.originalContext
                                                                     : config.contextLength;
    return rotationsAt(
        config, count, at::arange(count, at::TensorOptions().dtype(at::kLong)), device);
}

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps)
{
    if (kernels::fit(x) && kernels::fit(weight))
        return kernels::rmsNorm(x, weight, eps);
    return at::rms_norm(x, { x.size(-1) }, weight, eps);
}

Result<Llama> Llama::create(const LlamaConfig& config, std::string prefix, Weights& weights)
{
    Llama model;
    model.config = config;
    model.prefix = std::move(prefix);
    const auto& p = model.prefix;
    model.embedding =
        weights.take(p + "embed_tokens.weight", { config.vocabularySize, config.hiddenSize });
    for (std::int64_t i = 0; i < config.layers && !weights.failure(); ++i)
        model.layers.push_back(takeLayer(weights, p + "layers." + std::to_string(i) + ".", config));
    model.norm = weights.take(p + "norm.weight", { config.hiddenSize });
    if (config.tiedEmbeddings) {
        model.head.name = "lm_head";
        model.head.weight = model.embedding;
    } else {
        model.head = weights.takeLinear("lm_head", config.vocabularySize, config.hiddenSize, false);
        if (weights.int8() && !weights.failure())
            quantise(model.head);
    }
    if (weights.failure())
        return fail(*weights.failure());
    model.rope = makeRopeTable(config, weights.device());
    return model;
}

DecoderPass Llama::preparePass(const at::Tensor& embeds, const at::Tensor& positions,
    const at::Tensor& mask, KvCache* cache) const
{
    const auto rows = embeds.size(0), tokens = embeds.size(1);
    if (cache != nullptr)
        cache->begin(rows, tokens);
    else if (!positions.defined() && tokens > config.contextLength)
        throw std::invalid_argument("[Llama::hidden] " + std::to_string(tokens)
            + " tokens, but the context has " + std::to_string(config.contextLength));
    DecoderPass pass;
    const auto where = positions.defined()
        ? positions
        : defaultPositions(tokens, cache, config.contextLength, embeds.device());
    const auto rotations = rotationsFor(config, rope, where);
    const auto shaped = [&](const at::Tensor& angles) {
        return angles.view({ where.size(0), tokens, 1, config.headSize / 2 })
            .to(embeds.scalar_type());
    };
    pass.cosine = shaped(rotations.cosine);
    pass.sine = shaped(rotations.sine);
    pass.cache = cache;
    if (cache != nullptr && tokens == 1 && !mask.defined() && config.slidingWindow < 1
        && kernels::fit(embeds)) { // decoding: lengths say all that a mask would
        pass.lengths = visibleSlots(*cache);
        pass.cacheRows = cache->tokenRows();
        return pass;
    }
    if (cache != nullptr && cache->tokenRows().defined())
        throw std::invalid_argument("[Llama::hidden] this model cannot read drafts");
    pass.mask = mask.defined() || cache == nullptr ? mask : cache->causalMask();
    pass.causal = !pass.mask.defined() && (cache == nullptr || cache->slots() == tokens);
    if (config.slidingWindow > 0) {
        pass.mask = windowMask(pass.mask, where, cache, config.slidingWindow, pass.causal);
        pass.causal = pass.causal && !pass.mask.defined();
    }
    pass.mask = additive(pass.mask, embeds.scalar_type());
    return pass;
}

bool Llama::isHeavy() const
{
    const auto attention =
        2 * config.hiddenSize * (config.heads + config.keyValueHeads) * config.headSize;
    const auto layer = attention + 3 * config.hiddenSize * config.intermediateSize;
    constexpr std::int64_t cached = 32 << 20;
    return config.layers * layer
        * static_cast<std::int64_t>(c10::elementSize(layers.front().query.weight.scalar_type()))
        > cached;
}

bool Llama::readsDrafts() const
{
    return kernels::canMultiply() && embedding.is_cpu() && embedding.scalar_type() == at::kFloat
        && config.slidingWindow < 1 && config.rope.type != RopeConfig::Type::Dynamic;
}

at::Tensor Llama::runLayers(const at::Tensor& embeds, const DecoderPass& pass,
    const BlockRunner& runner, const Observer& observer) const
{
    auto x = embeds;
    for (std::int64_t i = 0; i < config.layers; ++i) {
        const bool last = i + 1 == config.layers;
        const Block block = [i, last, pass, &observer, this](const at::Tensor& input) {
            return runDecoderLayer(*this, i, last, input, pass, observer);
        };
        x = runner ? runner(block, x, i) : block(x);
        if (observer)
            observer("lm_layer_" + std::to_string(i), x);
    }
    return rmsNorm(x, norm, config.rmsNormEps);
}

at::Tensor Llama::hidden(const at::Tensor& embeds, const at::Tensor& positions,
    const at::Tensor& mask, KvCache* cache, const at::Tensor& keep, const BlockRunner& runner,
    const Observer& observer) const
{
    auto pass = preparePass(embeds, positions, mask, cache);
    const auto tokens = embeds.size(1);
    if (keep.defined() && tokens > 1 && shortcuts().wantedTokens)
        pass.keep = keep;
    if (observer) { // is told about all tokens, in the order of the layers
        pass.keep = at::Tensor();
        observer("lm_input", embeds);
        const auto all = runLayers(embeds, pass, runner, observer);
        observer("lm_final_norm", all);
        return keep.defined() ? pickTokens(all, keep) : all;
    }
    const auto chosen = [&](const at::Tensor& states) {
        return keep.defined() && tokens > 1 && !pass.keep.defined() ? pickTokens(states, keep)
                                                                    : states;
    };
    if (!c10::InferenceMode::is_enabled()) // a training's reference has the bits of its policy
        return chosen(runLayers(embeds, pass, runner, observer));
    return chosen(inParts(embeds, tokens, isHeavy(), [&](std::int64_t first, std::int64_t count) {
        return runLayers(embeds.narrow(0, first, count), pass.part(first, count), runner, observer);
    }));
}

void Llama::addParameters(std::map<std::string, at::Tensor>& all) const
{
    all[prefix + "embed_tokens.weight"] = embedding;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const auto p = prefix + "layers." + std::to_string(i) + ".";
        all[p + "input_layernorm.weight"] = layers[i].inputNorm;
        all[p + "post_attention_layernorm.weight"] = layers[i].postAttentionNorm;
    }
    all[prefix + "norm.weight"] = norm;
}

void Llama::addLinears(std::vector<Linear*>& all)
{
    for (auto& layer : layers)
        for (Linear* linear : { &layer.query, &layer.key, &layer.value, &layer.output, &layer.gate,
                 &layer.up, &layer.down })
            all.push_back(linear);
    if (!config.tiedEmbeddings)
        all.push_back(&head);
}

} // namespace slook::engine
