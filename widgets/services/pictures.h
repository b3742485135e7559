#pragma once
#include "core/ids.h"
#include <QCache>
#include <QImage>
#include <QObject>
#include <QSet>

namespace slook::gui {

class Workspace;

/// Small pictures for tables: asked for while painting, decoded elsewhere, kept while there is
/// room.
class Pictures final : public QObject {
    Q_OBJECT
public:
    static constexpr int side = 160; ///< longest side of a small picture, pixels

    explicit Pictures(Workspace& workspace, QObject* parent = nullptr);
    /// The picture if it is here; else a null image, and arrived() follows.
    [[nodiscard]] QImage small(ImageId image);

signals:
    void arrived();

private:
    Workspace& m_workspace;
    QCache<qint64, QImage> m_cache; ///< cost in KiB
    QSet<qint64> m_asked; ///< on the way, or known to be unreadable
};

} // namespace slook::gui
