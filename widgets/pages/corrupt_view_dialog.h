#pragma once
#include "services/workspace.h"
#include "workbench/corrupt_view.h"
#include <QDialog>

class QGridLayout;
class QLabel;
class QLineEdit;
class QPushButton;

namespace slook::gui {

/// Twelve pictures of a view as a corruption would leave them; then all, as a source of its own.
class CorruptViewDialog final : public QDialog {
    Q_OBJECT
public:
    /// @param filter  the view, as words of a filter
    CorruptViewDialog(Workspace& workspace, const image::Corruption& corruption,
        const std::string& filter, QWidget* parent = nullptr);

private:
    struct Shown {
        workbench::CorruptView view;
        std::vector<workbench::CorruptPreview> previews;
        std::vector<QImage> images; ///< before and after in turn; null where refused
    };
    static Result<Shown> readPreviews(
        const store::Project& project, workbench::CorruptView view, const std::string& filter);
    void build();
    void show(const Result<Shown>& shown);
    void apply();

    Workspace& m_workspace;
    workbench::CorruptView m_view;
    QLabel* m_said;
    QGridLayout* m_grid;
    QLineEdit* m_name;
    QPushButton* m_apply;
};

} // namespace slook::gui
