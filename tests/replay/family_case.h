#pragma once
#include "core/json.h"
#include "core/result.h"
#include "engine/session.h"
#include "replay.h"
#include <map>
#include <set>
#include <string>
#include <vector>

/// One case of a family's cases.json, computed through a session.
namespace slook::replay {

/// What all cases of one family share.
struct FamilyRun {
    engine::Session& session;
    Path images;
    const std::map<std::string, std::vector<std::int64_t>>& wanted;
    std::map<std::string, at::Tensor>& tensors; ///< goes into expected.safetensors
};

/// A batch of prompts.
struct CaseRows {
    std::vector<engine::Prompt> prompts;
    std::vector<engine::SeenPicture> pictures; ///< of all rows, in order
    std::vector<std::size_t> picturesInRow;
    std::vector<at::Tensor> features; ///< one per picture
};

/// Pictures, prompts and ids of a case's batch; `given_ids` where the case has them.
[[nodiscard]] Result<CaseRows> rowsOf(FamilyRun& run, const Json& one);

/// Fills in what the case's kind asks for and adds its tensors. @param json the case, changed
[[nodiscard]] Result<void> runCase(FamilyRun& run, Json& json);

/// Gradients of the loss of `json` ("grad" case).
[[nodiscard]] Result<void> runGradients(FamilyRun& run, const CaseRows& rows, Json& json);

/// [B, vocabularySize] logits behind the last token of each row.
[[nodiscard]] at::Tensor firstStepLogits(const FamilyRun& run, const CaseRows& rows);

} // namespace slook::replay
