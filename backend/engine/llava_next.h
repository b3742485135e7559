#pragma once
#include "engine/llava.h"
#include "image/picture_rows.h"

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
    LlavaNext() = default;
    [[nodiscard]] image::UnpaddedGrid gridOf(const PictureLayout& layout) const;
    void addVisionParameters(std::map<std::string, at::Tensor>& all) const override;

    std::vector<image::Size> m_pinpoints;
    at::Tensor m_newline; ///< [hidden]
};

} // namespace slook::engine
