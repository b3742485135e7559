#include "scenes/easy_vqa.h"
#include "core/file.h"
#include "core/json.h"
#include "scenes/words.h"
#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace slook::scenes {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 8> kColours8 { "red", "green", "blue", "yellow", "gray",
    "teal", "black", "brown" };
constexpr std::array<std::string_view, 3> kShapes3 { "circle", "rectangle", "triangle" };
constexpr std::array<std::string_view, 2> kYesNo { "yes", "no" };

template <class Names> bool has(const Names& names, std::string_view word)
{
    return std::find(names.begin(), names.end(), word) != names.end();
}

std::vector<std::string> wordsOf(const std::string& text)
{
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c >= 'a' && c <= 'z')
            words.back() += c;
        else if (!words.back().empty())
            words.emplace_back();
    }
    return words;
}

template <class Names> std::string oneOf(const Names& names, const std::vector<std::string>& words)
{
    for (const std::string& word : words)
        if (has(names, word))
            return word;
    return {};
}

/// What one answer tells about the picture: "is there no red shape?" - "no" tells red.
void learn(EasyVqaPicture& picture, const EasyVqaPicture::Asked& asked)
{
    const auto words = wordsOf(asked.question);
    const bool negated = has(words, "no") || has(words, "not");
    const bool holds = has(kYesNo, asked.answer) ? (asked.answer == "yes") != negated : true;
    if (!holds)
        return;
    for (const auto& told : { words, std::vector<std::string> { asked.answer } }) {
        if (const auto colour = oneOf(kColours8, told); !colour.empty())
            picture.colour = colour;
        if (const auto shape = oneOf(kShapes3, told); !shape.empty())
            picture.shape = shape;
    }
}

struct Entry {
    EasyVqaPicture::Asked asked;
    int id = 0;
};

Result<Entry> entryOf(const Json& json, std::size_t number, const std::string& where)
{
    const auto bad = [&](const std::string& what) {
        return fail(ErrorKind::Invalid, "entry " + std::to_string(number) + " " + what, where);
    };
    if (!json.is_array() || json.size() != 3 || !json[0].is_string() || !json[1].is_string()
        || !json[2].is_number_integer())
        return bad("is not [question, answer, picture id], so this is no easy-VQA file");
    Entry entry { { json[0].get<std::string>(), json[1].get<std::string>() }, 0 };
    const auto id = json[2].get<std::int64_t>();
    if (id < 0 || id > 1'000'000)
        return bad("has an impossible picture id");
    entry.id = static_cast<int>(id);
    const std::string& answer = entry.asked.answer;
    if (!has(kColours8, answer) && !has(kShapes3, answer) && !has(kYesNo, answer))
        return bad("has an answer that is none of easy-VQA's thirteen");
    return entry;
}

std::string says(const std::string& colour, const std::string& shape)
{
    const std::string what =
        (colour.empty() ? "" : colour + " ") + (shape.empty() ? "shape" : shape);
    return "The image shows " + withArticle(what) + ".";
}

template <class Names>
std::string otherThan(const Names& names, const std::string& word, Random& random)
{
    for (;;) {
        const std::string other(random.pick(names));
        if (other != word)
            return other;
    }
}

/// What is seen by somebody who gives the wrong one of yes and no: the asked thing instead of the
/// shown one, or another instead of the asked one.
std::string wrongSight(const EasyVqaPicture& picture, const std::string& question, Random& random)
{
    const auto words = wordsOf(question);
    const std::string colour = oneOf(kColours8, words);
    const std::string shape = oneOf(kShapes3, words);
    if (!colour.empty())
        return says(colour == picture.colour ? otherThan(kColours8, colour, random) : colour,
            picture.shape);
    return says(
        picture.colour, shape == picture.shape ? otherThan(kShapes3, shape, random) : shape);
}

template <class Names> std::vector<std::string> strings(const Names& names)
{
    return std::vector<std::string>(names.begin(), names.end());
}

std::vector<std::string> optionsOf(const std::string& answer, Random& random)
{
    if (has(kYesNo, answer))
        return random.shuffled(strings(kYesNo));
    if (has(kShapes3, answer))
        return random.shuffled(strings(kShapes3));
    std::vector<std::string> colours = random.shuffled(strings(kColours8));
    std::erase(colours, answer);
    if (random.chance(.5))
        colours.resize(3);
    colours.push_back(answer);
    return random.shuffled(colours);
}

std::string reasonFor(const EasyVqaPicture& picture, const EasyVqaPicture::Asked& asked,
    const std::string& option, Random& random)
{
    if (option == asked.answer)
        return says(picture.colour, picture.shape);
    if (has(kColours8, option))
        return says(option, picture.shape);
    if (has(kShapes3, option))
        return says(picture.colour, option);
    return wrongSight(picture, asked.question, random);
}

} // namespace

Result<std::vector<EasyVqaPicture>> readEasyVqa(const fs::path& folder)
{
    const fs::path file = folder / "questions.json";
    if (folder.filename() == "test"
        || (folder.filename().empty() && folder.parent_path().filename() == "test"))
        return fail(ErrorKind::Invalid,
            "is easy-VQA's test split, which must not be trained on; give the folder train beside "
            "it",
            folder.string());
    auto text = readFile(file);
    if (!text)
        return fail(text.error());
    auto json = parseJson(*text, file.string());
    if (!json)
        return fail(json.error());
    if (!json->is_array())
        return fail(
            ErrorKind::Invalid, "is no JSON array, so this is no easy-VQA file", file.string());
    std::map<int, EasyVqaPicture> pictures;
    for (std::size_t i = 0; i < json->size(); ++i) {
        auto entry = entryOf((*json)[i], i + 1, file.string());
        if (!entry)
            return fail(entry.error());
        EasyVqaPicture& picture = pictures[entry->id];
        picture.id = entry->id;
        picture.file = folder / "images" / (std::to_string(entry->id) + ".png");
        learn(picture, entry->asked);
        picture.asked.push_back(std::move(entry->asked));
    }
    std::vector<EasyVqaPicture> list;
    for (auto& [id, picture] : pictures)
        list.push_back(std::move(picture));
    return list;
}

Question easyVqaQuestion(const EasyVqaPicture& picture, std::size_t asked, Random& random)
{
    if (asked >= picture.asked.size())
        throw std::invalid_argument("[easyVqaQuestion] no question " + std::to_string(asked));
    const EasyVqaPicture::Asked& source = picture.asked[asked];
    Question question;
    question.kind = has(kYesNo, source.answer) ? QuestionKind::Exist
        : has(kShapes3, source.answer)         ? QuestionKind::Shape
                                               : QuestionKind::Colour;
    question.text = source.question;
    question.options = optionsOf(source.answer, random);
    const auto right = std::find(question.options.begin(), question.options.end(), source.answer);
    question.right = static_cast<int>(right - question.options.begin());
    for (const std::string& option : question.options)
        question.reasons.push_back(reasonFor(picture, source, option, random));
    return question;
}

} // namespace slook::scenes
