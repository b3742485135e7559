#pragma once
#include "engine/linear.h"
#include <memory>
#include <vector>

namespace slook::engine {

/// While it lives, layers compute with weight + scale * b a, one product instead of three: for
/// answering with an adapter, never for training. The base weights themselves are not touched and
/// come back bit for bit.
class MergedLora {
public:
    /// @param layers those without an adapter, or with one that is switched off, stay as they are
    explicit MergedLora(const std::vector<Linear*>& layers);
    ~MergedLora();
    MergedLora(const MergedLora&) = delete;
    MergedLora& operator=(const MergedLora&) = delete;

    /// Memory that merging these layers would take, bytes.
    [[nodiscard]] static std::size_t bytesFor(const std::vector<Linear*>& layers);

private:
    struct Changed {
        Linear* layer;
        at::Tensor base;
        std::shared_ptr<Lora> lora;
    };
    std::vector<Changed> m_changed;
};

} // namespace slook::engine
