#pragma once
#include "workbench/audit.h"
#include <optional>
#include <vector>

namespace slook::gui {

/// Seconds of attention: time counts while the window has the focus and until one minute after
/// the last sign of life. Times are milliseconds of any steady clock.
class AttentionClock {
public:
    static constexpr std::int64_t idleLimit = 60'000;
    void start(std::int64_t now, double secondsBefore = 0); ///< a new pair, or one come back to
    void activity(std::int64_t now); ///< a key, a wheel, a movement
    void setFocused(bool focused, std::int64_t now);
    [[nodiscard]] double seconds(std::int64_t now) const;

private:
    [[nodiscard]] std::int64_t counted(std::int64_t now) const;
    std::int64_t m_counted = 0; ///< milliseconds up to m_since
    std::int64_t m_since = 0; ///< the last sign of life
    bool m_focused = true;
};

/// One annotator at work: which pair is shown, what was said, in which order. No widgets and no
/// project; what it says happened, a page makes durable.
class AuditState {
public:
    void load(workbench::AuditSession session); ///< goes to where the annotator was
    [[nodiscard]] bool empty() const { return m_session.views.empty(); }
    [[nodiscard]] const workbench::AuditSession& session() const { return m_session; }
    [[nodiscard]] int index() const { return m_index; }
    [[nodiscard]] int count() const { return static_cast<int>(m_session.views.size()); }
    [[nodiscard]] int judged() const { return static_cast<int>(m_order.size()); }
    [[nodiscard]] bool finished() const { return judged() == count(); }
    [[nodiscard]] const workbench::AuditView& current() const;
    [[nodiscard]] const VerdictRow* verdictOf(int index) const; ///< null where there is none
    [[nodiscard]] VerdictDraft& draft() { return m_draft; } ///< of the current pair

    void goTo(int index);
    void step(int by);
    void goToNextOpen(); ///< the next pair without a verdict, else stays
    /// The verdict from the current draft. Nothing is changed yet.
    [[nodiscard]] VerdictRow verdict(Choice choice, bool left, double seconds) const;
    void accept(const VerdictRow& verdict); ///< it counts now, and is the newest
    void retract(TaskId task); ///< it counts no more
    [[nodiscard]] std::optional<int> newest() const; ///< index of the pair that was judged last
    /// The last ones, newest first, as indices.
    [[nodiscard]] std::vector<int> lastJudged(int most) const;
    [[nodiscard]] double medianSeconds() const; ///< of verdicts with a time; 0 without any
    [[nodiscard]] double secondsLeft() const; ///< median times what is left

private:
    [[nodiscard]] int indexOf(TaskId task) const;
    void takeDraft();

    workbench::AuditSession m_session;
    std::map<TaskId, VerdictRow> m_verdicts;
    std::vector<TaskId> m_order; ///< of judging, newest last
    std::map<TaskId, VerdictDraft> m_drafts;
    VerdictDraft m_draft;
    int m_index = 0;
};

} // namespace slook::gui
