#pragma once
#include "workbench/triplet_sets.h"
#include <map>
#include <string>
#include <vector>

namespace slook::gui {

/// From which score on triplets are kept: one line for all kinds, or a kind's own.
class ScoreLines {
public:
    [[nodiscard]] double of(const std::string& kind) const;
    void set(const std::string& kind, double line); ///< empty: the common one, which replaces all
    /// Of each kind the lowest score that the run kept; a kind of which it kept nothing has 1.
    void setAsKept(const std::vector<workbench::JudgedTriplet>& triplets);
    [[nodiscard]] const std::map<std::string, double>& own() const { return m_own; }

private:
    double m_common = 1;
    std::map<std::string, double> m_own;
};

/// Kinds of the triplets that a run made, with how many; the seed's are left out.
[[nodiscard]] std::map<std::string, int> madeKinds(
    const std::vector<workbench::JudgedTriplet>& triplets);

} // namespace slook::gui
