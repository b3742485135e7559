#pragma once
#include "core/rows.h"
#include "store/project.h"
#include "workbench/report.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

/// Descriptions held against what their pictures show. Sentence and instance level after CHAIR
/// (Rohrbach et al. 2018, arXiv:1809.02156), with the rendered scene as the truth.
struct DescriptionScore {
    Accuracy
        faithful; ///< descriptions that name nothing that is not there: 1 - CHAIR_s; meanTokens
                  ///< is the descriptions' length, since shorter ones hallucinate less
    ClusteredShare hallucinated; ///< CHAIR_i: of the objects named, those that are not there
    ClusteredShare recall; ///< of the objects there, those that are named
    ClusteredShare
        wrongAttributes; ///< of the objects named rightly, those with a wrong size or place
    double meanMentioned = 0; ///< objects a description
};

/// Questions whose answer is yes or no, as POPE scores them (Li et al. 2023, arXiv:2305.10355): yes
/// is the positive class. An answer that cannot be read is wrong, and no yes.
struct YesNoScore {
    Accuracy accuracy;
    std::int64_t truePositive = 0, falsePositive = 0, trueNegative = 0, falseNegative = 0;
    std::int64_t unread = 0;
    double precision = 0, recall = 0, f1 = 0; ///< 0 where undefined
    double yesShare = 0; ///< of all questions
    std::optional<Comparison> againstStart;
};

/// One model of a run that describes: the start, a stage, or a control.
struct ModelScores {
    std::string stage; ///< "before", "after:stage1", ...
    std::string preference; ///< what it was trained on; empty for the start
    std::string title;
    bool control = false;
    std::int64_t pairs = 0;
    DescriptionScore descriptions;
    /// Pictures described without (fixed) and with (broken) invention, against the start.
    std::optional<Comparison> faithfulAgainstStart;
    /// Pictures with fewer (fixed) and more (broken) invented objects, against the start.
    std::optional<Comparison> inventedAgainstStart;
    /// For a control: the stage that it replaces against this one, as inventedAgainstStart.
    std::optional<Comparison> stageAgainstThis;
    Accuracy answers; ///< plain answers
    std::optional<Comparison> answersAgainstStart;
    Accuracy described; ///< answers with its own description at hand
    std::optional<Comparison> describedAgainstPlain; ///< of the same model
    YesNoScore yesNo; ///< of the plain answers
};

struct DescriptionReport {
    std::string run;
    std::string extractor;
    std::vector<ModelScores> models; ///< the start first, then the stages, then controls
    std::int64_t withoutTruth = 0; ///< described test pictures of which nothing is known
    std::string sentence; ///< what the numbers do and do not show
};

/// Derived from responses, extractions and the items' column `truth`, never stored.
/// Errors: NotFound where the run has no test description or answer yet.
[[nodiscard]] Result<DescriptionReport> descriptionReportOf(
    const store::Project& project, const RunRow& run, const std::string& extractor = "ours");

/// Whether a run describes pictures, so that descriptionReportOf() is its report.
[[nodiscard]] bool describesPictures(const RunRow& run);

} // namespace slook::workbench
