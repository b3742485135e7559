#pragma once
#include "session.h"
#include "workbench/filter.h"
#include <string>

/// What the verbs of `show` share.
namespace slook::cli {

struct ShowArguments {
    std::string project;
    std::string run; ///< empty: the newest
    std::string where;
    std::string stage;
    std::string extractor = "ours";
    std::string preference;
    std::string audit; ///< of `agreement`: "newest", a name or a number; empty: of the extractors
    std::size_t limit = 40; ///< rows for people; 0: all
};

/// A project with what nearly every listing needs.
struct Shown {
    store::Project project;
    workbench::Filter filter;
    std::map<SourceId, std::string> sources;
    std::map<ItemId, Item> items;
};

/// A run in it, the named one or the newest.
struct ShownRun : Shown {
    RunRow run;
};
/// The run alone, where a listing needs no questions.
struct OpenedRun {
    store::Project project;
    RunRow run;
};

[[nodiscard]] Result<Shown> openToShow(const Session& session, const ShowArguments& arguments);
[[nodiscard]] Result<ShownRun> openRunToShow(
    const Session& session, const ShowArguments& arguments);
[[nodiscard]] Result<OpenedRun> openRun(const Session& session, const ShowArguments& arguments);
/// The stage that is wanted, or the first of the run. Errors: NotFound, naming those that are.
[[nodiscard]] Result<std::string> stageOf(
    const store::Project& project, const RunRow& run, const std::string& wanted);
/// Prints the table down to the limit, or the document.
[[nodiscard]] Result<void> finish(
    const Session& session, const ShowArguments& arguments, Table& table, const Json& document);

[[nodiscard]] Result<void> showAccuracy(const Session& session, const ShowArguments& arguments);
/// Descriptions, answers and yes/no questions of a run that describes pictures.
[[nodiscard]] Result<void> showDescriptions(const Session& session, const ShowArguments& arguments);
/// Right and changed answers at the levels of a sweep.
[[nodiscard]] Result<void> showSweep(const Session& session, const ShowArguments& arguments);
[[nodiscard]] Result<void> showEmbeddings(const Session& session, const ShowArguments& arguments);
[[nodiscard]] Result<void> showLayouts(const Session& session, const ShowArguments& arguments);
/// Answers, kinds, scores and truth of a run that learns from triplets.
[[nodiscard]] Result<void> showTripletReport(
    const Session& session, const ShowArguments& arguments);
[[nodiscard]] Result<void> showTriplets(const Session& session, const ShowArguments& arguments);
[[nodiscard]] Result<void> showFlips(const Session& session, const ShowArguments& arguments);
/// What people agree on in an audit, and how good the machine's labels are.
[[nodiscard]] Result<void> showAuditAgreement(
    const Session& session, const ShowArguments& arguments);
[[nodiscard]] Result<void> showAgreement(const Session& session, const ShowArguments& arguments);
[[nodiscard]] Result<void> showMetrics(const Session& session, const ShowArguments& arguments);

} // namespace slook::cli
