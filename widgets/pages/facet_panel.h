#pragma once
#include "pages/page.h"

class QTreeWidget;
class QTreeWidgetItem;

namespace slook::gui {

/// What the questions are like, field by field: each value with a bar and how many of it pass the
/// filter of all pages. Choosing a value filters by it, choosing it again takes that back.
class FacetPanel final : public QWidget {
    Q_OBJECT
public:
    explicit FacetPanel(const PageParts& parts, QWidget* parent = nullptr);
    void refresh(); ///< while it is seen

protected:
    void showEvent(QShowEvent* event) override;

private:
    void show(const std::vector<workbench::Facet>& facets);
    void toggle(QTreeWidgetItem* item);

    PageParts m_parts;
    QTreeWidget* m_tree;
    QStringList m_folded; ///< fields
    int m_request = 0;
};

} // namespace slook::gui
