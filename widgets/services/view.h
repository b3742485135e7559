#pragma once
#include "services/workspace.h"
#include <QStringList>

namespace slook::gui {

/// The run that all pages look at.
class RunChoice final : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;
    [[nodiscard]] RunId run() const { return m_run; }
    void set(RunId run);

signals:
    void changed();

private:
    RunId m_run;
};

/// The questions that all pages show, by one filter, and those that are selected on all of them.
/// The filter is asked on the workspace's thread; until its answer comes, the old one holds.
class View final : public QObject {
    Q_OBJECT
public:
    View(Workspace& workspace, RunChoice& choice, QObject* parent = nullptr);

    // The filter
    [[nodiscard]] const QString& text() const { return m_text; }
    void setText(const QString& text);
    /// Puts "field:value" in the place of the words about this field; takes them out where the
    /// value is empty.
    void setWord(const QString& field, const QString& value);
    /// The value of the only word about this field; empty where there is none or another one.
    [[nodiscard]] QString wordOf(const QString& field) const;
    /// In the light of which answers of the run words about answers are meant.
    void setAnswers(const std::string& stage, const std::string& extractor);
    [[nodiscard]] const workbench::ItemQuery& query() const { return m_query; }
    [[nodiscard]] bool passes(ItemId item) const { return holds(m_rows.matches.passes, item); }
    [[nodiscard]] bool passesButType(ItemId item) const
    {
        return holds(m_rows.matches.passesButType, item);
    }
    [[nodiscard]] bool passes(const PairRow& pair) const; ///< by itself; of the chosen run
    /// passesButType() as it is now, for another thread.
    [[nodiscard]] std::function<bool(ItemId)> countedNow() const;
    [[nodiscard]] int shown() const { return m_rows.matches.shown; }
    [[nodiscard]] int all() const { return m_rows.matches.all; }
    [[nodiscard]] const QString& fault() const { return m_fault; } ///< empty where it is understood
    [[nodiscard]] const workbench::FilterWord& faultPlace() const { return m_faultPlace; }
    void refresh(); ///< asks again
    void remember(); ///< the text as it is goes to the history
    [[nodiscard]] const QStringList& history() const { return m_history; } ///< newest first
    void setHistory(const QStringList& history) { m_history = history; }

    // The selection
    [[nodiscard]] const std::vector<ItemId>& selected() const { return m_selected; } ///< ascending
    [[nodiscard]] bool isSelected(ItemId item) const;
    /// @param by  who selected them, and needs not be told
    void select(std::vector<ItemId> items, const QObject* by);
    [[nodiscard]] bool onlySelected() const { return !m_only.empty(); }
    void setOnlySelected(bool on); ///< only the questions that are selected now, until it is off

    // Marks
    [[nodiscard]] std::span<const MarkRow> marksOf(ItemId item) const
    {
        return m_rows.marks->of(item);
    }
    [[nodiscard]] std::span<const MarkRow> marksOf(PairId pair) const ///< without its question's
    {
        return m_rows.marks->of(pair);
    }
    [[nodiscard]] const workbench::FieldValues& values() const { return *m_rows.values; }
    [[nodiscard]] QStringList tags() const; ///< all that are in use
    /// Marks what is selected; takes the mark off where all of them have it.
    void toggle(const std::string& name, const std::string& value);
    /// The same of single pairs.
    void togglePairs(
        const std::vector<PairId>& pairs, const std::string& name, const std::string& value);

signals:
    /// The first questions that a new filter lets through, of very many; changed() follows. Not
    /// where the same one is asked again: whoever has scrolled stays there.
    void began(const std::vector<slook::ItemId>& first);
    void changed(); ///< which questions pass, or their marks
    void selectionChanged(const QObject* by);

private:
    [[nodiscard]] bool holds(const std::vector<bool>& set, ItemId item) const;
    template <class Id>
    [[nodiscard]] bool allHave(
        const std::vector<Id>& marked, const std::string& name, const std::string& value) const;

    Workspace& m_workspace;
    RunChoice& m_choice;
    QString m_text;
    workbench::ItemQuery m_query;
    ViewRows m_rows;
    bool m_known = false; ///< an answer has come: before, everything passes
    QString m_fault;
    workbench::FilterWord m_faultPlace;
    QStringList m_history;
    std::vector<ItemId> m_selected;
    std::vector<ItemId> m_only;
    int m_request = 0;
    bool m_newText = false; ///< the answer on its way is to another filter than what is shown
};

} // namespace slook::gui
