#include "teacher.h"
#include "core/file.h"
#include "core/hash.h"
#include "engine/checkpoint.h"
#include "engine/load_model.h"
#include "engine/model_writer.h"
#include <ATen/ATen.h>
#include <chrono>
#include <cstdio>
#include <span>

namespace slook::teach {
namespace {

namespace fs = std::filesystem;
using engine::Learner;

/// Labels of the cells, spread over the patches of each, and which cell it is: without that last
/// question the tower forgets where a patch lies.
std::vector<std::int8_t> patchLabels(const scenes::CellLabels& cells, std::int64_t side)
{
    std::vector<std::int8_t> labels;
    const auto add = [&](auto label) {
        for (std::int64_t y = 0; y < side; ++y)
            for (std::int64_t x = 0; x < side; ++x)
                labels.push_back(label(static_cast<std::size_t>(y * 3 / side * 3 + x * 3 / side)));
    };
    for (const auto* question : { &cells.shape, &cells.colour, &cells.size })
        add([&](std::size_t cell) { return (*question)[cell]; });
    add([](std::size_t cell) { return static_cast<std::int8_t>(cell); });
    return labels;
}

/// Running means since the last line that was printed.
struct Report {
    double loss = 0.0, patchLoss = 0.0, sure = 0.0;
    std::vector<double> patches { 0.0, 0.0, 0.0, 0.0 };
    std::int64_t steps = 0, tokens = 0;
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();

    void add(const engine::StepMetrics& step)
    {
        loss += step.loss;
        patchLoss += step.patchLoss;
        sure += step.sure;
        for (std::size_t i = 0; i < step.patchAccuracy.size(); ++i)
            patches[i] += step.patchAccuracy[i];
        tokens += step.tokens;
        ++steps;
    }
    void print(const std::string& stage, std::int64_t step, double rate) const
    {
        const auto n = static_cast<double>(std::max<std::int64_t>(1, steps));
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - since;
        std::printf("%s step %lld loss %.3f sure %.3f patches %.3f shape %.3f color %.3f size %.3f "
                    "cell %.3f"
                    " rate %.5f tokens/s %.0f seconds/step %.2f\n",
            stage.c_str(), static_cast<long long>(step), loss / n, sure / n, patchLoss / n,
            patches[0] / n, patches[1] / n, patches[2] / n, patches[3] / n, rate,
            static_cast<double>(tokens) / spent.count(), spent.count() / n);
        std::fflush(stdout);
    }
};

} // namespace

Result<std::unique_ptr<Teacher>> Teacher::create(const TeachOptions& o)
{
    auto plan = readPlan(o.plan, o.prompts);
    if (!plan)
        return fail(plan.error());
    auto teacher = std::unique_ptr<Teacher>(new Teacher(o, std::move(*plan)));
    if (!o.easyVqa.empty()) {
        auto read = scenes::readEasyVqa(o.easyVqa);
        if (!read)
            return fail(read.error());
        teacher->m_easyVqa = std::move(*read);
    }
    for (auto done : { &Teacher::open, &Teacher::openLearner, &Teacher::resume })
        if (auto result = (teacher.get()->*done)(); !result)
            return fail(result.error());
    return teacher;
}

/// The start weights are written once; whatever comes later lies in checkpoints.
Result<void> Teacher::open()
{
    const fs::path start = m_options.out / "start";
    if (!fs::exists(start / "config.json")) {
        const auto model = engine::randomModel(m_options.shape, m_plan.seed);
        if (!model)
            return fail(model.error());
        if (auto written = engine::writeModel(start, **model, m_options.shape, at::kFloat);
            !written)
            return written;
    }
    auto session = engine::Session::load(start);
    if (!session)
        return fail(session.error());
    m_session = std::move(*session);
    const auto any = m_session->see(image::filled(scenes::kPictureSide, scenes::kPictureSide, {}));
    if (!any)
        return fail(any.error());
    auto lesson = Lesson::create(*m_session, *any);
    if (!lesson)
        return fail(lesson.error());
    m_lesson.emplace(std::move(*lesson));
    while (m_side * m_side < m_lesson->patches())
        ++m_side;
    for (const Stage& stage : m_plan.stages) {
        auto options = stage.curriculum;
        options.measure = [this](const std::string& text) { return m_lesson->length(text); };
        m_curricula.emplace_back(std::move(options), m_easyVqa);
    }
    return {};
}

Result<void> Teacher::openLearner()
{
    engine::LearnerOptions options;
    options.objective = engine::Objective::Supervised;
    options.adam.beta2 = 0.95;
    options.weightDecay = m_plan.weightDecay;
    options.full.vision = true;
    options.full.orthogonal = true;
    options.microBatch = 1 << 20;
    options.patches =
        engine::PatchTask { { 1 + scenes::kShapes, 1 + scenes::kColours, 3, scenes::kCells }, 1.0,
            [this](std::size_t key) { return m_batch.labels[key]; } };
    auto learner = Learner::create(m_session->model(), nullptr, options,
        [this](std::size_t key) -> Result<engine::Picture> { return m_batch.pictures.at(key); },
        {});
    if (!learner)
        return fail(learner.error());
    m_learner.emplace(std::move(*learner));
    return {};
}

/// What two trainings must share to go on from each other; steps not yet done may be planned anew.
std::string Teacher::identity() const
{
    const auto config = readFile(m_options.out / "start" / "config.json");
    return sha256((config ? *config : std::string()) + std::to_string(m_plan.seed));
}

Result<void> Teacher::resume()
{
    auto state = engine::readNewestCheckpoint(m_options.out / "checkpoints", identity());
    if (!state)
        return fail(state.error());
    if (!*state)
        return {};
    m_step = (*state)->step;
    return m_learner->optimizer().restore((*state)->tensors);
}

Result<void> Teacher::save()
{
    engine::TrainState state { m_step, identity(), m_options.threads,
        m_learner->optimizer().state() };
    if (auto written = engine::writeCheckpoint(m_options.out / "checkpoints", state); !written)
        return written;
    return engine::writeModel(
        m_options.out / "model", m_session->model(), m_options.out / "start", at::kHalf);
}

Result<void> Teacher::add(const scenes::TrainingRow& row, const Stage& stage, Batch& batch)
{
    const auto seen = m_session->see(row.picture);
    if (!seen)
        return fail(seen.error());
    const std::size_t key = batch.examples.size();
    batch.pictures[key] = { m_session->pixelValues(std::span(&*seen, 1)), seen->layout() };
    if (row.labels)
        batch.labels[key] = patchLabels(*row.labels, m_side);
    batch.examples.push_back(m_lesson->example(row.conversations, key, stage.letterWeight));
    return {};
}

Result<Batch> Teacher::batchAt(const Place& place)
{
    const auto stage = static_cast<std::size_t>(place.stage - m_plan.stages.data());
    Batch batch;
    for (int i = 0; i < place.stage->rows; ++i) {
        const auto row = m_curricula[stage].row(place.firstRow + static_cast<std::uint64_t>(i));
        if (!row)
            return fail(row.error());
        if (auto added = add(*row, *place.stage, batch); !added)
            return fail(added.error());
    }
    for (int i = 0; i < place.stage->texts; ++i) {
        const auto texts =
            m_curricula[stage].texts(place.firstText + static_cast<std::uint64_t>(i));
        batch.examples.push_back(m_lesson->example(texts, std::nullopt, place.stage->letterWeight));
    }
    for (int i = 0; i < place.stage->pictures; ++i) {
        const auto number = place.firstPicture + static_cast<std::uint64_t>(i);
        if (auto added = add(m_curricula[stage].picture(number), *place.stage, batch); !added)
            return fail(added.error());
    }
    return batch;
}

void Teacher::prepare(const Stage& stage)
{
    m_learner->setPatchWeight(stage.patchWeight);
    for (engine::ParameterGroup& group : m_learner->optimizer().groups())
        if (group.name.starts_with("vision-"))
            group.rateScale = stage.visionRate;
        else if (group.name == "inner")
            group.rule = stage.rule;
}

Result<void> Teacher::run(const std::function<bool()>& stopRequested)
{
    Report report;
    const auto last =
        m_options.stopAfter < 0 ? m_plan.steps() : std::min(m_plan.steps(), m_options.stopAfter);
    while (m_step < last && !stopRequested()) {
        const auto place = placeOf(m_plan, m_step);
        auto batch = batchAt(place);
        if (!batch)
            return fail(batch.error());
        m_batch = std::move(*batch);
        prepare(*place.stage);
        const double warm = std::min(1.0, static_cast<double>(m_step + 1) / 100.0);
        const auto step = m_learner->step(m_batch.pointers(), {}, place.rate * warm);
        if (!step)
            return fail(step.error());
        ++m_step;
        report.add(*step);
        const bool stageEnds = place.stepOfStage + 1 == place.stage->steps;
        if (m_options.printEvery > 0 && (m_step % m_options.printEvery == 0 || stageEnds)) {
            report.print(place.stage->name, m_step, place.rate);
            report = {};
        }
        if (m_step % m_options.saveEvery == 0 || stageEnds)
            if (auto saved = save(); !saved)
                return saved;
    }
    return save();
}

} // namespace slook::teach
