#include "parts/tables.h"
#include "parts/foreign_text.h"
#include "parts/tokens.h"
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QSaveFile>
#include <algorithm>

namespace slook::gui {

RowTable::RowTable(int rowHeight, QWidget* parent)
    : QTableView(parent)
{
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setFrameShape(QFrame::NoFrame);
    setItemDelegate(new CellDelegate(this));
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(rowHeight);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
}

void RowTable::setWidths(const QList<int>& widths, int stretched)
{
    for (int i = 0; i < widths.size(); ++i)
        setColumnWidth(i, widths[i]);
    if (stretched >= 0)
        horizontalHeader()->setSectionResizeMode(stretched, QHeaderView::Stretch);
    else
        horizontalHeader()->setStretchLastSection(true);
}

QString RowTable::asTsv(bool selectedOnly) const
{
    const auto* rows = model();
    QString text;
    const auto line = [&](auto cell) {
        for (int column = 0; column < rows->columnCount(); ++column) {
            QString value = cell(column);
            value.replace(QLatin1Char('\t'), QLatin1Char(' '))
                .replace(QLatin1Char('\n'), QLatin1Char(' '));
            text += (column > 0 ? QStringLiteral("\t") : QString()) + value;
        }
        text += QLatin1Char('\n');
    };
    line([&](int column) { return rows->headerData(column, Qt::Horizontal).toString(); });
    for (int row = 0; row < rows->rowCount(); ++row)
        if (!selectedOnly || selectionModel()->isRowSelected(row))
            line([&](int column) { return rows->index(row, column).data().toString(); });
    return text;
}

void RowTable::setEmptyText(const QString& text)
{
    m_emptyText = text;
    viewport()->update();
}

void RowTable::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    if (m_emptyText.isEmpty() || !model() || model()->rowCount() > 0)
        return;
    constexpr int margin = 40;
    QPainter painter(viewport());
    painter.setPen(tokensOf(this).muted);
    painter.drawText(viewport()->rect().adjusted(margin, margin, -margin, -margin),
        Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, m_emptyText);
}

void RowTable::step(int by)
{
    if (!model() || model()->rowCount() == 0)
        return;
    const int row = std::clamp(currentRow() + by, 0, model()->rowCount() - 1);
    setCurrentIndex(model()->index(row, std::max(0, currentIndex().column())));
}

void RowTable::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QTableView::currentChanged(current, previous);
    if (current.row() != previous.row() || !current.isValid())
        emit rowChanged(current.row());
}

void RowTable::copy(bool selectedOnly) const
{
    QApplication::clipboard()->setText(asTsv(selectedOnly));
}

void RowTable::save()
{
    const QString name = QFileDialog::getSaveFileName(
        this, tr("Save table"), QStringLiteral("table.tsv"), tr("Tab-separated text (*.tsv)"));
    if (name.isEmpty())
        return;
    QSaveFile file(name);
    if (file.open(QIODevice::WriteOnly)) {
        file.write(asTsv(false).toUtf8());
        file.commit();
    }
}

void RowTable::contextMenuEvent(QContextMenuEvent* event)
{
    if (!model())
        return;
    QMenu menu(this);
    menu.addAction(tr("Copy selected rows"), this, [this] { copy(true); });
    menu.addAction(tr("Copy table as TSV"), this, [this] { copy(false); });
    menu.addAction(tr("Save table…"), this, &RowTable::save);
    menu.exec(event->globalPos());
}

void paintRowGround(QPainter& painter, const QStyleOptionViewItem& option)
{
    const Tokens& t = tokensOf(QApplication::palette());
    painter.fillRect(option.rect, option.state & QStyle::State_Selected ? t.selection : t.panel);
    painter.setPen(t.line);
    painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
}

namespace {

void paintPicture(QPainter& painter, const QRectF& box, const QImage& image)
{
    constexpr int corner = 3;
    const QSizeF size = QSizeF(image.size()).scaled(box.size(), Qt::KeepAspectRatio);
    QRectF place(QPointF(), size);
    place.moveCenter(box.center());
    painter.save();
    painter.setRenderHints(QPainter::SmoothPixmapTransform | QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(place, corner, corner);
    painter.setClipPath(outline);
    painter.drawImage(place, image);
    painter.restore();
}

} // namespace

void CellDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    constexpr int margin = 8;
    paintRowGround(*painter, option);
    const QVariant colour = index.data(Qt::ForegroundRole);
    const QVariant side = index.data(Qt::TextAlignmentRole);
    const QRect box = option.rect.adjusted(margin, 0, -margin, -1);
    painter->setFont(option.font);
    painter->setPen(
        colour.isValid() ? colour.value<QColor>() : tokensOf(QApplication::palette()).text);
    painter->drawText(box,
        side.isValid() ? side.value<Qt::Alignment>() : Qt::AlignVCenter | Qt::AlignLeft,
        option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, box.width()));
}

void PictureDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    constexpr int margin = 4;
    paintRowGround(*painter, option);
    const auto image = index.data(Qt::DecorationRole).value<QImage>();
    const QRectF box = QRectF(option.rect).adjusted(margin * 2, margin, -margin, -margin);
    if (image.width() > 1)
        paintPicture(*painter, box, image);
    else {
        painter->setPen(tokensOf(QApplication::palette()).muted);
        painter->drawText(box, Qt::AlignCenter, image.isNull() ? QString() : QStringLiteral("?"));
    }
}

PictureView::PictureView(QWidget* parent)
    : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void PictureView::setImage(const QImage& image)
{
    m_image = image;
    m_message.clear();
    updateGeometry();
    update();
}

void PictureView::setMessage(const QString& text)
{
    m_image = {};
    m_message = text;
    updateGeometry();
    update();
}

void PictureView::setMostHeight(int pixels)
{
    m_mostHeight = pixels;
    updateGeometry();
}

int PictureView::heightForWidth(int width) const
{
    constexpr int empty = 120;
    if (m_image.isNull())
        return empty;
    return std::min(m_mostHeight, std::max(1, width * m_image.height() / m_image.width()));
}

QSize PictureView::sizeHint() const
{
    constexpr int width = 280;
    return { width, heightForWidth(width) };
}

void PictureView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tokens& t = tokensOf(this);
    if (!m_image.isNull())
        return paintPicture(painter, rect(), m_image);
    painter.fillRect(rect(), t.chip);
    painter.setPen(t.muted);
    painter.drawText(rect().adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, m_message);
}

} // namespace slook::gui
