#pragma once
#include "services/view.h"
#include <QWidget>

class QAction;
class QComboBox;
class QSettings;
class QStackedLayout;

namespace slook::gui {

class Pictures;
class EmptyState;
class RowTable;

/// What a page is built from.
struct PageParts {
    Workspace& workspace;
    Pictures& pictures;
    RunChoice& choice;
    View& view;
};

/// One place of the window, with its own actions and, where it has one, an inspector.
class Page : public QWidget {
    Q_OBJECT
public:
    Page(const PageParts& parts, QString name, QString title);
    [[nodiscard]] const QString& name() const { return m_name; } ///< "data": also its icon
    [[nodiscard]] const QString& title() const { return m_title; }
    /// Owned by whoever takes it; null where the page has none.
    [[nodiscard]] virtual QWidget* inspector() { return nullptr; }
    [[nodiscard]] virtual QString statusText() const { return {}; }
    virtual void refresh() = 0; ///< asks for what it shows
    /// The chosen run, which is at work, has written more. A page that shows none of it does
    /// nothing.
    virtual void follow() { refresh(); }
    /// An action of this page; its key acts while the page is shown and no text is being typed.
    QAction* addPageAction(const QString& text, const QKeySequence& key);
    /// Flags, star, tag, and showing only what is selected.
    void addMarkActions();
    // A page takes the room that it is given: a stack of pages asks all of them for theirs, again
    // and again, and laying out all their texts for it takes longer than showing one.
    [[nodiscard]] QSize sizeHint() const override { return { 800, 600 }; }
    [[nodiscard]] QSize minimumSizeHint() const override { return { 1, 1 }; }
    [[nodiscard]] bool hasHeightForWidth() const override { return false; }
    /// How a person has set the page up, for the next start: keep() writes what recall() reads.
    virtual void keep(QSettings&) const { }
    virtual void recall(const QSettings&) { }

signals:
    void statusChanged();

protected:
    [[nodiscard]] Workspace& workspace() const { return m_parts.workspace; }
    [[nodiscard]] const PageParts& parts() const { return m_parts; }
    /// What the keys of addMarkActions() mark: the selected questions, or what else a page shows.
    virtual void toggleMark(const std::string& name, const std::string& value);
    [[nodiscard]] virtual QString whatIsMarked() const; ///< "3 questions"
    /// Shows `content` or, where nothing is there, `empty`.
    void setContent(QWidget* content, EmptyState* empty);
    /// The same where what is shown is one run's: another run can be chosen where nothing is, too.
    void setContentOfRun(QWidget* content, EmptyState* empty);
    void showEmpty(bool empty);

private:
    PageParts m_parts;
    QString m_name;
    QString m_title;
    QStackedLayout* m_stack = nullptr;
};

/// Ties the selected rows of a table to the selection of all pages, both ways.
class SelectionTie final : public QObject {
    Q_OBJECT
public:
    /// @param itemOf  of a row of the table's model, which is set already; none where there is none
    /// @param rowOf  the only row of an item, -1 where it has none; without it all rows are asked
    SelectionTie(View& view, RowTable& table, std::function<ItemId(int row)> itemOf,
        std::function<int(ItemId)> rowOf = {});
    /// The model was filled anew: selects again what was selected, and makes `row` the current one.
    void restore(int row);

private:
    void tell();
    void follow() { select(selectedRows()); }
    void select(const std::vector<int>& rows);
    [[nodiscard]] std::vector<int> selectedRows() const; ///< ascending
    View& m_view;
    RowTable& m_table;
    std::function<ItemId(int)> m_itemOf;
    std::function<int(ItemId)> m_rowOf;
    bool m_quiet = false;
};

/// Chooses the run of all pages. Inside of another widget it hides while there is none.
class RunBox final : public QWidget {
    Q_OBJECT
public:
    RunBox(const PageParts& parts, QWidget* parent = nullptr);

private:
    void refill();
    PageParts m_parts;
    QComboBox* m_box;
};

[[nodiscard]] QString stateText(RunState state);

} // namespace slook::gui
