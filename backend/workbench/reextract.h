#pragma once
#include "store/project.h"
#include <array>
#include <string>
#include <vector>

namespace slook::workbench {

/// What other rules would make of the answers of one stage.
struct RuleTrial {
    struct Row {
        ItemId item;
        std::string question;
        std::string text; ///< of the answer whose reading changes, the first one where both do
        int turn = 1;
        int begin = -1, end = -1; ///< bytes of `text` that are read now
        std::string oldAnswer, newAnswer;
        int oldType = 0, newType = 0;
    };
    int questions = 0;
    int readings = 0; ///< answers that are read otherwise
    std::array<std::array<int, 5>, 5> moves {}; ///< questions by old and new type
    std::vector<Row> rows; ///< questions with another reading, those of another type first
    [[nodiscard]] int moved() const; ///< questions of another type
};

/// @param extractor  that the rules are compared with
/// Errors: Invalid (rules), those of reading.
[[nodiscard]] Result<RuleTrial> tryRules(const store::Project& project, RunId run,
    const std::string& stage, const std::string& extractor, const std::string& rules,
    std::size_t mostRows = 200);

/// Reads all answers of a run by these rules and keeps that under a name of its own.
/// @return the name. Errors: as above.
[[nodiscard]] Result<std::string> applyRules(
    store::Project& project, RunId run, const std::string& rules);

} // namespace slook::workbench
