#include "shell/help_dialog.h"
#include <QAbstractTextDocumentLayout>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTimer>
#include <QVBoxLayout>

namespace slook::gui {

HelpDialog::HelpDialog(const QString& page, QWidget* parent)
    : QDialog(parent)
    , m_text(new QTextBrowser)
{
    setObjectName(QStringLiteral("helpDialog"));
    setWindowTitle(tr("Help"));
    resize(820, 720);
    m_text->setObjectName(QStringLiteral("helpText"));
    m_text->setOpenLinks(false); // our own text, and it names no address
    QFile file(QStringLiteral(":/help/help.md"));
    if (file.open(QIODevice::ReadOnly))
        m_text->setMarkdown(QString::fromUtf8(file.readAll()));
    auto* find = new QLineEdit;
    find->setPlaceholderText(tr("find in the help; Enter goes on"));
    connect(find, &QLineEdit::returnPressed, this, [this, find] {
        if (!m_text->find(find->text())) { // once more from the beginning
            m_text->moveCursor(QTextCursor::Start);
            m_text->find(find->text());
        }
    });
    auto* column = new QVBoxLayout(this);
    column->addWidget(find);
    column->addWidget(m_text, 1);
    goTo(page);
}

void HelpDialog::goTo(const QString& page)
{
    const QTextDocument* document = m_text->document();
    for (QTextBlock block = document->begin(); block.isValid(); block = block.next())
        if (block.blockFormat().headingLevel() > 0
            && block.text().compare(page, Qt::CaseInsensitive) == 0)
            m_text->setTextCursor(QTextCursor(block));
    // A dialog that was never shown has no lines to scroll to yet.
    QTimer::singleShot(0, m_text, [text = m_text] {
        const auto* layout = text->document()->documentLayout();
        text->verticalScrollBar()->setValue(
            static_cast<int>(layout->blockBoundingRect(text->textCursor().block()).top()));
    });
}

} // namespace slook::gui
