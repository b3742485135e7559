#include "pages/map_colours.h"
#include "parts/foreign_text.h"
#include "parts/tokens.h"
#include <QHash>
#include <QObject>
#include <algorithm>
#include <array>

namespace slook::gui {
namespace {

constexpr std::size_t mostKinds = 8; ///< colours and glyphs that stay apart

/// Okabe and Ito 2008, in an order that begins with the strongest contrast to the ground.
QColor kindColour(std::size_t kind, bool dark)
{
    constexpr std::array<QRgb, mostKinds> light { 0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00,
        0x56B4E9, 0xB3A400, 0x5F6770 };
    constexpr std::array<QRgb, mostKinds> onDark { 0x56B4E9, 0xE69F00, 0x2CC295, 0xE39AC4, 0xF0E442,
        0xF07B3C, 0x4C9BE0, 0xA8B0BA };
    return QColor(QRgb(0xFF000000U | (dark ? onDark : light)[kind % mostKinds]));
}

} // namespace

QString transitionText(int type)
{
    switch (type) {
    case 1:
        return QObject::tr("✓✓ right, right");
    case 2:
        return QObject::tr("✗✓ wrong, right");
    case 3:
        return QObject::tr("✓✗ right, wrong");
    case 4:
        return QObject::tr("✗✗ wrong, wrong");
    default:
        return QObject::tr("no two answers");
    }
}

namespace {

QString scoreText(const std::optional<double>& score)
{
    if (!score)
        return QObject::tr("no score");
    constexpr int fifths = 5;
    const int bin = std::clamp(static_cast<int>(*score * fifths), 0, fifths - 1);
    return QObject::tr("%1 to %2").arg(bin * 0.2, 0, 'f', 1).arg((bin + 1) * 0.2, 0, 'f', 1);
}

QString rightText(const std::optional<bool>& right)
{
    return !right ? QObject::tr("not known")
        : *right  ? QObject::tr("✓ first answer right")
                  : QObject::tr("✗ first answer wrong");
}

} // namespace

MapKinds kindsOf(const std::vector<workbench::MapPoint>& points, MapColour by)
{
    MapKinds kinds;
    std::vector<QString>& names = kinds.names;
    const auto nameOf = [&](const workbench::MapPoint& point) -> QString {
        switch (by) {
        case MapColour::Category:
            return point.category.empty() ? QObject::tr("no category") : oneLine(point.category);
        case MapColour::Kind:
            return oneLine(point.kind);
        case MapColour::Transition:
            return transitionText(point.type);
        case MapColour::Right:
            return rightText(point.right);
        case MapColour::Score:
            return scoreText(point.score);
        case MapColour::Run:
            return oneLine(point.run);
        default:
            return oneLine(point.source);
        }
    };
    std::vector<QString> ofPoint;
    QHash<QString, int> counts;
    for (const auto& point : points)
        ++counts[ofPoint.emplace_back(nameOf(point))];
    names.assign(counts.keyBegin(), counts.keyEnd());
    std::ranges::sort(names, [&](const QString& a, const QString& b) {
        return counts[a] != counts[b] ? counts[a] > counts[b] : a < b;
    });
    const bool ordered =
        by == MapColour::Transition || by == MapColour::Right || by == MapColour::Score;
    if (names.size() > mostKinds) { // the rest is one kind
        names.resize(mostKinds - 1);
        names.push_back(QObject::tr("others (%1)").arg(counts.size() - qsizetype(mostKinds) + 1));
    } else if (ordered)
        std::ranges::sort(names, [&](const QString& a, const QString& b) {
            const auto rank = [&](const QString& name) {
                for (int type = 1; type <= 4; ++type)
                    if (name == transitionText(type))
                        return type;
                return name == rightText(true) ? 1 : name == rightText(false) ? 2 : 9;
            };
            return rank(a) != rank(b) ? rank(a) < rank(b) : a < b;
        });
    QHash<QString, int> numbers;
    for (std::size_t i = 0; i < names.size(); ++i)
        numbers.insert(names[i], static_cast<int>(i));
    for (const QString& name : ofPoint)
        kinds.ofPoint.push_back(numbers.value(name, static_cast<int>(names.size()) - 1));
    return kinds;
}

std::vector<MapClass> looksOf(const std::vector<QString>& names, MapColour by, const Tokens& t)
{
    const bool dark = &t == &darkTokens();
    std::vector<MapClass> looks;
    for (std::size_t i = 0; i < names.size(); ++i) {
        MapClass look { names[i], kindColour(i, dark), static_cast<int>(i % mostKinds) };
        if (by == MapColour::Transition)
            for (int type = 1; type <= 4; ++type)
                if (names[i] == transitionText(type))
                    look = { names[i], t.ofType(type), type - 1 };
        if (by == MapColour::Right && names[i] == rightText(true))
            look.colour = t.gain;
        if (by == MapColour::Right && names[i] == rightText(false))
            look.colour = t.harm;
        const bool unknown = names[i] == transitionText(0) || names[i] == rightText(std::nullopt)
            || names[i] == scoreText(std::nullopt);
        if (unknown)
            look = { names[i], t.muted, 7 };
        looks.push_back(std::move(look));
    }
    return looks;
}

} // namespace slook::gui
