#include "core/file.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/processor.h"
#include "session.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct SeenArguments {
    std::string model;
    std::string in;
    std::string out;
};

Json toJson(const image::Picture& picture)
{
    return { { "width", picture.width }, { "height", picture.height },
        { "sha256", image::pixelSha256(picture) } };
}

/// Width and height are those of each tile.
Json toJson(const image::Seen& seen)
{
    const auto& tile = seen.tiles.front();
    return { { "width", tile.width }, { "height", tile.height },
        { "sha256", image::seenSha256(seen) }, { "tiles", seen.tiles.size() },
        { "rows", seen.rows }, { "columns", seen.columns } };
}

std::string sizeText(const image::Picture& picture)
{
    return std::to_string(picture.width) + " x " + std::to_string(picture.height);
}

std::string sizeText(const image::Seen& seen)
{
    const auto one = sizeText(seen.tiles.front()) + " pixels";
    if (seen.rows == 0)
        return one;
    return std::to_string(seen.tiles.size()) + " tiles of " + one + ", " + std::to_string(seen.rows)
        + " rows of " + std::to_string(seen.columns) + " and an overview";
}

Result<void> seen(const Session& session, const SeenArguments& arguments)
{
    const auto settings = image::readProcessorSettings(arguments.model);
    if (!settings)
        return fail(settings.error());
    const auto picture = image::decodeFile(arguments.in);
    if (!picture)
        return fail(picture.error());
    const auto result = image::seenBy(*settings, *picture);
    if (!result)
        return fail(result.error());
    const auto png = image::encodePng(image::contactSheet(*result));
    const std::string_view bytes(reinterpret_cast<const char*>(png.data()), png.size());
    if (auto written = writeFileAtomically(arguments.out, bytes); !written)
        return written;
    session.console.line(arguments.out + ": what the model sees of " + arguments.in + ", "
        + sizeText(*picture) + " pixels to " + sizeText(*result));
    session.console.document({ { "out", arguments.out }, { "processor", settings->type },
        { "picture", toJson(*picture) }, { "seen", toJson(*result) } });
    return {};
}

} // namespace

void addImageVerbs(CLI::App& app, Session& session)
{
    CLI::App* image = app.add_subcommand("image", "Pictures as a model gets them");
    image->require_subcommand(1);
    addCorruptVerbs(*image, session);
    auto arguments = std::make_shared<SeenArguments>();
    CLI::App* command =
        image->add_subcommand("seen", "Write the pixels that a model gets of a picture, as PNG");
    command->add_option("model", arguments->model, "A Hugging Face model folder")->required();
    command->add_option("in", arguments->in, "A picture")->required();
    command->add_option("out", arguments->out, "The PNG to write")->required();
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return seen(session, *arguments); };
    });
}

} // namespace slook::cli
