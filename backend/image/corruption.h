#pragma once
#include "core/json.h"
#include "core/result.h"
#include "image/picture.h"
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slook::image {

/// One number that an operator takes.
struct Parameter {
    std::string_view name;
    double standard; ///< where it is not given
    double least, greatest;
    bool whole = false;
};

/// A way to spoil a picture.
struct Operator {
    std::string_view name;
    std::string_view says; ///< what it does, one clause
    bool random; ///< draws numbers: the seed matters
    std::vector<Parameter> parameters;
    /// ImageNet-C's five severities (and STIC's or POVID's own values as one): numbers in the order
    /// of `parameters`.
    std::vector<std::vector<double>> severities;
};

/// All operators, in the order in which people should see them.
[[nodiscard]] std::span<const Operator> operators();
[[nodiscard]] const Operator* operatorByName(std::string_view name); ///< null: there is none

/// What was done to a picture: plain enough to be stored beside it and to be done again.
struct Corruption {
    std::string op;
    std::map<std::string, double, std::less<>> parameters; ///< missing ones have their standard
    std::uint64_t seed = 0;

    bool operator==(const Corruption&) const = default;
};

/// Errors: Invalid, naming an unknown operator or parameter and what there is, or a number outside
/// its limits. The result holds every parameter.
[[nodiscard]] Result<Corruption> completed(const Corruption& corruption);

/// @param severity  1 to 5. Errors: Invalid where the operator has none.
[[nodiscard]] Result<Corruption> atSeverity(
    std::string_view op, int severity, std::uint64_t seed = 0);

/// The operator that a draw came to: colour_jitter_drawn becomes colour_jitter with its factors,
/// STIC's coin becomes one of its two; everything else stays as it is. Errors: as completed().
[[nodiscard]] Result<Corruption> drawn(const Corruption& corruption);

/// The same bytes for the same picture, parameters and seed, on every run and with any number of
/// threads. Errors: Invalid: those of completed(); parameters that this picture is too small for; a
/// result with the very pixels of the original, which must never count as corrupted.
[[nodiscard]] Result<Picture> corrupted(const Picture& picture, const Corruption& corruption);

/// {"op": "gaussian_noise", "sigma": 25, "seed": 7}
[[nodiscard]] Json toJson(const Corruption& corruption);
/// Errors: those of completed(), and Invalid where a value is no number.
[[nodiscard]] Result<Corruption> corruptionFrom(const Json& json, const std::string& where);

} // namespace slook::image
