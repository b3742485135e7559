#include "engine/decoder_layer.h"
#include "engine/attention.h"
#include "engine/small_kernels.h"
#include "engine/vit_layer.h"
#include <ATen/ATen.h>

namespace slook::engine {
namespace {

/// Rotates the two halves of every head. @param x [B, T, heads, headSize]
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cosine, const at::Tensor& sine)
{
    if (kernels::fit(x) && kernels::fit(cosine)) {
        kernels::rotate(x, cosine, sine);
        return x;
    }
    const auto halves = x.chunk(2, -1);
    return at::cat(
        { halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine }, -1);
}

/// The mask of the tokens `keep`, [B, 1, W, S].
at::Tensor pickedMask(const DecoderPass& pass, std::int64_t tokens)
{
    const auto& keep = pass.keep;
    const auto rows = keep.size(0), width = keep.size(1);
    if (pass.causal)
        return at::arange(tokens, keep.options()).le(keep.unsqueeze(2)).unsqueeze(1);
    if (!pass.mask.defined())
        return {};
    const auto slots = pass.mask.size(-1);
    const auto whole = pass.mask.expand({ rows, 1, tokens, slots });
    return whole.gather(2, keep.view({ rows, 1, width, 1 }).expand({ rows, 1, width, slots }));
}

/// Only what the tokens `keep` need to ask with.
DecoderPass asking(const DecoderPass& pass, std::int64_t tokens)
{
    DecoderPass few = pass;
    const auto rows = pass.keep.size(0);
    const auto angles = [&](const at::Tensor& all) {
        return pickTokens(all.expand({ rows, -1, -1, -1 }), pass.keep);
    };
    few.cosine = angles(pass.cosine);
    few.sine = angles(pass.sine);
    few.mask = pickedMask(pass, tokens);
    few.causal = false;
    return few;
}

/// @param x      normed input, [B, T, hidden]: keys and values
/// @param asks   of the tokens that ask: all of x, or some
/// @param asking their pass
at::Tensor selfAttention(const Llama& model, std::int64_t index, const at::Tensor& x,
    const DecoderPass& pass, const at::Tensor& asks, const DecoderPass& asking)
{
    const auto& layer = model.layers[static_cast<std::size_t>(index)];
    const auto heads = [&](const at::Tensor& t) {
        return t.view({ t.size(0), t.size(1), -1, model.config.headSize });
    };
    const auto query = rotate(heads(layer.query(asks)), asking.cosine, asking.sine);
    auto key = rotate(heads(layer.key(x)), pass.cosine, pass.sine);
    auto value = heads(layer.value(x));
    if (pass.cache != nullptr) {
        pass.cache->write(index, key, value, pass.firstRow);
        if (!pass.causal) { // an empty cache holds nothing but these tokens
            key = pass.cache->keys(index, pass.firstRow, x.size(0));
            value = pass.cache->values(index, pass.firstRow, x.size(0));
        }
    }
    if (asking.lengths.defined())
        return layer.output(
            kernels::attendOne(query, key, value, asking.lengths, asking.cacheRows));
    return layer.output(attend(query, key, value, asking.mask, asking.causal));
}

at::Tensor gated(const LlamaLayer& layer, Activation activation, const at::Tensor& x)
{
    auto gate = layer.gate(x);
    const auto up = layer.up(x);
    if (activation == Activation::Silu && kernels::fit(gate) && kernels::fit(up)) {
        kernels::gateBySilu(gate, up);
        return layer.down(gate);
    }
    gate = activate(gate, activation);
    return layer.down(kernels::fit(gate) ? gate.mul_(up) : gate * up);
}

/// x + fresh. @param seen somebody else looks at `fresh`
at::Tensor sum(at::Tensor fresh, const at::Tensor& x, bool seen)
{
    return kernels::fit(fresh) && !seen ? fresh.add_(x) : x + fresh;
}

} // namespace

at::Tensor pickTokens(const at::Tensor& x, const at::Tensor& keep)
{
    const auto rows = keep.size(0), tokens = x.size(1);
    const auto flat = (keep + at::arange(rows, keep.options()).unsqueeze(1) * tokens).flatten();
    return x.flatten(0, 1).index_select(0, flat).unflatten(0, { rows, keep.size(1) });
}

DecoderPass DecoderPass::part(std::int64_t first, std::int64_t count) const
{
    DecoderPass some = *this;
    const auto rows = [&](at::Tensor& all, bool perRow) {
        if (all.defined() && perRow)
            all = all.narrow(0, first, count);
    };
    rows(some.cosine, cosine.size(0) > 1);
    rows(some.sine, sine.size(0) > 1);
    rows(some.mask, mask.defined() && mask.dim() == 4 && mask.size(0) > 1);
    rows(some.lengths, true);
    rows(some.cacheRows, true);
    rows(some.keep, true);
    some.firstRow += first;
    return some;
}

at::Tensor runDecoderLayer(const Llama& model, std::int64_t index, bool last, const at::Tensor& x,
    const DecoderPass& pass, const Observer& observer)
{
    const auto& layer = model.layers[static_cast<std::size_t>(index)];
    const double eps = model.config.rmsNormEps;
    const auto normed = rmsNorm(x, layer.inputNorm, eps);
    const bool some = last && pass.keep.defined();
    const auto mixed = some ? selfAttention(model, index, normed, pass,
                           pickTokens(normed, pass.keep), asking(pass, x.size(1)))
                            : selfAttention(model, index, normed, pass, normed, pass);
    if (observer)
        observer("lm_layer_" + std::to_string(index) + "_attn", mixed);
    const auto y = sum(mixed, some ? pickTokens(x, pass.keep) : x, static_cast<bool>(observer));
    const auto inner = rmsNorm(y, layer.postAttentionNorm, eps);
    return sum(gated(layer, model.config.activation, inner), y, false);
}

} // namespace slook::engine
