#include "workbench/view.h"
#include "workbench/item_facts.h"
#include <algorithm>
#include <optional>

namespace slook::workbench {
namespace {

/// The sources where every part between commas names one.
std::optional<std::vector<SourceId>> sourcesNamed(
    const std::vector<SourceRow>& sources, const std::string& text)
{
    std::vector<SourceId> ids;
    std::size_t at = 0;
    while (at <= text.size()) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string name = text.substr(at, comma - at);
        const auto found = std::ranges::find(sources, name, &SourceRow::name);
        if (found == sources.end())
            return std::nullopt;
        ids.push_back(found->id);
        at = comma + 1;
    }
    return ids;
}

std::string namesOf(const std::vector<SourceRow>& sources)
{
    std::string names;
    for (const SourceRow& source : sources)
        names += (names.empty() ? "" : ", ") + source.name;
    return names;
}

Result<std::vector<ItemId>> idsThat(const store::Project& project, const Filter& filter)
{
    const auto facts = readItemFacts(project);
    if (!facts)
        return fail(facts.error());
    std::vector<ItemId> ids;
    for (std::size_t row = 0; row < facts->size(); ++row)
        if (filter.matches(facts->subject(row)))
            ids.push_back(facts->id(row));
    return ids;
}

/// `most` of the ids, spread evenly: the first and then every (n / most)-th.
std::vector<ItemId> spread(const std::vector<ItemId>& ids, std::size_t most)
{
    if (most == 0 || most >= ids.size())
        return ids;
    std::vector<ItemId> some;
    for (std::size_t i = 0; i < most; ++i)
        some.push_back(ids[i * ids.size() / most]);
    return some;
}

} // namespace

Result<store::ItemFilter> viewOf(
    const store::Project& project, const std::string& text, std::size_t most)
{
    const auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    store::ItemFilter view;
    std::optional<Filter> filter;
    auto named = text.empty() ? std::vector<SourceId>() : sourcesNamed(*sources, text);
    if (named) // none of them: all
        view.sources = std::move(*named);
    else if (auto parsed = Filter::parse(text))
        filter = std::move(*parsed);
    else
        return fail(ErrorKind::Invalid,
            "names no source of the project (" + namesOf(*sources)
                + ") and is no filter: " + message(parsed.error()),
            text);
    const auto ids = filter ? idsThat(project, *filter) : project.itemIds(view);
    if (!ids)
        return fail(ids.error());
    if (ids->empty())
        return fail(ErrorKind::Invalid,
            "has no question that fits; import some or choose others (sources: " + namesOf(*sources)
                + ")",
            text.empty() ? project.file().string() : text);
    view.ids = spread(*ids, most);
    return view;
}

} // namespace slook::workbench
