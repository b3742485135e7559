#include "engine/text_encoder.h"
#include "core/file.h"
#include "core/json.h"
#include "engine/attention.h"
#include "engine/config_reader.h"
#include "engine/vit_layer.h"
#include "engine/weights.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>

namespace slook::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t encodedAtOnce = 32;

Result<Json> readObject(const fs::path& file)
{
    const auto text = readFile(file, 16u << 20);
    if (!text)
        return fail(text.error());
    return parseJson(*text, file.string());
}

/// Names of a file that holds the encoder inside a larger model begin with "bert.".
std::string nameInside(const std::string& name)
{
    return name.starts_with("bert.") ? name.substr(5) : name;
}

at::Tensor normed(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps)
{
    return at::layer_norm(x, { x.size(-1) }, weight, bias, eps);
}

/// Errors: Invalid where the folder says that a sentence is not the mean of its tokens.
Result<void> requireMeanPooling(const fs::path& folder)
{
    const auto file = folder / "1_Pooling" / "config.json";
    std::error_code error;
    if (!fs::exists(file, error))
        return {};
    const auto config = readObject(file);
    if (!config)
        return fail(config.error());
    if (!boolOr(*config, "pooling_mode_mean_tokens", true))
        return fail(ErrorKind::Invalid,
            "asks for another pooling than the mean of the tokens, which is all that is offered; "
            "choose another encoder",
            file.string());
    return {};
}

} // namespace

Result<std::unique_ptr<TextEncoder>> TextEncoder::load(const fs::path& folder, at::Device device)
{
    const auto file = folder / "config.json";
    const auto config = readObject(file);
    if (!config)
        return fail(config.error());
    const auto type = stringOr(*config, "model_type", "(none)");
    if (type != "bert")
        return fail(ErrorKind::Invalid,
            "is for the model type \"" + type.substr(0, 60)
                + "\"; a text encoder has to be a bert, such as the MiniLM models",
            file.string());
    if (auto pooling = requireMeanPooling(folder); !pooling)
        return fail(pooling.error());
    auto tokenizer = text::WordPiece::load(folder);
    if (!tokenizer)
        return fail(tokenizer.error());
    auto encoder = std::unique_ptr<TextEncoder>(new TextEncoder(std::move(*tokenizer)));
    auto& c = encoder->m_config;
    std::optional<Error> failure;
    const auto where = file.string();
    const ConfigReader reader(*config, "", failure, where);
    reader.size("vocab_size", c.vocabularySize, mostVocabulary);
    reader.size("hidden_size", c.hiddenSize, mostWidth);
    reader.size("num_hidden_layers", c.layers, mostLayers);
    reader.size("num_attention_heads", c.heads, mostWidth);
    reader.size("intermediate_size", c.intermediateSize, mostWidth);
    reader.size("max_position_embeddings", c.contextLength, mostContext);
    reader.size("type_vocab_size", c.types, mostVocabulary);
    reader.positive("layer_norm_eps", c.layerNormEps);
    reader.activation("hidden_act", c.activation);
    reader.requireMultiple("hidden_size", c.hiddenSize, c.heads);
    if (stringOr(*config, "position_embedding_type", "absolute") != "absolute")
        reader.refuse("position_embedding_type", "is not \"absolute\"");
    if (failure)
        return fail(*failure);
    if (encoder->m_tokenizer.size() > c.vocabularySize)
        return fail(ErrorKind::Invalid,
            "knows fewer tokens than the tokenizer beside it; the two do not belong together",
            where);
    encoder->m_longest = static_cast<std::size_t>(c.contextLength);
    if (const auto sentences = readObject(folder / "sentence_bert_config.json"))
        if (const auto most = integerOr(*sentences, "max_seq_length", 0); most > 2)
            encoder->m_longest = std::min(encoder->m_longest, static_cast<std::size_t>(most));
    if (auto taken = encoder->takeWeights(folder, device); !taken)
        return fail(taken.error());
    return encoder;
}

Result<void> TextEncoder::takeWeights(const fs::path& folder, at::Device device)
{
    auto weights = Weights::open(folder, device, at::kFloat, nameInside);
    if (!weights)
        return fail(weights.error());
    const auto& c = m_config;
    const auto d = c.hiddenSize;
    const std::string embeddings = "embeddings.";
    m_words = weights->take(embeddings + "word_embeddings.weight", { c.vocabularySize, d });
    m_positions = weights->take(embeddings + "position_embeddings.weight", { c.contextLength, d });
    m_types = weights->take(embeddings + "token_type_embeddings.weight", { c.types, d });
    m_normWeight = weights->take(embeddings + "LayerNorm.weight", { d });
    m_normBias = weights->take(embeddings + "LayerNorm.bias", { d });
    for (std::int64_t i = 0; i < c.layers; ++i) {
        const auto p = "encoder.layer." + std::to_string(i) + ".";
        Layer layer;
        layer.query = weights->takeLinear(p + "attention.self.query", d, d, true);
        layer.key = weights->takeLinear(p + "attention.self.key", d, d, true);
        layer.value = weights->takeLinear(p + "attention.self.value", d, d, true);
        layer.output = weights->takeLinear(p + "attention.output.dense", d, d, true);
        layer.attentionNormWeight = weights->take(p + "attention.output.LayerNorm.weight", { d });
        layer.attentionNormBias = weights->take(p + "attention.output.LayerNorm.bias", { d });
        layer.wide = weights->takeLinear(p + "intermediate.dense", c.intermediateSize, d, true);
        layer.narrow = weights->takeLinear(p + "output.dense", d, c.intermediateSize, true);
        layer.norm2Weight = weights->take(p + "output.LayerNorm.weight", { d });
        layer.norm2Bias = weights->take(p + "output.LayerNorm.bias", { d });
        m_layers.push_back(std::move(layer));
        if (weights->failure())
            break;
    }
    if (weights->failure())
        return fail(*weights->failure());
    return {};
}

at::Tensor TextEncoder::hidden(const at::Tensor& ids, const at::Tensor& isText) const
{
    const double eps = m_config.layerNormEps;
    const auto tokens = ids.size(1);
    auto x = normed(at::embedding(m_words, ids) + m_types[0] + m_positions.slice(0, 0, tokens),
        m_normWeight, m_normBias, eps);
    const auto mask =
        isText.view({ ids.size(0), 1, 1, tokens }).expand({ ids.size(0), 1, tokens, tokens });
    const auto heads = [&](const at::Tensor& t) {
        return t.view({ t.size(0), t.size(1), m_config.heads, -1 });
    };
    for (const Layer& layer : m_layers) {
        const auto mixed =
            attend(heads(layer.query(x)), heads(layer.key(x)), heads(layer.value(x)), mask, false);
        const auto y = normed(
            x + layer.output(mixed), layer.attentionNormWeight, layer.attentionNormBias, eps);
        x = normed(y + layer.narrow(activate(layer.wide(y), m_config.activation)),
            layer.norm2Weight, layer.norm2Bias, eps);
    }
    return x;
}

std::vector<TextState> TextEncoder::states(std::span<const std::string> texts) const
{
    const c10::InferenceMode noGradients;
    std::vector<TextState> all;
    for (std::size_t from = 0; from < texts.size(); from += encodedAtOnce) {
        std::vector<std::vector<std::int64_t>> part;
        for (const auto& text : texts.subspan(from, std::min(encodedAtOnce, texts.size() - from)))
            part.push_back(m_tokenizer.encode(text, m_longest));
        const auto batch = padded(part);
        const auto device = m_words.device();
        const auto read = hidden(batch.ids.to(device), batch.isText.to(device)).cpu();
        for (std::size_t i = 0; i < part.size(); ++i) {
            const auto rows = read[static_cast<std::int64_t>(i)].slice(
                0, 0, static_cast<std::int64_t>(part[i].size()));
            const auto inner = rows.slice(0, 1, rows.size(0) - 1);
            all.push_back({ inner, inner.size(0) > 0 ? rows.mean(0) : at::Tensor() });
        }
    }
    return all;
}

} // namespace slook::engine
