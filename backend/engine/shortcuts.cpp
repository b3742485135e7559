#include "engine/shortcuts.h"
#include <algorithm>
#include <iterator>

namespace slook::engine {
namespace {

Shortcuts ofThisProcess;

struct NamedShortcut {
    std::string_view name;
    bool Shortcuts::*shortcut;
};

constexpr NamedShortcut shortcutNames[] = { { "kernels", &Shortcuts::kernels },
    { "drafts", &Shortcuts::drafts }, { "wanted-tokens", &Shortcuts::wantedTokens },
    { "shared-prompts", &Shortcuts::sharedPrompts }, { "pictures", &Shortcuts::pictures },
    { "parts", &Shortcuts::parts }, { "lora-sums", &Shortcuts::loraSums } };

} // namespace

const Shortcuts& shortcuts()
{
    return ofThisProcess;
}

Result<void> switchOff(std::string_view names)
{
    while (!names.empty()) {
        const auto name = names.substr(0, names.find(','));
        names.remove_prefix(std::min(names.size(), name.size() + 1));
        const auto found = std::ranges::find(shortcutNames, name, &NamedShortcut::name);
        if (found == std::end(shortcutNames)) {
            std::string known;
            for (const auto& one : shortcutNames)
                known += (known.empty() ? "" : ", ") + std::string(one.name);
            return fail(ErrorKind::Invalid,
                "\"" + std::string(name.substr(0, 60)) + "\" is no shortcut; there are " + known);
        }
        ofThisProcess.*(found->shortcut) = false;
    }
    return {};
}

} // namespace slook::engine
