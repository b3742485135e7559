#include "workbench/triplet_report.h"
#include "methods/triplet.h"
#include "workbench/verdict.h"
#include <algorithm>
#include <map>

namespace slook::workbench {
namespace {

struct MeasuredModel {
    TripletModel model;
    Verdicts answers;
};

std::string modelTitle(const std::string& preference)
{
    if (preference.empty())
        return "start";
    if (preference.starts_with("round"))
        return "round " + preference.substr(5);
    return "control: " + preference;
}

/// The start, the rounds, the controls.
int rank(const TripletModel& model)
{
    return model.preference.empty() ? 0 : model.control ? 2 : 1;
}

/// "round2" -> 2; of others the last round.
int lastRoundOf(const std::string& preference)
{
    return preference.starts_with("round") ? std::stoi("0" + preference.substr(5)) : 1000;
}

void countExamples(TripletModel& model, const std::vector<JudgedTriplet>& triplets)
{
    if (model.preference.empty())
        return;
    for (const auto& [triplet, images, right, rendered] : triplets) {
        if (triplet.round == 0)
            ++model.seed;
        else if (triplet.round <= lastRoundOf(model.preference) && model.preference != "seed-only")
            model.generated += triplet.kept || model.preference == "all" ? 1 : 0;
    }
}

Result<MeasuredModel> measured(const store::Project& project, const RunRow& run,
    const std::string& stage, const std::map<ResponseId, ExtractionRow>& marks,
    const std::vector<JudgedTriplet>& triplets)
{
    const auto responses = project.responses(run.id, stage);
    if (!responses)
        return fail(responses.error());
    MeasuredModel one;
    auto& model = one.model;
    model.stage = stage;
    model.preference = stage == "before" ? "" : stage.substr(std::string("after:").size());
    model.title = modelTitle(model.preference);
    model.control = !model.preference.empty() && !model.preference.starts_with("round");
    double tokens = 0;
    for (const ResponseRow& response : *responses) {
        tokens += static_cast<double>(response.tokenIds.size());
        const auto mark = marks.find(response.id);
        if (mark != marks.end() && mark->second.correct)
            one.answers[response.item] = *mark->second.correct;
    }
    const auto count = static_cast<double>(std::max<std::size_t>(1, responses->size()));
    model.answers = accuracyOf(one.answers, tokens / count);
    countExamples(model, triplets);
    return one;
}

std::vector<KindCounts> kindsOf(const std::vector<JudgedTriplet>& triplets)
{
    std::vector<KindCounts> kinds;
    for (const auto kind : methods::tripletKinds) {
        KindCounts counts { std::string(methods::tripletKindName(kind)), 0, 0, 0 };
        for (const auto& [triplet, images, right, rendered] : triplets) {
            if (triplet.kind != counts.kind)
                continue;
            ++(triplet.round == 0 ? counts.seed : counts.generated);
            counts.kept += triplet.round > 0 && triplet.kept ? 1 : 0;
        }
        if (counts.seed + counts.generated > 0)
            kinds.push_back(std::move(counts));
    }
    return kinds;
}

void compare(std::vector<MeasuredModel>& models)
{
    if (models.empty() || rank(models.front().model) != 0)
        return;
    const MeasuredModel* method = nullptr;
    for (MeasuredModel& one : models) {
        if (rank(one.model) > 0)
            one.model.againstStart = compared(models.front().answers, one.answers);
        if (rank(one.model) == 1)
            method = &one; // the last round
        if (one.model.control && method)
            one.model.methodAgainstThis = compared(one.answers, method->answers);
    }
}

} // namespace

bool learnsFromTriplets(const RunRow& run)
{
    return run.recipe == "srf";
}

Result<TripletReport> tripletReportOf(
    const store::Project& project, const RunRow& run, const std::string& extractor)
{
    const auto triplets = judgedTriplets(project, run);
    if (!triplets)
        return fail(triplets.error());
    const auto stages = project.stages(run.id);
    if (!stages)
        return fail(stages.error());
    const auto marks = project.extractionsOf(run.id, extractor);
    if (!marks)
        return fail(marks.error());
    std::map<ResponseId, ExtractionRow> byResponse;
    for (const ExtractionRow& one : *marks)
        byResponse.emplace(one.response, one);
    std::vector<MeasuredModel> models;
    for (const std::string& stage : *stages)
        if (stage == "before" || stage.starts_with("after:")) {
            auto one = measured(project, run, stage, byResponse, *triplets);
            if (!one)
                return fail(one.error());
            models.push_back(std::move(*one));
        }
    if (models.empty() && triplets->empty())
        return fail(ErrorKind::NotFound,
            "has neither a triplet nor an answer to a test question yet; wait for it, or resume it",
            run.name);
    std::ranges::stable_sort(models, {}, [](const MeasuredModel& m) { return rank(m.model); });
    compare(models);
    std::vector<bool> kept;
    for (const JudgedTriplet& one : *triplets)
        kept.push_back(one.triplet.kept);
    TripletReport report { run.name, extractor, {}, kindsOf(*triplets), scoreGroups(*triplets),
        truthOfKept(*triplets, kept), {} };
    for (MeasuredModel& one : models)
        report.models.push_back(std::move(one.model));
    report.sentence = verdictOn(report);
    return report;
}

} // namespace slook::workbench
