#include "shell/key_editor.h"
#include "models/text_table_model.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/off_thread.h"
#include "parts/tables.h"
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QKeySequenceEdit>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace slook::gui {

KeyEditor::KeyEditor(KeyMap& keys, QWidget* parent)
    : QDialog(parent)
    , m_keys(keys)
    , m_before(keys.changed())
    , m_find(new QLineEdit)
    , m_model(
          new TextTableModel({ tr("Where"), tr("Command"), tr("Key"), tr("As delivered") }, this))
    , m_table(new RowTable(26))
    , m_key(new QKeySequenceEdit)
    , m_says(plainLabel())
{
    setObjectName(QStringLiteral("keyEditor"));
    setWindowTitle(tr("Keys"));
    resize(760, 620);
    m_find->setPlaceholderText(tr("find a command or a key"));
    m_find->setClearButtonEnabled(true);
    m_table->setObjectName(QStringLiteral("keyTable"));
    m_table->setModel(m_model);
    m_table->setWidths({ 120, 300, 130, 130 }, 1);
    m_key->setObjectName(QStringLiteral("keyField"));
    m_says->setObjectName(QStringLiteral("keySays"));
    auto* row = new QHBoxLayout;
    row->addWidget(new QLabel(tr("Key of the chosen command")));
    row->addWidget(m_key, 1);
    const auto button = [&](const QString& text, const QString& says, auto work) {
        auto* made = new QPushButton(text);
        made->setAutoDefault(false);
        made->setToolTip(says);
        connect(made, &QPushButton::clicked, this, work);
        return made;
    };
    row->addWidget(button(tr("No key"), tr("The command stays in the palette"), [this] {
        m_key->clear();
        change();
    }));
    row->addWidget(button(tr("As delivered"), tr("Of this command"), [this] {
        if (const auto* command = current()) {
            m_key->setKeySequence(command->delivered);
            change();
        }
    }));
    auto* presets = new QHBoxLayout;
    presets->addWidget(heading(tr("All keys")));
    presets->addWidget(button(
        tr("As delivered"), tr("Every command gets its own key back"), [this] { setAll({}); }));
    presets->addWidget(button(tr("Without single letters"),
        tr("For those who do not want a stray letter to do something"),
        [this] { withoutLetters(); }));
    presets->addStretch(1);
    presets->addWidget(button(tr("Load…"), tr("Keys from a file"), [this] { importFrom(); }));
    presets->addWidget(
        button(tr("Save as…"), tr("These keys into a file"), [this] { exportTo(); }));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_find);
    column->addWidget(m_table, 1);
    column->addLayout(row);
    column->addWidget(m_says);
    column->addLayout(presets);
    column->addWidget(buttons);
    connect(m_find, &QLineEdit::textChanged, this, &KeyEditor::fill);
    connect(m_table, &RowTable::rowChanged, this, &KeyEditor::choose);
    connect(m_key, &QKeySequenceEdit::editingFinished, this, &KeyEditor::change);
    fill();
}

void KeyEditor::reject()
{
    m_keys.set(m_before);
    QDialog::reject();
}

void KeyEditor::fill()
{
    const auto* chosen = m_model->rowAt(m_table->currentRow());
    const qint64 kept = chosen ? chosen->id : -1;
    std::vector<TextTableModel::Row> rows;
    qint64 id = 0;
    for (const auto& one : m_keys.commands()) {
        const QString text = one.action->text().remove(QLatin1Char('&'));
        const QString key = one.action->shortcut().toString(QKeySequence::NativeText);
        const QString place = one.place.isEmpty() ? tr("everywhere") : one.place;
        const QString all = place + QLatin1Char(' ') + text + QLatin1Char(' ') + key;
        const bool differs = one.action->shortcut() != one.delivered;
        if (all.contains(m_find->text().trimmed(), Qt::CaseInsensitive))
            rows.push_back(
                { { place, text, key,
                      differs ? one.delivered.toString(QKeySequence::NativeText) : QString() },
                    { 0, 0, differs ? 2 : 0 }, id });
        ++id;
    }
    m_model->setRows(std::move(rows));
    const int row = m_model->rowOf(kept);
    m_table->setCurrentIndex(m_model->index(row >= 0 ? row : 0, 0));
    choose(m_table->currentRow());
}

const KeyMap::Command* KeyEditor::current() const
{
    const auto* row = m_model->rowAt(m_table->currentRow());
    return row ? &m_keys.commands()[static_cast<std::size_t>(row->id)] : nullptr;
}

void KeyEditor::choose(int)
{
    const auto* command = current();
    const QSignalBlocker quiet(m_key);
    m_key->setKeySequence(command ? command->action->shortcut() : QKeySequence());
    m_says->setText(command ? command->action->text() : QString());
}

void KeyEditor::change()
{
    const auto* command = current();
    if (!command)
        return;
    const QKeySequence key = m_key->keySequence();
    const QStringList others = m_keys.conflicts(*command, key);
    if (!others.isEmpty()) {
        choose(m_table->currentRow()); // two commands on one key: neither would come
        m_says->setText(tr("%1 is the key of “%2”; give that another one first.")
                            .arg(key.toString(QKeySequence::NativeText), others.join(tr("”, “"))));
        return;
    }
    command->action->setShortcut(key);
    fill();
    m_says->setText(tr("“%1” has the key %2 now.")
                        .arg(command->action->text(),
                            key.isEmpty() ? tr("none") : key.toString(QKeySequence::NativeText)));
}

void KeyEditor::setAll(const KeyMap::Keys& keys)
{
    const int known = m_keys.set(keys);
    fill();
    m_says->setText(tr("%n keys differ from what was delivered.", nullptr, known));
}

void KeyEditor::withoutLetters()
{
    KeyMap::Keys keys;
    for (const auto& one : m_keys.commands()) {
        const QString key = one.delivered.toString(QKeySequence::PortableText);
        if (key.size() == 1 && key[0].isLetter())
            keys[one.id] = QString();
    }
    setAll(keys);
}

void KeyEditor::exportTo()
{
    const QString file = QFileDialog::getSaveFileName(
        this, tr("Save these keys"), QStringLiteral("secondlook-keys.json"), tr("Keys (*.json)"));
    if (file.isEmpty())
        return;
    saveText(file, m_keys.toJson().toStdString(), this, [this, file](const Result<void>& saved) {
        m_says->setText(saved ? tr("Saved %1.").arg(file) : fromUtf8(message(saved.error())));
    });
}

void KeyEditor::importFrom()
{
    const QString file =
        QFileDialog::getOpenFileName(this, tr("Load keys"), {}, tr("Keys (*.json)"));
    if (file.isEmpty())
        return;
    loadText(file, this, [this, file](const Result<std::string>& text) {
        KeyMap::Keys keys;
        if (!text || !KeyMap::fromJson(QByteArray::fromStdString(*text), keys))
            m_says->setText(text
                    ? tr("%1 holds no keys; choose a file that this dialog has saved.").arg(file)
                    : fromUtf8(message(text.error())));
        else
            setAll(keys);
    });
}

} // namespace slook::gui
