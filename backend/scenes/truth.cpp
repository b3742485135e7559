#include "scenes/truth.h"
#include "scenes/words.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace slook::scenes {
namespace {

struct Word {
    std::string text; ///< lower case
    std::size_t begin = 0;
    std::size_t end = 0;
};

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::vector<Word> wordsOf(std::string_view text)
{
    std::vector<Word> words;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!isLetter(text[i]))
            continue;
        Word word { {}, i, i };
        while (word.end < text.size() && isLetter(text[word.end])) {
            const char c = text[word.end++];
            word.text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
        i = word.end;
        words.push_back(std::move(word));
    }
    return words;
}

template <class Names> std::optional<int> indexOf(const Names& names, std::string_view word)
{
    const auto found = std::find(names.begin(), names.end(), word);
    if (found == names.end())
        return std::nullopt;
    return static_cast<int>(found - names.begin());
}

std::optional<Shape> shapeOf(const std::string& word)
{
    for (const std::string_view plural : { "", "s", "es" }) {
        if (!word.ends_with(plural))
            continue;
        if (const auto i = indexOf(kShapeNames, word.substr(0, word.size() - plural.size())))
            return static_cast<Shape>(*i);
    }
    return std::nullopt;
}

std::string wordAt(const std::vector<Word>& words, std::size_t i)
{
    return i < words.size() ? words[i].text : std::string();
}

/// The cell named right after an object: "at the top left", "in the center".
std::optional<int> cellAfter(const std::vector<Word>& words, std::size_t i)
{
    const std::string first = wordAt(words, i);
    if ((first != "at" && first != "in") || wordAt(words, i + 1) != "the")
        return std::nullopt;
    const std::string row = wordAt(words, i + 2);
    if (const auto cell = indexOf(kCellNames, row + " " + wordAt(words, i + 3)))
        return cell;
    return indexOf(kCellNames, row);
}

std::vector<std::string> thingsIn(const std::vector<Word>& words)
{
    std::vector<std::string> things;
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
        for (const std::string_view thing : kThings)
            if (words[i].text + " " + words[i + 1].text == thing)
                things.emplace_back(thing);
    return things;
}

/// For every mention the object that it names, each object at most once; those at the right place
/// first.
std::vector<int> matches(const Scene& scene, const std::vector<Mention>& mentions)
{
    std::vector<int> match(mentions.size(), -1);
    std::vector<bool> used(scene.objects.size(), false);
    for (const bool placeMatters : { true, false })
        for (std::size_t m = 0; m < mentions.size(); ++m)
            for (std::size_t o = 0; o < scene.objects.size() && match[m] < 0; ++o) {
                const Object& object = scene.objects[o];
                if (used[o] || object.colour != mentions[m].colour
                    || object.shape != mentions[m].shape
                    || (placeMatters && mentions[m].cell != object.cell))
                    continue;
                match[m] = static_cast<int>(o);
                used[o] = true;
            }
    return match;
}

Json objectJson(const Object& object)
{
    const PixelBox box = pixelBox(object);
    Json json;
    json["shape"] = shapeName(object.shape);
    json["color"] = colourName(object.colour);
    json["size"] = object.big ? "big" : "small";
    json["cell"] = object.cell;
    json["position"] = kCellNames.at(static_cast<std::size_t>(object.cell));
    json["center"] = { object.x, object.y };
    json["radius"] = object.radius;
    json["angle"] = object.angle;
    json["box"] = { box.left, box.top, box.right, box.bottom };
    return json;
}

} // namespace

Json truthJson(const Scene& scene)
{
    constexpr std::string_view textures[] { "none", "gradient", "waves", "checks" };
    Json json;
    json["level"] = scene.level == Level::Hard ? "hard" : "easy";
    json["seed"] = scene.seed;
    json["width"] = kPictureSide;
    json["height"] = kPictureSide;
    json["background"] = kBackgroundNames.at(static_cast<std::size_t>(scene.background));
    json["texture"] = textures[static_cast<std::size_t>(scene.texture)];
    json["noise"] = scene.noise;
    json["clutter"] = scene.clutter;
    json["objects"] = Json::array();
    for (const Object& object : scene.objects)
        json["objects"].push_back(objectJson(object));
    return json;
}

std::vector<Mention> mentionsIn(std::string_view text)
{
    const std::vector<Word> words = wordsOf(text);
    std::vector<Mention> mentions;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const auto colour = indexOf(kColourNames, words[i].text);
        const auto shape = shapeOf(words[i + 1].text);
        if (!colour || !shape)
            continue;
        Mention mention { *colour, *shape, std::nullopt, cellAfter(words, i + 2), words[i].begin,
            words[i + 1].end };
        if (i > 0 && (words[i - 1].text == "small" || words[i - 1].text == "big"))
            mention.big = words[i - 1].text == "big";
        mentions.push_back(mention);
    }
    return mentions;
}

DescriptionCheck checkDescription(const Scene& scene, std::string_view text)
{
    const auto mentions = mentionsIn(text);
    const auto match = matches(scene, mentions);
    DescriptionCheck check;
    check.objects = static_cast<int>(scene.objects.size());
    check.hallucinatedNames = thingsIn(wordsOf(text));
    check.mentioned = static_cast<int>(mentions.size() + check.hallucinatedNames.size());
    for (std::size_t m = 0; m < mentions.size(); ++m) {
        if (match[m] < 0) {
            check.hallucinatedNames.push_back(kindName(mentions[m].colour, mentions[m].shape));
            continue;
        }
        const Object& object = scene.objects[static_cast<std::size_t>(match[m])];
        ++check.correct;
        check.wrongSize += mentions[m].big && *mentions[m].big != object.big ? 1 : 0;
        check.wrongPlace += mentions[m].cell && *mentions[m].cell != object.cell ? 1 : 0;
    }
    for (std::size_t o = 0; o < scene.objects.size(); ++o)
        if (std::find(match.begin(), match.end(), static_cast<int>(o)) == match.end())
            check.missedNames.push_back(kindName(scene.objects[o]));
    check.hallucinated = check.mentioned - check.correct;
    check.missed = check.objects - check.correct;
    return check;
}

Scene sceneOf(std::string_view truth)
{
    Scene scene;
    for (const Mention& mention : mentionsIn(truth)) {
        Object object;
        object.shape = mention.shape;
        object.colour = mention.colour;
        object.big = mention.big.value_or(false);
        object.cell = mention.cell.value_or(-1);
        scene.objects.push_back(object);
    }
    return scene;
}

DescriptionCheck checkDescription(std::string_view truth, std::string_view text)
{
    return checkDescription(sceneOf(truth), text);
}

} // namespace slook::scenes
