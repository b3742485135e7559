#pragma once
#include <QFrame>
#include <QLabel>

class QAction;
class QMenu;
class QPushButton;
class QVBoxLayout;

namespace slook::gui {

/// A panel with 6 px corners, a 1 px line and no shadow; with a strip of colour on the left where
/// it means something.
class Card final : public QFrame {
    Q_OBJECT
public:
    explicit Card(QWidget* parent = nullptr);
    void setStrip(int type); ///< the colour of a transition type; -1 the accent, 0 none

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int m_strip = 0;
};

/// A label for text of others: plain, wrapped, selectable.
[[nodiscard]] QLabel* plainLabel(const QString& text = {}, QWidget* parent = nullptr);
/// The same in the muted colour.
[[nodiscard]] QLabel* mutedLabel(const QString& text = {}, QWidget* parent = nullptr);
/// A heading of 11 px in capitals.
[[nodiscard]] QLabel* heading(const QString& text, QWidget* parent = nullptr);
/// A large figure or sentence.
[[nodiscard]] QLabel* largeLabel(const QString& text, int pixels, QWidget* parent = nullptr);
/// Monospace, for prompts, rules and hashes.
[[nodiscard]] QLabel* codeLabel(const QString& text = {}, QWidget* parent = nullptr);
[[nodiscard]] QFont monospace(int pixels = 12);

/// Does what the action does, and can be pressed while the action can; its tooltip has the key.
/// @param text  where the action's own is too long
[[nodiscard]] QPushButton* actionButton(
    QAction* action, bool primary = false, const QString& text = {});

/// An empty page that says the next step.
/// An entry of a menu with a text of others: no mnemonic in it, and no markup in the tooltip that
/// an action makes of its text.
QAction* addForeignAction(QMenu* menu, const QString& text);

class EmptyState final : public QWidget {
    Q_OBJECT
public:
    EmptyState(const QString& title, const QString& next, QWidget* parent = nullptr);
    void setTexts(const QString& title, const QString& next);
    void addAction(QAction* action); ///< as a button, the first one in the accent
    void addWidget(QWidget* widget); ///< below the texts

private:
    QLabel* m_title;
    QLabel* m_next;
    QVBoxLayout* m_buttons;
};

} // namespace slook::gui
