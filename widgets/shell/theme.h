#pragma once
#include <QObject>
#include <QPalette>

namespace slook::gui {

/// Light, dark, high contrast, or as the desktop has it. Sets the palette and the style sheet of
/// the program.
class Theme final : public QObject {
    Q_OBJECT
public:
    enum class Mode { System, Light, Dark, Contrast };
    /// To be made before anything changes the program's palette: it tells what the desktop wants.
    explicit Theme(QObject* parent = nullptr);
    void setMode(Mode mode);
    [[nodiscard]] Mode mode() const { return m_mode; }
    [[nodiscard]] static Mode modeOf(
        const QString& name); ///< "light", "dark", "contrast", else System
    [[nodiscard]] static QString nameOf(Mode mode);

private:
    bool m_systemIsDark;
    Mode m_mode = Mode::System;
};

} // namespace slook::gui
