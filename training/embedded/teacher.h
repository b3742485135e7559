#pragma once
#include "engine/learner.h"
#include "engine/session.h"
#include "lesson.h"
#include "plan.h"
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace slook::teach {

struct TeachOptions {
    std::filesystem::path
        shape; ///< model folder: config, tokenizer, processor; weights are not read
    std::filesystem::path out; ///< gets start/, checkpoints/ and model/
    std::filesystem::path plan, prompts;
    std::filesystem::path easyVqa; ///< its training folder; empty: left out
    std::int64_t saveEvery = 200; ///< steps; every stage's end is saved, too
    std::int64_t printEvery = 20; ///< steps; 0: nothing is printed
    std::int64_t stopAfter = -1; ///< steps in all, where not negative
    int threads = 1;
};

/// The rows of one step: what the learner asks for by key, the place in the step.
struct Batch {
    std::vector<engine::TrainExample> examples;
    std::map<std::size_t, engine::Picture> pictures;
    std::map<std::size_t, std::vector<std::int8_t>> labels;

    [[nodiscard]] std::vector<const engine::TrainExample*> pointers() const
    {
        std::vector<const engine::TrainExample*> all;
        for (const auto& example : examples)
            all.push_back(&example);
        return all;
    }
};

/// Teaches a model with random weights after a plan. The same plan, machine and number of threads
/// give the same bits, stopped and resumed or not. Steps that are not done yet may be planned anew.
class Teacher {
public:
    /// Goes on from the newest checkpoint in `out`. Errors: NotFound, Io, Invalid, Conflict (a
    /// checkpoint of another seed or shape).
    static Result<std::unique_ptr<Teacher>> create(const TeachOptions& options);

    /// To the end of the plan or a stop, then saves. Errors: Io, Invalid (no finite number).
    Result<void> run(const std::function<bool()>& stopRequested);

    [[nodiscard]] std::int64_t stepsDone() const { return m_step; }
    [[nodiscard]] const engine::Learner& learner() const { return *m_learner; }

private:
    Teacher(TeachOptions options, Plan plan)
        : m_options(std::move(options))
        , m_plan(std::move(plan))
    {
    }
    Result<void> open();
    Result<void> openLearner();
    Result<void> resume();
    Result<void> save();
    Result<Batch> batchAt(const Place& place);
    Result<void> add(const scenes::TrainingRow& row, const Stage& stage, Batch& batch);
    void prepare(const Stage& stage);
    [[nodiscard]] std::string identity() const;

    TeachOptions m_options;
    Plan m_plan;
    std::vector<scenes::EasyVqaPicture> m_easyVqa;
    std::vector<scenes::Curriculum> m_curricula; ///< by stage
    std::unique_ptr<engine::Session> m_session;
    std::optional<Lesson> m_lesson;
    std::optional<engine::Learner> m_learner;
    std::int64_t m_side = 0; ///< patches in a row of the picture
    Batch m_batch;
    std::int64_t m_step = 0;
};

} // namespace slook::teach
