#pragma once
#include <ATen/core/Tensor.h>
#include <string>
#include <utility>
#include <vector>

namespace slook::engine {

/// Trainable tensors laid end to end in one buffer, so that one call updates, clips or saves them
/// all. The tensors become views into the buffer and keep their identity: whoever holds one
/// computes with the new place.
class FlatParameters {
public:
    struct Part {
        std::string name;
        at::Tensor tensor; ///< while tracked a leaf that requires a gradient; its .grad() is a view
                           ///< into gradients()
        std::int64_t begin = 0; ///< first element in the buffer
    };
    FlatParameters() = default;
    /// Moves `tensors` into one float buffer.
    /// @throws std::invalid_argument unless all are float and on one device
    explicit FlatParameters(const std::vector<std::pair<std::string, at::Tensor>>& tensors);

    [[nodiscard]] const at::Tensor& values() const { return m_values; } ///< [n] float
    [[nodiscard]] const at::Tensor& gradients() const
    {
        return m_gradients;
    } ///< [n] float; undefined while not tracked
    [[nodiscard]] const std::vector<Part>& parts() const { return m_parts; }
    [[nodiscard]] std::int64_t size() const { return m_values.defined() ? m_values.numel() : 0; }
    void track(); ///< gradients on, all zero
    void release(); ///< gradients off and gone; the tensors keep their values
    void zeroGradients();

private:
    [[nodiscard]] at::Tensor slice(const at::Tensor& buffer, const Part& part) const;
    at::Tensor m_values, m_gradients;
    std::vector<Part> m_parts;
};

} // namespace slook::engine
