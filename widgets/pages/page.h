#pragma once
#include "services/workspace.h"
#include <QWidget>

class QAction;
class QComboBox;
class QStackedLayout;

namespace slook::gui {

class Pictures;
class EmptyState;

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

/// What a page is built from.
struct PageParts {
    Workspace& workspace;
    Pictures& pictures;
    RunChoice& choice;
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
    /// An action of this page; its key acts while the page is shown and no text is being typed.
    QAction* addPageAction(const QString& text, const QKeySequence& key);

signals:
    void statusChanged();

protected:
    [[nodiscard]] Workspace& workspace() const { return m_parts.workspace; }
    [[nodiscard]] const PageParts& parts() const { return m_parts; }
    /// Shows `content` or, where nothing is there, `empty`.
    void setContent(QWidget* content, EmptyState* empty);
    void showEmpty(bool empty);

private:
    PageParts m_parts;
    QString m_name;
    QString m_title;
    QStackedLayout* m_stack = nullptr;
};

/// Chooses the run of all pages.
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
