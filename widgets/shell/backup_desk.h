#pragma once
#include "services/workspace.h"
#include "store/backup.h"
#include <QDialog>

class QLabel;
class QTimer;

namespace slook::gui {

class RowTable;
class TextTableModel;

/// Backs up the open project by itself, half an hour after the last time where it has changed, and
/// when a person asks for it.
class BackupDesk final : public QObject {
    Q_OBJECT
public:
    explicit BackupDesk(Workspace& workspace, QObject* parent = nullptr);
    void backUpNow();
    void restore(const std::filesystem::path& backup); ///< closes the project and opens it again
    [[nodiscard]] QString age() const; ///< "backup 12 min ago"; empty where there is none

signals:
    void moved(); ///< age() is another one

private:
    void look();
    void make(bool asked);
    void take(const Result<std::optional<store::Backup>>& made, bool asked);
    Workspace& m_workspace;
    QTimer* m_timer;
    std::int64_t m_last = 0; ///< UTC milliseconds; 0: none
    bool m_working = false;
    QString m_failure; ///< of the last one by the clock: said once
};

/// The backups of a project, and what each holds against what there is now.
class RestoreDialog final : public QDialog {
    Q_OBJECT
public:
    RestoreDialog(const QString& project, QWidget* parent);
    [[nodiscard]] std::filesystem::path chosen() const; ///< empty: none

private:
    void fill(const std::vector<store::Backup>& backups);
    void showDifference();
    std::filesystem::path m_project;
    std::vector<store::Backup> m_backups; ///< newest first
    TextTableModel* m_model;
    RowTable* m_table;
    QLabel* m_says;
    QPushButton* m_ok = nullptr;
    int m_request = 0;
};

} // namespace slook::gui
