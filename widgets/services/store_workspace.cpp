#include "services/store_workspace.h"
#include "parts/foreign_text.h"
#include "services/queries.h"
#include "workbench/sample.h"
#include <QFileInfo>
#include <QPointer>
#include <algorithm>

namespace slook::gui {
namespace {

constexpr int pollMilliseconds = 250;
constexpr int poolThreads = 2;

std::filesystem::path pathOf(const QString& file)
{
    return QFileInfo(file).absoluteFilePath().toStdString();
}

tl::unexpected<Error> nothingOpen()
{
    return fail(ErrorKind::NotFound, "no project is open; open or create one");
}

} // namespace

StoreWorkspace::StoreWorkspace(QObject* parent)
    : Workspace(parent)
    , m_owner(std::make_unique<ProjectThread>(QStringLiteral("store")))
    , m_reader(std::make_unique<ProjectThread>(QStringLiteral("reader")))
{
    m_pool.setMaxThreadCount(poolThreads);
    m_owner->every(pollMilliseconds, [this](ProjectThread::Slot& project) {
        if (project && !project->readOnly())
            pollRuns(*project);
    });
}

StoreWorkspace::~StoreWorkspace()
{
    for (const auto& [id, stop] : m_stops)
        *stop = true;
    m_reader.reset();
    m_owner.reset();
    m_pool.waitForDone();
}

void StoreWorkspace::onGui(std::function<void()> work)
{
    QMetaObject::invokeMethod(this, std::move(work), Qt::QueuedConnection);
}

// What is open

void StoreWorkspace::open(const QString& file)
{
    openBy(Way::Open, file);
}

void StoreWorkspace::create(const QString& file)
{
    openBy(Way::Create, file);
}

void StoreWorkspace::openSample(const QString& file)
{
    openBy(QFileInfo::exists(file) ? Way::Open : Way::Sample, file);
}

void StoreWorkspace::close()
{
    ++m_generation;
    m_owner->post([followers = m_followers](ProjectThread::Slot& project) {
        followers->clear();
        project.reset();
    });
    m_reader->post([this](ProjectThread::Slot& project) {
        m_items.reset();
        m_marks.reset();
        m_runFacts.reset();
        m_lastMatches.reset();
        project.reset();
    });
    m_jobs.clear();
    m_info = {};
    emit jobsChanged();
    emit projectChanged();
}

void StoreWorkspace::openBy(Way way, const QString& file)
{
    if (!m_info.file.isEmpty())
        close();
    ++m_pending;
    qint64 job = 0;
    workbench::Watch watch;
    if (way == Way::Sample)
        watch = beginJob(job, tr("Making the sample project"));
    m_owner->post([this, way, path = pathOf(file), watch, job](ProjectThread::Slot& project) {
        Result<void> made;
        if (way == Way::Sample) {
            const auto reports = workbench::makeSampleProject(path, watch);
            made = reports ? Result<void>() : Result<void>(fail(reports.error()));
        }
        auto result = !made      ? Result<store::Project>(fail(made.error()))
            : way == Way::Create ? store::Project::create(path)
                                 : store::Project::open(path);
        ProjectInfo info;
        if (!result && result.error().kind == ErrorKind::Conflict && way != Way::Create) {
            info.notices << fromUtf8(message(result.error())) << tr("It is shown read-only.");
            result = store::Project::openReadOnly(path);
        }
        std::optional<Error> error;
        if (result) {
            info.file = QString::fromStdString(path.string());
            info.name = QString::fromStdString(path.filename().string());
            info.readOnly = result->readOnly();
            for (const std::string& notice : result->notices())
                info.notices << fromUtf8(notice);
            project.emplace(std::move(*result));
        } else {
            error = result.error();
        }
        onGui([this, info, error, job] {
            --m_pending;
            if (job != 0)
                endJob(job);
            if (error)
                tell(*error);
            else
                opened(info);
        });
    });
}

void StoreWorkspace::opened(const ProjectInfo& info)
{
    m_info = info;
    m_reader->post([this, path = info.file.toStdString()](ProjectThread::Slot& project) {
        auto result = store::Project::openReadOnly(path);
        if (result)
            project.emplace(std::move(*result));
        else
            onGui([this, error = result.error()] { tell(error); });
    });
    m_owner->post([this, followers = m_followers](ProjectThread::Slot& project) {
        if (!project || project->readOnly())
            return;
        const auto runs = project->runs();
        if (!runs)
            return;
        for (const RunRow& run : *runs)
            if (run.state == RunState::Waiting || run.state == RunState::Running)
                followers->emplace(run.id, workbench::RunFollower(*project, run));
    });
    for (const QString& notice : info.notices)
        emit said(notice, false);
    emit projectChanged();
}

void StoreWorkspace::contentMoved()
{
    m_reader->post([this](ProjectThread::Slot&) {
        m_items.reset();
        m_marks.reset();
        m_runFacts.reset();
        m_lastMatches.reset();
    });
    emit contentChanged();
}

void StoreWorkspace::perform(bool owning, QObject* context,
    std::function<void(store::Project&)> work, std::function<void()> done)
{
    ask<bool>(
        owning ? *m_owner : *m_reader, context,
        [work = std::move(work)](store::Project& project) -> Result<bool> {
            work(project);
            return true;
        },
        [done = std::move(done)](const Result<bool>&) { done(); });
}

void StoreWorkspace::tell(const Error& error)
{
    emit said(fromUtf8(message(error)), true);
}

// Reading

void StoreWorkspace::items(const std::string& filter, QObject* context, Done<ItemRows> done)
{
    ask<ItemRows>(
        *m_reader, context,
        [this, filter](store::Project& project) -> Result<ItemRows> {
            if (auto read = readTables(project); !read)
                return fail(read.error());
            auto shown = shownRows(*m_items, filter);
            if (!shown)
                return fail(shown.error());
            return ItemRows { m_items, std::move(*shown) };
        },
        std::move(done));
}

Result<void> StoreWorkspace::readTables(const store::Project& project)
{
    if (!m_items) {
        auto table = readItems(project, [this](const ItemTable& first) {
            onGui([this, first = std::make_shared<const ItemTable>(first),
                      generation = m_generation.load()] {
                if (generation == m_generation)
                    emit itemsBegan(first);
            });
        });
        if (!table)
            return fail(table.error());
        m_items = std::move(*table);
        m_values = std::make_shared<const workbench::FieldValues>(workbench::fieldValues(*m_items));
    }
    if (!m_marks) {
        auto marks = workbench::readMarks(project);
        if (!marks)
            return fail(marks.error());
        m_marks = std::make_shared<const workbench::Marks>(std::move(*marks));
    }
    return {};
}

Result<const workbench::RunFacts*> StoreWorkspace::runFacts(
    const store::Project& project, const workbench::ItemQuery& query)
{
    if (!query.run)
        return nullptr;
    if (auto read = readTables(project); !read)
        return fail(read.error());
    const auto run = runOf(project, query.run);
    if (!run)
        return fail(run.error());
    const bool known = m_runFacts && m_runFacts->run == query.run
        && m_runFacts->lastSeq == run->lastSeq && m_runFacts->extractor == query.extractor
        && (query.stage.empty() || m_runFacts->stage == query.stage);
    if (!known) {
        auto facts = workbench::readRunFacts(project, *m_items, query);
        if (!facts)
            return fail(facts.error());
        m_runFacts = std::move(*facts);
    }
    return &*m_runFacts;
}

/// Of the last query they are kept: counts and facets are asked for one after the other.
Result<workbench::ItemMatches> StoreWorkspace::matchesOf(const store::Project& project,
    const workbench::ItemQuery& query, const std::function<void(const std::vector<ItemId>&)>& begun)
{
    const auto filter = workbench::Filter::parse(query.filter);
    if (!filter)
        return fail(filter.error());
    if (auto read = readTables(project); !read)
        return fail(read.error());
    const workbench::RunFacts* run = nullptr;
    if (!filter->empty()) {
        const auto facts = runFacts(project, query);
        if (!facts)
            return fail(facts.error());
        run = *facts;
    }
    const LastMatches asked { query, m_items.get(), m_marks.get(), run ? run->lastSeq : 0, {} };
    if (m_lastMatches && m_lastMatches->isOf(asked))
        return m_lastMatches->matches;
    auto matches = workbench::matching(*m_items, *m_marks, run, *filter,
        filter->empty() ? std::function<void(const std::vector<ItemId>&)>() : begun);
    if (!matches)
        return matches;
    m_lastMatches = asked;
    m_lastMatches->matches = *matches;
    return matches;
}

void StoreWorkspace::matching(
    const workbench::ItemQuery& query, QObject* context, Done<ViewRows> done)
{
    ask<ViewRows>(
        *m_reader, context,
        [this, query](const store::Project& project) -> Result<ViewRows> {
            auto matches = matchesOf(project, query, [&](const std::vector<ItemId>& first) {
                onGui([this, first, filter = QString::fromStdString(query.filter),
                          generation = m_generation.load()] {
                    if (generation == m_generation)
                        emit matchesBegan(filter, first);
                });
            });
            if (!matches)
                return fail(matches.error());
            return ViewRows { std::move(*matches), m_marks, m_values };
        },
        std::move(done));
}

void StoreWorkspace::facets(
    const workbench::ItemQuery& query, QObject* context, Done<std::vector<workbench::Facet>> done)
{
    ask<std::vector<workbench::Facet>>(
        *m_reader, context,
        [this, query](const store::Project& project) -> Result<std::vector<workbench::Facet>> {
            const auto matches = matchesOf(project, query);
            if (!matches)
                return fail(matches.error());
            const auto run = runFacts(project, query);
            if (!run)
                return fail(run.error());
            return workbench::facetsOf(*m_items, *m_marks, *run, *matches);
        },
        std::move(done));
}

void StoreWorkspace::itemDetail(const Item& item, QObject* context, Done<ItemDetail> done)
{
    ask<ItemDetail>(
        *m_reader, context,
        [item](store::Project& project) { return readItemDetail(project, item); }, std::move(done));
}

void StoreWorkspace::sources(QObject* context, Done<std::vector<SourceRow>> done)
{
    ask<std::vector<SourceRow>>(
        *m_reader, context, [](store::Project& project) { return project.sources(); },
        std::move(done));
}

void StoreWorkspace::problems(SourceId source, QObject* context, Done<std::vector<ProblemRow>> done)
{
    ask<std::vector<ProblemRow>>(
        *m_reader, context, [source](store::Project& project) { return project.problems(source); },
        std::move(done));
}

void StoreWorkspace::runs(QObject* context, Done<std::vector<RunRow>> done)
{
    ask<std::vector<RunRow>>(
        *m_reader, context, [](store::Project& project) { return project.runs(); },
        std::move(done));
}

void StoreWorkspace::run(RunId run, QObject* context, Done<RunDetail> done)
{
    ask<RunDetail>(
        *m_reader, context, [run](store::Project& project) { return readRun(project, run); },
        std::move(done));
}

/// The answers are those that a filter asks about, so that they are kept once.
Result<TransitionRows> StoreWorkspace::transitionsOf(
    const store::Project& project, const TransitionQuery& query)
{
    TransitionRows result;
    auto stages = project.stages(query.run);
    if (!stages)
        return fail(stages.error());
    result.stages = std::move(*stages);
    if (result.stages.empty())
        return result;
    const bool known = std::ranges::find(result.stages, query.stage) != result.stages.end();
    const auto facts = runFacts(
        project, { {}, query.run, known ? query.stage : result.stages.front(), query.extractor });
    if (!facts)
        return fail(facts.error());
    result.stage = (*facts)->stage;
    result.answers = (*facts)->answers;
    result.table = m_items;
    const auto byHand = project.handReadings(query.run);
    if (!byHand)
        return fail(byHand.error());
    for (const store::HandReading& one : *byHand)
        result.byHand.insert(one.response);
    return result;
}

void StoreWorkspace::transitions(
    const TransitionQuery& query, QObject* context, Done<TransitionRows> done)
{
    ask<TransitionRows>(
        *m_reader, context,
        [this, query](store::Project& project) { return transitionsOf(project, query); },
        std::move(done));
}

void StoreWorkspace::transition(
    const TransitionRow& row, QObject* context, Done<TransitionDetail> done)
{
    ask<TransitionDetail>(
        *m_reader, context, [row](store::Project& project) { return readTransition(project, row); },
        std::move(done));
}

void StoreWorkspace::pairs(
    RunId run, const std::string& preference, QObject* context, Done<PairRows> done)
{
    ask<PairRows>(
        *m_reader, context,
        [run, preference](store::Project& project) { return readPairs(project, run, preference); },
        std::move(done));
}

void StoreWorkspace::accuracy(
    RunId run, const std::string& extractor, QObject* context, Done<AccuracyReport> done)
{
    ask<AccuracyReport>(
        *m_reader, context,
        [run, extractor](store::Project& project) { return readAccuracy(project, run, extractor); },
        std::move(done));
}

void StoreWorkspace::modelInfo(
    const QString& folder, QObject* context, Done<workbench::ModelInfo> done)
{
    ask<workbench::ModelInfo>(
        *m_reader, context,
        [path = folder.toStdString()](store::Project&) { return workbench::inspectModel(path); },
        std::move(done));
}

void StoreWorkspace::picture(ImageId image, int side, QObject* context, Done<QImage> done)
{
    ++m_pending;
    const QPointer<QObject> alive(context);
    m_reader->post([this, alive, image, side, done = std::move(done),
                       generation = m_generation.load()](ProjectThread::Slot& project) {
        auto bytes = project ? project->imageBytes(image) : Result<std::string>(nothingOpen());
        m_pool.start([this, alive, side, done, generation, bytes = std::move(bytes)] {
            auto result = bytes ? toImage(*bytes, side) : Result<QImage>(fail(bytes.error()));
            onGui([this, alive, done, generation, result = std::move(result)] {
                deliver(generation == m_generation ? alive : QPointer<QObject>(), done, result);
            });
        });
    });
}

void StoreWorkspace::corruptedPicture(
    ImageId image, const CorruptionRow& corruption, int side, QObject* context, Done<QImage> done)
{
    ask<QImage>(
        *m_reader, context,
        [image, corruption, side](const store::Project& project) -> Result<QImage> {
            const auto picture = workbench::corruptedPicture(project, image, corruption);
            if (!picture)
                return fail(picture.error());
            return toImage(*picture, side);
        },
        std::move(done));
}

} // namespace slook::gui
