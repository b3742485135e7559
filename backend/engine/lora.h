#pragma once
#include "core/result.h"
#include "engine/flat_parameters.h"
#include "engine/linear.h"
#include "engine/vlm.h"
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace slook::engine {

/// Which linear layers get a low-rank addition, and how large.
struct LoraSettings {
    std::int64_t rank = 8;
    double alpha = 32.0; ///< scale is alpha / rank
    double dropout = 0.0; ///< of the adapter's input, while training
    bool rankStabilised =
        false; ///< scale is alpha / sqrt(rank). Source: Kalajdzievski 2023, arXiv:2312.03732
    std::vector<std::string> targets = {
        "all-linear"
    }; ///< last names ("q_proj") or whole module paths
    std::string pattern; ///< where not empty, instead of `targets`: a regular expression for the
                         ///< whole module path
    bool languageModel =
        true; ///< parts of the model in which targets are looked for: "q_proj" alone would
    bool projector =
        false; ///< also name layers of the vision tower, and its features could then no longer
    bool vision = false; ///< be kept from step to step
    std::map<std::string, std::int64_t>
        rankPattern; ///< other ranks by module path (PEFT's rank_pattern)
    std::map<std::string, double> alphaPattern;
};

enum class ModelPart { LanguageModel, Projector, Vision, Head };
/// From a module path in memory, as "model.vision_tower.encoder.layers.0.mlp.fc1".
[[nodiscard]] ModelPart partOf(std::string_view modulePath);

/// The names of the layers that `settings` choose out of `model`.
/// Errors: Invalid where none is chosen (names some that exist), or the pattern is no regular
/// expression.
[[nodiscard]] Result<std::vector<std::string>> chooseTargets(
    const std::vector<Linear*>& linears, const LoraSettings& settings);

/// A low-rank adapter on a model. All its numbers lie in one float buffer. Detaches itself at the
/// end of its life.
class LoraAdapter {
public:
    struct Module {
        std::string name; ///< module path in memory
        Linear* layer = nullptr; ///< the model's own
        std::shared_ptr<Lora> lora;
        std::int64_t rank = 0;
        double alpha = 0.0;
    };
    /// Attaches a fresh adapter: A uniform in +-1/sqrt(in) (PEFT's start), B zero, so the model's
    /// output stays as it is. Errors: Invalid (no layer chosen, rank or dropout out of range);
    /// Conflict where a layer has an adapter already.
    [[nodiscard]] static Result<LoraAdapter> create(
        VisionLanguageModel& model, const LoraSettings& settings, std::uint64_t seed);
    /// Attaches given matrices: name -> (A [r, in], B [out, r]). Errors: as above; Invalid for
    /// shapes that do not fit.
    [[nodiscard]] static Result<LoraAdapter> fromTensors(VisionLanguageModel& model,
        const LoraSettings& settings,
        const std::map<std::string, std::pair<at::Tensor, at::Tensor>>& matrices);

    LoraAdapter() = default;
    LoraAdapter(LoraAdapter&&) noexcept = default;
    LoraAdapter& operator=(LoraAdapter&& other) noexcept;
    ~LoraAdapter() { detach(); }

    [[nodiscard]] const LoraSettings& settings() const { return m_settings; }
    [[nodiscard]] const std::vector<Module>& modules() const { return m_modules; }
    [[nodiscard]] bool touches(ModelPart part) const;
    /// The names of all linear layers that the model has, adapted or not.
    [[nodiscard]] const std::vector<std::string>& allLayers() const { return m_allLayers; }
    /// [n] float: every A and B, in the order of `modules`.
    [[nodiscard]] const at::Tensor& values() const { return m_flat.values(); }
    /// The same buffer for an optimizer, with gradients on. The adapter keeps working when the
    /// optimizer is gone.
    [[nodiscard]] FlatParameters& parameters() { return m_flat; }
    void setEnabled(bool enabled);
    void setTraining(bool training); ///< dropout on or off
    void attach();
    void detach();
    /// Adds scale * B A to the base weights and detaches: the same function without an adapter.
    void merge();

private:
    static Result<LoraAdapter> build(VisionLanguageModel& model, const LoraSettings& settings,
        const std::vector<std::string>& names);
    void flatten();
    LoraSettings m_settings;
    std::vector<Module> m_modules;
    std::vector<std::string> m_allLayers;
    FlatParameters m_flat;
};

} // namespace slook::engine
