#include "scenes/question.h"
#include "scenes/words.h"
#include <algorithm>

namespace slook::scenes {
namespace {

constexpr std::size_t kOptions = 4;

using Objects = std::vector<Object>;

template <class Test> Objects those(const Objects& objects, Test test)
{
    Objects found;
    std::copy_if(objects.begin(), objects.end(), std::back_inserter(found), test);
    return found;
}

/// The right value first, then up to three others: first those of `preferred`, at most two of them.
std::vector<int> candidates(int right, const std::vector<int>& preferred, int count, Random& random)
{
    std::vector<int> chosen { right };
    const auto add = [&](int value) {
        if (chosen.size() < kOptions
            && std::find(chosen.begin(), chosen.end(), value) == chosen.end())
            chosen.push_back(value);
    };
    std::vector<int> near = random.shuffled(preferred);
    near.resize(std::min<std::size_t>(near.size(), 2));
    for (const int value : near)
        add(value);
    std::vector<int> all;
    for (int value = 0; value < count; ++value)
        all.push_back(value);
    random.shuffle(all);
    for (const int value : all)
        add(value);
    return chosen;
}

/// Options in random order. `option` and `reason` turn a value into words; values[0] is the right
/// one.
template <class Value, class Option, class Reason>
void setOptions(
    Question& question, std::vector<Value> values, Random& random, Option option, Reason reason)
{
    std::vector<std::size_t> order(values.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    random.shuffle(order);
    for (const std::size_t i : order) {
        if (i == 0)
            question.right = static_cast<int>(question.options.size());
        question.options.emplace_back(option(values[i]));
        question.reasons.push_back(reason(values[i]));
    }
}

template <class Field> std::vector<int> values(const Objects& objects, Field field)
{
    std::vector<int> list;
    for (const Object& o : objects)
        list.push_back(field(o));
    return list;
}

Question colourQuestion(const Scene& scene, Random& random)
{
    Question question;
    Object subject = random.pick(scene.objects);
    const Objects unique = those(scene.objects, [&](const Object& o) {
        return those(scene.objects, [&](const Object& p) { return p.shape == o.shape; }).size()
            == 1;
    });
    const bool byShape = !unique.empty() && random.chance(.6);
    if (byShape)
        subject = random.pick(unique);
    const std::string shape(shapeName(subject.shape));
    question.text = byShape ? "What color is the " + shape + "?"
                            : "What color is the object " + place(subject.cell) + "?";
    const auto present = values(scene.objects, [](const Object& o) { return o.colour; });
    setOptions(question, candidates(subject.colour, present, kColours, random), random, colourName,
        [&](int colour) {
            if (byShape)
                return "The " + shape + " " + place(subject.cell) + " is "
                    + std::string(colourName(colour)) + ".";
            return "The object " + place(subject.cell) + " is "
                + withArticle(kindName(colour, subject.shape)) + ".";
        });
    return question;
}

Question shapeQuestion(const Scene& scene, Random& random)
{
    Question question;
    Object subject = random.pick(scene.objects);
    const Objects unique = those(scene.objects, [&](const Object& o) {
        return those(scene.objects, [&](const Object& p) { return p.colour == o.colour; }).size()
            == 1;
    });
    const bool byColour = !unique.empty() && random.chance(.5);
    if (byColour)
        subject = random.pick(unique);
    const std::string colour(colourName(subject.colour));
    question.text = byColour ? "What shape is the " + colour + " object?"
                             : "What shape is the object " + place(subject.cell) + "?";
    const auto number = [](const Object& o) { return static_cast<int>(o.shape); };
    const auto word = [](int shape) { return shapeName(static_cast<Shape>(shape)); };
    setOptions(question,
        candidates(number(subject), values(scene.objects, number), kShapes, random), random, word,
        [&](int shape) {
            if (byColour)
                return "The " + colour + " object " + place(subject.cell) + " is "
                    + withArticle(word(shape)) + ".";
            return "The object " + place(subject.cell) + " is "
                + withArticle(kindName(subject.colour, static_cast<Shape>(shape))) + ".";
        });
    return question;
}

/// What is counted: objects of one shape, of one colour, or all.
struct Group {
    std::optional<Shape> shape;
    std::optional<int> colour;

    [[nodiscard]] bool holds(const Object& o) const
    {
        return (!shape || o.shape == *shape) && (!colour || o.colour == *colour);
    }
    [[nodiscard]] std::string name() const
    {
        if (shape)
            return pluralName(*shape);
        return colour ? std::string(colourName(*colour)) + " objects" : "objects";
    }
    [[nodiscard]] Object another(Random& random) const
    {
        Object o;
        o.shape = shape.value_or(static_cast<Shape>(random.below(kShapes)));
        o.colour = colour.value_or(random.below(kColours));
        o.cell = random.below(kCells);
        return o;
    }
};

std::string countReason(Objects seen, int count, const Group& group, Random& random)
{
    if (count == 0)
        return "I see none. That makes zero.";
    while (static_cast<int>(seen.size()) > count)
        seen.erase(seen.begin() + random.below(static_cast<int>(seen.size())));
    while (static_cast<int>(seen.size()) < count)
        seen.push_back(group.another(random));
    std::vector<std::string> parts;
    for (const Object& o : seen)
        parts.push_back(sighting(o));
    return "I see " + joined(parts) + ". That makes " + std::string(numberWord(count)) + ".";
}

Question countQuestion(const Scene& scene, Random& random)
{
    Question question;
    const Object& subject = random.pick(scene.objects);
    Group group;
    switch (random.weighted({ .40, .35, .25 })) {
    case 0:
        group.shape = subject.shape;
        break;
    case 1:
        group.colour = subject.colour;
        break;
    default:
        break;
    }
    const Objects seen = those(scene.objects, [&](const Object& o) { return group.holds(o); });
    const int count = static_cast<int>(seen.size());
    const int lowest =
        std::clamp(count - random.below(4), 0, 6); // four numbers in a row, up to nine
    std::vector<int> numbers { count };
    for (int n = lowest; n < lowest + static_cast<int>(kOptions); ++n)
        if (n != count)
            numbers.push_back(n);
    question.text = "How many " + group.name() + " are there?";
    setOptions(question, numbers, random, numberWord,
        [&](int n) { return countReason(seen, n, group, random); });
    return question;
}

std::pair<int, int> cellsWith(Side side, Random& random)
{
    for (;;) {
        const std::pair<int, int> cells { random.below(kCells), random.below(kCells) };
        if (sideOf(cells.first, cells.second) == side)
            return cells;
    }
}

std::optional<Question> relationQuestion(const Scene& scene, Random& random)
{
    const Objects named = withUniqueKind(scene);
    std::vector<std::pair<Object, Object>> pairs;
    for (const Object& a : named)
        for (const Object& b : named)
            if (sideOf(a.cell, b.cell))
                pairs.emplace_back(a, b);
    if (pairs.empty())
        return std::nullopt;
    const auto& [a, b] = random.pick(pairs);
    const Side right = *sideOf(a.cell, b.cell);
    std::vector<Side> sides { right };
    for (const Side side : { Side::Left, Side::Right, Side::Above, Side::Below })
        if (side != right)
            sides.push_back(side);
    Question question;
    question.text = "Where is the " + kindName(a) + " relative to the " + kindName(b) + "?";
    const auto reason = [&, &first = a, &second = b](Side side) {
        std::pair<int, int> cells { first.cell, second.cell };
        if (side != right)
            cells = cellsWith(side, random);
        return "The " + kindName(first) + " is " + place(cells.first) + " and the "
            + kindName(second) + " is " + place(cells.second) + ". That is "
            + std::string(sideName(side)) + ".";
    };
    setOptions(question, sides, random, sideName, reason);
    return question;
}

/// Kinds that the scene does not show: first mixtures of a colour and a shape that it shows apart.
std::vector<int> absentKinds(const Scene& scene, Random& random)
{
    const auto number = [](const Object& o) {
        return o.colour * kShapes + static_cast<int>(o.shape);
    };
    const std::vector<int> shown = values(scene.objects, number);
    std::vector<int> absent;
    const auto add = [&](int kind) {
        if (std::find(shown.begin(), shown.end(), kind) == shown.end()
            && std::find(absent.begin(), absent.end(), kind) == absent.end())
            absent.push_back(kind);
    };
    for (const Object& a : scene.objects)
        for (const Object& b : scene.objects)
            add(a.colour * kShapes + static_cast<int>(b.shape));
    for (int i = 0; i < 24; ++i)
        add(random.below(kColours * kShapes));
    return absent;
}

std::optional<Question> existQuestion(const Scene& scene, Random& random)
{
    const Object& subject = random.pick(scene.objects);
    std::vector<int> kinds = random.shuffled(absentKinds(scene, random));
    if (kinds.size() < kOptions - 1)
        return std::nullopt;
    kinds.resize(kOptions - 1);
    const int right = subject.colour * kShapes + static_cast<int>(subject.shape);
    kinds.insert(kinds.begin(), right);
    Question question;
    question.text = "Which of these is in the image?";
    const auto word = [](int kind) {
        return withArticle(kindName(kind / kShapes, static_cast<Shape>(kind % kShapes)));
    };
    setOptions(question, kinds, random, word, [&](int kind) {
        const int cell = kind == right ? subject.cell : random.below(kCells);
        return "I see " + word(kind) + " " + place(cell) + ".";
    });
    return question;
}

std::optional<Question> positionQuestion(const Scene& scene, Random& random)
{
    const Objects named = withUniqueKind(scene);
    if (named.empty())
        return std::nullopt;
    const Object subject = random.pick(named);
    Question question;
    question.text = "Where is the " + kindName(subject) + "?";
    const auto occupied = values(scene.objects, [](const Object& o) { return o.cell; });
    const auto word = [](int cell) { return kCellNames[static_cast<std::size_t>(cell)]; };
    setOptions(question, candidates(subject.cell, occupied, kCells, random), random, word,
        [&](int cell) { return "The " + kindName(subject) + " is " + place(cell) + "."; });
    return question;
}

std::optional<Question> questionOf(const Scene& scene, QuestionKind kind, Random& random)
{
    switch (kind) {
    case QuestionKind::Colour:
        return colourQuestion(scene, random);
    case QuestionKind::Shape:
        return shapeQuestion(scene, random);
    case QuestionKind::Count:
        return countQuestion(scene, random);
    case QuestionKind::Relation:
        return relationQuestion(scene, random);
    case QuestionKind::Exist:
        return existQuestion(scene, random);
    case QuestionKind::Position:
        return positionQuestion(scene, random);
    }
    return std::nullopt;
}

} // namespace

std::string_view kindWord(QuestionKind kind)
{
    constexpr std::string_view words[] { "color", "shape", "count", "relation", "exist",
        "position" };
    return words[static_cast<std::size_t>(kind)];
}

std::optional<Question> makeQuestion(const Scene& scene, QuestionKind kind, Random& random)
{
    if (scene.objects.empty())
        return std::nullopt;
    auto question = questionOf(scene, kind, random);
    if (question)
        question->kind = kind;
    return question;
}

} // namespace slook::scenes
