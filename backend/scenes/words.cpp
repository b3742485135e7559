#include "scenes/words.h"

namespace slook::scenes {

std::string_view shapeName(Shape shape)
{
    return kShapeNames.at(static_cast<std::size_t>(shape));
}
std::string pluralName(Shape shape)
{
    return std::string(shapeName(shape)) + (shape == Shape::Cross ? "es" : "s");
}

std::string_view sideName(Side side)
{
    constexpr std::string_view names[] { "to the left", "to the right", "above", "below" };
    return names[static_cast<std::size_t>(side)];
}

std::string_view colourName(int colour)
{
    return kColourNames.at(static_cast<std::size_t>(colour));
}
std::string_view numberWord(int number)
{
    return kNumberWords.at(static_cast<std::size_t>(number));
}

std::string withArticle(std::string_view words)
{
    const bool vowel = !words.empty() && std::string_view("aeiou").find(words[0]) != words.npos;
    return (vowel ? "an " : "a ") + std::string(words);
}

std::string kindName(int colour, Shape shape)
{
    return std::string(colourName(colour)) + " " + std::string(shapeName(shape));
}

std::string kindName(const Object& object)
{
    return kindName(object.colour, object.shape);
}

std::string place(int cell)
{
    const std::string name(kCellNames.at(static_cast<std::size_t>(cell)));
    return (name == "center" ? "in the " : "at the ") + name;
}

std::string sighting(const Object& object)
{
    return withArticle(kindName(object)) + " " + place(object.cell);
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0)
            text += i + 1 == parts.size() ? " and " : ", ";
        text += parts[i];
    }
    return text;
}

} // namespace slook::scenes
