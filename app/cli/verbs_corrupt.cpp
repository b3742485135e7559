#include "core/file.h"
#include "image/compare.h"
#include "image/corruption.h"
#include "image/decode.h"
#include "image/encode.h"
#include "session.h"
#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct CorruptArguments {
    std::string in, out, op;
    std::vector<std::string> set;
    int severity = 0; ///< 0: by the parameters
    std::uint64_t seed = 0;
};

std::string numberText(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

Result<void> setParameter(image::Corruption& corruption, const std::string& one)
{
    const std::size_t equals = one.find('=');
    const std::string number = equals == std::string::npos ? "" : one.substr(equals + 1);
    double value = 0.0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size())
        return fail(ErrorKind::Invalid,
            "is no key=number; write for example --set sigma=25, or see `image corruptions`", one);
    corruption.parameters[one.substr(0, equals)] = value;
    return {};
}

Result<image::Corruption> corruptionOf(const CorruptArguments& arguments)
{
    image::Corruption corruption { arguments.op, {}, arguments.seed };
    if (arguments.severity != 0) {
        auto severe = image::atSeverity(arguments.op, arguments.severity, arguments.seed);
        if (!severe)
            return severe;
        corruption = std::move(*severe);
    }
    for (const std::string& one : arguments.set)
        if (auto done = setParameter(corruption, one); !done)
            return fail(done.error());
    return image::drawn(corruption);
}

std::string parametersText(const image::Corruption& corruption)
{
    std::string text;
    for (const auto& [name, value] : corruption.parameters)
        text += (text.empty() ? "" : ", ") + name + " " + numberText(value);
    return text;
}

Result<void> corrupt(const Session& session, const CorruptArguments& arguments)
{
    const auto corruption = corruptionOf(arguments);
    if (!corruption)
        return fail(corruption.error());
    const auto picture = image::decodeFile(arguments.in);
    if (!picture)
        return fail(picture.error());
    const auto result = image::corrupted(*picture, *corruption);
    if (!result)
        return fail(result.error().kind, result.error().what, arguments.in);
    const auto png = image::encodePng(*result);
    if (auto written = writeFileAtomically(
            arguments.out, { reinterpret_cast<const char*>(png.data()), png.size() });
        !written)
        return written;
    Json document { { "in", arguments.in }, { "out", arguments.out },
        { "corruption", image::toJson(*corruption) },
        { "sha256Before", image::pixelSha256(*picture) },
        { "sha256After", image::pixelSha256(*result) } };
    std::string far;
    if (picture->width == result->width && picture->height == result->height) {
        document["psnr"] = image::psnr(*picture, *result);
        far = ", PSNR " + numberText(std::round(image::psnr(*picture, *result) * 10.0) / 10.0)
            + " dB";
        if (const auto alike = image::ssim(*picture, *result)) {
            document["ssim"] = *alike;
            far += ", SSIM " + numberText(std::round(*alike * 1000.0) / 1000.0);
        }
    }
    session.console.line(arguments.out + ": " + corruption->op + " (" + parametersText(*corruption)
        + (corruption->parameters.empty() ? "seed " : ", seed ") + std::to_string(corruption->seed)
        + "), " + std::to_string(result->width) + " x " + std::to_string(result->height) + " pixels"
        + far);
    session.console.document(document);
    return {};
}

Json toJson(const image::Operator& op)
{
    Json parameters = Json::array();
    for (const auto& one : op.parameters)
        parameters.push_back({ { "name", one.name }, { "standard", one.standard },
            { "least", one.least }, { "greatest", one.greatest }, { "whole", one.whole } });
    return { { "op", op.name }, { "says", op.says }, { "random", op.random },
        { "parameters", parameters }, { "severities", op.severities } };
}

Result<void> list(const Session& session)
{
    Table table { { { "Operator" }, { "Parameters and standards" }, { "Severities", true },
                      { "What it does", false, true } },
        {} };
    Json document = Json::array();
    for (const image::Operator& op : image::operators()) {
        const auto standard = image::completed({ std::string(op.name), {}, 0 });
        table.rows.push_back({ std::string(op.name), parametersText(*standard),
            std::to_string(op.severities.size()), std::string(op.says) });
        document.push_back(toJson(op));
    }
    session.console.table(table);
    session.console.document(document);
    return {};
}

} // namespace

void addCorruptVerbs(CLI::App& image, Session& session)
{
    auto arguments = std::make_shared<CorruptArguments>();
    CLI::App* command =
        image.add_subcommand("corrupt", "Write a corrupted copy of a picture, as PNG");
    command->add_option("in", arguments->in, "A picture")->required();
    command->add_option("out", arguments->out, "The PNG to write")->required();
    command->add_option("--op", arguments->op, "What to do to it; see `image corruptions`")
        ->required();
    command->add_option("--set", arguments->set, "A parameter of the operator, KEY=NUMBER")
        ->take_all()
        ->type_name("KEY=NUMBER")
        ->allow_extra_args(false);
    command->add_option("--severity", arguments->severity, "1 to 5, where the operator has them");
    command->add_option("--seed", arguments->seed, "Of what is drawn");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return corrupt(session, *arguments); };
    });
    image.add_subcommand("corruptions", "List the operators, their parameters and standards")
        ->callback([&session] { session.action = [&session] { return list(session); }; });
}

} // namespace slook::cli
