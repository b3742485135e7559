#pragma once
#include "engine/optimizer.h"
#include <ATen/core/Tensor.h>
#include <vector>

namespace slook::engine {

/// Gradients that several graphs have for the same parameters, computed side by side. Each part's
/// are kept for themselves and then added up in the order of the parts, so that the sum does not
/// depend on who was first.
class PartGradients {
public:
    /// @param groups of tracked parameters; they must outlive this
    PartGradients(const std::vector<ParameterGroup>& groups, std::size_t parts);

    /// The gradient of the sum of roots * gradients. Parts may run on different threads. A single
    /// part adds to the parameters' gradients at once, without a second copy of them.
    /// @param roots those without a graph, or whose gradient is undefined, are left out
    void backward(
        std::size_t part, std::vector<at::Tensor> roots, std::vector<at::Tensor> gradients);

    /// Adds what all parts have to the parameters' gradients.
    void add();

private:
    std::vector<at::Tensor> m_parameters;
    std::vector<std::vector<at::Tensor>> m_found; ///< by part and parameter; undefined: none
};

} // namespace slook::engine
