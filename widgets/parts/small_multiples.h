#pragma once
#include <QAbstractButton>
#include <QScrollArea>
#include <array>
#include <vector>

class QHBoxLayout;

namespace slook::gui {

/// A matrix of transitions in small: its name, and four cells that are the fuller the more of its
/// questions they hold.
class SmallMatrix final : public QAbstractButton {
    Q_OBJECT
public:
    /// @param counts  by type 1 to 4; [0] all
    SmallMatrix(const QString& name, const std::array<int, 5>& counts, QWidget* parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_name;
    std::array<int, 5> m_counts;
};

/// Small matrices in a row; a click on one chooses it.
class SmallMultiples final : public QScrollArea {
    Q_OBJECT
public:
    explicit SmallMultiples(QWidget* parent = nullptr);
    struct Multiple {
        QString name;
        std::array<int, 5> counts;
    };
    void setMultiples(const std::vector<Multiple>& all);

signals:
    void chosen(int multiple); ///< its place in the list

private:
    QHBoxLayout* m_row;
};

} // namespace slook::gui
