#include "engine/feature_cache.h"
#include "engine/shortcuts.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <stdexcept>

namespace slook::engine {
namespace {
constexpr std::size_t groupSize = 8;
constexpr std::int64_t tilesPerPass = 16; ///< bounds the memory of the tower's activations
}

FeatureCache::FeatureCache(const VisionLanguageModel& model, PictureSource source,
    std::vector<std::size_t> keys, std::size_t limitBytes)
    : m_model(model)
    , m_source(std::move(source))
    , m_keys(std::move(keys))
    , m_limit(limitBytes)
{
    std::sort(m_keys.begin(), m_keys.end());
    m_keys.erase(std::unique(m_keys.begin(), m_keys.end()), m_keys.end());
}

Result<at::Tensor> FeatureCache::features(std::size_t key)
{
    const auto found = std::lower_bound(m_keys.begin(), m_keys.end(), key);
    if (found == m_keys.end() || *found != key)
        throw std::invalid_argument(
            "[FeatureCache] picture " + std::to_string(key) + " was not announced");
    const auto index = static_cast<std::size_t>(found - m_keys.begin());
    if (!shortcuts().pictures) {
        auto one = encode(index, 1);
        return one ? Result<at::Tensor>(std::move(one->features.front())) : fail(one.error());
    }
    auto held = m_groups.find(index / groupSize);
    if (held == m_groups.end()) {
        auto group = encode(index / groupSize * groupSize, groupSize);
        if (!group)
            return fail(group.error());
        held = m_groups.emplace(index / groupSize, std::move(*group)).first;
        m_uses.push_front(held->first);
        held->second.use = m_uses.begin();
        m_bytes += held->second.bytes;
        while (m_bytes > m_limit && m_uses.size() > 1) { // the group in hand stays
            m_bytes -= m_groups.at(m_uses.back()).bytes;
            m_groups.erase(m_uses.back());
            m_uses.pop_back();
        }
    } else {
        m_uses.splice(m_uses.begin(), m_uses, held->second.use);
    }
    return held->second.features[index % groupSize];
}

Result<FeatureCache::Group> FeatureCache::encode(std::size_t first, std::size_t count)
{
    const c10::NoGradGuard noGradients;
    std::vector<Picture> pictures;
    const auto end = std::min(m_keys.size(), first + count);
    for (std::size_t i = first; i < end; ++i) {
        auto picture = m_source(m_keys[i]);
        if (!picture)
            return fail(picture.error());
        pictures.push_back(std::move(*picture));
    }
    Group result;
    result.features = encodePictures(m_model, pictures);
    for (at::Tensor& features : result.features) {
        features = features.clone(); // not a view of the whole group's output
        result.bytes += features.nbytes();
    }
    m_encoded += static_cast<std::int64_t>(pictures.size());
    return result;
}

std::vector<at::Tensor> encodePictures(
    const VisionLanguageModel& model, const std::vector<Picture>& pictures)
{
    std::vector<at::Tensor> features;
    for (std::size_t begin = 0, end = 0; begin < pictures.size(); begin = end) {
        std::int64_t tiles = 0;
        std::vector<at::Tensor> pixels;
        for (; end < pictures.size(); ++end) {
            const auto& next = pictures[end].pixels;
            const bool alike = end == begin || next.sizes().slice(1) == pixels[0].sizes().slice(1);
            if (end > begin && (!alike || tiles + next.size(0) > tilesPerPass))
                break;
            pixels.push_back(next.to(model.device()));
            tiles += next.size(0);
        }
        const auto encoded = model.encodeInParts(pixels.size() == 1 ? pixels[0] : at::cat(pixels));
        for (std::int64_t from = 0; begin < end; ++begin) {
            const auto count = pictures[begin].pixels.size(0);
            features.push_back(
                model.arrangeTiles(encoded.narrow(0, from, count), pictures[begin].layout));
            from += count;
        }
    }
    return features;
}

} // namespace slook::engine
