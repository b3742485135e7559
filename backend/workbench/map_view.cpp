#include "workbench/map_view.h"
#include "core/file.h"
#include "workbench/question_kind.h"
#include <algorithm>
#include <cstdio>
#include <unordered_map>
#include <unordered_set>

namespace slook::workbench {
namespace {

struct AnswersOf {
    std::unordered_map<ItemId, int> type;
    std::unordered_map<ItemId, bool> right;
    std::unordered_map<ItemId, std::pair<double, int>> score; ///< sum and count
    std::string about;
};

Result<void> addStage(const store::Project& project, const ItemQuery& query,
    const std::string& stage, const std::unordered_map<ResponseId, bool>& marks, AnswersOf& all)
{
    const auto rows = project.transitions(query.run, stage, query.extractor);
    if (!rows)
        return fail(rows.error());
    for (const TransitionRow& one : *rows)
        all.type.emplace(one.item, one.type());
    const auto responses = project.responses(query.run, stage);
    if (!responses)
        return fail(responses.error());
    for (const ResponseRow& one : *responses)
        if (const auto mark = marks.find(one.id); one.turn == 1 && mark != marks.end())
            all.right.emplace(one.item, mark->second);
    return {};
}

Result<AnswersOf> answersOf(const store::Project& project, const ItemQuery& query)
{
    AnswersOf all;
    if (!query.run)
        return all;
    const auto stages = project.stages(query.run);
    if (!stages)
        return fail(stages.error());
    const auto extractions = project.extractionsOf(query.run, query.extractor);
    if (!extractions)
        return fail(extractions.error());
    std::unordered_map<ResponseId, bool> marks;
    for (const ExtractionRow& one : *extractions)
        if (one.correct)
            marks.emplace(one.response, *one.correct);
    for (const std::string& stage : *stages)
        if (query.stage.empty() || query.stage == stage)
            if (auto added = addStage(project, query, stage, marks, all); !added)
                return fail(added.error());
    const auto triplets = project.triplets(query.run);
    if (!triplets)
        return fail(triplets.error());
    for (const TripletRow& one : *triplets)
        if (one.round > 0) {
            auto& [sum, count] = all.score[one.item];
            sum += one.score;
            ++count;
        }
    return all;
}

/// A field as RFC 4180 wants it.
std::string csvField(const std::string& text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string numberText(double value)
{
    char text[40];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

} // namespace

std::vector<LayoutId> layoutChain(const std::vector<LayoutRow>& layouts, LayoutId of)
{
    const auto rowOf = [&](LayoutId id) { return std::ranges::find(layouts, id, &LayoutRow::id); };
    const auto first = [&](LayoutId id) {
        for (auto row = rowOf(id); row->start.value < id.value; row = rowOf(id)) {
            if (rowOf(row->start) == layouts.end())
                break; // it has none, or it was deleted
            id = row->start;
        }
        return id;
    };
    std::vector<LayoutId> chain;
    if (rowOf(of) == layouts.end())
        return chain;
    for (const LayoutRow& one : layouts)
        if (first(one.id) == first(of))
            chain.push_back(one.id);
    std::ranges::sort(chain, {}, &LayoutId::value);
    return chain;
}

Result<MapView> mapView(const store::Project& project, LayoutId layout, const ItemQuery& answers)
{
    auto row = project.layout(layout);
    if (!row)
        return fail(row.error());
    store::ItemFilter filter;
    for (const LayoutPoint& one : row->points)
        filter.ids.push_back(one.item);
    const auto items = project.items(filter);
    const auto sources = project.sources();
    const auto runs = project.runs();
    if (!items || !sources || !runs)
        return fail(!items ? items.error() : !sources ? sources.error() : runs.error());
    auto known = answersOf(project, answers);
    if (!known)
        return fail(known.error());
    std::unordered_map<ItemId, const Item*> byId;
    for (const Item& one : *items)
        byId.emplace(one.id, &one);
    std::unordered_map<SourceId, std::string> names;
    for (const SourceRow& one : *sources)
        names.emplace(one.id, one.name);
    std::unordered_map<RunId, std::string> runNames;
    for (const RunRow& one : *runs)
        runNames.emplace(one.id, one.name);
    MapView view;
    for (const LayoutPoint& place : row->points) {
        MapPoint point;
        point.place = place;
        point.run = runNames[place.run];
        if (const auto item = byId.find(place.item); item != byId.end()) {
            point.source = names[item->second->source];
            point.category = item->second->category;
            point.kind = questionKind(*item->second);
            point.question = item->second->question;
            if (!item->second->images.empty())
                point.image = item->second->images.front();
        }
        if (const auto type = known->type.find(place.item); type != known->type.end())
            point.type = type->second;
        if (const auto right = known->right.find(place.item); right != known->right.end())
            point.right = right->second;
        if (const auto score = known->score.find(place.item); score != known->score.end())
            point.score = score->second.first / score->second.second;
        view.points.push_back(std::move(point));
    }
    if (answers.run)
        view.answers =
            runNames[answers.run] + (answers.stage.empty() ? std::string() : ", " + answers.stage);
    row->points.clear();
    view.layout = std::move(*row);
    return view;
}

Result<void> writeMapCsv(
    const MapView& view, const std::filesystem::path& file, const std::vector<ItemId>& only)
{
    const std::unordered_set<ItemId> wanted(only.begin(), only.end());
    std::string text = "run,item,x,y,source,category,kind,type,right,score,question\r\n";
    for (const MapPoint& one : view.points) {
        if (!only.empty() && !wanted.contains(one.place.item))
            continue;
        text += csvField(one.run) + ',' + std::to_string(one.place.item.value) + ','
            + numberText(one.place.x) + ',' + numberText(one.place.y) + ',' + csvField(one.source)
            + ',' + csvField(one.category) + ',' + csvField(one.kind) + ',' + typeName(one.type)
            + ',' + (one.right ? (*one.right ? "yes" : "no") : "") + ','
            + (one.score ? numberText(*one.score) : std::string()) + ',' + csvField(one.question)
            + "\r\n";
    }
    return writeFileAtomically(file, text);
}

} // namespace slook::workbench
