#pragma once
#include "pages/page.h"

namespace slook::gui {

class FilterBar;
class ItemInspector;
class ItemTableModel;
class RowTable;
class SelectionTie;

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
    void filter(); ///< shows the questions that pass the filter of all pages
    void showReport(const QString& path, const Result<workbench::ImportReport>& report);

    ItemTableModel* m_model;
    RowTable* m_table;
    FilterBar* m_filter;
    SelectionTie* m_selection = nullptr;
    ItemInspector* m_inspector = nullptr;
    QAction* m_importFile;
    QAction* m_importFolder;
    std::shared_ptr<const ItemTable> m_items = std::make_shared<ItemTable>();
    int m_request = 0;
};

} // namespace slook::gui
