#pragma once
#include "parts/foreign_text.h"
#include <QPlainTextEdit>

namespace slook::gui {

/// Shows a longer text of others with marked places: plain, wrapped, cut at 20,000 characters with
/// a note. It grows with its text up to a number of lines.
class TextView final : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit TextView(bool code = false, QWidget* parent = nullptr);
    void show(const MarkedText& text);
    void setMostLines(int lines); ///< 0: takes the room that is there
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] int wantedHeight() const;
    int m_mostLines = 0;
};

} // namespace slook::gui
