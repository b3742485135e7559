#include "services/pictures.h"
#include "services/workspace.h"

namespace slook::gui {
namespace {

constexpr int cacheKiB = 96 * 1024;
constexpr int mostOnTheWay = 200; // a fast scroll would ask for all of a large project

} // namespace

Pictures::Pictures(Workspace& workspace, QObject* parent)
    : QObject(parent)
    , m_workspace(workspace)
    , m_cache(cacheKiB)
{
    connect(&workspace, &Workspace::projectChanged, this, [this] {
        m_cache.clear();
        m_asked.clear();
    });
}

QImage Pictures::small(ImageId image)
{
    if (!image)
        return {};
    if (const QImage* known = m_cache.object(image.value))
        return *known;
    if (m_asked.contains(image.value) || m_asked.size() > mostOnTheWay)
        return {};
    m_asked.insert(image.value);
    m_workspace.picture(image, side, this, [this, image](Result<QImage> picture) {
        m_asked.remove(image.value);
        auto* kept = new QImage(picture ? *picture : QImage(1, 1, QImage::Format_Alpha8));
        constexpr int kibi = 1024;
        m_cache.insert(image.value, kept, 1 + static_cast<int>(kept->sizeInBytes() / kibi));
        emit arrived();
    });
    return {};
}

} // namespace slook::gui
