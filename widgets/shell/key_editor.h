#pragma once
#include "shell/key_map.h"
#include <QDialog>

class QKeySequenceEdit;
class QLabel;
class QLineEdit;

namespace slook::gui {

class RowTable;
class TextTableModel;

/// All commands with their keys: another key for one of them, with the others that have it; back to
/// what was delivered; to and from a file. Nothing is kept before Save.
class KeyEditor final : public QDialog {
    Q_OBJECT
public:
    KeyEditor(KeyMap& keys, QWidget* parent);
    void reject() override; ///< puts the keys back as they were

private:
    void fill();
    void choose(int row);
    void change();
    void setAll(const KeyMap::Keys& keys);
    void withoutLetters();
    void exportTo();
    void importFrom();
    [[nodiscard]] const KeyMap::Command* current() const;

    KeyMap& m_keys;
    KeyMap::Keys m_before;
    QLineEdit* m_find;
    TextTableModel* m_model;
    RowTable* m_table;
    QKeySequenceEdit* m_key;
    QLabel* m_says;
};

} // namespace slook::gui
