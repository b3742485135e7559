#pragma once
#include "core/result.h"
#include "core/rows.h"
#include "workbench/description_report.h"
#include "workbench/diagnosis.h"
#include "workbench/export.h"
#include "workbench/follow.h"
#include "workbench/import.h"
#include "workbench/item_order.h"
#include "workbench/item_query.h"
#include "workbench/model_info.h"
#include "workbench/origin.h"
#include "workbench/preflight.h"
#include "workbench/report.h"
#include "workbench/run.h"
#include <QImage>
#include <QObject>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace slook::gui {

/// What is open, if anything is.
struct ProjectInfo {
    QString file; ///< empty: nothing is open
    QString name;
    bool readOnly = false;
    QStringList notices; ///< sentences to show once
};

/// All questions of a project with what the Data page shows of them.
using ItemTable = workbench::ItemFacts;
/// The whole table, shared and never changed, and the rows that pass a filter.
struct ItemRows {
    std::shared_ptr<const ItemTable> table = std::make_shared<ItemTable>();
    std::vector<int> shown; ///< ascending, or by their places in `order`
    std::shared_ptr<const workbench::ItemOrder> order = {}; ///< null: as the table has them
};

/// The questions that pass the filter of all pages, and the marks of all.
struct ViewRows {
    workbench::ItemMatches matches;
    std::shared_ptr<const workbench::Marks> marks = std::make_shared<workbench::Marks>();
    std::shared_ptr<const workbench::FieldValues> values =
        std::make_shared<workbench::FieldValues>();
};

struct TransitionQuery {
    RunId run;
    std::string stage; ///< empty: the first one
    std::string extractor = "ours";
};
struct TransitionRows {
    std::vector<std::string> stages;
    std::string stage; ///< the one that was read
    std::shared_ptr<const workbench::AnswerFacts> answers =
        std::make_shared<workbench::AnswerFacts>();
    std::shared_ptr<const ItemTable> table = std::make_shared<ItemTable>(); ///< their questions
    std::set<ResponseId> byHand = {}; ///< answers that a person has read
};

/// One answer with what every extractor made of it.
struct AnswerDetail {
    ResponseRow response;
    std::vector<ExtractionRow> extractions;
    std::optional<store::HandReading> byHand = {};
};
struct TransitionDetail {
    AnswerDetail first;
    AnswerDetail refined;
};

struct PairItem {
    PairRow pair;
    Item item;
    std::string source;
    workbench::PairOrigin origin = {};
    std::vector<RewardRow> rewards = {}; ///< by step; empty where no training has come by it
    [[nodiscard]] std::optional<double> margin() const ///< the newest
    {
        return rewards.empty() ? std::nullopt : std::optional(rewards.back().margin());
    }
};
struct PairRows {
    std::vector<std::string> preferences; ///< that the run has pairs of
    std::vector<PairItem> rows;
};

/// What a training measured, step by step.
struct MetricColumns {
    std::vector<double> steps;
    std::map<std::string, std::vector<double>> values; ///< of all steps; NaN where one has none
};
struct RunDetail {
    RunRow run;
    std::map<std::string, MetricColumns> metrics; ///< by training
    std::vector<runs::Event> notes;
    std::map<std::string, std::vector<workbench::Finding>> findings; ///< by training
};

/// First and refined answers of one group of questions in one stage.
struct CategoryAccuracy {
    std::string stage;
    std::string category;
    workbench::Accuracy first;
    workbench::Accuracy refined;
};
struct AccuracyReport {
    workbench::Report report;
    std::vector<CategoryAccuracy> categories;
    /// Instead of both for a run that describes pictures.
    std::optional<workbench::DescriptionReport> descriptions = {};
};

struct ItemDetail {
    Item item; ///< with its fields
    std::vector<ImageRow> images;
    SourceRow source;
};

/// Something long that goes on.
struct JobView {
    qint64 id = 0;
    RunId run; ///< set where it is a run
    QString title;
    QString detail;
    std::int64_t done = 0;
    std::int64_t total = 0; ///< 0: not known
    double perSecond = 0;
    QString unit;
    double secondsLeft = -1;
    bool canPause = false;
};

/// The open project, as pages see it. Every request returns at once; the answer comes later as a
/// value on the GUI thread, and not at all once `context` is gone. Requests are answered in order.
class Workspace : public QObject {
    Q_OBJECT
public:
    template <class T> using Done = std::function<void(Result<T>)>;
    using Preview = std::shared_ptr<workbench::ImportPreview>;
    using QObject::QObject;

    // What is open
    virtual void open(const QString& file) = 0; ///< ends in projectChanged() or failed()
    virtual void create(const QString& file) = 0;
    virtual void openSample(const QString& file) = 0; ///< makes it where it does not exist
    virtual void close() = 0;
    [[nodiscard]] virtual const ProjectInfo& project() const = 0;

    // Reading
    virtual void items(const std::string& filter, QObject* context, Done<ItemRows> done) = 0;
    virtual void matching(
        const workbench::ItemQuery& query, QObject* context, Done<ViewRows> done) = 0;
    /// What the questions are like, and how many of each kind pass the filter.
    virtual void facets(const workbench::ItemQuery& query, QObject* context,
        Done<std::vector<workbench::Facet>> done) = 0;
    virtual void itemDetail(const Item& item, QObject* context, Done<ItemDetail> done) = 0;
    virtual void sources(QObject* context, Done<std::vector<SourceRow>> done) = 0;
    virtual void problems(
        SourceId source, QObject* context, Done<std::vector<ProblemRow>> done) = 0;
    virtual void runs(QObject* context, Done<std::vector<RunRow>> done) = 0;
    virtual void run(RunId run, QObject* context, Done<RunDetail> done) = 0;
    virtual void transitions(
        const TransitionQuery& query, QObject* context, Done<TransitionRows> done) = 0;
    virtual void transition(
        const TransitionRow& row, QObject* context, Done<TransitionDetail> done) = 0;
    virtual void pairs(
        RunId run, const std::string& preference, QObject* context, Done<PairRows> done) = 0;
    virtual void accuracy(
        RunId run, const std::string& extractor, QObject* context, Done<AccuracyReport> done) = 0;
    virtual void modelInfo(
        const QString& folder, QObject* context, Done<workbench::ModelInfo> done) = 0;
    /// The picture, its longer side at most `side` pixels.
    virtual void picture(ImageId image, int side, QObject* context, Done<QImage> done) = 0;
    /// The picture as a run corrupted it, made again and checked against its hash.
    virtual void corruptedPicture(ImageId image, const CorruptionRow& corruption, int side,
        QObject* context, Done<QImage> done) = 0;

    /// Asks the project for something that only one page needs: `work` runs on the reading thread.
    template <class T>
    void read(QObject* context, std::function<Result<T>(const store::Project&)> work, Done<T> done)
    {
        runAs<T>(false, context, std::move(work), std::move(done));
    }

    // Changing
    /// Changes the project in one step, on the thread that owns it; durable when `done` is called.
    template <class T>
    void change(QObject* context, std::function<Result<T>(store::Project&)> work, Done<T> done)
    {
        runAs<T>(true, context, std::move(work), std::move(done));
    }
    virtual void contentMoved() = 0; ///< what was read of the project is old: pages ask again
    virtual void importFrom(const QString& path, const workbench::ImportOptions& options,
        QObject* context, Done<workbench::ImportReport> done) = 0;
    /// Columns and form of a file, before it is read.
    virtual void sourceShape(const QString& path, const std::string& format, QObject* context,
        Done<workbench::SourceShape> done) = 0;
    /// Reads a whole source and writes nothing. @return the job, for stopJob()
    virtual qint64 previewImport(const QString& path, const workbench::ImportOptions& options,
        QObject* context, Done<Preview> done) = 0;
    virtual void addPreviewed(const Preview& preview, const workbench::ImportOptions& options,
        QObject* context, Done<workbench::ImportReport> done) = 0;
    virtual void exportPairs(RunId run, const workbench::ExportOptions& options, QObject* context,
        Done<workbench::ExportReport> done) = 0;
    virtual void startRun(const std::string& recipe, const workbench::RunOptions& options,
        QObject* context, Done<RunRow> done) = 0;
    /// As a person chose it on the page Launch; started, or put at the end of the queue.
    virtual void launch(
        const workbench::Launch& launch, bool queued, QObject* context, Done<RunRow> done) = 0;
    /// Tries a run before it; changes nothing.
    virtual void preflight(
        const workbench::Launch& launch, QObject* context, Done<workbench::Preflight> done) = 0;
    virtual void resumeRun(RunId run) = 0; ///< failures come by failed()
    virtual void stopRun(RunId run, bool pause) = 0;
    virtual void stopJob(qint64 job) = 0;
    virtual void undo(bool redo) = 0;
    virtual void goTo(
        qint64 journalEntry) = 0; ///< undoes or does again; 0: before the first change
    /// Puts a mark on questions, or takes it off where `value` is empty.
    virtual void mark(
        const std::vector<ItemId>& items, const std::string& name, const std::string& value) = 0;
    virtual void markPairs(
        const std::vector<PairId>& pairs, const std::string& name, const std::string& value) = 0;

    [[nodiscard]] virtual const std::vector<JobView>& jobs() const = 0;
    [[nodiscard]] virtual bool busy() const = 0; ///< some answer is still to come

protected:
    /// Runs `work` on the owning or the reading thread, not at all where nothing is open, and then
    /// `done` on the GUI thread, not at all once `context` is gone.
    virtual void perform(bool owning, QObject* context, std::function<void(store::Project&)> work,
        std::function<void()> done) = 0;

private:
    template <class T, class Work>
    void runAs(bool owning, QObject* context, Work work, Done<T> done)
    {
        auto result = std::make_shared<std::optional<Result<T>>>();
        perform(
            owning, context,
            [result, work = std::move(work)](store::Project& project) { *result = work(project); },
            [result, done = std::move(done)] {
                done(*result ? std::move(**result)
                             : Result<T>(fail(
                                 ErrorKind::NotFound, "no project is open; open or create one")));
            });
    }

signals:
    void projectChanged();
    /// The first screenful of the questions of a large project, while the others are being read.
    void itemsBegan(const std::shared_ptr<const slook::gui::ItemTable>& table);
    /// The first questions that pass a filter, of very many, before matching() answers.
    void matchesBegan(const QString& filter, const std::vector<slook::ItemId>& first);
    void contentChanged(); ///< items or runs: came, went, changed their state
    void marksChanged(); ///< and nothing else
    void runMoved(const slook::workbench::RunStatus& status); ///< while a run is at work
    void jobsChanged();
    void said(const QString& sentence, bool isError); ///< for the status bar
};

} // namespace slook::gui
