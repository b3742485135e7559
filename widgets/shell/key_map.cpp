#include "shell/key_map.h"
#include <QJsonDocument>
#include <QJsonObject>
#include <QSettings>

namespace slook::gui {
namespace {

const QString keysGroup = QStringLiteral("keys");

} // namespace

void KeyMap::add(const QString& name, const QString& place, const QList<QAction*>& actions)
{
    for (QAction* action : actions)
        if (!action->isSeparator() && !action->text().isEmpty())
            m_commands.push_back(
                { name + QLatin1Char('/') + action->text().remove(QLatin1Char('&')), place, action,
                    action->shortcut(), action->shortcuts() });
}

KeyMap::Keys KeyMap::changed() const
{
    Keys keys;
    for (const Command& one : m_commands)
        if (one.action->shortcut() != one.delivered)
            keys[one.id] = one.action->shortcut().toString(QKeySequence::PortableText);
    return keys;
}

int KeyMap::set(const Keys& changed)
{
    int known = 0;
    for (const Command& one : m_commands) {
        const auto found = changed.find(one.id);
        known += found == changed.end() ? 0 : 1;
        if (found == changed.end())
            one.action->setShortcuts(one.allDelivered);
        else
            one.action->setShortcut(QKeySequence(*found, QKeySequence::PortableText));
    }
    return known;
}

QStringList KeyMap::conflicts(const Command& command, const QKeySequence& key) const
{
    QStringList others;
    if (key.isEmpty())
        return others;
    for (const Command& one : m_commands) {
        const bool together =
            one.place == command.place || one.place.isEmpty() || command.place.isEmpty();
        if (one.id != command.id && together && one.action->shortcut() == key)
            others << one.action->text().remove(QLatin1Char('&'));
    }
    return others;
}

void KeyMap::read(const QSettings& settings)
{
    Keys keys;
    const auto kept = settings.value(keysGroup).toMap();
    for (auto one = kept.begin(); one != kept.end(); ++one)
        keys[one.key()] = one.value().toString();
    set(keys);
}

void KeyMap::write(QSettings& settings) const
{
    QVariantMap kept;
    const Keys keys = changed();
    for (auto one = keys.begin(); one != keys.end(); ++one)
        kept[one.key()] = one.value();
    settings.setValue(keysGroup, kept);
}

QByteArray KeyMap::toJson() const
{
    QJsonObject keys;
    const Keys different = changed();
    for (auto one = different.begin(); one != different.end(); ++one)
        keys[one.key()] = one.value();
    return QJsonDocument(QJsonObject { { keysGroup, keys } }).toJson();
}

bool KeyMap::fromJson(const QByteArray& text, Keys& keys)
{
    const QJsonObject object = QJsonDocument::fromJson(text).object();
    if (!object[keysGroup].isObject())
        return false;
    const QJsonObject all = object[keysGroup].toObject();
    for (auto one = all.begin(); one != all.end(); ++one)
        if (!one.value().isString())
            return false;
        else
            keys[one.key()] = one.value().toString();
    return true;
}

} // namespace slook::gui
