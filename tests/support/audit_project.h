#pragma once
#include "core/hash.h"
#include "image/corruption.h"
#include "image/encode.h"
#include "must.h"
#include "store/project.h"
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// What makePairProject() makes.
struct PairProject {
    int pairs = 12; ///< one a question
    std::vector<std::string> sources { "pictures" }; ///< that share them out, keys from 1000 on
    std::string thing = "cup"; ///< what the answers are about
    std::string model = "SECRET"; ///< as the known answers: no annotator may see it
    std::string
        corruption = {}; ///< what was done to the picture of the rejected answer, if anything
    int lines = 1; ///< of each answer
};

/// The picture of the question with this number.
[[nodiscard]] inline slook::image::Picture pairPicture(int number)
{
    return slook::image::filled(24, 16,
        { static_cast<std::uint8_t>(number % 256), static_cast<std::uint8_t>(number / 256), 90 });
}

namespace pair_project {

inline slook::Result<void> addQuestions(
    slook::store::Project& project, const PairProject& wanted, int source)
{
    using namespace slook;
    const int each = wanted.pairs / static_cast<int>(wanted.sources.size());
    ImportBatch batch;
    batch.source.name = wanted.sources.at(static_cast<std::size_t>(source));
    for (int i = 0; i < each; ++i) {
        const auto picture = pairPicture(source * each + i);
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
        item.question = "What is in " + batch.source.name + " " + item.key + "?";
        item.answer = "SECRET";
        item.fields = "{}";
        batch.images.push_back(std::move(one));
        batch.items.push_back(std::move(item));
        batch.itemImages.push_back({ static_cast<std::size_t>(i) });
    }
    const auto added = project.addImport(batch, "import " + batch.source.name);
    return added ? slook::Result<void>() : fail(added.error());
}

inline slook::CorruptionRow corruptionRow(const std::string& op, int number)
{
    using namespace slook;
    const auto before = pairPicture(number);
    const auto done = must(image::completed({ op, {}, static_cast<std::uint64_t>(number) }));
    CorruptionRow row;
    row.op = done.op;
    row.parameters = nlohmann::json(done.parameters).dump();
    row.seed = done.seed;
    row.sha256Before = image::pixelSha256(before);
    row.sha256After = image::pixelSha256(must(image::corrupted(before, done)));
    return row;
}

} // namespace pair_project

/// A project with a run and one pair a question, each on a picture of its own; both answers are of
/// one length: "A green cup 1000" is the first, "A white cup 1000" the later one, which is chosen
/// of odd questions.
[[nodiscard]] inline slook::store::Project makePairProject(
    const std::filesystem::path& file, const PairProject& wanted)
{
    using namespace slook;
    auto project = must(store::Project::create(file));
    for (int source = 0; source < static_cast<int>(wanted.sources.size()); ++source)
        must(pair_project::addQuestions(project, wanted, source));
    RunRow row;
    row.name = "0001-scl";
    row.recipe = "scl";
    row.model = wanted.model;
    row.job = "{}";
    row.jobSha256 = sha256(row.job);
    const auto run = must(project.addRun(row, "run"));
    std::vector<runs::Event> events;
    const auto add = [&](runs::EventBody body) {
        events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
    };
    int number = 0;
    for (const Item& item : must(project.items())) {
        const bool later = item.id.value % 2 == 1;
        const auto text = [&](int turn) {
            const std::string line =
                (turn == 1 ? "A green " : "A white ") + wanted.thing + " " + item.key;
            std::string all = line;
            for (int i = 1; i < wanted.lines; ++i)
                all += "\n" + line;
            return all;
        };
        for (int turn = 1; turn <= 2; ++turn) {
            runs::Answered one;
            one.response.stage = "pool";
            one.response.item = item.id;
            one.response.turn = turn;
            one.response.text = text(turn);
            if (!wanted.corruption.empty() && later == (turn == 1))
                one.corruptions = { pair_project::corruptionRow(wanted.corruption, number) };
            add(one);
        }
        add(runs::Paired { { {}, {}, "correctness", item.id, later ? 2 : 3, item.question,
            text(later ? 2 : 1), text(later ? 1 : 2), later ? 2 : 1, later ? 1 : 2 } });
        ++number;
    }
    must(project.takeEvents(run, events));
    return project;
}
