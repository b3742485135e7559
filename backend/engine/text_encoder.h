#pragma once
#include "engine/config.h"
#include "engine/linear.h"
#include "engine/text_states.h"
#include "text/word_piece.h"
#include <filesystem>
#include <memory>
#include <vector>

namespace slook::engine {

/// A BERT that turns texts into states, such as the MiniLM models of sentence-transformers.
/// Source: Devlin et al. 2018, arXiv:1810.04805; pooling: Reimers & Gurevych 2019,
/// arXiv:1908.10084.
class TextEncoder {
public:
    /// Reads config.json, the tokenizer and model.safetensors of a folder; the length of texts from
    /// sentence_bert_config.json, where it is there.
    /// Errors: NotFound; Invalid: another architecture, or another pooling than the mean.
    [[nodiscard]] static Result<std::unique_ptr<TextEncoder>> load(
        const std::filesystem::path& folder, at::Device device);

    /// States of the last layer, longer texts cut off. Pooled is the mean of all tokens, [CLS] and
    /// [SEP] included, as sentence-transformers takes it.
    [[nodiscard]] std::vector<TextState> states(std::span<const std::string> texts) const;

    [[nodiscard]] const text::WordPiece& tokenizer() const { return m_tokenizer; }
    [[nodiscard]] std::int64_t width() const { return m_config.hiddenSize; } ///< of a state

private:
    struct Layer {
        Linear query, key, value, output, wide, narrow;
        at::Tensor attentionNormWeight, attentionNormBias, norm2Weight, norm2Bias; ///< [hidden]
    };
    struct Config {
        std::int64_t vocabularySize = 30522, hiddenSize = 768, layers = 12, heads = 12,
                     intermediateSize = 3072, contextLength = 512, types = 2;
        double layerNormEps = 1e-12;
        Activation activation = Activation::Gelu;
    };
    explicit TextEncoder(text::WordPiece tokenizer)
        : m_tokenizer(std::move(tokenizer))
    {
    }
    Result<void> takeWeights(const std::filesystem::path& folder, at::Device device);
    /// @param ids, isText  [texts, tokens]
    /// @return             [texts, tokens, hidden]
    [[nodiscard]] at::Tensor hidden(const at::Tensor& ids, const at::Tensor& isText) const;

    Config m_config;
    text::WordPiece m_tokenizer;
    std::size_t m_longest = 512; ///< tokens of a text
    at::Tensor m_words, m_positions, m_types; ///< embeddings
    at::Tensor m_normWeight, m_normBias;
    std::vector<Layer> m_layers;
};

} // namespace slook::engine
