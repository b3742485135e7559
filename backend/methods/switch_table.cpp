#include "methods/switch_table.h"
#include <array>

namespace slook::methods {
namespace {

constexpr std::array<std::string_view, 14> losses { "sigmoid", "hinge", "ipo", "exo_pair",
    "nca_pair", "robust", "bco_pair", "sppo_hard", "aot", "aot_unpaired", "apo_zero", "apo_down",
    "discopop", "sigmoid_norm" };
/// They hold each answer against its own reference.
constexpr std::array<std::string_view, 5> withReference { "nca_pair", "bco_pair", "sppo_hard",
    "apo_zero", "apo_down" };

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

} // namespace

std::string asTyped(const Json& value)
{
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_array()) {
        std::string text;
        for (const auto& one : value)
            text += (text.empty() ? "" : ",") + one.get<std::string>();
        return text;
    }
    return dumpLine(value);
}

Json fromTyped(const Switch& about, std::string_view text)
{
    if (about.kind == "choice" || about.kind == "text")
        return std::string(text);
    if (about.kind == "flag")
        return text == "true" || text == "on" || text == "1"  ? Json(true)
            : text == "false" || text == "off" || text == "0" ? Json(false)
                                                              : Json(nullptr);
    if (about.kind == "list") {
        Json values = Json::array();
        while (!text.empty()) {
            const auto end = std::min(text.find(','), text.size());
            values.push_back(std::string(text.substr(0, end)));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return values;
    }
    std::uint64_t whole = 0;
    const auto* end = text.data() + text.size();
    if (const auto read = std::from_chars(text.data(), end, whole);
        read.ec == std::errc() && read.ptr == end)
        return whole;
    double real = 0;
    if (const auto read = std::from_chars(text.data(), end, real);
        read.ec == std::errc() && read.ptr == end && std::isfinite(real))
        return real;
    return nullptr;
}

Error wrongValue(const Switch& about, const std::string& value)
{
    return { ErrorKind::Invalid,
        "cannot be \"" + value.substr(0, 100) + "\"; "
            + (about.allowed.empty()
                    ? "it is " + (about.range.empty() ? "a " + about.kind : about.range) + " ("
                        + about.meaning + ")"
                    : "choose from " + joined(about.allowed)),
        "switch " + about.name };
}

std::span<const std::string_view> preferenceLosses()
{
    return losses;
}

Result<void> requireLoss(const runs::TrainOptions& options, const std::string& prefix)
{
    if (options.loss == "exo_pair" && options.labelSmoothing == 0)
        return fail(ErrorKind::Invalid,
            "needs a label smoothing above 0; set " + prefix
                + ".labelSmoothing, for example to 0.001",
            "switch " + prefix + ".loss exo_pair");
    if (options.referenceFree
        && std::ranges::find(withReference, options.loss) != withReference.end())
        return fail(ErrorKind::Invalid,
            "cannot go with " + prefix + ".loss " + options.loss
                + ", which holds each answer against the reference; take a loss that compares the "
                  "two answers, for example sigmoid",
            "switch " + prefix + ".referenceFree");
    return {};
}

} // namespace slook::methods
