#pragma once
#include "workbench/preflight.h"
#include <QWidget>

class QLabel;
class QTabWidget;

namespace slook::gui {

class RowTable;
class TextTableModel;
class TextView;

/// What a trial before a run has found: its checks, the answers to a few questions with the exact
/// prompts, what of the training examples is learned, token by token, and the job file.
class PreflightView final : public QWidget {
    Q_OBJECT
public:
    explicit PreflightView(QWidget* parent = nullptr);
    void show(const workbench::Preflight& trial);
    void clear(const QString& says); ///< there is none, and why
    /// One sentence: passed or not, time and memory.
    [[nodiscard]] static QString sentence(const workbench::Preflight& trial);

private:
    void showRow(int row);
    void showExample(int row);
    QLabel* m_says;
    QTabWidget* m_tabs;
    TextTableModel* m_checks;
    TextTableModel* m_rows;
    TextTableModel* m_examples;
    RowTable* m_rowTable;
    RowTable* m_exampleTable;
    TextView* m_prompt;
    TextView* m_tokens;
    TextView* m_job;
    workbench::Preflight m_trial;
};

} // namespace slook::gui
