#pragma once
#include <QWidget>
#include <map>

class QLabel;
class QProgressBar;
class QVBoxLayout;

namespace slook::gui {

class Workspace;
struct JobView;

/// What goes on: each job with its progress, rate, time left, and a way to stop it.
class JobsDrawer final : public QWidget {
    Q_OBJECT
public:
    explicit JobsDrawer(Workspace& workspace, QWidget* parent = nullptr);

private:
    struct Line {
        QWidget* row = nullptr;
        QLabel* text = nullptr;
        QProgressBar* bar = nullptr;
        QLabel* numbers = nullptr;
    };
    void refresh();
    Line makeLine(const JobView& job);
    Workspace& m_workspace;
    QVBoxLayout* m_column;
    QLabel* m_none;
    std::map<qint64, Line> m_lines;
};

/// "12 of 40 questions · 3.2/s · 9 s left"
[[nodiscard]] QString numbersOf(const JobView& job);

} // namespace slook::gui
