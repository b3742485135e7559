#pragma once
#include <QStyledItemDelegate>

namespace slook::gui {

/// Draws a row of TransitionModel: question with options, type by glyph and colour, both answers
/// with what differs and what was read marked.
class AnswerDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
        const QModelIndex& index) const override;
    bool showDifference = true;
};

} // namespace slook::gui
