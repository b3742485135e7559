#pragma once
#include "core/hash.h"
#include "image/encode.h"
#include "store/project.h"
#include <filesystem>

namespace slook::gui::test {

/// A project with one pair a question, all of one length on both sides, each on a picture of its
/// own. Of odd questions the later answer is chosen.
[[nodiscard]] inline Result<store::Project> makePairProject(
    const std::filesystem::path& file, int pairs)
{
    auto project = store::Project::create(file);
    if (!project)
        return project;
    ImportBatch batch;
    batch.source.name = "pictures";
    for (int i = 0; i < pairs; ++i) {
        const auto picture = image::filled(
            24, 16, { static_cast<std::uint8_t>(i % 256), static_cast<std::uint8_t>(i / 256), 90 });
        const auto png = image::encodePng(picture);
        NewImage one;
        one.bytes.assign(png.begin(), png.end());
        one.row.sha256 = image::pixelSha256(picture);
        one.row.fileSha256 = sha256(one.bytes);
        one.row.width = picture.width;
        one.row.height = picture.height;
        one.row.format = "png";
        one.row.storedBytes = true;
        Item item;
        item.key = std::to_string(1000 + i);
        item.question = "What is in picture " + item.key + "?";
        item.fields = "{}";
        batch.images.push_back(std::move(one));
        batch.items.push_back(std::move(item));
        batch.itemImages.push_back({ static_cast<std::size_t>(i) });
    }
    if (auto added = project->addImport(batch, "import"); !added)
        return fail(added.error());
    RunRow row;
    row.name = "0001-scl";
    row.recipe = "scl";
    row.model = "resources/model";
    row.job = "{}";
    row.jobSha256 = sha256(row.job);
    const auto run = project->addRun(row, "run");
    if (!run)
        return fail(run.error());
    std::vector<runs::Event> events;
    const auto add = [&](runs::EventBody body) {
        events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
    };
    const auto items = project->items();
    if (!items)
        return fail(items.error());
    for (const Item& item : *items) {
        const bool later = item.id.value % 2 == 1;
        const auto text = [&](int turn) {
            return std::string(turn == 1 ? "A round thing, " : "A square one, ") + item.key;
        };
        for (int turn = 1; turn <= 2; ++turn) {
            runs::Answered one;
            one.response.stage = "pool";
            one.response.item = item.id;
            one.response.turn = turn;
            one.response.text = text(turn);
            add(one);
        }
        add(runs::Paired { { {}, {}, "correctness", item.id, later ? 2 : 3, item.question,
            text(later ? 2 : 1), text(later ? 1 : 2), later ? 2 : 1, later ? 1 : 2 } });
    }
    if (auto taken = project->takeEvents(*run, events); !taken)
        return fail(taken.error());
    return project;
}

} // namespace slook::gui::test
