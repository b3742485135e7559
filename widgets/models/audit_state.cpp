#include "models/audit_state.h"
#include <algorithm>

namespace slook::gui {

void AttentionClock::start(std::int64_t now, double secondsBefore)
{
    constexpr double perSecond = 1000;
    m_counted = static_cast<std::int64_t>(secondsBefore * perSecond);
    m_since = now;
}

std::int64_t AttentionClock::counted(std::int64_t now) const
{
    return m_counted + (m_focused ? std::clamp<std::int64_t>(now - m_since, 0, idleLimit) : 0);
}

void AttentionClock::activity(std::int64_t now)
{
    m_counted = counted(now);
    m_since = now;
}

void AttentionClock::setFocused(bool focused, std::int64_t now)
{
    activity(now);
    m_focused = focused;
}

double AttentionClock::seconds(std::int64_t now) const
{
    constexpr double perSecond = 1000;
    return static_cast<double>(counted(now)) / perSecond;
}

void AuditState::load(workbench::AuditSession session)
{
    const bool same = !empty() && session.batch.id == m_session.batch.id
        && session.annotator == m_session.annotator;
    const TaskId shown = same ? current().task.id : TaskId {};
    const VerdictDraft writing = m_draft;
    m_draft = {};
    m_session = std::move(session);
    m_verdicts.clear();
    m_order.clear();
    m_drafts.clear();
    for (const VerdictRow& verdict : m_session.verdicts)
        if (indexOf(verdict.task) >= 0)
            accept(verdict);
    for (const VerdictDraft& draft : m_session.drafts)
        m_drafts[draft.task] = draft;
    m_index = std::max(0, indexOf(shown));
    if (empty())
        return;
    if (!shown && verdictOf(0))
        goToNextOpen();
    takeDraft();
    if (writing.task == shown && shown)
        m_draft = writing; // what is being typed is newer than what was read
}

const workbench::AuditView& AuditState::current() const
{
    return m_session.views.at(static_cast<std::size_t>(m_index));
}

int AuditState::indexOf(TaskId task) const
{
    const auto found = std::ranges::find(
        m_session.views, task, [](const workbench::AuditView& view) { return view.task.id; });
    return found == m_session.views.end() ? -1 : static_cast<int>(found - m_session.views.begin());
}

const VerdictRow* AuditState::verdictOf(int index) const
{
    const auto found = m_verdicts.find(m_session.views.at(static_cast<std::size_t>(index)).task.id);
    return found == m_verdicts.end() ? nullptr : &found->second;
}

void AuditState::takeDraft()
{
    const TaskId task = current().task.id;
    if (const auto draft = m_drafts.find(task); draft != m_drafts.end()) {
        m_draft = draft->second;
        return;
    }
    m_draft = {};
    m_draft.task = task;
    if (const VerdictRow* verdict = verdictOf(m_index)) {
        m_draft.reasons = verdict->reasons;
        m_draft.note = verdict->note;
        m_draft.flagged = verdict->flagged;
        m_draft.seconds = verdict->seconds;
    }
}

void AuditState::goTo(int index)
{
    if (empty())
        return;
    if (m_draft.task)
        m_drafts[m_draft.task] = m_draft;
    m_index = std::clamp(index, 0, count() - 1);
    takeDraft();
}

void AuditState::step(int by)
{
    goTo(m_index + by);
}

void AuditState::goToNextOpen()
{
    for (int by = 1; by <= count(); ++by)
        if (const int index = (m_index + by) % count(); !verdictOf(index))
            return goTo(index);
}

VerdictRow AuditState::verdict(Choice choice, bool left, double seconds) const
{
    VerdictRow verdict;
    verdict.task = current().task.id;
    verdict.choice = choice;
    if (choice == Choice::Better || choice == Choice::MuchBetter)
        verdict.better = left ? current().task.left : current().task.right;
    verdict.reasons = m_draft.reasons;
    verdict.note = m_draft.note;
    verdict.flagged = m_draft.flagged;
    verdict.seconds = seconds;
    return verdict;
}

void AuditState::accept(const VerdictRow& verdict)
{
    retract(verdict.task);
    m_verdicts[verdict.task] = verdict;
    m_order.push_back(verdict.task);
    m_drafts.erase(verdict.task);
}

void AuditState::retract(TaskId task)
{
    m_verdicts.erase(task);
    std::erase(m_order, task);
}

std::optional<int> AuditState::newest() const
{
    return m_order.empty() ? std::nullopt : std::optional(indexOf(m_order.back()));
}

std::vector<int> AuditState::lastJudged(int most) const
{
    std::vector<int> indices;
    for (auto task = m_order.rbegin(); task != m_order.rend() && std::ssize(indices) < most; ++task)
        indices.push_back(indexOf(*task));
    return indices;
}

double AuditState::medianSeconds() const
{
    std::vector<double> seconds;
    for (const auto& [task, verdict] : m_verdicts)
        if (verdict.seconds > 0)
            seconds.push_back(verdict.seconds);
    if (seconds.empty())
        return 0;
    std::ranges::sort(seconds);
    const std::size_t half = seconds.size() / 2;
    return seconds.size() % 2 ? seconds[half] : (seconds[half - 1] + seconds[half]) / 2;
}

double AuditState::secondsLeft() const
{
    return medianSeconds() * (count() - judged());
}

} // namespace slook::gui
