#pragma once
#include "services/workspace.h"
#include "workbench/layout.h"
#include <QDialog>
#include <memory>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QListWidget;
class QPushButton;
class QSpinBox;

namespace slook::gui {

/// Asks which features are laid out and how, and reads them.
class LayoutDialog final : public QDialog {
    Q_OBJECT
public:
    explicit LayoutDialog(Workspace& workspace, QWidget* parent = nullptr);

signals:
    void ready(std::shared_ptr<const slook::workbench::LayoutInput> input);

private:
    struct Choices {
        std::vector<workbench::FeatureSet> sets;
        std::vector<LayoutRow> layouts;
    };
    void build();
    void fill(const Choices& choices);
    void showMethod();
    void go();
    [[nodiscard]] std::vector<workbench::FeatureSet> chosen() const;
    [[nodiscard]] workbench::LayoutOptions options() const;

    Workspace& m_workspace;
    std::vector<workbench::FeatureSet> m_sets;
    QListWidget* m_features;
    QComboBox* m_method;
    QDoubleSpinBox* m_perplexity;
    QSpinBox* m_iterations;
    QDoubleSpinBox* m_rate;
    QDoubleSpinBox* m_exaggeration;
    QSpinBox* m_seed;
    QCheckBox* m_pcaStart;
    QSpinBox* m_reduce;
    QSpinBox* m_most;
    QComboBox* m_start;
    QLabel* m_said;
    QPushButton* m_go;
};

} // namespace slook::gui
