#include "reading.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace slook::scenes::testing {
namespace {

using Strings = std::vector<std::string>;

Strings split(const std::string& text)
{
    Strings words;
    std::istringstream stream(text);
    for (std::string word; stream >> word;) {
        while (!word.empty() && (word.back() == '?' || word.back() == '.'))
            word.pop_back();
        words.push_back(word);
    }
    return words;
}

std::string rest(const Strings& words, std::size_t from, std::size_t to = 99)
{
    std::string text;
    for (std::size_t i = from; i < std::min(to, words.size()); ++i)
        text += (text.empty() ? "" : " ") + words[i];
    return text;
}

std::string field(const Json& object, const char* key)
{
    return object.at(key).get<std::string>();
}
std::string fullName(const Json& object)
{
    return field(object, "color") + " " + field(object, "shape");
}

std::vector<Json> named(const Json& truth, const std::string& name)
{
    std::vector<Json> found;
    for (const Json& object : truth.at("objects"))
        if (fullName(object) == name || field(object, "color") == name
            || field(object, "shape") == name || field(object, "position") == name)
            found.push_back(object);
    return found;
}

int number(const std::string& word)
{
    const Strings words { "zero", "one", "two", "three", "four", "five", "six", "seven", "eight",
        "nine" };
    return static_cast<int>(std::find(words.begin(), words.end(), word) - words.begin());
}

/// "How many red objects", "... crosses", "... objects".
int countOf(const Json& truth, const Strings& words)
{
    if (words[2] == "objects")
        return static_cast<int>(truth.at("objects").size());
    int count = 0;
    for (const Json& object : truth.at("objects")) {
        const std::string shape = field(object, "shape");
        if (field(object, "color") == words[2] || shape + "s" == words[2]
            || shape + "es" == words[2])
            ++count;
    }
    return count;
}

bool relationHolds(const Json& a, const Json& b, const std::string& word)
{
    const int ca = a.at("cell").get<int>();
    const int cb = b.at("cell").get<int>();
    const int dx = ca % 3 - cb % 3;
    const int dy = ca / 3 - cb / 3;
    if (dx != 0 && dy != 0)
        return false; // such a question should not be asked at all
    if (word == "to the left")
        return dx < 0;
    if (word == "to the right")
        return dx > 0;
    return word == "above" ? dy < 0 : dy > 0;
}

/// The subject of "What color is the ...": a shape, "red object", or "object at the top left".
std::optional<std::string> subject(const Strings& words)
{
    if (words[4] == "object" && words.size() > 5)
        return rest(words, 7);
    return words[4];
}

std::optional<bool> where(const Json& truth, const Strings& words, const std::string& option)
{
    const auto a = named(truth, rest(words, 3, 5));
    if (a.size() != 1)
        return std::nullopt;
    if (words.size() == 5)
        return field(a[0], "position") == option;
    const auto b = named(truth, rest(words, 8));
    if (b.size() != 1)
        return std::nullopt;
    return relationHolds(a[0], b[0], option);
}

} // namespace

bool shows(const Json& truth, const std::string& thing)
{
    return std::any_of(
        truth.at("objects").begin(), truth.at("objects").end(), [&](const Json& object) {
            return fullName(object) == thing || field(object, "shape") == thing;
        });
}

std::optional<bool> isTrue(
    const Json& truth, const std::string& question, const std::string& option)
{
    const Strings words = split(question);
    if (words[0] == "Which")
        return shows(truth, option.substr(option.find(' ') + 1));
    if (words[0] == "How")
        return countOf(truth, words) == number(option);
    if (words[0] == "Where")
        return where(truth, words, option);
    const auto found = named(truth, *subject(words));
    if (found.empty())
        return std::nullopt;
    const char* key = words[1] == "color" ? "color" : "shape";
    return std::all_of(
        found.begin(), found.end(), [&](const Json& o) { return field(o, key) == option; });
}

} // namespace slook::scenes::testing
