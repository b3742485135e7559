#pragma once
#include <QImage>
#include <QStyledItemDelegate>
#include <QTableView>

namespace slook::gui {

/// A table as all pages have it: rows of one height, whole rows selected, no grid, copied as TSV.
class RowTable final : public QTableView {
    Q_OBJECT
public:
    explicit RowTable(int rowHeight, QWidget* parent = nullptr);
    void setWidths(
        const QList<int>& widths, int stretched); ///< pixels per column; one takes the rest
    [[nodiscard]] QString asTsv(bool selectedOnly) const;
    void setEmptyText(const QString& text); ///< shown where the model has no row
    void step(int by); ///< to the next or the previous row
    [[nodiscard]] int currentRow() const { return currentIndex().row(); }

signals:
    void rowChanged(int row); ///< -1 where none is current

protected:
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_emptyText;
    void copy(bool selectedOnly) const;
    void save();
};

/// Draws a cell of a plain row: one elided line, on the row's ground, in the cell's own colour.
class CellDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
        const QModelIndex& index) const override;
};

/// Draws a small picture into its cell.
class PictureDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
        const QModelIndex& index) const override;
};

/// A picture that fits its place, with rounded corners; its height follows its width.
class PictureView final : public QWidget {
    Q_OBJECT
public:
    explicit PictureView(QWidget* parent = nullptr);
    void setImage(const QImage& image);
    void setMessage(const QString& text); ///< instead of a picture
    void setMostHeight(int pixels);
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QImage m_image;
    QString m_message;
    int m_mostHeight = 340;
};

/// Paints the ground of a row: selected or not, with a line below.
void paintRowGround(QPainter& painter, const QStyleOptionViewItem& option);

} // namespace slook::gui
