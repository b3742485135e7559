#pragma once
#include "must.h"
#include "temporary_folder.h"
#include "workbench/audit_agreement.h"
#include <functional>
#include <gtest/gtest.h>
#include <optional>

namespace slook::workbench {

/// Forty questions with a pair each: the first twenty of type wrong-right, the others right-wrong.
/// Annotators MK and AB judge all of them; a test says how.
class AuditTest : public testing::Test {
protected:
    void SetUp() override { project.emplace(make(folder.path() / "p.slook")); }

    static store::Project make(const std::filesystem::path& file)
    {
        auto made = must(store::Project::create(file));
        ImportBatch batch;
        batch.source.name = "forty";
        for (int i = 0; i < 40; ++i) {
            Item item;
            item.key = std::to_string(i);
            item.question = "What is in picture " + item.key + "?";
            item.answer = "A";
            item.fields = "{}";
            batch.items.push_back(item);
            batch.itemImages.emplace_back();
        }
        must(made.addImport(batch, "import"));
        RunRow row;
        row.name = "0001-scl";
        row.recipe = "scl";
        row.job = "{}";
        const auto run = must(made.addRun(row, "run"));
        std::vector<runs::Event> events;
        const auto add = [&](runs::EventBody body) {
            events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
        };
        for (const auto& item : must(made.items())) {
            const bool refined = item.id.value <= 20;
            for (int turn = 1; turn <= 2; ++turn) {
                runs::Answered one;
                one.response.stage = "pool";
                one.response.item = item.id;
                one.response.turn = turn;
                one.response.text = text(item, turn);
                one.response.tokenIds.assign(10, 7);
                one.response.logprob = turn == 1 ? -5 : -5 - static_cast<double>(item.id.value);
                add(one);
            }
            add(runs::Paired { { {}, {}, "correctness", item.id, refined ? 2 : 3, item.question,
                text(item, refined ? 2 : 1), text(item, refined ? 1 : 2), refined ? 2 : 1,
                refined ? 1 : 2 } });
        }
        must(made.takeEvents(run, events));
        return made;
    }
    static std::string text(const Item& item, int turn)
    {
        return (turn == 1 ? "A red <b>cup</b> " : "A blue cup ") + item.key;
    }
    AuditBatchRow plan(double mirrored = 0)
    {
        AuditOptions options;
        options.name = "first";
        options.annotators = { "AB", "MK" };
        options.mirrored = mirrored;
        options.rubric = "Look for <things> that are not there.";
        return must(newAudit(*project, {}, options));
    }
    using Says = std::function<VerdictRow(const AuditTask&, const AuditedPair&)>;
    void judge(const AuditBatchRow& batch, const std::string& annotator, const Says& says)
    {
        const auto pairs = must(auditedPairs(*project, batch.id));
        int number = 0;
        for (const AuditTask& task : must(project->auditTasks(batch.id, annotator))) {
            auto verdict = says(task, pairs.at(task.pair));
            verdict.task = task.id;
            must(project->addVerdict(verdict, batch.name + annotator + std::to_string(++number)));
        }
    }
    static VerdictRow better(ResponseId which, double seconds = 10)
    {
        VerdictRow verdict;
        verdict.choice = Choice::Better;
        verdict.better = which;
        verdict.seconds = seconds;
        return verdict;
    }
    static VerdictRow plain(Choice choice)
    {
        VerdictRow verdict;
        verdict.choice = choice;
        return verdict;
    }
    static const LabelPrecision& precision(
        const AuditReport& report, const std::string& by, const std::string& name)
    {
        for (const auto& one : report.precision)
            if (one.by == by && one.name == name)
                return one;
        throw std::runtime_error("no such group " + by + " " + name);
    }
    static const Coefficient& coefficient(const AuditReport& report, const std::string& name)
    {
        for (const auto& one : report.agreement.front().coefficients)
            if (one.name == name)
                return one;
        throw std::runtime_error("no coefficient " + name);
    }

    TemporaryFolder folder;
    std::optional<store::Project> project;
};

} // namespace slook::workbench
