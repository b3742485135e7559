#pragma once
#include "core/result.h"
#include "engine/vlm.h"
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>
#include <vector>

namespace slook::engine {

/// A picture as the model gets it.
struct Picture {
    at::Tensor pixels; ///< [tiles, 3, H, W] float, normalised
    PictureLayout layout; ///< families with tiles arrange by it
};
/// Gives the picture of a key; called again when its features were forgotten.
using PictureSource = std::function<Result<Picture>(std::size_t key)>;

/// Picture features, computed once per picture while the vision tower and the projector are frozen.
/// Pictures are encoded in fixed groups of neighbouring keys, so that a picture's features are the
/// same bits however often, and in whatever order, they are asked for.
class FeatureCache {
public:
    /// @param keys every key that will be asked for
    /// @param limitBytes of memory; the least recently used group goes first
    FeatureCache(const VisionLanguageModel& model, PictureSource source,
        std::vector<std::size_t> keys, std::size_t limitBytes);

    /// @return [rows, hiddenSize], constant. Errors: those of the source.
    [[nodiscard]] Result<at::Tensor> features(std::size_t key);
    [[nodiscard]] std::int64_t encoded() const
    {
        return m_encoded;
    } ///< pictures that went through the tower

private:
    struct Group {
        std::vector<at::Tensor> features; ///< by place in the group
        std::list<std::size_t>::iterator use;
        std::size_t bytes = 0;
    };
    Result<Group> encode(std::size_t first, std::size_t count);
    const VisionLanguageModel& m_model;
    PictureSource m_source;
    std::vector<std::size_t> m_keys; ///< sorted, each once
    std::size_t m_limit;
    std::size_t m_bytes = 0;
    std::int64_t m_encoded = 0;
    std::unordered_map<std::size_t, Group> m_groups;
    std::list<std::size_t> m_uses; ///< newest first
};

/// Features of pictures with gradients into whatever part of the tower and projector is trained.
/// @return one [rows, hiddenSize] per picture
[[nodiscard]] std::vector<at::Tensor> encodePictures(
    const VisionLanguageModel& model, const std::vector<Picture>& pictures);

} // namespace slook::engine
