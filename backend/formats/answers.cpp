#include "formats/importers.h"
#include <algorithm>

namespace slook::formats {
namespace {

std::string trimmed(const std::string& text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower(std::string text)
{
    for (auto& c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

/// "(B)", "B.", "b" -> "B"; anything else stays.
std::string bareLetter(const std::string& answer)
{
    std::string letter;
    for (const char c : answer)
        if (c != '(' && c != ')' && c != '.' && c != ' ')
            letter += c;
    if (letter.size() != 1)
        return answer;
    if (letter[0] >= 'a' && letter[0] <= 'z')
        letter[0] = static_cast<char>(letter[0] - 'a' + 'A');
    return letter;
}

template <class Same>
std::optional<std::string> onlyOne(const std::vector<Option>& options, Same same)
{
    if (std::ranges::count_if(options, same) != 1)
        return std::nullopt;
    return std::ranges::find_if(options, same)->label;
}

} // namespace

std::optional<std::string> labelOf(const std::string& answer, const std::vector<Option>& options)
{
    const auto text = trimmed(answer);
    const auto isLabel = [&](const std::string& label) {
        return std::ranges::find(options, label, &Option::label) != options.end();
    };
    if (isLabel(text))
        return text;
    // A text comes before a letter in brackets: an option may itself be "a" or "(B)".
    if (auto same = onlyOne(options, [&](const Option& o) { return trimmed(o.text) == text; }))
        return same;
    if (isLabel(bareLetter(text)))
        return bareLetter(text);
    return onlyOne(options, [&](const Option& o) { return lower(trimmed(o.text)) == lower(text); });
}

std::string setAnswer(Item& item, const std::string& answer)
{
    if (item.options.empty() || trimmed(answer).empty()) {
        item.answer = trimmed(answer);
        return {};
    }
    const auto label = labelOf(answer, item.options);
    if (!label)
        return "the answer \"" + answer.substr(0, 60) + "\" is none of the options";
    item.answer = *label;
    return {};
}

Result<std::filesystem::path> findIn(
    const std::vector<PictureFinder>& finders, const std::string& name)
{
    auto found = finders.front().find(name);
    for (std::size_t i = 1; !found && i < finders.size(); ++i) {
        auto other = finders[i].find(name);
        // "Lies outside" says more than "is not there".
        if (other || found.error().kind == ErrorKind::NotFound)
            if (other || other.error().kind != ErrorKind::NotFound)
                found = std::move(other);
    }
    return found;
}

SourceRow sourceRow(const std::filesystem::path& source, const ImportOptions& options,
    const char* format, std::string hash)
{
    SourceRow row;
    std::error_code error;
    auto absolute = std::filesystem::canonical(source, error);
    if (error)
        absolute = source;
    const auto stem =
        std::filesystem::is_directory(absolute, error) ? absolute.filename() : absolute.stem();
    row.name = options.name.empty() ? stem.string() : options.name;
    row.file = absolute.string();
    row.sha256 = std::move(hash);
    row.format = format;
    return row;
}

} // namespace slook::formats
