#pragma once
#include "pages/page.h"

class QListView;
class QStackedWidget;

namespace slook::gui {

class FacetPanel;
class FilterBar;
class ItemInspector;
class ItemTableModel;
class RowTable;
class SelectionTie;
class TileDelegate;

/// The questions of the project: a filtered table, an import button, an inspector.
class DataPage final : public Page {
    Q_OBJECT
public:
    explicit DataPage(const PageParts& parts);
    QWidget* inspector() override;
    QString statusText() const override;
    void refresh() override;
    void follow() override { } ///< a run changes no question
    void keep(QSettings& settings) const override;
    void recall(const QSettings& settings) override;
    void importPath(const QString& path); ///< asks for nothing where the form is known
    void previewPath(const QString& path); ///< shows what would come, and asks
    [[nodiscard]] QAction* importFileAction() const { return m_importFile; }
    [[nodiscard]] QAction* importFolderAction() const { return m_importFolder; }

signals:
    void toLaboratory(slook::ItemId item); ///< a person wants to see its picture corrupted

private:
    void build();
    void buildGrid();
    void showFirst(const std::shared_ptr<const ItemTable>& table); ///< where nothing is shown yet
    void showBegun(const std::vector<ItemId>& first); ///< of those that pass a new filter
    void filter(); ///< shows the questions that pass the filter of all pages
    /// Asks for the order that a person wants; none: as they were imported.
    void order(std::optional<workbench::OrderBy> by, bool descending);
    void readOrder();
    void sortByColumn(int column); ///< of the table; again: the other way round
    void setTile(int side); ///< of the pictures' view, pixels
    void goToKey(); ///< asks for one
    void find(const std::string& key);
    void take(std::shared_ptr<const ItemTable> items); ///< shows these from now on
    void tell(const QString& path, const workbench::ImportReport& report);
    void showReport(const QString& path, const Result<workbench::ImportReport>& report);

    ItemTableModel* m_model;
    RowTable* m_table;
    QListView* m_grid; ///< the same rows as pictures
    TileDelegate* m_tiles;
    QStackedWidget* m_shape; ///< table or grid
    FilterBar* m_filter;
    SelectionTie* m_selection = nullptr;
    ItemInspector* m_inspector = nullptr;
    QAction* m_importFile;
    QAction* m_importFolder;
    QAction* m_byPicture;
    std::shared_ptr<const ItemTable> m_items = std::make_shared<ItemTable>();
    std::shared_ptr<const workbench::ItemOrder> m_order; ///< of these items; null: as they are
    std::optional<workbench::OrderBy> m_orderBy; ///< that is wanted
    bool m_descending = false;
    ItemId m_kept; ///< was the current one before showBegun()
    bool m_reading = false; ///< only the first of them are here
    int m_request = 0;
};

} // namespace slook::gui
