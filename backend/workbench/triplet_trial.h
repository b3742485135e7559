#pragma once
#include "core/rows.h"
#include "methods/triplet.h"
#include "runs/job.h"
#include "store/project.h"
#include "workbench/laboratory.h"
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// A corner of a triplet made again, now: the model of the run, its own instructions and its own
/// way to compare texts.
namespace slook::workbench {

/// What a run of triangular consistency made its triplets with.
struct TripletModels {
    std::filesystem::path model, adapter; ///< the start
    std::filesystem::path encoder; ///< that reads texts; empty: the start reads them
    /// Trainings whose results are there, in the order of the run, with their folders.
    std::vector<std::pair<std::string, std::filesystem::path>> trainings;
    runs::Decoding decoding; ///< of reconstructions
    std::string similarity; ///< "by-length", "embedding", "token-f1"
    int longWords = 12;
};

/// Errors: Invalid for a run that learns from no triplets.
[[nodiscard]] Result<TripletModels> tripletModels(const store::Project& project, const RunRow& run);

/// The question that a run's step of reconstruction puts.
/// @param question  it is masked, else the answer is
/// @param training  a name of `trainings`; empty: the start is asked
/// @param picture   encoded bytes
[[nodiscard]] CornerTrial cornerTrial(const TripletModels& models,
    const methods::QuestionAnswer& corners, bool question, const std::string& training,
    std::string picture);

/// How alike the masked corner and what came out are, and how that was measured ("exact", "iou",
/// "embedding", "token-f1").
struct CornerSimilarity {
    std::string measure;
    double value = 0;
};
[[nodiscard]] CornerSimilarity cornerSimilarity(const TripletModels& models,
    const methods::QuestionAnswer& corners, bool question, const CornerAnswer& answer);

} // namespace slook::workbench
