#pragma once
#include "engine/kv_cache.h"
#include "engine/linear.h"
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace slook::engine {

/// What generation and training must know about a model, whatever its family.
struct ModelShape {
    std::string family; ///< config.json's model_type: "llava", ...
    std::int64_t hiddenSize = 0;
    std::int64_t layers = 0; ///< of the language model
    std::int64_t vocabularySize = 0;
    std::int64_t contextLength = 0; ///< tokens, prompt and answer together
    std::int64_t keyValueHeads = 0;
    std::int64_t headSize = 0;
    std::int64_t imageTokenId =
        -1; ///< the placeholder that picture features replace; -1: no pictures
    bool heavy = false; ///< more weights than a processor's cache holds: reading them takes time
    bool readsDrafts = false; ///< a pass may follow KvCache::startWith(): guessed tokens beside the
                              ///< last one, with the bits of one after the other
};

/// What a prompt and the feature rows of a picture depend on, beside its pixels.
struct PictureLayout {
    std::int64_t height = 0, width = 0; ///< of the picture itself
    std::int64_t rows = 0, columns = 0; ///< of the grid of tiles; 0: one tile, the picture
    std::int64_t tiles = 1; ///< that go through the tower
    std::int64_t tileHeight = 0, tileWidth = 0;
};

/// One block of the language model as a function of its input.
using Block = std::function<at::Tensor(const at::Tensor&)>;
/// Runs the block of layer `layer`; a trainer that recomputes activations puts its own here. Called
/// once per layer and pass, of several passes at once on different threads.
using BlockRunner =
    std::function<at::Tensor(const Block& block, const at::Tensor& x, std::int64_t layer)>;
/// Is told intermediate results by name ("lm_layer_0_attn", ...), for tests against a reference.
using Observer = std::function<void(const std::string& name, const at::Tensor& value)>;

/// A vision-language model, one class per family. Gradients flow through every function when they
/// are switched on. A new family is a new subclass and a line in load_model.cpp; ARCHITECTURE.md
/// says what else it may need.
class VisionLanguageModel {
public:
    virtual ~VisionLanguageModel() = default;

    [[nodiscard]] virtual const ModelShape& shape() const = 0;
    [[nodiscard]] virtual at::Device device() const = 0;
    [[nodiscard]] virtual at::ScalarType
    type() const = 0; ///< of the arithmetic: float, or bfloat16 on CUDA

    /// Vision tower and projector.
    /// @param pixels [N, 3, H, W] float, normalised: pictures or tiles
    /// @return       [N, tokens, hiddenSize]
    [[nodiscard]] virtual at::Tensor encodeImages(const at::Tensor& pixels) const = 0;

    /// `encodeImages`, without gradients on a CPU in parts: a thread takes pictures from pixels to
    /// features.
    [[nodiscard]] at::Tensor encodeInParts(const at::Tensor& pixels) const;

    /// Why the model cannot take a picture laid out like this; empty where it can. The layout comes
    /// from the folder's picture settings, which may not fit its config.
    [[nodiscard]] virtual std::string cannotSee(const PictureLayout& layout) const = 0;

    /// How many rows `arrangeTiles` gives: placeholders in the prompt.
    /// @param layout one that `cannotSee` has no word against
    [[nodiscard]] virtual std::int64_t featureRows(const PictureLayout& layout) const = 0;

    /// What a prompt holds in place of a picture's mark: `featureRows` marks, and in some families
    /// text around them. @param mark the placeholder token's text
    [[nodiscard]] virtual std::string pictureText(
        const PictureLayout& layout, const std::string& mark) const;

    /// The rows that replace one picture's placeholders, from the encoded tiles of that picture.
    /// @param tiles  [tiles, tokens, hiddenSize]
    /// @return       [featureRows, hiddenSize]
    [[nodiscard]] virtual at::Tensor arrangeTiles(
        const at::Tensor& tiles, const PictureLayout& layout) const;

    /// Token embeddings with picture features in place of the placeholders, in reading order.
    /// @param ids      [B, T] int64
    /// @param features [K, hiddenSize]; undefined: no pictures, and a placeholder that the model
    ///                 itself said is an ordinary token
    /// @return         [B, T, hiddenSize]
    /// @throws std::invalid_argument where the number of placeholders is not K (names both)
    [[nodiscard]] virtual at::Tensor embed(
        const at::Tensor& ids, const at::Tensor& features = {}) const = 0;

    /// The language model up to its final norm.
    /// @param embeds    [B, T, hiddenSize]
    /// @param positions [B, T] int64, any values below the context length; undefined: 0 .. T-1, or
    /// behind the cache's rows
    /// @param mask      bool, true = may see: [T, S] or [B, 1, T, S] with S = T, or the cache's
    /// slots (longest of the B
    ///                  rows + T; token j of row r lies in slot length(r) + j); undefined: causal
    /// @param cache     null, or where the first B rows continue: the T tokens are written behind
    /// them, but kept only
    ///                  when the caller then says advance()
    /// @param keep      [B, W] int64, tokens 0 .. T-1 of each row whose final state is wanted;
    ///                  undefined: all. Less work in the last layer, the numbers are the same
    /// @return          [B, T or W, hiddenSize]
    [[nodiscard]] virtual at::Tensor hidden(const at::Tensor& embeds,
        const at::Tensor& positions = {}, const at::Tensor& mask = {}, KvCache* cache = nullptr,
        const at::Tensor& keep = {}) const = 0;

    /// @param rows [..., hiddenSize] from `hidden`: only those whose next token is wanted
    /// @return     [..., vocabularySize] float
    [[nodiscard]] virtual at::Tensor logits(const at::Tensor& rows) const = 0;

    /// Every weight by its name in memory ("model.language_model.layers.0.self_attn.q_proj.weight",
    /// "lm_head.weight", which is absent when tied). The tensors are the model's own: what is
    /// written into them is what it computes with.
    [[nodiscard]] virtual std::map<std::string, at::Tensor> parameters() const = 0;
    /// Every linear layer in the order of the forward pass (vision tower, projector, language
    /// model, lm_head unless tied); an adapter is attached by setting `lora`.
    [[nodiscard]] virtual std::vector<Linear*> linears() = 0;

    /// A weight's name in memory from any name that files and adapters of this family use.
    [[nodiscard]] virtual std::string nameInMemory(const std::string& nameInFile) const;
    /// The name under which transformers 5 saves a weight, from its name in memory.
    [[nodiscard]] virtual std::string savedName(const std::string& nameInMemory) const;

    void setBlockRunner(BlockRunner runner)
    {
        m_runner = std::move(runner);
    } ///< empty: blocks run plainly
    void setObserver(Observer observer)
    {
        m_observer = std::move(observer);
    } ///< empty: nobody is told

    /// An empty cache for `rows` conversations of up to `capacity` tokens.
    [[nodiscard]] KvCache makeCache(std::int64_t rows, std::int64_t capacity) const;

protected:
    BlockRunner m_runner;
    Observer m_observer;
};

/// "the picture settings make ..., but ..." where the layout's tiles are no squares of `side`
/// pixels; else empty.
[[nodiscard]] std::string wrongTileSize(const PictureLayout& layout, std::int64_t side);

} // namespace slook::engine
