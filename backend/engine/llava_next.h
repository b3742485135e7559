#pragma once
#include "engine/llava.h"
#include "image/processor.h"

namespace slook::engine {

/// LLaVA-NeXT (1.6): a picture is an overview and the tiles of the resolution that fits it best;
/// features of padding are dropped, and each row of features ends with a learned newline.
/// Source: Liu et al. 2024, llava-vl.github.io/blog/2024-01-30-llava-next; transformers,
/// modeling_llava_next.py.
class LlavaNext final : public Llava {
public:
    /// Errors: as Llava::create.
    [[nodiscard]] static Result<std::unique_ptr<VisionLanguageModel>> create(
        const Json& config, const std::string& where, Weights& weights);

    [[nodiscard]] std::string cannotSee(const PictureLayout& layout) const override;
    [[nodiscard]] std::int64_t featureRows(const PictureLayout& layout) const override;
    [[nodiscard]] at::Tensor arrangeTiles(
        const at::Tensor& tiles, const PictureLayout& layout) const override;

private:
    /// Features of the whole grid, and the part of them that the picture itself fills.
    struct Grid {
        std::int64_t rows = 0, columns = 0; ///< of tiles
        std::int64_t top = 0, left = 0, height = 0, width = 0; ///< in features
    };
    LlavaNext() = default;
    [[nodiscard]] Grid gridOf(const PictureLayout& layout) const;
    void addVisionParameters(std::map<std::string, at::Tensor>& all) const override;

    std::vector<image::Size> m_pinpoints;
    at::Tensor m_newline; ///< [hidden]
};

} // namespace slook::engine
