#pragma once
#include <QAbstractButton>
#include <QWidget>
#include <array>

class QLabel;

namespace slook::gui {

/// One cell of the matrix of transitions: glyph, count, share with Wilson's interval. A click
/// shows its rows.
class MatrixCell final : public QAbstractButton {
    Q_OBJECT
public:
    MatrixCell(int type, const QString& word, QWidget* parent = nullptr);
    void setCounts(int count, int all);
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int m_type;
    QString m_word;
    int m_count = 0;
    QString m_share;
};

/// First answer against the answer after review, 2 by 2; with gain and harm beside.
class TransitionMatrix final : public QWidget {
    Q_OBJECT
public:
    explicit TransitionMatrix(QWidget* parent = nullptr);
    void setCounts(const std::array<int, 5>& counts); ///< by type; [0] all
    void setType(int type); ///< the cell that is pressed; 0 none

signals:
    void typeChosen(int type); ///< 0 where the pressed cell was clicked again

private:
    std::array<MatrixCell*, 5> m_cells {};
};

} // namespace slook::gui
