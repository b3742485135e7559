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
        return fit();
    zoomBy(1 / scale());
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
}

void ZoomPicture::wheelEvent(QWheelEvent* event)
{
    constexpr double perStep = 120;
    constexpr double factor = 1.25;
    zoomBy(std::pow(factor, event->angleDelta().y() / perStep), event->position());
    event->accept();
}

void ZoomPicture::mousePressEvent(QMouseEvent* event)
{
    m_grabbed = event->position();
}

void ZoomPicture::mouseMoveEvent(QMouseEvent* event)
{
    if (m_scale <= 0 || event->buttons() == Qt::NoButton)
        return;
    const QPointF moved = (event->position() - m_grabbed) / m_scale;
    m_grabbed = event->position();
    m_centre -= moved;
    m_centre.setX(std::clamp(m_centre.x(), 0.0, double(m_image.width())));
    m_centre.setY(std::clamp(m_centre.y(), 0.0, double(m_image.height())));
    update();
}

void ZoomPicture::mouseDoubleClickEvent(QMouseEvent*)
{
    toggleRealSize();
}

} // namespace slook::gui
