#pragma once
#include "services/workspace.h"
#include "workbench/launch.h"
#include <QWidget>
#include <vector>

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QMenu;
class QPushButton;
class QSpinBox;
class QTimer;
class QToolButton;
class QVBoxLayout;

namespace slook::gui {

class Card;

/// Everything that a run is chosen by, in three bands: data, method, machine. Each switch has a
/// plain name, the name it has on the command line, its default, what it may be and what it does; a
/// dot marks those that are changed.
class LaunchForm final : public QWidget {
    Q_OBJECT
public:
    explicit LaunchForm(Workspace& workspace, QWidget* parent = nullptr);
    [[nodiscard]] workbench::Launch launch() const; ///< only what differs from the defaults is set
    void setLaunch(const workbench::Launch& launch);
    void refresh(); ///< asks for the sources again
    void offerFilter(const QString& filter); ///< of the pages, as one way to choose questions

signals:
    void changed();

private:
    struct Editor {
        methods::Switch about;
        QWidget* field = nullptr; ///< a QComboBox or a QLineEdit
        QLabel* dot = nullptr;
        QToolButton* reset = nullptr;
        QWidget* row = nullptr;
        bool main = false; ///< shown without asking for more
    };
    QWidget* buildData();
    QWidget* buildMethod();
    QWidget* buildMachine();
    void showRecipe(); ///< its controls and switches
    void addControls(QVBoxLayout* column);
    void addSwitches(QVBoxLayout* column);
    void takePreset(); ///< its values become the defaults; what was changed stays
    [[nodiscard]] Editor* editorOf(std::string_view name); ///< null: no such switch
    void buildRow(Editor& editor);
    static void explain(const Editor& editor); ///< in its tooltips
    [[nodiscard]] static bool differs(const Editor& editor); ///< from its default
    void filterSwitches();
    void showChanges();
    void edited(); ///< something was changed by hand
    void fillRuns(); ///< whose results a run may go on from
    void fillSources(const std::vector<SourceRow>& sources);
    void fillItemsMenu();
    void countQuestions();
    void inspectModel();
    void chooseFolder(QLineEdit* line, const QString& title);
    [[nodiscard]] std::string recipe() const;

    Workspace& m_workspace;
    QTimer* m_pause; ///< runs while the person types
    QComboBox* m_recipe;
    QLabel* m_says;
    Card* m_method;
    QWidget* m_switchArea = nullptr; ///< made anew for each recipe
    QLineEdit* m_find = nullptr;
    QPushButton* m_more = nullptr;
    std::vector<Editor> m_switches;
    std::vector<QCheckBox*> m_controls;
    QLineEdit* m_items;
    QMenu* m_itemsMenu;
    QLabel* m_count;
    QSpinBox* m_limit;
    QLineEdit* m_model;
    QLabel* m_modelFacts;
    QLineEdit* m_adapter;
    QMenu* m_runsMenu;
    QLineEdit* m_seed; ///< of 64 bits, which no spin box counts
    QSpinBox* m_threads;
    QComboBox* m_device;
    QCheckBox* m_int8;
    QLineEdit* m_template; ///< in place of the model's own
    QString m_filter; ///< of the pages
    std::vector<SourceRow> m_sources;
    int m_request = 0;
    bool m_quiet = false; ///< while fields are filled by the program
};

/// "training.lora.rank" is "Training, LoRA: rank".
[[nodiscard]] QString plainSwitchName(const QString& name);

} // namespace slook::gui
