#pragma once
#include "services/workspace.h"
#include <QDialog>
#include <QPointer>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLayout;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QTabWidget;
class QTimer;

namespace slook::gui {

class RowTable;
class TextTableModel;
class TextView;

/// Shows what a file or folder would bring before anything is written: its form, which of its
/// columns is which of ours, the questions as they would be, the rows that cannot be taken and why,
/// and what is strange about the rest. A mapping is remembered for files with the same columns.
class ImportDialog final : public QDialog {
    Q_OBJECT
public:
    ImportDialog(Workspace& workspace, QString path, QWidget* parent = nullptr);
    ~ImportDialog() override; ///< gives a reading up
    [[nodiscard]] workbench::ImportOptions options() const;

signals:
    void imported(const slook::workbench::ImportReport& report);

private:
    void build();
    QWidget* buildChoices();
    QLayout* folderRow(QLineEdit* line, const QString& title); ///< with a button that asks for it
    void readShape(const QString& format);
    void showShape(const workbench::SourceShape& shape);
    void recall(); ///< the mapping that was kept for these columns
    void keep() const;
    void offerModel(); ///< that of the project's newest run
    void changed(); ///< a choice: reads again after a moment
    void read();
    void showPreview(const Result<Workspace::Preview>& preview);
    void showRow(int row);
    void add();
    [[nodiscard]] QString keyOfColumns() const;

    Workspace& m_workspace;
    QString m_path;
    QTimer* m_pause;
    QComboBox* m_format;
    QLineEdit* m_name;
    QLineEdit* m_split;
    QLineEdit* m_root;
    QLineEdit* m_model; ///< whose context prompts must fit
    QCheckBox* m_whole;
    QFormLayout* m_mapping;
    QLabel* m_mappingTitle;
    std::vector<std::pair<std::string, QComboBox*>> m_fields; ///< ours, and which of theirs
    QLabel* m_says;
    QProgressBar* m_bar;
    QTabWidget* m_tabs;
    TextTableModel* m_rows;
    TextTableModel* m_problems;
    TextTableModel* m_checks;
    TextTableModel* m_tooLong;
    RowTable* m_rowTable;
    TextView* m_row;
    QPushButton* m_import;
    workbench::SourceShape m_shape;
    Workspace::Preview m_preview; ///< null while it is read
    qint64 m_job = 0;
    bool m_reading = false;
    int m_request = 0;
};

} // namespace slook::gui
