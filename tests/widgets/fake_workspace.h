#pragma once
#include "services/workspace.h"
#include <QPointer>
#include <QTimer>

namespace slook::gui::test {

/// A workspace whose answers a test sets; they come in the next turn of the event loop.
class FakeWorkspace final : public Workspace {
    Q_OBJECT
public:
    using Workspace::Workspace;
    ProjectInfo info;
    ItemRows itemRows;
    std::vector<SourceRow> sourceRows;
    std::vector<RunRow> runRows;
    RunDetail runDetail;
    /// Of the only stage that is read; their questions need not be among itemRows.
    struct {
        std::vector<std::string> stages;
        std::string stage;
        std::vector<TransitionRow> rows;
    } transitionRows;
    TransitionDetail transitionDetail;
    PairRows pairRows;
    AccuracyReport accuracyReport;
    std::vector<JobView> jobRows;
    TransitionQuery lastQuery;
    std::string lastFilter;
    std::string lastPreference;
    std::vector<std::pair<RunId, bool>> stopped; ///< run, and whether it was to pause
    std::vector<QString> imported;
    std::shared_ptr<const workbench::Marks> marks = std::make_shared<workbench::Marks>();
    int waiting = 0;
    int corruptedAsked = 0;

    template <class T> void answer(QObject* context, Done<T> done, Result<T> value)
    {
        ++waiting;
        QTimer::singleShot(0, this, [this, alive = QPointer<QObject>(context), done, value] {
            --waiting;
            if (alive)
                done(value);
        });
    }

    void open(const QString& file) override
    {
        info.file = info.name = file;
        emit projectChanged();
    }
    void create(const QString& file) override { open(file); }
    void openSample(const QString& file) override { open(file); }
    void close() override
    {
        info = {};
        emit projectChanged();
    }
    const ProjectInfo& project() const override { return info; }
    void items(const std::string& filter, QObject* c, Done<ItemRows> d) override
    {
        lastFilter = filter;
        if (filter == "nonsense:")
            return answer<ItemRows>(c, d, fail(ErrorKind::Invalid, "is no filter", filter));
        answer<ItemRows>(c, d, itemRows);
    }
    void matching(const workbench::ItemQuery& query, QObject* c, Done<ViewRows> d) override
    {
        ++waiting;
        lastFilter = query.filter;
        QTimer::singleShot(0, this, [this, query, alive = QPointer<QObject>(c), d] {
            --waiting;
            if (alive)
                d(viewOf(query));
        });
    }
    /// As the real workspace finds them, in the rows that the test gave.
    Result<ViewRows> viewOf(const workbench::ItemQuery& query) const
    {
        const auto filter = workbench::Filter::parse(query.filter);
        if (!filter)
            return fail(filter.error());
        const TransitionRows answers = packedTransitions();
        const workbench::ItemFacts& facts =
            itemRows.table->empty() ? *answers.table : *itemRows.table;
        workbench::RunFacts run;
        run.answers = answers.answers;
        for (const PairItem& one : pairRows.rows)
            run.pairs.add(one.pair);
        run.pairs.sort();
        auto matches = workbench::matching(facts, *marks, query.run ? &run : nullptr, *filter);
        if (!matches)
            return fail(matches.error());
        return ViewRows { std::move(*matches), marks,
            std::make_shared<workbench::FieldValues>(workbench::fieldValues(facts)) };
    }
    std::vector<workbench::Facet> facetRows;
    void facets(
        const workbench::ItemQuery&, QObject* c, Done<std::vector<workbench::Facet>> d) override
    {
        answer<std::vector<workbench::Facet>>(c, d, facetRows);
    }
    void itemDetail(const Item& item, QObject* c, Done<ItemDetail> d) override
    {
        answer<ItemDetail>(c, d, ItemDetail { item, {}, {} });
    }
    void sources(QObject* c, Done<std::vector<SourceRow>> d) override
    {
        answer<std::vector<SourceRow>>(c, d, sourceRows);
    }
    void problems(SourceId, QObject* c, Done<std::vector<ProblemRow>> d) override
    {
        answer<std::vector<ProblemRow>>(c, d, std::vector<ProblemRow> {});
    }
    void runs(QObject* c, Done<std::vector<RunRow>> d) override
    {
        answer<std::vector<RunRow>>(c, d, runRows);
    }
    void run(RunId, QObject* c, Done<RunDetail> d) override { answer<RunDetail>(c, d, runDetail); }
    void transitions(const TransitionQuery& query, QObject* c, Done<TransitionRows> d) override
    {
        lastQuery = query;
        answer<TransitionRows>(c, d, packedTransitions());
    }
    TransitionRows packedTransitions() const
    {
        auto answers = std::make_shared<workbench::AnswerFacts>();
        auto questions = std::make_shared<ItemTable>();
        for (const TransitionRow& row : transitionRows.rows) {
            answers->add(row);
            Item item;
            item.id = row.item;
            item.key = row.key;
            item.question = row.question;
            item.options = row.options;
            item.answer = row.answer;
            item.category = row.category;
            item.images = row.images;
            questions->add(item);
        }
        return { transitionRows.stages, transitionRows.stage, answers, questions };
    }
    void transition(const TransitionRow&, QObject* c, Done<TransitionDetail> d) override
    {
        answer<TransitionDetail>(c, d, transitionDetail);
    }
    void pairs(RunId, const std::string& preference, QObject* c, Done<PairRows> d) override
    {
        lastPreference = preference;
        answer<PairRows>(c, d, pairRows);
    }
    void accuracy(RunId, const std::string&, QObject* c, Done<AccuracyReport> d) override
    {
        answer<AccuracyReport>(c, d, accuracyReport);
    }
    void modelInfo(const QString&, QObject* c, Done<workbench::ModelInfo> d) override
    {
        answer<workbench::ModelInfo>(c, d, workbench::ModelInfo {});
    }
    ImageId lastPicture;
    void picture(ImageId id, int side, QObject* c, Done<QImage> d) override
    {
        lastPicture = id;
        QImage image(side, side / 2, QImage::Format_RGB32);
        image.fill(Qt::darkGreen);
        answer<QImage>(c, d, image);
    }
    void corruptedPicture(
        ImageId, const CorruptionRow&, int side, QObject* c, Done<QImage> d) override
    {
        ++corruptedAsked;
        QImage image(side, side / 2, QImage::Format_RGB32);
        image.fill(Qt::darkRed);
        answer<QImage>(c, d, image);
    }
    void importFrom(const QString& path, const workbench::ImportOptions&, QObject* c,
        Done<workbench::ImportReport> d) override
    {
        imported.push_back(path);
        answer<workbench::ImportReport>(c, d, workbench::ImportReport {});
    }
    workbench::SourceShape shape;
    void sourceShape(const QString&, const std::string& format, QObject* c,
        Done<workbench::SourceShape> d) override
    {
        auto one = shape;
        if (!format.empty())
            one.format = format;
        answer<workbench::SourceShape>(c, d, one);
    }
    Result<Preview> preview = std::make_shared<workbench::ImportPreview>();
    std::vector<workbench::ImportOptions> previewed;
    qint64 previewImport(const QString&, const workbench::ImportOptions& options, QObject* c,
        Done<Preview> d) override
    {
        previewed.push_back(options);
        answer<Preview>(c, d, preview);
        return -1;
    }
    int added = 0;
    void addPreviewed(const Preview&, const workbench::ImportOptions&, QObject* c,
        Done<workbench::ImportReport> d) override
    {
        ++added;
        answer<workbench::ImportReport>(c, d, workbench::ImportReport {});
    }
    void exportPairs(RunId, const workbench::ExportOptions&, QObject* c,
        Done<workbench::ExportReport> d) override
    {
        answer<workbench::ExportReport>(c, d, workbench::ExportReport {});
    }
    std::string startedRecipe;
    void startRun(const std::string& recipe, const workbench::RunOptions&, QObject* c,
        Done<RunRow> d) override
    {
        startedRecipe = recipe;
        answer<RunRow>(c, d, RunRow {});
    }
    std::vector<std::pair<workbench::Launch, bool>> launched; ///< and whether it was queued
    void launch(const workbench::Launch& one, bool queued, QObject* c, Done<RunRow> d) override
    {
        launched.emplace_back(one, queued);
        answer<RunRow>(c, d, RunRow {});
    }
    Result<workbench::Preflight> trial = workbench::Preflight {};
    int trials = 0;
    void preflight(const workbench::Launch&, QObject* c, Done<workbench::Preflight> d) override
    {
        ++trials;
        answer<workbench::Preflight>(c, d, trial);
    }
    void resumeRun(RunId) override { }
    void stopRun(RunId run, bool pause) override { stopped.emplace_back(run, pause); }
    void stopJob(qint64) override { }
    void undo(bool) override { }
    void goTo(qint64) override { }
    void mark(const std::vector<ItemId>& items, const std::string& name,
        const std::string& value) override
    {
        auto changed = std::make_shared<workbench::Marks>(*marks);
        for (const ItemId item : items)
            put(changed->items[item], { item, name, value });
        marks = changed;
        emit marksChanged();
    }
    void markPairs(const std::vector<PairId>& pairs, const std::string& name,
        const std::string& value) override
    {
        auto changed = std::make_shared<workbench::Marks>(*marks);
        for (const PairId pair : pairs)
            put(changed->pairs[pair], { {}, name, value, pair });
        marks = changed;
        emit marksChanged();
    }
    static void put(std::vector<MarkRow>& rows, MarkRow mark)
    {
        std::erase_if(rows, [&](const MarkRow& row) { return row.name == mark.name; });
        if (!mark.value.empty())
            rows.push_back(std::move(mark));
    }
    void contentMoved() override { emit contentChanged(); }
    void perform(
        bool, QObject* c, std::function<void(store::Project&)>, std::function<void()> d) override
    {
        answer<bool>(
            c, [d](const Result<bool>&) { d(); }, true); // nothing is open
    }
    const std::vector<JobView>& jobs() const override { return jobRows; }
    bool busy() const override { return waiting > 0; }
};

} // namespace slook::gui::test
