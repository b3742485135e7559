#pragma once
#include <QAction>
#include <QKeySequence>
#include <QMap>
#include <QStringList>
#include <vector>

class QSettings;

namespace slook::gui {

/// The keys of all commands, as delivered and as a person has changed them.
class KeyMap {
public:
    struct Command {
        QString id; ///< "data/Next question"
        QString place; ///< a page's title, or empty for a command of the window
        QAction* action = nullptr;
        QKeySequence delivered;
        QList<QKeySequence> allDelivered; ///< with others for the same command, as on a numpad
    };
    using Keys = QMap<QString, QString>; ///< key by command id, in QKeySequence's portable form

    /// @param name of the page, empty for commands of the whole window
    void add(const QString& name, const QString& place, const QList<QAction*>& actions);
    [[nodiscard]] const std::vector<Command>& commands() const { return m_commands; }
    /// Only those that differ from what was delivered.
    [[nodiscard]] Keys changed() const;
    /// All others get their delivered keys back; unknown ids are left out. @return how many were
    /// known
    int set(const Keys& changed);
    /// Commands that are at work at the same time as this one and have the same key.
    [[nodiscard]] QStringList conflicts(const Command& command, const QKeySequence& key) const;

    void read(const QSettings& settings);
    void write(QSettings& settings) const;
    [[nodiscard]] QByteArray toJson() const;
    /// @return false where the text is no such file
    [[nodiscard]] static bool fromJson(const QByteArray& text, Keys& keys);

private:
    std::vector<Command> m_commands;
};

} // namespace slook::gui
