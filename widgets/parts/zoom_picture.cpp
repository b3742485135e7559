#include "parts/zoom_picture.h"
#include "parts/tokens.h"
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

namespace slook::gui {
namespace {

constexpr double mostScale = 32;

} // namespace

ZoomPicture::ZoomPicture(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setCursor(Qt::OpenHandCursor);
    setMouseTracking(true); // for panning without a button
}

void ZoomPicture::setImage(const QImage& image)
{
    const bool other = image.size() != m_image.size();
    m_image = image;
    m_message.clear();
    if (other)
        fit();
    update();
}

void ZoomPicture::setMessage(const QString& text)
{
    m_image = {};
    m_message = text;
    update();
}

double ZoomPicture::fitScale() const
{
    if (m_image.isNull())
        return 1;
    return std::min(double(width()) / m_image.width(), double(height()) / m_image.height());
}

double ZoomPicture::scale() const
{
    return m_scale > 0 ? m_scale : fitScale();
}

QRectF ZoomPicture::place() const
{
    const QSizeF size = QSizeF(m_image.size()) * scale();
    const QPointF centre = m_scale > 0 ? m_centre : QRectF(m_image.rect()).center();
    return { QRectF(rect()).center() - centre * scale(), size };
}

void ZoomPicture::fit()
{
    m_scale = 0;
    m_centre = QRectF(m_image.rect()).center();
    update();
    emit zoomed();
}

void ZoomPicture::toggleRealSize()
{
    if (m_scale > 0)
        fit();
    else
        zoomBy(1 / scale());
    emit moved();
}

void ZoomPicture::setGrid(int pixels)
{
    m_grid = pixels;
    update();
}

void ZoomPicture::follow(const ZoomPicture& other)
{
    if (m_image.isNull() || other.m_image.isNull() || &other == this)
        return;
    const double wider = double(m_image.width()) / other.m_image.width();
    const double higher = double(m_image.height()) / other.m_image.height();
    m_scale = other.m_scale > 0 ? other.scale() / wider : 0;
    m_centre = { other.m_centre.x() * wider, other.m_centre.y() * higher };
    update();
    emit zoomed();
}

void ZoomPicture::zoomBy(double factor, const QPointF& at)
{
    if (m_image.isNull())
        return;
    const QPointF fixed = (at - place().topLeft()) / scale();
    const double wanted = std::min(scale() * factor, mostScale);
    if (wanted <= fitScale())
        return fit();
    m_scale = wanted;
    m_centre = fixed + (QRectF(rect()).center() - at) / m_scale;
    update();
    emit zoomed();
}

void ZoomPicture::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tokens& t = tokensOf(this);
    painter.fillRect(rect(), m_image.isNull() ? t.chip : t.panel);
    if (m_image.isNull()) {
        painter.setPen(t.muted);
        painter.drawText(
            rect().adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    // Enlarged pixels stay pixels: what the picture shows is not to be smoothed away.
    painter.setRenderHint(QPainter::SmoothPixmapTransform, scale() < 2);
    painter.drawImage(place(), m_image);
    drawGrid(painter);
}

/// Of the patches that a vision tower cuts a picture into; not where they would cover the picture.
void ZoomPicture::drawGrid(QPainter& painter) const
{
    constexpr double narrowest = 4; // pixels of the screen
    const double step = m_grid * scale();
    if (m_grid <= 0 || step < narrowest)
        return;
    const QRectF whole = place();
    QColor colour = tokensOf(this).accent;
    constexpr int faint = 150;
    colour.setAlpha(faint);
    painter.setPen(QPen(colour, 1));
    for (double x = whole.left() + step; x < whole.right() - 0.5; x += step)
        painter.drawLine(QPointF(x, whole.top()), QPointF(x, whole.bottom()));
    for (double y = whole.top() + step; y < whole.bottom() - 0.5; y += step)
        painter.drawLine(QPointF(whole.left(), y), QPointF(whole.right(), y));
}

void ZoomPicture::wheelEvent(QWheelEvent* event)
{
    constexpr double perStep = 120;
    constexpr double factor = 1.25;
    const QPoint turned = event->angleDelta(); // some systems turn it with Shift
    const int delta = turned.y() != 0 ? turned.y() : turned.x();
    zoomBy(std::pow(factor, delta / perStep), event->position());
    if (!event->modifiers().testFlag(Qt::ShiftModifier))
        emit moved();
    event->accept();
}

void ZoomPicture::mousePressEvent(QMouseEvent* event)
{
    m_grabbed = event->position();
}

void ZoomPicture::mouseMoveEvent(QMouseEvent* event)
{
    if (m_panning || event->buttons() != Qt::NoButton)
        panBy(event->position() - m_grabbed);
    m_grabbed = event->position();
}

void ZoomPicture::panBy(const QPointF& pixels)
{
    if (m_scale <= 0)
        return;
    m_centre -= pixels / m_scale;
    m_centre.setX(std::clamp(m_centre.x(), 0.0, double(m_image.width())));
    m_centre.setY(std::clamp(m_centre.y(), 0.0, double(m_image.height())));
    update();
    emit moved();
}

void ZoomPicture::setPanning(bool on)
{
    m_panning = on;
    setCursor(on ? Qt::ClosedHandCursor : Qt::OpenHandCursor);
}

void ZoomPicture::mouseDoubleClickEvent(QMouseEvent*)
{
    toggleRealSize();
}

} // namespace slook::gui
