#pragma once
#include "pages/page.h"

class QCompleter;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QMenu;
class QStringListModel;
class QTimer;

namespace slook::gui {

/// The filter of all pages as text, as chips that can be taken away, and as saved views; how many
/// questions pass and how many are selected. Up and Down go through what was asked before.
class FilterBar final : public QWidget {
    Q_OBJECT
public:
    explicit FilterBar(const PageParts& parts, QWidget* parent = nullptr);
    void focusText();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showView();
    void showChips();
    void showFault();
    void showCounts();
    void complete(const QString& text);
    void takeCompletion(const QString& word);
    void fillViews();
    void saveView(const QString& name, const QString& filter);
    void recall(int by);
    [[nodiscard]] QStringList candidates(const QString& word) const;

    PageParts m_parts;
    QLineEdit* m_text;
    QLabel* m_fault;
    QLabel* m_count;
    QWidget* m_chips;
    QHBoxLayout* m_chipRow;
    QMenu* m_views;
    QCompleter* m_completer;
    QStringListModel* m_words;
    QTimer* m_pause; ///< runs while the person types
    int m_recalled = -1; ///< place in the history
};

} // namespace slook::gui
