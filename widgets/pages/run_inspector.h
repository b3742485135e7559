#pragma once
#include "pages/item_inspector.h"

namespace slook::gui {

class TextView;

/// What a run was asked to do, what it said, and its frozen job.
class RunInspector final : public QScrollArea {
    Q_OBJECT
public:
    explicit RunInspector(QWidget* parent = nullptr);
    void show(const RunDetail& detail);

private:
    QLabel* m_title;
    QLabel* m_facts;
    QLabel* m_notes;
    TextView* m_job;
};

} // namespace slook::gui
