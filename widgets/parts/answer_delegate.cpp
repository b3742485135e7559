#include "parts/answer_delegate.h"
#include "models/item_table_model.h"
#include "models/transition_model.h"
#include "parts/answers.h"
#include "parts/tables.h"
#include <QApplication>
#include <QPainter>
#include <cmath>

namespace slook::gui {
namespace {

constexpr int margin = 8;

/// How many characters of running text a cell holds, nearly.
int roomIn(const QRectF& box, const QFont& font)
{
    const QFontMetricsF metrics(font);
    constexpr double fullness = 0.86; // lines break before they are full
    const double lines = std::max(1.0, std::floor(box.height() / std::ceil(metrics.height())));
    return std::max(
        40, static_cast<int>(fullness * lines * box.width() / metrics.averageCharWidth()));
}

void paintQuestion(
    QPainter& painter, QRectF box, const TransitionRow& row, const QFont& font, const Tokens& t)
{
    QFont bold = font;
    bold.setWeight(QFont::DemiBold);
    const double lineHeight = QFontMetricsF(font).height();
    const QRectF upper(box.topLeft(), QSizeF(box.width(), 2 * lineHeight + 1));
    const double used =
        drawParagraph(painter, upper, { clipped(oneLine(row.question), 160), {} }, bold, t.text);
    box.setTop(box.top() + used + 2);
    const QString options =
        row.options.empty() ? oneLine(row.answer) : optionsLine(row.options, row.answer);
    if (box.height() >= lineHeight - 2)
        drawParagraph(painter, box, { clipped(options, 160), {} }, font, t.muted);
}

void paintType(QPainter& painter, const QRectF& box, int type, const QFont& font, const Tokens& t)
{
    QFont large = font;
    large.setPixelSize(font.pixelSize() > 0 ? font.pixelSize() + 2 : 15);
    large.setWeight(QFont::Bold);
    painter.setFont(large);
    painter.setPen(t.ofType(type));
    painter.drawText(box, Qt::AlignLeft | Qt::AlignTop, typeGlyph(type));
}

} // namespace

void AnswerDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const auto* model = qobject_cast<const TransitionModel*>(index.model());
    const auto row = model ? model->rowAt(index.row()) : std::nullopt;
    paintRowGround(*painter, option);
    if (!row)
        return;
    const Tokens& t = tokensOf(QApplication::palette());
    const QRectF box = QRectF(option.rect).adjusted(margin, margin - 2, -margin, -4);
    const QColor ground = option.state & QStyle::State_Selected ? t.selection : t.panel;
    switch (index.column()) {
    case TransitionModel::QuestionColumn:
        return paintQuestion(*painter, box, *row, option.font, t);
    case TransitionModel::TypeColumn:
        return paintType(*painter, box, row->type(), option.font, t);
    case TransitionModel::FirstColumn:
    case TransitionModel::RefinedColumn: {
        const bool first = index.column() == TransitionModel::FirstColumn;
        const QColor under = tint(t.ofType(row->type()), ground);
        AnswerPair pair = showDifference
            ? markDifference(row->firstText, row->refinedText, Qt::transparent, under)
            : AnswerPair { { fromUtf8(row->firstText), {} }, { fromUtf8(row->refinedText), {} } };
        MarkedText& shown = first ? pair.first : pair.second;
        markAnswer(shown, first ? row->firstAnswer : row->refinedAnswer, t);
        drawParagraph(*painter, box, excerpt(shown, roomIn(box, option.font)), option.font, t.text);
        return;
    }
    default:
        drawParagraph(*painter, box, { index.data().toString(), {} }, option.font,
            row->extractorsDisagree ? t.harm : t.muted);
    }
}

} // namespace slook::gui
