#include "scenes/check_answer.h"
#include "scenes/truth.h"
#include "scenes/words.h"
#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace slook::scenes {
namespace {

using Words = std::vector<std::string>;

/// Letters and digits in lower case.
Words wordsOf(std::string_view text)
{
    Words words(1);
    for (const char c : text) {
        const bool capital = c >= 'A' && c <= 'Z';
        if (capital || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            words.back() += capital ? static_cast<char>(c - 'A' + 'a') : c;
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty())
        words.pop_back();
    return words;
}

std::string wordAt(const Words& words, std::size_t i)
{
    return i < words.size() ? words[i] : std::string();
}

bool startsWith(const Words& words, std::string_view text)
{
    const auto wanted = wordsOf(text);
    return words.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), words.begin());
}

bool has(const Words& words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

template <class Names> std::optional<int> indexOf(const Names& names, std::string_view word)
{
    const auto found = std::find(names.begin(), names.end(), word);
    return found == names.end() ? std::nullopt
                                : std::optional(static_cast<int>(found - names.begin()));
}

std::optional<Shape> shapeOf(const std::string& word)
{
    for (int i = 0; i < kShapes; ++i) {
        const auto shape = static_cast<Shape>(i);
        if (word == shapeName(shape) || word == pluralName(shape))
            return shape;
    }
    return std::nullopt;
}

/// The only value of a list that the words name; nothing where they name none or two.
template <class Names> std::optional<int> onlyOne(const Names& names, const Words& words)
{
    std::optional<int> only;
    for (const auto& word : words)
        if (const auto index = indexOf(names, word)) {
            if (only && only != index)
                return std::nullopt;
            only = index;
        }
    return only;
}

std::optional<int> onlyNumber(const Words& words)
{
    constexpr std::array<std::string_view, 10> digits { "0", "1", "2", "3", "4", "5", "6", "7", "8",
        "9" };
    const auto word = onlyOne(kNumberWords, words);
    const auto digit = onlyOne(digits, words);
    return word && digit && word != digit ? std::nullopt : word ? word : digit;
}

/// The place that begins at word `i`: "top left", "center".
std::optional<int> cellAt(const Words& words, std::size_t i)
{
    if (const auto two = indexOf(kCellNames, wordAt(words, i) + " " + wordAt(words, i + 1)))
        return two;
    return indexOf(kCellNames, wordAt(words, i));
}

std::optional<int> onlyCell(const Words& words)
{
    for (std::size_t i = 0; i < words.size(); ++i)
        if (const auto cell = cellAt(words, i))
            return cell;
    return std::nullopt;
}

std::optional<Side> onlySide(const Words& words)
{
    constexpr std::array<std::string_view, 4> names { "left", "right", "above", "below" };
    const auto index = onlyOne(names, words);
    return index ? std::optional(static_cast<Side>(*index)) : std::nullopt;
}

/// What words say of an object: "big red circle at the top left", "object in the center".
struct Thing {
    std::optional<bool> big;
    std::optional<int> colour;
    std::optional<Shape> shape;
    std::optional<int> cell;
    std::size_t end = 0; ///< the word behind it

    [[nodiscard]] bool fits(const Object& o) const
    {
        return (!big || *big == o.big) && (!colour || *colour == o.colour)
            && (!shape || *shape == o.shape) && (!cell || *cell == o.cell);
    }
};

/// @param i  its first word, after the article
std::optional<Thing> thingAt(const Words& words, std::size_t i)
{
    Thing thing;
    if (wordAt(words, i) == "big" || wordAt(words, i) == "small")
        thing.big = words[i++] == "big";
    thing.colour = indexOf(kColourNames, wordAt(words, i));
    i += thing.colour ? 1 : 0;
    thing.shape = shapeOf(wordAt(words, i));
    if (!thing.shape && wordAt(words, i) != "object" && wordAt(words, i) != "objects")
        return std::nullopt;
    ++i;
    const auto preposition = wordAt(words, i);
    if ((preposition == "at" || preposition == "in") && wordAt(words, i + 1) == "the")
        if ((thing.cell = cellAt(words, i + 2)))
            i += indexOf(kCellNames, wordAt(words, i + 2) + " " + wordAt(words, i + 3)) ? 4 : 3;
    thing.end = i;
    return thing;
}

/// The thing behind the first words of a question, if they are `first`.
std::optional<Thing> thingAfter(const Words& question, std::string_view first)
{
    return startsWith(question, first) ? thingAt(question, wordsOf(first).size()) : std::nullopt;
}

std::vector<Object> those(const Scene& scene, const Thing& thing)
{
    std::vector<Object> found;
    std::copy_if(scene.objects.begin(), scene.objects.end(), std::back_inserter(found),
        [&](const Object& o) { return thing.fits(o); });
    return found;
}

template <class Value, class Field>
bool oneHas(const std::vector<Object>& objects, const std::optional<Value>& value, Field field)
{
    return value && std::any_of(objects.begin(), objects.end(), [&](const Object& o) {
        return static_cast<Value>(field(o)) == *value;
    });
}

std::optional<bool> checkRelation(
    const Scene& scene, const Words& question, const Thing& first, const Words& answer)
{
    const auto second = thingAt(question, first.end + 3); // "relative to the"
    if (!second)
        return std::nullopt;
    const auto a = those(scene, first), b = those(scene, *second);
    if (a.empty() || b.empty())
        return false;
    const auto said = onlySide(answer);
    bool known = false;
    for (const Object& one : a)
        for (const Object& other : b)
            if (const auto side = sideOf(one.cell, other.cell)) {
                known = true;
                if (said == side)
                    return true;
            }
    return known ? std::optional(false) : std::nullopt;
}

std::optional<bool> checkYesNo(const Scene& scene, const Thing& thing, const Words& answer)
{
    const bool yes = has(answer, "yes"), no = has(answer, "no");
    return yes != no && yes == !those(scene, thing).empty();
}

/// The object that an answer names, with or without an article.
bool namesOneThere(const Scene& scene, const Words& answer)
{
    const bool article =
        wordAt(answer, 0) == "a" || wordAt(answer, 0) == "an" || wordAt(answer, 0) == "the";
    const auto thing = thingAt(answer, article ? 1 : 0);
    return thing && !those(scene, *thing).empty();
}

bool asksToDescribe(const Words& question)
{
    for (const char* word : { "describe", "description", "caption", "summarize", "depict" })
        if (has(question, word))
            return true;
    return false;
}

/// "blue" for the answer "B" to a question with a line "B. blue"; else the answer.
std::string_view spelled(std::string_view question, std::string_view answer)
{
    const auto first = answer.find_first_not_of(" \t\n(\"");
    if (first == answer.npos)
        return answer;
    const auto behind = answer.substr(first + 1);
    const bool label = answer[first] >= 'A' && answer[first] <= 'Z'
        && (behind.empty() || std::string_view(".):\n").find(behind[0]) != behind.npos);
    const auto line = question.find(std::string("\n") + answer[first] + ". ");
    if (!label || line == question.npos)
        return answer;
    const auto option = question.substr(line + 4);
    return option.substr(0, option.find('\n'));
}

std::optional<bool> checkWords(const Scene& scene, const Words& question, const Words& answer)
{
    if (const auto thing = thingAfter(question, "what color is the"))
        return oneHas<int>(those(scene, *thing), onlyOne(kColourNames, answer),
            [](const Object& o) { return o.colour; });
    if (const auto thing = thingAfter(question, "what shape is the"))
        return oneHas<int>(those(scene, *thing), onlyOne(kShapeNames, answer),
            [](const Object& o) { return o.shape; });
    if (const auto thing = thingAfter(question, "how many"))
        return onlyNumber(answer) == static_cast<int>(those(scene, *thing).size());
    if (const auto thing = thingAfter(question, "where is the"))
        return wordAt(question, thing->end) == "relative"
            ? checkRelation(scene, question, *thing, answer)
            : oneHas<int>(
                those(scene, *thing), onlyCell(answer), [](const Object& o) { return o.cell; });
    for (const char* first : { "is there a", "is there an" })
        if (const auto thing = thingAfter(question, first))
            return checkYesNo(scene, *thing, answer);
    if (startsWith(question, "which of these is in the image"))
        return namesOneThere(scene, answer);
    return std::nullopt;
}

} // namespace

std::optional<bool> checkAnswer(
    std::string_view truth, std::string_view question, std::string_view answer)
{
    const auto words = wordsOf(question);
    if (asksToDescribe(words)) {
        const auto check = checkDescription(truth, answer);
        return check.mentioned > 0 && check.hallucinated == 0;
    }
    return checkWords(sceneOf(truth), words, wordsOf(spelled(question, answer)));
}

} // namespace slook::scenes
