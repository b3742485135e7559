#pragma once
#include "services/workspace.h"
#include "workbench/queue.h"
#include <QWidget>

class QCheckBox;
class QLabel;
class QListWidget;
class QPushButton;

namespace slook::gui {

/// The runs that wait for their turn: their order, whether the queue works, and what a failure
/// does. Hidden while none waits.
class QueueStrip final : public QWidget {
    Q_OBJECT
public:
    explicit QueueStrip(Workspace& workspace, QWidget* parent = nullptr);
    void refresh();

private:
    using Change = std::function<Result<void>(store::Project&)>;
    void change(Change work);
    void show(const workbench::Queue& queue);
    [[nodiscard]] RunId current() const;

    Workspace& m_workspace;
    QLabel* m_says;
    QListWidget* m_list;
    QPushButton* m_hold;
    QCheckBox* m_goOn;
    workbench::Queue m_queue;
};

} // namespace slook::gui
