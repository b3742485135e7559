#pragma once
#include "core/result.h"
#include "engine/flat_parameters.h"
#include <ATen/core/Tensor.h>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slook::engine {

/// How the learning rate moves over a training.
struct ScheduleOptions {
    enum class Kind { Constant, Linear, Cosine };
    Kind kind = Kind::Cosine;
    double warmupRatio = 0.0; ///< share of the steps; ignored where warmupSteps is set
    std::int64_t warmupSteps =
        -1; ///< the first step of a warm-up has rate 0, as in the Hugging Face trainers
    double floor = 0.0; ///< share of the full rate that Linear and Cosine end at
};
[[nodiscard]] Result<ScheduleOptions::Kind> scheduleFromName(std::string_view name);
[[nodiscard]] std::string nameOf(ScheduleOptions::Kind kind);

/// Factor of the learning rate for the optimizer step `step` (from 0) of `total`.
[[nodiscard]] double scheduleFactor(
    const ScheduleOptions& schedule, std::int64_t step, std::int64_t total);

struct AdamOptions {
    double learningRate = 5e-5;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double maxGradNorm = 1.0; ///< 0: gradients are not clipped
};

/// How a group's gradients become an update.
enum class UpdateRule {
    Adam,
    /// Matrices only: the momentum of the gradients with all its singular values brought near 1,
    /// times 0.2 * sqrt(larger side), which is about as long as an Adam step. In short trials a
    /// small model with random weights needed fewer tokens than with Adam. Source: Jordan 2024
    /// (Muon); Liu et al. 2025, arXiv:2502.16982 (the length).
    Orthogonal
};

/// Parameters that share a rate and a decay.
struct ParameterGroup {
    std::string name; ///< for checkpoints
    FlatParameters parameters;
    double rateScale = 1.0; ///< of the schedule's rate
    double weightDecay = 0.0; ///< decoupled, times the rate
    UpdateRule rule = UpdateRule::Adam;
};

/// The trainable tensors of all groups, in their order.
[[nodiscard]] std::vector<at::Tensor> tensorsOf(const std::vector<ParameterGroup>& groups);

/// U V^T, nearly, where `matrix` is U S V^T: five steps of a polynomial that moves every singular
/// value into about [0.7, 1.2]. @param matrix [rows, columns]; zero stays zero
[[nodiscard]] at::Tensor orthogonalised(const at::Tensor& matrix);

/// AdamW over flat buffers with one fused update each; groups may ask for another rule.
/// Source: Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2 without the schedule factor on
/// the decay's own rate.
class AdamW {
public:
    AdamW() = default;
    AdamW(std::vector<ParameterGroup> groups, const AdamOptions& options);

    [[nodiscard]] std::vector<ParameterGroup>& groups() { return m_groups; }
    [[nodiscard]] const std::vector<ParameterGroup>& groups() const { return m_groups; }
    void zeroGradients();
    /// Scales all gradients down to the largest norm allowed. Returns the norm before.
    double clip();
    /// One update with the gradients as they are. @param rate learning rate before each group's
    /// scale
    void step(double rate);

    /// Everything that a later step depends on, by name: "<group>/values", "<group>/m",
    /// "<group>/v", "<group>/step".
    [[nodiscard]] std::map<std::string, at::Tensor> state() const;
    /// Errors: Invalid where a tensor is missing or has another size.
    [[nodiscard]] Result<void> restore(const std::map<std::string, at::Tensor>& state);

private:
    struct Moments {
        at::Tensor first, second; ///< [n] float; the second is not used by Orthogonal
        at::Tensor step; ///< scalar float, as the fused kernel wants it
    };
    void stepAdam(const ParameterGroup& group, const Moments& moments, double rate) const;
    static void stepOrthogonal(const ParameterGroup& group, const Moments& moments, double rate);

    std::vector<ParameterGroup> m_groups;
    std::vector<Moments> m_moments;
    AdamOptions m_options;
};

} // namespace slook::engine
