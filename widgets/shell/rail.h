#pragma once
#include <QAbstractButton>
#include <QWidget>
#include <vector>

class QAction;

namespace slook::gui {

/// The left rail: an icon and a word for each page. One is chosen.
class Rail final : public QWidget {
    Q_OBJECT
public:
    explicit Rail(QWidget* parent = nullptr);
    /// The action is triggered by a click; its icon name is its object name.
    void add(QAction* action);
    void setCurrent(int index);
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<QAbstractButton*> m_buttons;
};

/// The SVG `name` of the program's icons in one colour.
[[nodiscard]] QPixmap tintedIcon(const QString& name, const QColor& colour, int side, double ratio);

} // namespace slook::gui
