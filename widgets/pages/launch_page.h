#pragma once
#include "pages/page.h"
#include "workbench/preflight.h"
#include <optional>

class QMenu;
class QPlainTextEdit;
class QPushButton;
class QSplitter;

namespace slook::gui {

class LaunchForm;
class PreflightView;

/// Starts runs: everything a run is chosen by, the command and the job file that it comes to, a
/// trial before it, presets, and what an earlier run was started with.
class LaunchPage final : public Page {
    Q_OBJECT
public:
    explicit LaunchPage(const PageParts& parts);
    QString statusText() const override;
    void refresh() override;
    void follow() override { }
    /// Everything as the run was started; also chosen from the page Runs.
    void takeFrom(const RunRow& run);
    [[nodiscard]] LaunchForm* form() const { return m_form; }

signals:
    void started(RunId run); ///< or put into the queue

private:
    enum class Then { Nothing, Start, Queue };
    void build();
    QWidget* buildTop();
    QWidget* buildCommand();
    void showCommand();
    void tryOut(Then then);
    void tried(const Result<workbench::Preflight>& trial, Then then);
    void start(bool queued);
    void fillPresets();
    void savePreset();
    void loadPreset(const QString& file);
    void take(const Result<workbench::Launch>& launch); ///< into the form
    void fillEarlier(const std::vector<RunRow>& runs);

    LaunchForm* m_form;
    PreflightView* m_trial;
    QSplitter* m_splitter; ///< between both
    QPlainTextEdit* m_command;
    QMenu* m_presets;
    QMenu* m_earlier;
    QAction* m_try;
    QAction* m_start;
    QAction* m_queue;
    QAction* m_startAtOnce;
    std::string m_passed; ///< what the last trial that went well was of, as text
    bool m_trying = false;
};

/// Where presets lie.
[[nodiscard]] QString presetFolder();

} // namespace slook::gui
