#pragma once
#include <QColor>
#include <QImage>
#include <QPolygonF>
#include <QTransform>
#include <QWidget>
#include <optional>
#include <vector>

namespace slook::gui {

/// What points of one kind look like; the glyph says it without colour, too.
struct MapClass {
    QString name;
    QColor colour;
    int glyph = 0; ///< 0 to 7: circle, square, triangle, diamond, cross, plus, triangle down, ring
};

/// Many points of the plane, drawn into a picture that is only made anew when something changes.
/// Points keep their numbers: what is not shown is left out of the drawing and of nothing else.
///
/// Dragging draws a lasso (with Shift it adds, with Alt it takes away), the wheel zooms at the
/// pointer, the middle button or Ctrl and dragging moves. Keys: arrows move, + and - zoom, 0 shows
/// all, J and K go from point to point, Space selects the one, Esc clears.
class MapPlot final : public QWidget {
    Q_OBJECT
public:
    explicit MapPlot(QWidget* parent = nullptr);
    /// New places, which the view is fitted to, unless it is to stay and there are as many; as many
    /// of them stay selected and hidden as they were.
    void setPoints(std::vector<QPointF> points, bool keepView = false);
    /// @param of  a number of `classes` for each point
    void setClasses(std::vector<int> of, std::vector<MapClass> classes);
    void setShown(std::vector<bool> shown); ///< empty: all
    /// Empty: none. The others step back where several are selected; a single one is only current.
    void setSelected(std::vector<bool> selected);
    void setDensity(bool on); ///< lines of one density over the points, at 1/2, 1/4 ... of the most
    [[nodiscard]] bool density() const { return m_density; }

    [[nodiscard]] QPointF placeOf(int point) const; ///< in the widget
    /// The shown point nearest to a place of the widget, within some pixels; -1: none.
    [[nodiscard]] int pointAt(const QPointF& place) const;
    /// The shown points inside an outline of the widget.
    [[nodiscard]] std::vector<int> pointsIn(const QPolygonF& outline) const;
    [[nodiscard]] int current() const { return m_current; }
    void setCurrent(int point);
    void showAll();

    /// Draws the points into `box` of a painter, for figures: as paths, very many as pixels.
    void drawInto(QPainter& painter, const QRectF& box) const;
    static void drawGlyph(QPainter& painter, const QPointF& at, const MapClass& as, double size);

signals:
    void lassoed(const std::vector<int>& points, Qt::KeyboardModifiers modifiers);
    void cleared(); ///< Esc
    void currentChanged(int point); ///< under the pointer or reached by keys; -1: none
    void toggled(int point); ///< Space

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    /// A glyph as pixels around its centre, premultiplied; those that are clear are left out.
    struct StampPixel {
        int x, y;
        QRgb colour;
        qsizetype offset = 0; ///< from the centre, in a picture's memory
    };
    struct Stamp {
        std::vector<StampPixel> pixels;
        int reach = 0; ///< of the farthest pixel
    };
    [[nodiscard]] bool shows(std::size_t point) const { return m_shown.empty() || m_shown[point]; }
    [[nodiscard]] double glyphSize() const;
    [[nodiscard]] Stamp stampOf(const MapClass& as, double opacity) const;
    void redraw();
    void drawDensity(QImage& image) const;
    void stampAll(QImage& image, bool selected) const;
    void zoom(double factor, const QPointF& at);
    void move(const QPointF& by);
    void step(int by);
    void refresh();

    std::vector<QPointF> m_points; ///< places of the layout
    std::vector<int> m_class;
    std::vector<MapClass> m_classes;
    std::vector<bool> m_shown;
    std::vector<bool> m_selected;
    bool m_several = false; ///< are selected: the others step back
    bool m_density = false;
    QPointF m_centre; ///< of the layout, in the middle of the widget
    double m_scale = 1; ///< pixels a unit of the layout
    QImage m_picture;
    bool m_stale = true;
    int m_current = -1;
    QPolygonF m_lasso;
    std::optional<QPointF> m_dragged; ///< where a move has come to
};

} // namespace slook::gui
