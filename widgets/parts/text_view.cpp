#include "parts/text_view.h"
#include "parts/card.h"
#include <QAbstractTextDocumentLayout>
#include <QTextBlock>
#include <algorithm>

namespace slook::gui {

TextView::TextView(bool code, QWidget* parent)
    : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setTabChangesFocus(true);
    setFrameShape(QFrame::NoFrame);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setUndoRedoEnabled(false);
    if (code)
        setFont(monospace());
    else {
        constexpr int readingPixels = 14;
        QFont larger = font();
        larger.setPixelSize(readingPixels);
        setFont(larger);
    }
}

void TextView::show(const MarkedText& text)
{
    const QString shown = clipped(text.text);
    if (shown != toPlainText())
        setPlainText(shown);
    QList<QTextEdit::ExtraSelection> selections;
    for (const Marked& mark : text.marks) {
        if (mark.end <= mark.begin || mark.end > longestShown)
            continue;
        QTextEdit::ExtraSelection one;
        one.cursor = QTextCursor(document());
        one.cursor.setPosition(std::min<int>(mark.begin, document()->characterCount() - 1));
        one.cursor.setPosition(
            std::min<int>(mark.end, document()->characterCount() - 1), QTextCursor::KeepAnchor);
        one.format = mark.format;
        selections.append(one);
    }
    setExtraSelections(selections);
    updateGeometry();
}

void TextView::setMostLines(int lines)
{
    m_mostLines = lines;
    setSizePolicy(QSizePolicy::Expanding, lines > 0 ? QSizePolicy::Fixed : QSizePolicy::Expanding);
    updateGeometry();
}

int TextView::wantedHeight() const
{
    int lines = 0;
    for (QTextBlock block = document()->firstBlock(); block.isValid() && lines < m_mostLines;
         block = block.next())
        lines += std::max(1, block.layout() ? block.layout()->lineCount() : 1);
    const int margin = static_cast<int>(2 * document()->documentMargin()) + 2;
    return std::clamp(lines, 1, m_mostLines) * fontMetrics().lineSpacing() + margin;
}

QSize TextView::sizeHint() const
{
    const QSize base = QPlainTextEdit::sizeHint();
    return m_mostLines > 0 ? QSize(base.width(), wantedHeight()) : base;
}

QSize TextView::minimumSizeHint() const
{
    constexpr int least = 60;
    return m_mostLines > 0 ? QSize(least, wantedHeight()) : QSize(least, least);
}

void TextView::resizeEvent(QResizeEvent* event)
{
    QPlainTextEdit::resizeEvent(event);
    if (m_mostLines > 0)
        updateGeometry(); // another width wraps into another number of lines
}

} // namespace slook::gui
