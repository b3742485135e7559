#pragma once
#include "core/result.h"
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace slook::text {

/// A part of the text on its way to the byte-pair model.
struct Piece {
    std::string text;
    bool atStart = false; ///< begins where the whole text begins
    std::optional<std::int32_t> token; ///< an added token: no later step touches it
};

/// One step that splits or changes a piece; it appends what becomes of it.
using PieceStep = std::function<Result<void>(Piece, std::vector<Piece>&)>;

/// The steps of a tokenizer.json's "pre_tokenizer"; none for null. Errors: Invalid naming an
/// unknown component.
[[nodiscard]] Result<std::vector<PieceStep>> makePreTokenizer(
    const nlohmann::json& json, const std::string& where);

/// All steps over all pieces; empty pieces are dropped.
[[nodiscard]] Result<std::vector<Piece>> applyAll(
    const std::vector<PieceStep>& steps, std::vector<Piece> pieces);

} // namespace slook::text
