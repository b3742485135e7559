#include "workbench/preflight.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "runs/directory.h"
#include "workbench/materialise.h"
#include "workbench/op_id.h"
#include "workbench/worker_process.h"
#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

using Outcome = PreflightCheck::Outcome;
constexpr std::size_t fewRows = 8;
constexpr std::uint64_t longestReport = 64u << 20;

std::string counted(std::size_t n, const std::string& one)
{
    return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

/// A failed or passed check about some of the questions.
PreflightCheck about(std::size_t n, const std::string& first, Outcome where, const std::string& bad,
    const std::string& good)
{
    if (n == 0)
        return { Outcome::Passed, good };
    return { where, counted(n, "question") + " " + bad + "; the first: " + first + "." };
}

template <class Bad>
PreflightCheck over(const std::vector<runs::InputItem>& inputs, Outcome where,
    const std::string& bad, const std::string& good, const Bad& isBad)
{
    std::size_t n = 0;
    std::string first;
    for (const auto& input : inputs)
        if (isBad(input) && n++ == 0)
            first = input.item.key;
    return about(n, first, where, bad, good);
}

bool answerIsNoOption(const runs::InputItem& input)
{
    const auto& item = input.item;
    return !item.options.empty() && !item.answer.empty()
        && std::ranges::none_of(item.options,
            [&](const Option& one) { return one.label == item.answer || one.text == item.answer; });
}

/// Spread over the sets, and evenly within each.
std::vector<runs::InputItem> fewOf(const std::vector<runs::InputItem>& inputs)
{
    std::map<std::string, std::vector<const runs::InputItem*>> bySet;
    for (const auto& input : inputs)
        bySet[input.set].push_back(&input);
    std::vector<runs::InputItem> few;
    for (const auto& [set, all] : bySet) {
        const auto share = std::min(all.size(), std::max<std::size_t>(2, fewRows / bySet.size()));
        for (std::size_t i = 0; i < share; ++i)
            few.push_back(*all[i * all.size() / share]);
    }
    return few;
}

std::vector<ImageRow> imagesOfItems(
    const std::vector<ImageRow>& images, const std::vector<runs::InputItem>& items)
{
    std::set<ImageId> wanted;
    for (const auto& input : items)
        wanted.insert(input.item.images.begin(), input.item.images.end());
    std::vector<ImageRow> few;
    for (const ImageRow& image : images)
        if (wanted.contains(image.id))
            few.push_back(image);
    return few;
}

/// A folder's name for a trial; the folder is taken away with its last owner.
std::shared_ptr<const fs::path> folderOfATrial()
{
    std::error_code ignored;
    return { new fs::path(fs::temp_directory_path(ignored) / ("secondlook-trial-" + newOpId())),
        [](const fs::path* path) {
            std::error_code error;
            fs::remove_all(*path, error);
            delete path;
        } };
}

/// How the worker's last event ends the trial; Internal where it ended without a word.
Result<void> endingOf(const fs::path& directory)
{
    const auto events = runs::readEvents(directory);
    if (!events)
        return fail(events.error());
    const auto* finished =
        events->empty() ? nullptr : std::get_if<runs::Finished>(&events->back().body);
    if (!finished)
        return fail(ErrorKind::WorkerLost, "ended before the trial was done", "the worker");
    if (finished->ending == runs::Ending::Done)
        return {};
    if (finished->ending == runs::Ending::Stopped)
        return fail(ErrorKind::Stopped, "the trial was stopped");
    return fail(ErrorKind::Invalid, finished->error);
}

/// Waits for the worker and tells how far it has come. Errors: Stopped.
Result<void> waitFor(const fs::path& directory, int steps, const Watch& watch)
{
    constexpr auto pause = std::chrono::milliseconds(50);
    runs::EventReader reader(directory);
    bool asked = false;
    while (true) {
        const bool alive = workerAtWork(directory); // asked before its last words are read
        const auto events = reader.next();
        if (!events)
            return fail(events.error());
        for (const auto& event : *events)
            if (const auto* began = std::get_if<runs::StepBegan>(&event.body))
                watch.tell("Trial: " + began->title, began->index, steps);
        if (!alive && events->empty())
            return {};
        if (watch.stopped() && !std::exchange(asked, true))
            if (auto stop = runs::requestOf(directory, runs::Request::Stop); !stop)
                return stop;
        std::this_thread::sleep_for(pause);
    }
}

std::vector<std::string> textsOf(const Json& array)
{
    std::vector<std::string> texts;
    for (const Json& one : array)
        texts.push_back(one.is_string() ? one.get<std::string>() : std::string());
    return texts;
}

void readRows(
    const Json& report, const std::map<std::int64_t, std::string>& keys, Preflight& result)
{
    const auto keyOf = [&](const Json& json) {
        const auto item = integerOr(json, "item", 0);
        if (item < 0)
            return "made-up pair " + std::to_string(-item);
        const auto found = keys.find(item);
        return found == keys.end() ? std::string() : found->second;
    };
    for (const Json& row : report.value("rows", Json::array()))
        result.rows.push_back({ keyOf(row), stringOr(row, "stage"),
            static_cast<int>(integerOr(row, "turn", 1)), stringOr(row, "prompt"),
            stringOr(row, "answer"), integerOr(row, "answerTokens", 0) });
    for (const Json& one : report.value("examples", Json::array())) {
        PreflightExample example;
        example.key = keyOf(one);
        example.promptTokens = integerOr(one, "promptTokens", 0);
        example.imageTokens = integerOr(one, "imageTokens", 0);
        example.prompt = textsOf(one.value("prompt", Json::array()));
        for (const Json& side : one.value("sides", Json::array()))
            example.sides.push_back(textsOf(side));
        result.examples.push_back(std::move(example));
    }
}

/// Every step that asks takes as much longer as its set is larger.
double answerSeconds(const Json& report, const PreflightPlan& plan)
{
    const auto sizeOf = [](const std::vector<runs::InputItem>& inputs, const std::string& set) {
        return static_cast<double>(std::ranges::count_if(inputs, [&](const auto& input) {
            return set.empty() || input.set == set || input.set == "both";
        }));
    };
    const auto& job = plan.planned.plan.job;
    double seconds = 0;
    for (const Json& step : report.value("steps", Json::array())) {
        const auto index = static_cast<std::size_t>(integerOr(step, "index", -1));
        if (index >= job.steps.size() || job.steps[index].kind == "train")
            continue;
        const double few = sizeOf(plan.few, job.steps[index].set);
        if (few > 0)
            seconds += numberOr(step, "seconds", 0)
                * sizeOf(plan.planned.plan.inputs, job.steps[index].set) / few;
    }
    return seconds;
}

void judge(const Json& report, Preflight& result)
{
    const std::int64_t longest = integerOr(report, "longest", 0);
    const std::int64_t context = integerOr(report, "context", 0);
    result.checks.push_back({ result.rows.empty() ? Outcome::Failed : Outcome::Passed,
        counted(result.rows.size(), "answer") + " of the trial came as they should." });
    if (longest > 0)
        result.checks.push_back({ longest > context ? Outcome::Failed : Outcome::Passed,
            "The longest of its training examples has " + std::to_string(longest) + " of "
                + std::to_string(context) + " tokens that the model reads." });
    if (boolOr(report, "madeUp", false))
        result.checks.push_back({ Outcome::Warning,
            "The few answers made no pair, so two steps were tried on answers of theirs, one "
            "against another; a trial says nothing about how many pairs there will be." });
    const MemoryHave have = memoryLeft();
    result.checks.push_back({ static_cast<std::uint64_t>(result.peakBytes) > have.bytes
            ? Outcome::Warning
            : Outcome::Passed,
        "The trial took " + memoryText(static_cast<std::uint64_t>(result.peakBytes))
            + " of memory at its peak; " + have.of + " has " + memoryText(have.bytes) + " left." });
}

} // namespace

bool Preflight::passed() const
{
    return std::ranges::none_of(
        checks, [](const PreflightCheck& one) { return one.outcome == Outcome::Failed; });
}

std::vector<PreflightCheck> dataChecks(const PlannedRun& planned)
{
    const auto& inputs = planned.plan.inputs;
    std::vector<PreflightCheck> checks;
    std::set<std::string> missing;
    for (const ImageRow& image : planned.images) {
        std::error_code error;
        if (!image.storedBytes && !fs::is_regular_file(image.path, error))
            missing.insert(image.sha256);
    }
    checks.push_back(
        over(inputs, Outcome::Failed, "show a picture whose file is not there any more",
            "All pictures are there.", [&](const runs::InputItem& input) {
                return std::ranges::any_of(input.imageSha256,
                    [&](const std::string& one) { return missing.contains(one); });
            }));
    checks.push_back(over(inputs, Outcome::Failed, "have an answer that is none of their options",
        "Every answer is one of its options.", answerIsNoOption));
    std::set<std::string> seen;
    checks.push_back(over(inputs, Outcome::Warning,
        "stand there more than once, with the same text, options and pictures",
        "No question stands there twice.", [&](const runs::InputItem& input) {
            std::string all = input.item.question;
            for (const Option& one : input.item.options)
                all += '\n' + one.text;
            for (const std::string& one : input.imageSha256)
                all += '\n' + one;
            return !seen.insert(std::move(all)).second;
        }));
    for (const std::string& note : planned.plan.notes)
        checks.push_back({ Outcome::Warning, note });
    return checks;
}

Result<PreflightPlan> preparePreflight(
    const store::Project& project, const Launch& launch, const Watch& watch)
{
    if (!launch.audited.empty())
        return fail(ErrorKind::Invalid,
            "repeats a run whose pairs were audited, which was its trial; start it without one",
            launch.audited);
    const auto options = optionsOf(project, launch);
    if (!options)
        return fail(options.error());
    auto planned = planRun(project, launch.recipe, *options);
    if (!planned)
        return fail(planned.error());
    PreflightPlan plan;
    plan.planned = std::move(*planned);
    plan.checks = dataChecks(plan.planned);
    plan.few = fewOf(plan.planned.plan.inputs);
    plan.directory = folderOfATrial();
    const auto images = imagesOfItems(plan.planned.images, plan.few);
    const auto made = runs::createRunDirectory(
        *plan.directory, plan.planned.plan.job, plan.few, [&](const fs::path& folder) {
            return materialisePictures(project, images, folder, watch);
        });
    if (!made)
        return fail(made.error());
    return plan;
}

Result<Preflight> tryOut(const PreflightPlan& plan, const Watch& watch)
{
    const fs::path& folder = *plan.directory;
    const auto& planned = plan.planned.plan;
    Preflight result;
    result.job = runs::toText(planned.job);
    result.pool = planned.pool;
    result.test = planned.test;
    result.checks = plan.checks;
    result.trainings = static_cast<int>(
        std::ranges::count(planned.job.steps, std::string("train"), &runs::StepSpec::kind));
    if (!result.passed())
        return result; // no use to wait for a trial
    if (auto begun = beginWork(folder, "preflight"); !begun)
        return fail(begun.error());
    if (auto waited = waitFor(folder, static_cast<int>(planned.job.steps.size()), watch); !waited)
        return fail(waited.error());
    if (auto ended = endingOf(folder); !ended) {
        if (ended.error().kind == ErrorKind::Stopped)
            return fail(ended.error());
        result.checks.push_back({ Outcome::Failed, message(ended.error()) });
        return result;
    }
    const auto file = folder / "preflight.json";
    const auto text = readFile(file, longestReport);
    const auto report = text ? parseJson(*text, file.string()) : Result<Json>(fail(text.error()));
    if (!report)
        return fail(report.error());
    std::map<std::int64_t, std::string> keys;
    for (const auto& input : plan.few)
        keys.emplace(input.item.id.value, input.item.key);
    readRows(*report, keys, result);
    result.answerSeconds = answerSeconds(*report, plan);
    result.secondsPerStep = numberOr(*report, "secondsPerStep", 0);
    result.pairsPerStep = static_cast<int>(integerOr(*report, "pairsPerStep", 0));
    result.peakBytes = integerOr(*report, "peakBytes", 0);
    judge(*report, result);
    return result;
}

} // namespace slook::workbench
