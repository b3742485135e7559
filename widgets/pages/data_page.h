#pragma once
#include "pages/page.h"

class QLabel;
class QLineEdit;

namespace slook::gui {

class ItemInspector;
class ItemTableModel;
class RowTable;

/// The questions of the project: a filtered table, an import button, an inspector.
class DataPage final : public Page {
    Q_OBJECT
public:
    explicit DataPage(const PageParts& parts);
    QWidget* inspector() override;
    QString statusText() const override;
    void refresh() override;
    void importPath(const QString& path); ///< asks for nothing where the form is known
    [[nodiscard]] QAction* importFileAction() const { return m_importFile; }
    [[nodiscard]] QAction* importFolderAction() const { return m_importFolder; }

signals:
    void toLaboratory(slook::ItemId item); ///< a person wants to see its picture corrupted

private:
    void build();
    void filter();
    void show(const Result<ItemRows>& rows);
    void showReport(const QString& path, const Result<workbench::ImportReport>& report);

    ItemTableModel* m_model;
    RowTable* m_table;
    QLineEdit* m_filter;
    QLabel* m_filterError;
    QLabel* m_count;
    ItemInspector* m_inspector = nullptr;
    QAction* m_importFile;
    QAction* m_importFolder;
    std::size_t m_all = 0;
    int m_request = 0;
};

} // namespace slook::gui
