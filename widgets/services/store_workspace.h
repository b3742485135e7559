#pragma once
#include "services/project_thread.h"
#include "services/workspace.h"
#include <QPointer>
#include <QThreadPool>
#include <map>

namespace slook::gui {

/// The workspace over a real project: one thread owns and changes the file and follows runs, a
/// second one reads it, a pool decodes pictures. The GUI thread never waits for any of them.
class StoreWorkspace final : public Workspace {
    Q_OBJECT
public:
    explicit StoreWorkspace(QObject* parent = nullptr);
    ~StoreWorkspace() override;

    void open(const QString& file) override;
    void create(const QString& file) override;
    void openSample(const QString& file) override;
    void close() override;
    const ProjectInfo& project() const override { return m_info; }

    void items(const std::string& filter, QObject* context, Done<ItemRows> done) override;
    void matching(
        const workbench::ItemQuery& query, QObject* context, Done<ViewRows> done) override;
    void facets(const workbench::ItemQuery& query, QObject* context,
        Done<std::vector<workbench::Facet>> done) override;
    void itemDetail(const Item& item, QObject* context, Done<ItemDetail> done) override;
    void sources(QObject* context, Done<std::vector<SourceRow>> done) override;
    void problems(SourceId source, QObject* context, Done<std::vector<ProblemRow>> done) override;
    void runs(QObject* context, Done<std::vector<RunRow>> done) override;
    void run(RunId run, QObject* context, Done<RunDetail> done) override;
    void transitions(
        const TransitionQuery& query, QObject* context, Done<TransitionRows> done) override;
    void transition(
        const TransitionRow& row, QObject* context, Done<TransitionDetail> done) override;
    void pairs(
        RunId run, const std::string& preference, QObject* context, Done<PairRows> done) override;
    void accuracy(RunId run, const std::string& extractor, QObject* context,
        Done<AccuracyReport> done) override;
    void modelInfo(
        const QString& folder, QObject* context, Done<workbench::ModelInfo> done) override;
    void picture(ImageId image, int side, QObject* context, Done<QImage> done) override;
    void corruptedPicture(ImageId image, const CorruptionRow& corruption, int side,
        QObject* context, Done<QImage> done) override;

    void importFrom(const QString& path, const workbench::ImportOptions& options, QObject* context,
        Done<workbench::ImportReport> done) override;
    void sourceShape(const QString& path, const std::string& format, QObject* context,
        Done<workbench::SourceShape> done) override;
    qint64 previewImport(const QString& path, const workbench::ImportOptions& options,
        QObject* context, Done<Preview> done) override;
    void addPreviewed(const Preview& preview, const workbench::ImportOptions& options,
        QObject* context, Done<workbench::ImportReport> done) override;
    void exportPairs(RunId run, const workbench::ExportOptions& options, QObject* context,
        Done<workbench::ExportReport> done) override;
    void startRun(const std::string& recipe, const workbench::RunOptions& options, QObject* context,
        Done<RunRow> done) override;
    void launch(
        const workbench::Launch& launch, bool queued, QObject* context, Done<RunRow> done) override;
    void preflight(const workbench::Launch& launch, QObject* context,
        Done<workbench::Preflight> done) override;
    void resumeRun(RunId run) override;
    void stopRun(RunId run, bool pause) override;
    void stopJob(qint64 job) override;
    void undo(bool redo) override;
    void goTo(qint64 journalEntry) override;
    void mark(const std::vector<ItemId>& items, const std::string& name,
        const std::string& value) override;
    void markPairs(const std::vector<PairId>& pairs, const std::string& name,
        const std::string& value) override;
    void contentMoved() override;

    const std::vector<JobView>& jobs() const override { return m_jobs; }
    bool busy() const override { return m_pending > 0; }

protected:
    void perform(bool owning, QObject* context, std::function<void(store::Project&)> work,
        std::function<void()> done) override;

private:
    enum class Way { Open, Create, Sample };
    using Followers = std::map<RunId, workbench::RunFollower>; ///< used on the owning thread only
    using StopFlag = std::shared_ptr<std::atomic<bool>>;

    template <class T>
    void ask(ProjectThread& thread, QObject* context,
        std::function<Result<T>(store::Project&)> work, Done<T> done);
    template <class T>
    void deliver(const QPointer<QObject>& context, const Done<T>& done, Result<T> result);
    void onGui(std::function<void()> work); ///< from any thread
    /// Work that needs no project, beside everything else. `done` comes in any case.
    template <class T>
    void beside(std::function<Result<T>()> work, std::function<void(Result<T>)> done);
    void openBy(Way way, const QString& file);
    void opened(const ProjectInfo& info);
    void follow(const RunRow& run);
    using Start =
        std::function<Result<workbench::StartedRun>(store::Project&, const workbench::Watch&)>;
    void startBy(Start start, QObject* context, Done<RunRow> done);
    void workQueue(store::Project& project); ///< on the owning thread
    void pollRuns(store::Project& project);
    void showRun(const workbench::RunStatus& status);
    workbench::Watch beginJob(qint64& id, const QString& title);
    void endJob(qint64 id);
    void putJob(const JobView& job);
    void tell(const Error& error);
    /// Changes marks and nothing else, by `change`, which gets the change's own id.
    void changeMarks(std::function<Result<void>(store::Project&, const std::string&)> change);
    Result<void> readTables(const store::Project& project); ///< on the reading thread
    /// Null where the query names no run. On the reading thread.
    Result<const workbench::RunFacts*> runFacts(
        const store::Project& project, const workbench::ItemQuery& query);
    Result<TransitionRows> transitionsOf(
        const store::Project& project, const TransitionQuery& query);

    /// What the last query was about, and what came of it.
    struct LastMatches {
        workbench::ItemQuery query;
        const void* items = nullptr;
        const void* marks = nullptr;
        std::int64_t lastSeq = 0;
        workbench::ItemMatches matches;
        [[nodiscard]] bool isOf(const LastMatches& other) const
        {
            return query.filter == other.query.filter && query.run == other.query.run
                && query.stage == other.query.stage && query.extractor == other.query.extractor
                && items == other.items && marks == other.marks && lastSeq == other.lastSeq;
        }
    };
    Result<workbench::ItemMatches> matchesOf(const store::Project& project,
        const workbench::ItemQuery& query,
        const std::function<void(const std::vector<ItemId>&)>& begun = {});

    ProjectInfo m_info;
    std::vector<JobView> m_jobs;
    std::map<qint64, StopFlag> m_stops;
    std::shared_ptr<Followers> m_followers = std::make_shared<Followers>();
    // What the reading thread, and only it, keeps of the project.
    std::shared_ptr<const ItemTable> m_items;
    std::shared_ptr<const workbench::FieldValues> m_values; ///< of these items
    std::shared_ptr<const workbench::Marks> m_marks;
    std::optional<LastMatches> m_lastMatches;
    std::optional<workbench::RunFacts> m_runFacts; ///< of the run that was asked about last
    qint64 m_lastJob = 0;
    int m_polls = 0; ///< on the owning thread
    std::string m_queueFailure; ///< said once; on the owning thread
    int m_pending = 0;
    std::atomic<int> m_generation = 0; ///< of the open project: answers of an older one are dropped
    QThreadPool m_pool;
    std::unique_ptr<ProjectThread> m_owner;
    std::unique_ptr<ProjectThread> m_reader;
};

template <class T>
void StoreWorkspace::deliver(
    const QPointer<QObject>& context, const Done<T>& done, Result<T> result)
{
    --m_pending;
    if (context)
        done(std::move(result));
}

template <class T>
void StoreWorkspace::ask(ProjectThread& thread, QObject* context,
    std::function<Result<T>(store::Project&)> work, Done<T> done)
{
    ++m_pending;
    const QPointer<QObject> alive(context);
    thread.post([this, alive, work = std::move(work), done = std::move(done),
                    generation = m_generation.load()](ProjectThread::Slot& project) {
        auto result = std::make_shared<Result<T>>(project
                ? work(*project)
                : Result<T>(fail(ErrorKind::NotFound, "no project is open; open or create one")));
        onGui([this, alive, done, generation, result] {
            deliver(
                generation == m_generation ? alive : QPointer<QObject>(), done, std::move(*result));
        });
    });
}

template <class T>
void StoreWorkspace::beside(std::function<Result<T>()> work, std::function<void(Result<T>)> done)
{
    ++m_pending;
    m_pool.start([this, work = std::move(work), done = std::move(done)] {
        auto result = std::make_shared<Result<T>>(work());
        onGui([this, done, result] {
            --m_pending;
            done(std::move(*result));
        });
    });
}

} // namespace slook::gui
