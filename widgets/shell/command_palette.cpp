#include "shell/command_palette.h"
#include "models/text_table_model.h"
#include "parts/card.h"
#include "parts/tables.h"
#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

QString keysOf(const QAction* action)
{
    return QKeySequence::listToString(action->shortcuts(), QKeySequence::NativeText);
}

QString plainName(const QAction* action)
{
    return action->text().remove(QLatin1Char('&'));
}

bool fits(const QString& name, const QString& words)
{
    for (const QString& word : words.split(QLatin1Char(' '), Qt::SkipEmptyParts))
        if (!name.contains(word, Qt::CaseInsensitive))
            return false;
    return true;
}

} // namespace

CommandPalette::CommandPalette(const QList<QAction*>& actions, QWidget* parent)
    : QDialog(parent)
    , m_actions(actions)
    , m_words(new QLineEdit)
    , m_list(new QListWidget)
{
    setObjectName(QStringLiteral("commandPalette"));
    setWindowTitle(tr("Commands"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(520, 420);
    m_words->setPlaceholderText(tr("Type a command"));
    m_words->installEventFilter(this);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_words);
    column->addWidget(m_list, 1);
    connect(m_words, &QLineEdit::textChanged, this, &CommandPalette::fill);
    connect(m_words, &QLineEdit::returnPressed, this, &CommandPalette::run);
    connect(m_list, &QListWidget::itemActivated, this, &CommandPalette::run);
    fill();
}

void CommandPalette::fill()
{
    m_list->clear();
    for (int i = 0; i < m_actions.size(); ++i) {
        const QAction* action = m_actions[i];
        if (!action->isEnabled() || !fits(plainName(action), m_words->text()))
            continue;
        const QString keys = keysOf(action);
        auto* item = new QListWidgetItem(keys.isEmpty()
                ? plainName(action)
                : plainName(action) + QStringLiteral("      ") + keys);
        item->setData(Qt::UserRole, i);
        m_list->addItem(item);
    }
    m_list->setCurrentRow(0);
}

void CommandPalette::run()
{
    const QListWidgetItem* item = m_list->currentItem();
    if (!item)
        return;
    const QPointer<QAction> action = m_actions.value(item->data(Qt::UserRole).toInt());
    close();
    if (action)
        action->trigger();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_words && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Down || key == Qt::Key_Up) {
            const int by = key == Qt::Key_Down ? 1 : -1;
            m_list->setCurrentRow(qBound(0, m_list->currentRow() + by, m_list->count() - 1));
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

void showKeys(const QList<QAction*>& actions, const QString& title, QWidget* parent)
{
    auto* dialog = new QDialog(parent);
    dialog->setObjectName(QStringLiteral("keyHelp"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    dialog->resize(460, 520);
    auto* model =
        new TextTableModel({ CommandPalette::tr("Keys"), CommandPalette::tr("Does") }, dialog);
    std::vector<TextTableModel::Row> rows;
    for (const QAction* action : actions)
        if (!action->shortcuts().isEmpty())
            rows.push_back({ { keysOf(action), plainName(action) } });
    model->setRows(std::move(rows));
    auto* table = new RowTable(26);
    table->setModel(model);
    table->setWidths({ 160, 240 }, 1);
    auto* column = new QVBoxLayout(dialog);
    column->addWidget(table);
    dialog->open();
}

} // namespace slook::gui
