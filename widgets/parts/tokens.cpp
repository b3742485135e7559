#include "parts/tokens.h"
#include <QApplication>
#include <algorithm>
#include <array>

namespace slook::gui {

const Tokens& lightTokens()
{
    static const Tokens tokens { QColor(0xF4F6F8), QColor(0xFFFFFF), QColor(0xDCE1E8),
        QColor(0x18202B), QColor(0x5A6675), QColor(0x0B5FC6), QColor(0xDDEBFC), QColor(0xE9EDF2),
        QColor(0x4C6FA5), QColor(0x00796B), QColor(0xC24A10), QColor(0x69707A), QColor(0x0B5FC6),
        QColor(0xA65E00), QColor(0xFFF1B8) };
    return tokens;
}

const Tokens& darkTokens()
{
    static const Tokens tokens { QColor(0x14171B), QColor(0x1C2026), QColor(0x323944),
        QColor(0xE7EBF0), QColor(0x9AA5B3), QColor(0x63A4FF), QColor(0x1F3553), QColor(0x272D36),
        QColor(0x8FB0E3), QColor(0x4CC9B5), QColor(0xF58A57), QColor(0x9AA1AB), QColor(0x63A4FF),
        QColor(0xE3A44C), QColor(0x4A4216) };
    return tokens;
}

const Tokens& contrastTokens()
{
    static const Tokens tokens { QColor(Qt::black), QColor(Qt::black), QColor(0xFFFFFF),
        QColor(0xFFFFFF), QColor(0xD9D9D9), QColor(0xFFD500), QColor(0x2B3A8C), QColor(0x2A2A2A),
        QColor(0x9CC4FF), QColor(0x3DF2D0), QColor(0xFF9E6B), QColor(0xCFCFCF), QColor(0x7FBBFF),
        QColor(0xFFC14D), QColor(0x5C5200) };
    return tokens;
}

QColor Tokens::ofType(int type) const
{
    switch (type) {
    case 1:
        return right;
    case 2:
        return gain;
    case 3:
        return harm;
    case 4:
        return wrong;
    default:
        return muted;
    }
}

QColor Tokens::ofFlag(std::string_view name) const
{
    struct Flag {
        std::string_view name;
        QRgb light, dark;
    };
    constexpr std::array flags { Flag { "red", 0xB3261E, 0xFF8A80 },
        Flag { "yellow", 0x8A6100, 0xE3C04C }, Flag { "green", 0x1B7F3B, 0x6FCF8A },
        Flag { "blue", 0x0B5FC6, 0x63A4FF }, Flag { "purple", 0x7B3FA8, 0xC79BF2 } };
    const auto found = std::ranges::find(flags, name, &Flag::name);
    return found == flags.end() ? muted
                                : QColor(this == &lightTokens() ? found->light : found->dark);
}

const Tokens& tokensOf(const QPalette& palette)
{
    constexpr int middle = 128;
    const QColor window = palette.color(QPalette::Window);
    if (window == contrastTokens().window)
        return contrastTokens();
    return window.lightness() < middle ? darkTokens() : lightTokens();
}

const Tokens& tokensOf(const QWidget*)
{
    // A style sheet may make a widget's own window colour transparent; the program's is never.
    return tokensOf(QApplication::palette());
}

QPalette paletteOf(const Tokens& t)
{
    const bool dark = &t != &lightTokens();
    QPalette p;
    p.setColor(QPalette::Window, t.window);
    p.setColor(QPalette::WindowText, t.text);
    p.setColor(QPalette::Base, t.panel);
    p.setColor(QPalette::AlternateBase, t.window);
    p.setColor(QPalette::Text, t.text);
    p.setColor(QPalette::PlaceholderText, t.muted);
    p.setColor(QPalette::Button, dark ? t.chip : t.panel);
    p.setColor(QPalette::ButtonText, t.text);
    p.setColor(QPalette::BrightText, t.harm);
    p.setColor(QPalette::ToolTipBase, t.panel);
    p.setColor(QPalette::ToolTipText, t.text);
    p.setColor(QPalette::Highlight, t.selection);
    p.setColor(QPalette::HighlightedText, t.text);
    p.setColor(QPalette::Link, t.accent);
    p.setColor(QPalette::LinkVisited, t.accent);
    // Fusion draws edges and grooves with these; left alone they glare on a dark ground.
    p.setColor(QPalette::Light, dark ? t.line : QColor(Qt::white));
    p.setColor(QPalette::Midlight, dark ? t.chip : t.chip);
    p.setColor(QPalette::Mid, t.line);
    p.setColor(QPalette::Dark, dark ? QColor(0x0C0E11) : QColor(0xB4BCC7));
    p.setColor(QPalette::Shadow, dark ? QColor(Qt::black) : QColor(0x8A94A1));
    for (const auto role : { QPalette::WindowText, QPalette::Text, QPalette::ButtonText })
        p.setColor(QPalette::Disabled, role, t.muted);
    p.setColor(QPalette::Disabled, QPalette::Highlight, t.chip);
    return p;
}

QString styleSheetOf(const Tokens& t)
{
    const QString sheet = QStringLiteral(R"(
QPushButton { background: %panel; border: 1px solid %line; border-radius: 5px; padding: 4px 12px; color: %text; }
QPushButton:hover { border-color: %muted; }
QPushButton:pressed, QPushButton:checked { background: %selection; border-color: %accent; }
QPushButton:focus { border-color: %accent; }
QPushButton:disabled { color: %muted; background: %window; }
QPushButton[primary="true"] { background: %accent; border-color: %accent; color: %onAccent; }
QPushButton[chip="true"] { background: %chip; border-color: %chip; border-radius: 9px; padding: 1px 8px; font-size: 11px; }
QPushButton[primary="true"]:disabled { background: %chip; border-color: %line; color: %muted; }
QToolTip { background: %panel; color: %text; border: 1px solid %line; padding: 4px; }
QHeaderView::section { background: %panel; color: %muted; border: none; border-bottom: 1px solid %line;
  padding: 6px 8px; font-weight: 600; font-size: 11px; }
QHeaderView { background: %panel; }
QTableView, QListView, QTreeView { border: none; background: %panel; }
QStatusBar { background: %panel; border-top: 1px solid %line; }
QStatusBar::item { border: none; }
QMenuBar { background: %panel; border-bottom: 1px solid %line; }
QSplitter::handle { background: %window; }
QScrollArea { border: none; background: transparent; }
QProgressBar { border: none; border-radius: 3px; background: %chip; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: %accent; border-radius: 3px; }
)");
    // Fusion draws edges by darkening, and nothing is darker than black.
    const QString edges = QStringLiteral(R"(
QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit, QGroupBox { border: 1px solid %line; background: %panel; color: %text; padding: 2px; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTableView:focus, QTreeView:focus { border: 2px solid %accent; }
QCheckBox::indicator, QTreeView::indicator, QListView::indicator { width: 12px; height: 12px; border: 1px solid %text; background: %panel; }
QCheckBox::indicator:checked, QTreeView::indicator:checked, QListView::indicator:checked { background: %accent; }
QTabBar::tab { border: 1px solid %line; padding: 4px 10px; }
QTabBar::tab:selected { background: %selection; }
QMenu { border: 1px solid %line; }
QMenu::item:selected { background: %selection; }
)");
    const QColor onAccent = &t != &lightTokens() ? QColor(0x0C1420) : QColor(Qt::white);
    QString filled = sheet + (&t == &contrastTokens() ? edges : QString());
    const std::pair<const char*, QColor> names[] = { { "%panel", t.panel }, { "%line", t.line },
        { "%text", t.text }, { "%muted", t.muted }, { "%selection", t.selection },
        { "%accent", t.accent }, { "%window", t.window }, { "%onAccent", onAccent },
        { "%chip", t.chip } };
    for (const auto& [name, colour] : names)
        filled.replace(QLatin1String(name) + QLatin1Char(';'), colour.name() + QLatin1Char(';'));
    return filled;
}

QString typeGlyph(int type)
{
    static const QString glyphs[] = { QString(), QStringLiteral("✓✓"), QStringLiteral("✗✓"),
        QStringLiteral("✓✗"), QStringLiteral("✗✗") };
    return type >= 1 && type <= 4 ? glyphs[type] : QString();
}

} // namespace slook::gui
