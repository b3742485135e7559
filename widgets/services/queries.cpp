#include "services/queries.h"
#include "analysis/intervals.h"
#include "image/decode.h"
#include "image/processor.h"
#include "image/thumbnail.h"
#include "workbench/filter.h"
#include "workbench/question_kind.h"
#include "workbench/sweep_report.h"
#include "workbench/triplet_report.h"
#include <algorithm>
#include <cmath>
#include <set>

namespace slook::gui {
namespace {

workbench::Accuracy accuracyOf(std::int64_t right, std::int64_t n)
{
    const auto interval = analysis::wilson(right, n);
    workbench::Accuracy accuracy;
    accuracy.n = n;
    accuracy.right = right;
    accuracy.share = n > 0 ? static_cast<double>(right) / static_cast<double>(n) : 0;
    accuracy.low = interval.low;
    accuracy.high = interval.high;
    return accuracy;
}

/// A run that asks once: its models with first answers alone.
workbench::Report asStages(const workbench::TripletReport& report)
{
    workbench::Report result { report.run, report.extractor, {}, report.sentence };
    for (const auto& model : report.models) {
        workbench::StageReport stage;
        stage.stage = model.stage;
        stage.preference = model.preference;
        stage.title = model.title;
        stage.control = model.control;
        stage.pairs = model.seed + model.generated;
        stage.first = model.answers;
        stage.firstAgainstStart = model.againstStart;
        stage.correctnessAgainstThis = model.methodAgainstThis;
        result.stages.push_back(std::move(stage));
    }
    return result;
}

/// Nothing is trained: the levels are held against the clean pictures.
workbench::Report asStages(const workbench::SweepReport& sweep)
{
    workbench::Report report;
    report.run = sweep.run;
    report.extractor = sweep.extractor;
    report.sentence = sweep.sentence;
    for (const auto& level : sweep.levels) {
        workbench::StageReport stage;
        stage.stage = level.stage;
        stage.title = level.title;
        stage.first = level.accuracy;
        stage.firstAgainstStart = level.againstClean;
        report.stages.push_back(std::move(stage));
    }
    return report;
}

struct Counts {
    std::int64_t n = 0, first = 0, refined = 0;
};

} // namespace

Result<std::shared_ptr<const ItemTable>> readItems(
    const store::Project& project, const std::function<void(const ItemTable&)>& begun)
{
    auto facts = workbench::readItemFacts(project, {}, begun);
    if (!facts)
        return fail(facts.error());
    return std::make_shared<const ItemTable>(std::move(*facts));
}

Result<std::vector<int>> shownRows(const ItemTable& table, const std::string& text)
{
    const auto filter = workbench::Filter::parse(text);
    if (!filter)
        return fail(filter.error());
    std::vector<int> shown;
    shown.reserve(filter->empty() ? table.size() : 0);
    for (std::size_t row = 0; row < table.size(); ++row)
        if (filter->empty() || filter->matches(table.subject(row)))
            shown.push_back(static_cast<int>(row));
    return shown;
}

Result<ItemDetail> readItemDetail(const store::Project& project, const Item& item)
{
    auto images = project.images(item.images);
    if (!images)
        return fail(images.error());
    const auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    const auto source = std::ranges::find(*sources, item.source, &SourceRow::id);
    auto whole = project.items({ .ids = { item.id } });
    if (!whole)
        return fail(whole.error());
    return ItemDetail { whole->empty() ? item : std::move(whole->front()), std::move(*images),
        source == sources->end() ? SourceRow {} : *source };
}

Result<RunRow> runOf(const store::Project& project, RunId run)
{
    const auto all = project.runs();
    if (!all)
        return fail(all.error());
    const auto found = std::ranges::find(*all, run, &RunRow::id);
    if (found == all->end())
        return fail(ErrorKind::NotFound, "is no run of this project; choose another one",
            "run " + std::to_string(run.value));
    return *found;
}

std::map<std::string, MetricColumns> metricColumns(const std::vector<MetricRow>& rows)
{
    std::map<std::string, MetricColumns> trainings;
    for (const MetricRow& row : rows) {
        MetricColumns& training = trainings[row.training];
        for (const auto& [name, value] : row.values) {
            auto& column = training.values[name];
            column.resize(training.steps.size(), std::nan("")); // before, there was none
            column.push_back(value);
        }
        training.steps.push_back(row.step);
    }
    for (auto& [name, training] : trainings)
        for (auto& [value, column] : training.values)
            column.resize(training.steps.size(), std::nan(""));
    return trainings;
}

Result<RunDetail> readRun(const store::Project& project, RunId id)
{
    auto run = runOf(project, id);
    if (!run)
        return fail(run.error());
    auto metrics = project.metrics(id);
    if (!metrics)
        return fail(metrics.error());
    auto notes = project.notes(id);
    if (!notes)
        return fail(notes.error());
    auto findings = workbench::findingsOf(project, *run, *metrics);
    if (!findings)
        return fail(findings.error());
    return RunDetail { std::move(*run), metricColumns(*metrics), std::move(*notes),
        std::move(*findings) };
}

Result<TransitionDetail> readTransition(const store::Project& project, const TransitionRow& row)
{
    TransitionDetail detail;
    for (const auto& [id, into] :
        { std::pair(row.first, &detail.first), std::pair(row.refined, &detail.refined) }) {
        auto response = project.response(id);
        if (!response)
            return fail(response.error());
        auto extractions = project.extractions(id);
        if (!extractions)
            return fail(extractions.error());
        const auto byHand = project.handReadings(response->run);
        if (!byHand)
            return fail(byHand.error());
        *into = { std::move(*response), std::move(*extractions) };
        if (const auto own = std::ranges::find(*byHand, id, &store::HandReading::response);
            own != byHand->end())
            into->byHand = *own;
    }
    return detail;
}

Result<std::map<ItemId, std::vector<RewardRow>>> rewardsByItem(
    const store::Project& project, RunId run, const std::string& training)
{
    auto rewards = project.rewards(run, training);
    if (!rewards)
        return fail(rewards.error());
    std::map<ItemId, std::vector<RewardRow>> byItem;
    for (RewardRow& one : *rewards)
        byItem[one.item].push_back(std::move(one));
    return byItem;
}

namespace {

using Questions = std::map<ItemId, std::pair<Item, std::string>>; // with the names of their sources

/// Those of imports that were not undone.
Result<Questions> questionsOf(const store::Project& project, const std::vector<PairRow>& pairs)
{
    const auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    store::ItemFilter filter;
    for (const PairRow& pair : pairs)
        filter.ids.push_back(pair.item);
    Questions questions;
    if (filter.ids.empty())
        return questions;
    auto read = project.forEachItem(filter, [&](const Item& item) {
        const auto source = std::ranges::find(*sources, item.source, &SourceRow::id);
        if (source != sources->end())
            questions.emplace(item.id, std::pair(item, source->name));
    });
    return read ? Result<Questions>(std::move(questions)) : fail(read.error());
}

} // namespace

Result<PairRows> readPairs(const store::Project& project, RunId run, const std::string& preference)
{
    auto pairs = project.pairs(run);
    if (!pairs)
        return fail(pairs.error());
    PairRows result;
    for (const PairRow& pair : *pairs)
        if (std::ranges::find(result.preferences, pair.preference) == result.preferences.end())
            result.preferences.push_back(pair.preference);
    const std::string wanted =
        preference.empty() && !result.preferences.empty() ? result.preferences.front() : preference;
    const auto row = runOf(project, run);
    if (!row)
        return fail(row.error());
    auto rewards = rewardsByItem(project, run, wanted);
    if (!rewards)
        return fail(rewards.error());
    auto origins = workbench::originsOf(project, *row);
    if (!origins)
        return fail(origins.error());
    std::erase_if(*pairs, [&](const PairRow& pair) { return pair.preference != wanted; });
    const auto questions = questionsOf(project, *pairs);
    if (!questions)
        return fail(questions.error());
    for (PairRow& pair : *pairs) {
        const auto question = questions->find(pair.item);
        if (question == questions->end())
            continue;
        auto origin = std::move((*origins)[pair.id]);
        result.rows.push_back({ std::move(pair), question->second.first, question->second.second,
            std::move(origin), std::move((*rewards)[question->first]) });
    }
    return result;
}

Result<AccuracyReport> readAccuracy(
    const store::Project& project, RunId id, const std::string& extractor)
{
    const auto run = runOf(project, id);
    if (!run)
        return fail(run.error());
    if (workbench::describesPictures(*run)) {
        auto descriptions = workbench::descriptionReportOf(project, *run, extractor);
        if (!descriptions)
            return fail(descriptions.error());
        return AccuracyReport { {}, {}, std::move(*descriptions) };
    }
    if (workbench::learnsFromTriplets(*run)) {
        const auto triplets = workbench::tripletReportOf(project, *run, extractor);
        if (!triplets)
            return fail(triplets.error());
        return AccuracyReport { asStages(*triplets), {} };
    }
    if (workbench::isSweep(*run)) {
        const auto sweep = workbench::sweepReportOf(project, *run, extractor);
        if (!sweep)
            return fail(sweep.error());
        return AccuracyReport { asStages(*sweep), {} };
    }
    auto report = workbench::reportOf(project, *run, extractor);
    if (!report)
        return fail(report.error());
    AccuracyReport result { std::move(*report), {} };
    for (const auto& stage : result.report.stages) {
        const auto rows = project.transitions(id, stage.stage, extractor);
        if (!rows)
            return fail(rows.error());
        std::map<std::string, Counts> groups;
        for (const TransitionRow& row : *rows) {
            Counts& counts = groups[row.category.empty() ? row.source : row.category];
            ++counts.n;
            counts.first += row.firstCorrect ? 1 : 0;
            counts.refined += row.refinedCorrect ? 1 : 0;
        }
        for (const auto& [category, counts] : groups)
            result.categories.push_back({ stage.stage, category, accuracyOf(counts.first, counts.n),
                accuracyOf(counts.refined, counts.n) });
    }
    return result;
}

Result<std::vector<CategoryAccuracy>> readKinds(
    const store::Project& project, RunId run, const std::string& extractor)
{
    const auto stages = project.stages(run);
    const auto kindOf = workbench::questionKinds(project);
    if (!stages || !kindOf)
        return fail(stages ? kindOf.error() : stages.error());
    std::vector<CategoryAccuracy> kinds;
    for (const std::string& stage : *stages) {
        const auto rows = project.transitions(run, stage, extractor);
        if (!rows)
            return fail(rows.error());
        std::map<std::string, Counts> groups;
        for (const TransitionRow& row : *rows)
            if (const auto kind = kindOf->find(row.item); kind != kindOf->end()) {
                Counts& counts = groups[kind->second];
                ++counts.n;
                counts.first += row.firstCorrect ? 1 : 0;
                counts.refined += row.refinedCorrect ? 1 : 0;
            }
        for (const auto& [kind, counts] : groups)
            kinds.push_back({ stage, kind, accuracyOf(counts.first, counts.n),
                accuracyOf(counts.refined, counts.n) });
    }
    return kinds;
}

namespace {

QImage imageOf(const image::Picture& picture)
{
    const QImage view(picture.rgb.data(), picture.width, picture.height, picture.width * 3,
        QImage::Format_RGB888);
    return view.convertToFormat(QImage::Format_RGB32); // owns its pixels, and paints fastest
}

} // namespace

namespace {

Result<image::Seen> seenPicture(
    const store::Project& project, ImageId image, const std::string& modelFolder)
{
    const auto bytes = project.imageBytes(image);
    if (!bytes)
        return fail(bytes.error());
    const auto settings = image::readProcessorSettings(modelFolder);
    if (!settings)
        return fail(settings.error());
    const auto picture = image::decode(
        { reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size() }, "picture");
    if (!picture)
        return fail(picture.error());
    return image::seenBy(*settings, *picture);
}

/// Half grey where one patch ends and the next begins.
void drawPatches(image::Picture& tile, int patch)
{
    for (int y = 0; y < tile.height; ++y)
        for (int x = 0; x < tile.width; ++x)
            if ((x > 0 && x % patch == 0) || (y > 0 && y % patch == 0)) {
                constexpr int grey = 128;
                auto* pixel = tile.rgb.data() + 3 * (std::size_t(y) * tile.width + x);
                for (int channel = 0; channel < 3; ++channel)
                    pixel[channel] = static_cast<std::uint8_t>((pixel[channel] + grey) / 2);
            }
}

} // namespace

Result<QImage> readSeen(
    const store::Project& project, ImageId image, const std::string& modelFolder)
{
    const auto seen = seenPicture(project, image, modelFolder);
    return seen ? Result<QImage>(imageOf(image::contactSheet(*seen))) : fail(seen.error());
}

Result<SeenPatches> readSeenPatches(const store::Project& project, ImageId image,
    const std::string& modelFolder, const workbench::PromptLength* model)
{
    auto seen = seenPicture(project, image, modelFolder);
    if (!seen)
        return fail(seen.error());
    SeenPatches result;
    result.tiles = static_cast<int>(seen->tiles.size());
    result.tileSide = seen->tiles.front().width;
    result.patch = model ? model->patchSize() : 0;
    ImageRow row;
    row.width = seen->picture.width;
    row.height = seen->picture.height;
    if (model)
        result.places = model->places(row).value_or(0);
    if (result.patch > 1)
        for (image::Picture& tile : seen->tiles)
            drawPatches(tile, result.patch);
    result.image = imageOf(image::contactSheet(*seen));
    return result;
}

Result<QImage> toImage(const std::string& bytes, int side)
{
    const auto picture = image::decode(
        { reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size() }, "picture");
    if (!picture)
        return fail(picture.error());
    return toImage(*picture, side);
}

QImage toImage(const image::Picture& picture, int side)
{
    return imageOf(image::thumbnail(picture, side));
}

} // namespace slook::gui
