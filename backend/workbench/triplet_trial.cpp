#include "workbench/triplet_trial.h"
#include "methods/srf_options.h"
#include "workbench/run.h"
#include <algorithm>

namespace slook::workbench {

Result<TripletModels> tripletModels(const store::Project& project, const RunRow& run)
{
    const auto job = runs::jobFromText(run.job, run.name);
    if (!job)
        return fail(job.error());
    if (job->recipe != "srf")
        return fail(ErrorKind::Invalid,
            "made no triplets, so there is no corner to mask; choose a run of srf", run.name);
    const auto options = methods::srfOptionsFromJsonText(job->options, "options of " + run.name);
    if (!options)
        return fail(options.error());
    TripletModels models { job->model.folder, job->model.adapter, options->encoder, {},
        options->reconstruction, options->similarity, options->longWords };
    for (const runs::StepSpec& step : job->steps) {
        if (step.kind != "train")
            continue;
        auto folder = runFolder(project, run.name) / "artifacts" / step.preference;
        if (std::filesystem::exists(folder))
            models.trainings.emplace_back(step.preference, std::move(folder));
    }
    return models;
}

CornerTrial cornerTrial(const TripletModels& models, const methods::QuestionAnswer& corners,
    bool question, const std::string& training, std::string picture)
{
    CornerTrial trial;
    trial.model = models.model;
    trial.adapter = models.adapter;
    trial.encoder = models.encoder;
    for (const auto& [name, folder] : models.trainings)
        if (name == training)
            trial.artifact = folder;
    trial.picture = std::move(picture);
    const auto kind = methods::tripletKindOf(corners, models.longWords);
    trial.prompt =
        question ? methods::askForQuestion(corners) : methods::askForAnswer(kind, corners.question);
    trial.decoding = models.decoding;
    trial.original = question ? corners.question : corners.answer;
    trial.question = question;
    return trial;
}

CornerSimilarity cornerSimilarity(const TripletModels& models,
    const methods::QuestionAnswer& corners, bool question, const CornerAnswer& answer)
{
    const auto given = [](double value) {
        return [value](const std::string&, const std::string&) { return value; };
    };
    methods::TripletSimilarity how { given(answer.embedding), given(answer.tokenF1),
        models.longWords };
    if (models.similarity == "embedding")
        how.longText = how.shortText;
    else if (models.similarity == "token-f1")
        how.shortText = how.longText;
    const auto kind = methods::tripletKindOf(corners, models.longWords);
    const auto measure = question ? methods::questionMeasure(corners.question, models.longWords)
                                  : methods::answerMeasure(kind);
    return { methods::measureName(measure, models.similarity),
        question ? methods::questionSimilarity(corners.question, answer.text, how)
                 : methods::answerSimilarity(kind, corners.answer, answer.text, how) };
}

} // namespace slook::workbench
