#include "shell/theme.h"
#include "parts/tokens.h"
#include <QApplication>
#include <QStyleFactory>
#include <QToolTip>

namespace slook::gui {

Theme::Theme(QObject* parent)
    : QObject(parent)
    , m_systemIsDark(&tokensOf(QApplication::palette()) == &darkTokens())
{
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    constexpr int pixels = 13;
    QFont font = QApplication::font();
    font.setPixelSize(pixels);
    QApplication::setFont(font);
}

void Theme::setMode(Mode mode)
{
    m_mode = mode;
    const bool dark = mode == Mode::Dark || (mode == Mode::System && m_systemIsDark);
    const Tokens& tokens = mode == Mode::Contrast ? contrastTokens()
        : dark                                    ? darkTokens()
                                                  : lightTokens();
    const QPalette palette = paletteOf(tokens);
    QApplication::setPalette(palette);
    QToolTip::setPalette(palette);
    qApp->setStyleSheet(styleSheetOf(tokens));
}

Theme::Mode Theme::modeOf(const QString& name)
{
    if (name == QLatin1String("light"))
        return Mode::Light;
    if (name == QLatin1String("contrast"))
        return Mode::Contrast;
    return name == QLatin1String("dark") ? Mode::Dark : Mode::System;
}

QString Theme::nameOf(Mode mode)
{
    switch (mode) {
    case Mode::Light:
        return QStringLiteral("light");
    case Mode::Dark:
        return QStringLiteral("dark");
    case Mode::Contrast:
        return QStringLiteral("contrast");
    default:
        return QStringLiteral("system");
    }
}

} // namespace slook::gui
