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
    { "parts", &Shortcuts::parts }, { "lora-sums", &Shortcuts::loraSums },
    { "continuous-batching", &Shortcuts::continuousBatching },
    { "shared-pairs", &Shortcuts::sharedPairs }, { "head-rows", &Shortcuts::headRows },
    { "fused-log-probs", &Shortcuts::fusedLogProbs }, { "references", &Shortcuts::references } };

template <class Wanted> std::string namesWhere(const Wanted& wanted)
{
    std::string names;
    for (const NamedShortcut& one : shortcutNames)
        if (wanted(one))
            names += (names.empty() ? "" : ",") + std::string(one.name);
    return names;
}

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
        if (found == std::end(shortcutNames))
            return fail(ErrorKind::Invalid,
                "\"" + std::string(name.substr(0, 60)) + "\" is no shortcut; there are "
                    + allShortcuts());
        ofThisProcess.*(found->shortcut) = false;
    }
    return {};
}

std::string allShortcuts()
{
    return namesWhere([](const NamedShortcut&) { return true; });
}

std::string switchedOff()
{
    return namesWhere([](const NamedShortcut& one) { return !(ofThisProcess.*(one.shortcut)); });
}

} // namespace slook::engine
