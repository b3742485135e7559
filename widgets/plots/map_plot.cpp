#include "plots/map_plot.h"
#include "parts/tokens.h"
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QThread>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <thread>

namespace slook::gui {
namespace {

constexpr double margin = 16;
constexpr double reach = 10; ///< pixels from the pointer to a point
constexpr std::size_t many = 20'000; ///< points, from which on their glyphs are smaller
constexpr double dimmed = 0.18;

QPainterPath pathOf(int glyph, double r)
{
    QPainterPath path;
    const auto polygon = [&](std::initializer_list<QPointF> corners) {
        path.addPolygon(QPolygonF(QList<QPointF>(corners)));
        path.closeSubpath();
    };
    switch (glyph) {
    case 1:
        path.addRect(-0.85 * r, -0.85 * r, 1.7 * r, 1.7 * r);
        break;
    case 2:
        polygon({ { 0, -r }, { r, 0.8 * r }, { -r, 0.8 * r } });
        break;
    case 3:
        polygon({ { 0, -1.15 * r }, { 1.15 * r, 0 }, { 0, 1.15 * r }, { -1.15 * r, 0 } });
        break;
    case 4: // cross
    case 5: { // plus
        const double thin = 0.38 * r;
        path.addRect(-thin, -1.1 * r, 2 * thin, 2.2 * r);
        QPainterPath across;
        across.addRect(-1.1 * r, -thin, 2.2 * r, 2 * thin);
        path = path.united(across);
        if (glyph == 4)
            path = QTransform().rotate(45).map(path);
        break;
    }
    case 6:
        polygon({ { 0, r }, { r, -0.8 * r }, { -r, -0.8 * r } });
        break;
    case 7: {
        path.addEllipse(QPointF(), r, r);
        QPainterPath hole;
        hole.addEllipse(QPointF(), 0.5 * r, 0.5 * r);
        path = path.subtracted(hole);
        break;
    }
    default:
        path.addEllipse(QPointF(), r, r);
    }
    return path;
}

/// `over` on `under`, both premultiplied.
inline QRgb blended(QRgb under, QRgb over)
{
    const unsigned left = 255 - qAlpha(over);
    if (left == 0)
        return over;
    // Two channels at once; (x * left + 128) / 255 by shifts.
    unsigned rb = (under & 0xFF00FF) * left + 0x800080;
    rb = ((rb + ((rb >> 8) & 0xFF00FF)) >> 8) & 0xFF00FF;
    unsigned ag = ((under >> 8) & 0xFF00FF) * left + 0x800080;
    ag = (ag + ((ag >> 8) & 0xFF00FF)) & 0xFF00FF00;
    return over + (rb | ag);
}

/// Does rows [0, height) in bands, one a thread. @param band  [first, end)
void inBands(int height, const std::function<void(int first, int end)>& band)
{
    constexpr int most = 4;
    const int bands = std::clamp(QThread::idealThreadCount(), 1, most);
    std::vector<std::jthread> others; // waited for at the end
    for (int i = 1; i < bands; ++i)
        others.emplace_back([&, i] { band(height * i / bands, height * (i + 1) / bands); });
    band(0, height / bands);
}

/// Where numbers on a grid pass a level, as line pieces. Source: marching squares (Lorensen and
/// Cline 1987, in the plane); a saddle is cut both ways.
void addContour(const std::vector<float>& values, int wide, int tall, float level, double side,
    QList<QLineF>& lines)
{
    const auto at = [&](int x, int y) { return values[static_cast<std::size_t>(y * wide + x)]; };
    for (int y = 0; y + 1 < tall; ++y)
        for (int x = 0; x + 1 < wide; ++x) {
            const std::array corners { at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1) };
            constexpr std::array<std::array<int, 2>, 4> places { { { 0, 0 }, { 1, 0 }, { 1, 1 },
                { 0, 1 } } };
            std::array<QPointF, 4> crossings;
            std::size_t found = 0;
            for (std::size_t i = 0; i < 4; ++i) {
                const std::size_t next = (i + 1) % 4;
                if ((corners[i] < level) == (corners[next] < level))
                    continue;
                const double along = (level - corners[i]) / (corners[next] - corners[i]);
                const auto between = [&](std::size_t axis) {
                    return places[i][axis] + along * (places[next][axis] - places[i][axis]);
                };
                crossings[found++] = { (x + 0.5 + between(0)) * side,
                    (y + 0.5 + between(1)) * side };
            }
            for (std::size_t i = 0; i + 1 < found; i += 2)
                lines << QLineF(crossings[i], crossings[i + 1]);
        }
}

} // namespace

MapPlot::MapPlot(QWidget* parent)
    : QWidget(parent)
{
    constexpr int least = 240;
    setMinimumSize(least, least);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(tr("Map"));
}

void MapPlot::setPoints(std::vector<QPointF> points, bool keepView)
{
    if (points == m_points)
        return refresh(); // read again: whoever has zoomed in stays there
    const bool fit = points.size() != m_points.size();
    m_points = std::move(points);
    if (fit) {
        m_class.assign(m_points.size(), 0);
        m_shown.clear();
        m_selected.clear();
        m_several = false;
        m_current = -1;
    }
    if (fit || !keepView)
        return showAll();
    refresh();
}

void MapPlot::setClasses(std::vector<int> of, std::vector<MapClass> classes)
{
    m_class = std::move(of);
    m_class.resize(m_points.size(), 0);
    m_classes = std::move(classes);
    refresh();
}

void MapPlot::setShown(std::vector<bool> shown)
{
    m_shown = std::move(shown);
    if (!m_shown.empty())
        m_shown.resize(m_points.size(), true);
    refresh();
}

void MapPlot::setSelected(std::vector<bool> selected)
{
    m_selected = std::move(selected);
    m_selected.resize(m_points.size(), false);
    m_several = std::ranges::count(m_selected, true) > 1;
    refresh();
}

void MapPlot::setDensity(bool on)
{
    m_density = on;
    refresh();
}

void MapPlot::refresh()
{
    m_stale = true;
    update();
}

void MapPlot::showAll()
{
    if (m_points.empty())
        return refresh();
    QPointF low = m_points.front(), high = low;
    for (const QPointF& p : m_points) {
        low = { std::min(low.x(), p.x()), std::min(low.y(), p.y()) };
        high = { std::max(high.x(), p.x()), std::max(high.y(), p.y()) };
    }
    m_centre = (low + high) / 2;
    const double wide = std::max(high.x() - low.x(), 1e-12);
    const double tall = std::max(high.y() - low.y(), 1e-12);
    m_scale = std::min((width() - 2 * margin) / wide, (height() - 2 * margin) / tall);
    m_scale = std::max(m_scale, 1e-12);
    refresh();
}

QPointF MapPlot::placeOf(int point) const
{
    const QPointF off = (m_points[static_cast<std::size_t>(point)] - m_centre) * m_scale;
    return { width() / 2.0 + off.x(), height() / 2.0 - off.y() };
}

int MapPlot::pointAt(const QPointF& place) const
{
    int best = -1;
    double nearest = reach * reach;
    for (int i = 0; i < static_cast<int>(m_points.size()); ++i) {
        if (!shows(static_cast<std::size_t>(i)))
            continue;
        const QPointF off = placeOf(i) - place;
        const double squared = QPointF::dotProduct(off, off);
        if (squared < nearest) {
            nearest = squared;
            best = i;
        }
    }
    return best;
}

std::vector<int> MapPlot::pointsIn(const QPolygonF& outline) const
{
    // Filled once and looked up for each point: what is inside on the screen is inside.
    QImage mask(size(), QImage::Format_Grayscale8);
    mask.fill(0);
    {
        QPainter painter(&mask);
        QPainterPath path;
        path.addPolygon(outline);
        path.setFillRule(Qt::WindingFill);
        painter.fillPath(path, Qt::white);
    }
    std::vector<int> inside;
    for (int i = 0; i < static_cast<int>(m_points.size()); ++i) {
        if (!shows(static_cast<std::size_t>(i)))
            continue;
        const QPoint at = placeOf(i).toPoint();
        if (mask.rect().contains(at) && mask.constScanLine(at.y())[at.x()] != 0)
            inside.push_back(i);
    }
    return inside;
}

void MapPlot::setCurrent(int point)
{
    if (point == m_current)
        return;
    m_current = point;
    update();
    emit currentChanged(point);
}

double MapPlot::glyphSize() const
{
    return m_points.size() > many ? 1.8 : m_points.size() > many / 5 ? 3.0 : 4.2;
}

MapPlot::Stamp MapPlot::stampOf(const MapClass& as, double opacity) const
{
    const double ratio = devicePixelRatioF();
    const double size = glyphSize() * ratio;
    Stamp stamp;
    stamp.reach = static_cast<int>(std::ceil(size * 1.2)) + 1;
    const int side = 2 * stamp.reach + 1;
    QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.setOpacity(opacity);
    drawGlyph(painter, { stamp.reach + 0.5, stamp.reach + 0.5 }, as, size);
    painter.end();
    for (int y = 0; y < side; ++y) {
        const auto* line = reinterpret_cast<const QRgb*>(image.constScanLine(y));
        for (int x = 0; x < side; ++x)
            if (line[x] != 0)
                stamp.pixels.push_back({ x - stamp.reach, y - stamp.reach, line[x], 0 });
    }
    return stamp;
}

void MapPlot::drawGlyph(QPainter& painter, const QPointF& at, const MapClass& as, double size)
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(as.colour.darker(140), size > 3 ? 0.7 : 0.3));
    painter.setBrush(as.colour);
    painter.drawPath(pathOf(as.glyph, size).translated(at));
}

void MapPlot::stampAll(QImage& image, bool selected) const
{
    const double opacity = m_several && !selected ? dimmed : m_points.size() > many ? 0.5 : 0.85;
    std::vector<Stamp> stamps;
    for (const MapClass& one : m_classes)
        stamps.push_back(stampOf(one, opacity));
    if (stamps.empty())
        stamps.push_back(stampOf({ {}, tokensOf(this).accent, 0 }, opacity));
    const double ratio = devicePixelRatioF();
    const double scale = m_scale * ratio;
    const double left = image.width() / 2.0 - m_centre.x() * scale;
    const double top = image.height() / 2.0 + m_centre.y() * scale;
    auto* pixels = reinterpret_cast<QRgb*>(image.bits());
    const auto stride = image.bytesPerLine() / qsizetype(sizeof(QRgb));
    for (Stamp& stamp : stamps)
        for (StampPixel& one : stamp.pixels)
            one.offset = one.y * stride + one.x;
    // Each pixel belongs to one band, and its points come in their order: the same picture with any
    // number of threads.
    inBands(image.height(), [&](int firstRow, int endRow) {
        for (std::size_t i = 0; i < m_points.size(); ++i) {
            const double y = std::floor(top - m_points[i].y() * scale);
            const auto kind = std::min(static_cast<std::size_t>(m_class[i]), stamps.size() - 1);
            const double edge = stamps[kind].reach;
            if (y < firstRow - edge || y >= endRow + edge)
                continue;
            const double x = std::floor(left + m_points[i].x() * scale);
            if (x < -edge || x >= image.width() + edge)
                continue;
            if (!shows(i) || (m_several && m_selected[i] != selected))
                continue;
            const int column = static_cast<int>(x), row = static_cast<int>(y);
            if (x >= edge && x + edge < image.width() && y - edge >= firstRow
                && y + edge < endRow) {
                QRgb* const centre = pixels + row * stride + column;
                for (const StampPixel& one : stamps[kind].pixels)
                    centre[one.offset] = blended(centre[one.offset], one.colour);
                continue;
            }
            for (const StampPixel& one : stamps[kind].pixels) {
                const int atX = column + one.x, atY = row + one.y;
                if (atX < 0 || atX >= image.width() || atY < firstRow || atY >= endRow)
                    continue;
                QRgb& to = pixels[atY * stride + atX];
                to = blended(to, one.colour);
            }
        }
    });
}

/// Points of each small square, smoothed three times over its neighbours, as lines of one density.
void MapPlot::drawDensity(QImage& image) const
{
    constexpr int square = 4, radius = 4, steps = 5;
    const int wide = image.width() / square + 1, tall = image.height() / square + 1;
    std::vector<float> counts(static_cast<std::size_t>(wide) * static_cast<std::size_t>(tall), 0);
    const double scale = m_scale * devicePixelRatioF();
    for (std::size_t i = 0; i < m_points.size(); ++i) {
        const QPointF off = (m_points[i] - m_centre) * scale;
        const int x = static_cast<int>((image.width() / 2.0 + off.x()) / square);
        const int y = static_cast<int>((image.height() / 2.0 - off.y()) / square);
        if (shows(i) && x >= 0 && y >= 0 && x < wide && y < tall)
            ++counts[static_cast<std::size_t>(y * wide + x)];
    }
    std::vector<float> blurred(counts.size());
    const auto blur = [&](int lines, int length, int along, int across) {
        for (int line = 0; line < lines; ++line) {
            float sum = 0;
            const auto at = [&](int i) {
                return static_cast<std::size_t>(line * across + i * along);
            };
            for (int i = -radius; i < length; ++i) {
                if (i + radius < length)
                    sum += counts[at(i + radius)];
                if (i - radius - 1 >= 0)
                    sum -= counts[at(i - radius - 1)];
                if (i >= 0)
                    blurred[at(i)] = sum;
            }
        }
        std::swap(counts, blurred);
    };
    for (int pass = 0; pass < 3; ++pass) {
        blur(tall, wide, 1, wide);
        blur(wide, tall, wide, 1);
    }
    const float most = *std::ranges::max_element(counts);
    if (most <= 0)
        return;
    // By powers of two, since a cloud's edge shall show beside its middle.
    QList<QLineF> lines;
    for (int step = 0; step < steps; ++step)
        addContour(counts, wide, tall, most / static_cast<float>(2 << step), square, lines);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(tokensOf(this).text, 1.1 * devicePixelRatioF()));
    painter.drawLines(lines);
}

void MapPlot::redraw()
{
    const QSize wanted = size() * devicePixelRatioF();
    if (m_picture.size() != wanted)
        m_picture = QImage(wanted, QImage::Format_ARGB32_Premultiplied);
    m_picture.setDevicePixelRatio(1);
    m_picture.fill(tokensOf(this).panel);
    if (m_several)
        stampAll(m_picture, false);
    stampAll(m_picture, true);
    if (m_density)
        drawDensity(m_picture);
    m_picture.setDevicePixelRatio(devicePixelRatioF());
    m_stale = false;
}

void MapPlot::paintEvent(QPaintEvent*)
{
    if (m_stale || m_picture.isNull())
        redraw();
    const Tokens& t = tokensOf(this);
    QPainter painter(this);
    painter.drawImage(0, 0, m_picture);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_current >= 0 && m_current < static_cast<int>(m_points.size())) {
        painter.setPen(QPen(t.text, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(placeOf(m_current), glyphSize() + 5, glyphSize() + 5);
    }
    if (m_lasso.size() > 1) {
        QColor inside = t.accent;
        inside.setAlpha(30);
        painter.setPen(QPen(t.accent, 1.5, Qt::DashLine));
        painter.setBrush(inside);
        painter.drawPolygon(m_lasso, Qt::WindingFill);
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(hasFocus() ? QPen(t.accent, 1.5) : QPen(t.line));
    painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
}

void MapPlot::drawInto(QPainter& painter, const QRectF& box) const
{
    const double fit = std::min(box.width() / width(), box.height() / height());
    if (m_points.size() > many && !m_picture.isNull()) { // as paths they would take seconds
        QRectF place(QPointF(), QSizeF(size()) * fit);
        place.moveCenter(box.center());
        return painter.drawImage(place, m_picture);
    }
    painter.save();
    painter.setClipRect(box);
    const bool before = m_several;
    for (const bool selected : { false, true }) {
        if (!before && !selected)
            continue;
        painter.setOpacity(before && !selected ? dimmed : 0.85);
        for (int i = 0; i < static_cast<int>(m_points.size()); ++i) {
            const auto at = static_cast<std::size_t>(i);
            if (!shows(at) || (before && m_selected[at] != selected) || m_classes.empty())
                continue;
            const auto kind = std::min(static_cast<std::size_t>(m_class[at]), m_classes.size() - 1);
            const QPointF off = placeOf(i) - QPointF(width() / 2.0, height() / 2.0);
            drawGlyph(painter, box.center() + off * fit, m_classes[kind], glyphSize() * fit);
        }
    }
    painter.restore();
}

void MapPlot::resizeEvent(QResizeEvent*)
{
    showAll();
}

void MapPlot::zoom(double factor, const QPointF& at)
{
    const QPointF middle(width() / 2.0, height() / 2.0);
    const QPointF off((at - middle).x(), -(at - middle).y());
    m_centre += off / m_scale - off / (m_scale * factor);
    m_scale *= factor;
    refresh();
}

void MapPlot::move(const QPointF& by)
{
    m_centre -= QPointF(by.x(), -by.y()) / m_scale;
    refresh();
}

void MapPlot::step(int by)
{
    const int n = static_cast<int>(m_points.size());
    int at = m_current < 0 && by < 0 ? 0 : m_current;
    for (int tried = 0; tried < n; ++tried) {
        at = ((at + by) % n + n) % n;
        const auto point = static_cast<std::size_t>(at);
        if (shows(point) && (!m_several || m_selected[point]))
            return setCurrent(at);
    }
}

void MapPlot::mousePressEvent(QMouseEvent* event)
{
    const bool moves = event->button() == Qt::MiddleButton
        || (event->button() == Qt::LeftButton && event->modifiers() & Qt::ControlModifier);
    if (moves)
        m_dragged = event->position();
    else if (event->button() == Qt::LeftButton)
        m_lasso = QPolygonF { event->position() };
}

void MapPlot::mouseMoveEvent(QMouseEvent* event)
{
    if (m_dragged) {
        move(event->position() - *m_dragged);
        m_dragged = event->position();
    } else if (!m_lasso.isEmpty()) {
        m_lasso << event->position();
        update();
    } else
        setCurrent(pointAt(event->position()));
}

void MapPlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (m_dragged) {
        m_dragged.reset();
        return;
    }
    if (m_lasso.isEmpty() || event->button() != Qt::LeftButton)
        return;
    const QPolygonF outline = std::exchange(m_lasso, {});
    update();
    constexpr double click = 4; // pixels: less is a click, not a lasso
    const QRectF box = outline.boundingRect();
    std::vector<int> points;
    if (box.width() < click && box.height() < click) {
        if (const int one = pointAt(event->position()); one >= 0)
            points.push_back(one);
    } else
        points = pointsIn(outline);
    emit lassoed(points, event->modifiers());
}

void MapPlot::wheelEvent(QWheelEvent* event)
{
    constexpr double notch = 120, strength = 1.25;
    zoom(std::pow(strength, event->angleDelta().y() / notch), event->position());
}

void MapPlot::keyPressEvent(QKeyEvent* event)
{
    constexpr double stride = 40, strength = 1.25;
    const QPointF middle(width() / 2.0, height() / 2.0);
    switch (event->key()) {
    case Qt::Key_Left:
        return move({ stride, 0 });
    case Qt::Key_Right:
        return move({ -stride, 0 });
    case Qt::Key_Up:
        return move({ 0, stride });
    case Qt::Key_Down:
        return move({ 0, -stride });
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoom(strength, middle);
    case Qt::Key_Minus:
        return zoom(1 / strength, middle);
    case Qt::Key_0:
        return showAll();
    case Qt::Key_J:
        return step(1);
    case Qt::Key_K:
        return step(-1);
    case Qt::Key_Space:
        if (m_current >= 0)
            emit toggled(m_current);
        return;
    case Qt::Key_Escape:
        if (!m_lasso.isEmpty()) {
            m_lasso.clear();
            return update();
        }
        emit cleared();
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void MapPlot::leaveEvent(QEvent*)
{
    if (!hasFocus())
        setCurrent(-1);
}

void MapPlot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        refresh();
}

} // namespace slook::gui
