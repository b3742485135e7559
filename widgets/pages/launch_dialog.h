#pragma once
#include "services/workspace.h"
#include <QDialog>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;
class QVBoxLayout;

namespace slook::gui {

/// Asks for everything a run needs: method, model, questions, controls, seed, and every switch by
/// name.
class LaunchDialog final : public QDialog {
    Q_OBJECT
public:
    LaunchDialog(Workspace& workspace, QWidget* parent = nullptr);
    [[nodiscard]] std::string recipe() const; ///< "scl", "stic"
    /// Only what differs from the defaults is in `set`.
    [[nodiscard]] workbench::RunOptions options() const;

private:
    struct Switch {
        std::string name;
        QString preset;
        QWidget* editor = nullptr;
    };
    void buildBasics(QFormLayout* form);
    QWidget* buildControls();
    QWidget* buildSwitches();
    void showRecipe(); ///< its controls and switches
    void inspectModel();
    void chooseModel();

    Workspace& m_workspace;
    QComboBox* m_recipe;
    QLabel* m_says;
    QVBoxLayout* m_method; ///< holds the controls and switches of the recipe
    QLineEdit* m_model;
    QLabel* m_modelFacts;
    QSpinBox* m_seed;
    QSpinBox* m_threads;
    std::vector<QCheckBox*> m_controls;
    std::vector<std::pair<SourceId, QCheckBox*>> m_sources;
    QVBoxLayout* m_sourceColumn;
    std::vector<Switch> m_switches;
    int m_request = 0;
};

} // namespace slook::gui
