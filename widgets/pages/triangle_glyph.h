#pragma once
#include "core/rows.h"
#include <QWidget>

namespace slook::gui {

/// The triangle with the similarity on each edge that was made again, and the score inside.
class TriangleGlyph final : public QWidget {
    Q_OBJECT
public:
    TriangleGlyph();
    void setTriplet(const TripletRow& row);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_question, m_answer, m_score;
};

} // namespace slook::gui
