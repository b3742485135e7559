#pragma once
#include "image/picture.h"
#include "services/workspace.h"
#include "store/project.h"
#include "workbench/prompt_length.h"

/// What the pages ask of a project, as plain functions that run on the reading thread.
namespace slook::gui {

/// @param begun  see workbench::readItemFacts()
[[nodiscard]] Result<std::shared_ptr<const ItemTable>> readItems(
    const store::Project& project, const std::function<void(const ItemTable&)>& begun = {});
/// Errors: Invalid for a filter that is not understood.
[[nodiscard]] Result<std::vector<int>> shownRows(const ItemTable& table, const std::string& filter);
[[nodiscard]] Result<ItemDetail> readItemDetail(const store::Project& project, const Item& item);
/// By training. @param rows  in the order of their steps
[[nodiscard]] std::map<std::string, MetricColumns> metricColumns(
    const std::vector<MetricRow>& rows);
[[nodiscard]] Result<RunDetail> readRun(const store::Project& project, RunId run);
[[nodiscard]] Result<TransitionDetail> readTransition(
    const store::Project& project, const TransitionRow& row);
[[nodiscard]] Result<PairRows> readPairs(
    const store::Project& project, RunId run, const std::string& preference);
[[nodiscard]] Result<AccuracyReport> readAccuracy(
    const store::Project& project, RunId run, const std::string& extractor);
/// First and refined answers by kind of question (workbench/question_kind.h), of all stages that a
/// run has transitions of.
[[nodiscard]] Result<std::vector<CategoryAccuracy>> readKinds(
    const store::Project& project, RunId run, const std::string& extractor);
/// The pixels that a model gets of a picture, all tiles on one sheet. Errors: those of the model's
/// preprocessor settings and of image::seenBy().
[[nodiscard]] Result<QImage> readSeen(
    const store::Project& project, ImageId image, const std::string& modelFolder);
/// The same with lines between the patches of the vision tower, and what it takes of a prompt.
struct SeenPatches {
    QImage image;
    int tiles = 0;
    int tileSide = 0; ///< pixels
    int patch = 0; ///< pixels; 0: not known, and there are no lines
    std::int64_t places = 0; ///< tokens of the prompt; 0: not known
};
[[nodiscard]] Result<SeenPatches> readSeenPatches(const store::Project& project, ImageId image,
    const std::string& modelFolder, const workbench::PromptLength* model);
[[nodiscard]] Result<RunRow> runOf(const store::Project& project, RunId run);
/// Decodes encoded bytes and makes them small. Errors: those of image::decode().
[[nodiscard]] Result<QImage> toImage(const std::string& bytes, int side);
[[nodiscard]] QImage toImage(const image::Picture& picture, int side);

} // namespace slook::gui
