#pragma once
#include <QImage>
#include <QWidget>

namespace slook::gui {

/// A picture with zoom and pan: the wheel zooms at the pointer, dragging moves, Z switches between
/// fit and real size, plus and minus zoom. The zoom stays when another view of the same size comes.
/// With Shift, the wheel zooms this picture alone and not those that follow it.
class ZoomPicture final : public QWidget {
    Q_OBJECT
public:
    explicit ZoomPicture(QWidget* parent = nullptr);
    void setImage(const QImage& image);
    void setMessage(const QString& text); ///< instead of a picture
    void zoomBy(double factor, const QPointF& at); ///< `at` stays where it is, in this widget
    void zoomBy(double factor) { zoomBy(factor, rect().center()); }
    void toggleRealSize();
    void fit();
    void panBy(const QPointF& pixels); ///< of the screen; nothing where all of it is shown
    void setPanning(bool on); ///< the pointer moves the picture without a button
    void setGrid(int pixels); ///< lines every so many pixels of the picture; 0: none
    /// Shows the same part as another, whatever the sizes of both pictures.
    void follow(const ZoomPicture& other);
    [[nodiscard]] double scale() const; ///< pixels of the screen per pixel of the picture
    [[nodiscard]] QSize imageSize() const { return m_image.size(); }
    [[nodiscard]] const QImage& image() const { return m_image; }
    [[nodiscard]] QRectF place() const; ///< of the picture, in this widget
    [[nodiscard]] QSize sizeHint() const override { return { 480, 420 }; }
    [[nodiscard]] QSize minimumSizeHint() const override { return { 160, 120 }; }

signals:
    void zoomed();
    void moved(); ///< by a person, in a way that others should follow

protected:
    void paintEvent(QPaintEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

private:
    [[nodiscard]] double fitScale() const;
    void drawGrid(QPainter& painter) const;
    QImage m_image;
    QString m_message;
    int m_grid = 0;
    bool m_panning = false;
    double m_scale = 0; ///< 0: fit
    QPointF m_centre; ///< of the widget, in the picture
    QPointF m_grabbed;
};

} // namespace slook::gui
