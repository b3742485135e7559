#include "pages/triangle_glyph.h"
#include "parts/tokens.h"
#include <QPainter>

namespace slook::gui {

TriangleGlyph::TriangleGlyph()
{
    setFixedSize(190, 150);
    setAccessibleName(tr("Similarities"));
}

void TriangleGlyph::setTriplet(const TripletRow& row)
{
    m_question = QString::number(row.questionSimilarity, 'f', 2);
    m_answer = QString::number(row.answerSimilarity, 'f', 2);
    m_score = QString::number(row.score, 'f', 2);
    update();
}

void TriangleGlyph::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokensOf(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QPointF picture(95, 18), question(22, 128), answer(168, 128);
    painter.setPen(QPen(t.line, 2));
    painter.drawLine(question, answer);
    painter.setPen(QPen(t.accent, 2));
    painter.drawLine(picture, question);
    painter.drawLine(picture, answer);
    painter.setPen(t.text);
    const auto corner = [&](const QPointF& at, const QString& letter) {
        painter.setBrush(t.panel);
        painter.setPen(QPen(t.muted, 1.5));
        painter.drawEllipse(at, 14, 14);
        painter.setPen(t.text);
        painter.drawText(QRectF(at.x() - 14, at.y() - 14, 28, 28), Qt::AlignCenter, letter);
    };
    corner(picture, tr("I", "corner of the picture"));
    corner(question, tr("Q", "corner of the question"));
    corner(answer, tr("A", "corner of the answer"));
    painter.drawText(QRectF(0, 58, 52, 20), Qt::AlignRight | Qt::AlignVCenter, m_question);
    painter.drawText(QRectF(138, 58, 52, 20), Qt::AlignLeft | Qt::AlignVCenter, m_answer);
    QFont large = font();
    large.setPixelSize(18);
    large.setBold(true);
    painter.setFont(large);
    painter.drawText(QRectF(55, 78, 80, 30), Qt::AlignCenter, m_score);
}

} // namespace slook::gui
