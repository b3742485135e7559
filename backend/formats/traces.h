#pragma once
#include "formats/json_importer.h"
#include <optional>
#include <string>

namespace slook::formats {

/// One self-correction as SCL's inference.py writes it: two questions with their answers.
struct Trace {
    std::string review; ///< "Q2": what asks for the second answer
    std::string first; ///< "A1"
    std::string refined; ///< "A2"
    std::string firstAnswer; ///< "Initial answer": what the file's writer read from `first`
    std::string refinedAnswer;
    std::optional<bool> firstRight; ///< by its "Type"; empty where it has none
    std::optional<bool> refinedRight;
};
/// From the fields of an item that importTraces() made.
[[nodiscard]] Trace traceOf(const Json& fields);
[[nodiscard]] bool isTrace(const Json& record);

/// QAs_*.jsonl: each record becomes a question whose fields hold both answers; option lines that
/// end the first question become its options. Errors: as of readSource().
[[nodiscard]] Result<ImportBatch> importTraces(
    const std::filesystem::path& file, const ImportOptions& options);

} // namespace slook::formats
