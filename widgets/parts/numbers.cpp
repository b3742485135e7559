#include "parts/numbers.h"
#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <cmath>

namespace slook::gui {
namespace {

QString words(const char* text)
{
    return QCoreApplication::translate("Numbers", text);
}

} // namespace

QString number(double value, int digits)
{
    return std::isfinite(value) ? QString::number(value, 'g', digits) : QStringLiteral("–");
}

QString percent(double share, int digits)
{
    return std::isfinite(share) ? QString::number(share * 100, 'f', digits) + QStringLiteral(" %")
                                : QStringLiteral("–");
}

QString interval(double low, double high)
{
    return QStringLiteral("[%1, %2]").arg(low * 100, 0, 'f', 1).arg(high * 100, 0, 'f', 1);
}

QString pValue(double p)
{
    constexpr double small = 0.001;
    if (!std::isfinite(p))
        return QStringLiteral("–");
    return p < small ? QString::number(p, 'e', 0) : QString::number(p, 'f', 3);
}

QString duration(double seconds)
{
    const auto whole = static_cast<qint64>(std::llround(seconds));
    if (whole < 60)
        return words("%1 s").arg(whole);
    if (whole < 3600)
        return words("%1 min %2 s").arg(whole / 60).arg(whole % 60);
    return words("%1 h %2 min").arg(whole / 3600).arg(whole / 60 % 60);
}

QString timeOf(std::int64_t utcMilliseconds)
{
    return utcMilliseconds == 0 ? QString()
                                : QDateTime::fromMSecsSinceEpoch(utcMilliseconds)
                                      .toString(QStringLiteral("yyyy-MM-dd HH:mm"));
}

QString shortHash(const std::string& hash)
{
    const QString text = QString::fromStdString(hash);
    return text.size() > 12 ? text.left(6) + QStringLiteral("…") + text.right(4) : text;
}

QString points(double difference)
{
    const QString sign = difference >= 0 ? QStringLiteral("+") : QStringLiteral("−");
    return words("%1%2 points").arg(sign).arg(std::abs(difference) * 100, 0, 'f', 1);
}

QString signedNumber(double value)
{
    constexpr double small = 0.095;
    return QStringLiteral("%1%2")
        .arg(value < 0 ? QStringLiteral("−") : QStringLiteral("+"))
        .arg(std::abs(value), 0, 'f', std::abs(value) < small ? 3 : 2);
}

} // namespace slook::gui
