#pragma once
#include "formats/json_importer.h"
#include <string>

namespace slook::formats {

/// The two sides of a pair as the fields of an item keep them, see importPairs(): under the names
/// "chosen" and "rejected". The prompt is the item's question.
struct PairTexts {
    std::string chosen; ///< empty where the file has no such side
    std::string rejected;
};
[[nodiscard]] PairTexts pairTexts(const Json& fields);

/// True where a record is a preference pair, or one labelled side of it, of any known trainer but
/// STIC's, whose records claim more (stic_pairs.h).
[[nodiscard]] bool isPreference(const Json& record);

/// Preference pairs as LLaMA-Factory (sharegpt, alpaca, KTO, v1), TRL, ms-swift (3 and 2), POVID,
/// SIMA, CSR, SCL, mDPO, VL-RLHF, RLAIF-V and RLHF-V keep them: each becomes a question whose
/// fields hold both sides. Labelled answers to one question (KTO) become one pair where there is
/// one of each label. Errors: as of readSource().
[[nodiscard]] Result<ImportBatch> importPairs(
    const std::filesystem::path& file, const ImportOptions& options);

} // namespace slook::formats
