#include "scenes/drill.h"
#include "scenes/words.h"
#include "scenes/yes_no.h"
#include <algorithm>
#include <array>
#include <numeric>

namespace slook::scenes {
namespace {

/// A reply that asks itself one thing after the other.
class Facts {
public:
    void add(const std::string& asked, const std::string& fact)
    {
        m_reply.text += (m_reply.text.empty() ? "" : " ") + asked + " ";
        m_reply.learned.push_back({ m_reply.text.size(), m_reply.text.size() + fact.size() });
        m_reply.text += fact;
    }
    [[nodiscard]] std::optional<Conversation> after(std::string user) const
    {
        if (m_reply.text.empty())
            return std::nullopt;
        return Conversation { { std::move(user), m_reply } };
    }

private:
    Reply m_reply;
};

/// Six of the nine places in random order, so that the place has to be read.
std::optional<Conversation> places(const Scene& scene, Random& random)
{
    std::vector<std::string> shown(kCells, "none");
    for (const Object& o : scene.objects)
        shown[static_cast<std::size_t>(o.cell)] = (o.big ? "big " : "small ") + kindName(o);
    std::vector<std::size_t> cells { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
    random.shuffle(cells);
    cells.resize(6);
    Facts facts;
    for (const std::size_t cell : cells)
        facts.add(std::string(kCellNames[cell]) + ":", shown[cell]);
    return facts.after("What is where?");
}

std::optional<Conversation> objects(const Scene& scene, Random& random)
{
    Facts facts;
    for (const Object& o : random.shuffled(withUniqueKind(scene)))
        facts.add(kindName(o) + ":", std::string(kCellNames[static_cast<std::size_t>(o.cell)]));
    return facts.after("Where is what?");
}

std::optional<Conversation> presence(const Scene& scene, Random& random)
{
    Facts facts;
    for (int i = 0; i < 8; ++i) {
        if (random.chance(.5)) {
            facts.add(kindName(random.pick(scene.objects)) + "?", "Yes");
            continue;
        }
        const auto choice = random.chance(.5) ? AbsentChoice::Adversarial : AbsentChoice::Random;
        if (const auto kind = absentKind(scene, choice, {}, random))
            facts.add(kindName(*kind) + "?", "No");
    }
    return facts.after("Is there?");
}

std::optional<Conversation> sides(const Scene& scene, Random& random)
{
    std::vector<std::pair<Object, Object>> pairs;
    const auto named = withUniqueKind(scene);
    for (const Object& a : named)
        for (const Object& b : named)
            if (sideOf(a.cell, b.cell))
                pairs.emplace_back(a, b);
    random.shuffle(pairs);
    pairs.resize(std::min<std::size_t>(pairs.size(), 4));
    Facts facts;
    for (const auto& [a, b] : pairs)
        facts.add(kindName(a) + " relative to " + kindName(b) + ":",
            std::string(sideName(*sideOf(a.cell, b.cell))));
    return facts.after("Where relative to?");
}

std::optional<Conversation> counts(const Scene& scene, Random& random)
{
    Facts facts;
    for (int i = 0; i < 6; ++i) {
        const bool byShape = random.chance(.5);
        Object like = random.pick(scene.objects);
        if (random.chance(.25)) { // often none
            like.shape = static_cast<Shape>(random.below(kShapes));
            like.colour = random.below(kColours);
        }
        const auto count =
            std::count_if(scene.objects.begin(), scene.objects.end(), [&](const Object& o) {
                return byShape ? o.shape == like.shape : o.colour == like.colour;
            });
        facts.add(
            (byShape ? pluralName(like.shape) : std::string(colourName(like.colour)) + " objects")
                + ":",
            std::string(numberWord(static_cast<int>(count))));
    }
    return facts.after("How many?");
}

/// Questions as they are asked elsewhere, one behind the other.
std::optional<Conversation> questions(const Scene& scene, Random& random)
{
    Facts facts;
    for (int i = 0; i < 5; ++i) {
        const auto kind = static_cast<QuestionKind>(random.weighted({ .2, .2, .2, .2, 0, .2 }));
        if (const auto question = makeQuestion(scene, kind, random))
            facts.add(question->text, question->answer());
    }
    return facts.after("Answer.");
}

std::vector<std::string> drawOptions(Random& random)
{
    auto options = optionPool(random);
    options.resize(std::min<std::size_t>(options.size(), random.chance(.25) ? 8 : 4));
    return options;
}

/// 0 .. count - 1
std::vector<std::size_t> randomOrder(std::size_t count, Random& random)
{
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t { 0 });
    random.shuffle(order);
    return order;
}

/// Every option of a list with its letter, or every letter with its option.
Conversation letters(bool fromLetter, OptionStyle style, Random& random)
{
    const auto listed = drawOptions(random);
    const auto order = randomOrder(listed.size(), random);
    Facts facts;
    for (const std::size_t i : order) {
        const std::string letter(1, optionLetter(static_cast<int>(i)));
        if (fromLetter)
            facts.add(letter + ".", listed[i]);
        else
            facts.add(listed[i], letter);
    }
    return *facts.after((fromLetter ? "Read." : "Match.") + listOptions(listed, style));
}

constexpr int shortWordKinds = 3;
std::vector<std::string> shortWords(int kind)
{
    const auto all = [](const auto& names) {
        return std::vector<std::string>(names.begin(), names.end());
    };
    return kind == 0 ? all(kColourNames) : kind == 1 ? all(kShapeNames) : all(kNumberWords);
}

/// The letters A to E.
std::vector<std::string> letterWords()
{
    std::vector<std::string> letters;
    for (int i = 0; i < 5; ++i)
        letters.emplace_back(1, optionLetter(i));
    return letters;
}

/// Words that are said over and over until the text is long enough, or forwards and backwards in
/// turn. The first time they cannot be known.
Conversation strings(int longest, Random& random)
{
    constexpr std::size_t length = 31;
    auto words = letterWords();
    for (int kind = 0; kind < shortWordKinds; ++kind)
        for (std::string& word : shortWords(kind))
            words.push_back(std::move(word));
    random.shuffle(words);
    words.resize(static_cast<std::size_t>(2 + random.below(longest - 1)));
    const bool turns = random.chance(.5);
    const std::size_t last = words.size() - 1;
    const auto period = turns ? 2 * last : words.size();
    Reply reply;
    for (std::size_t i = 0; i < length; ++i) {
        if (i == words.size())
            reply.learned.push_back({ reply.text.size() + 1, 0 });
        const std::size_t at = i % period;
        reply.text += (i == 0 ? "" : " ") + words[at <= last ? at : 2 * last - at];
    }
    reply.learned.back().end = reply.text.size();
    return { { turns ? "Go back." : "Go on.", std::move(reply) } };
}

/// Options and letters with words around them, fewer or more, up to those of a reasoned answer: at
/// the letter, what was said some words before has to be looked up.
Conversation said(int farthest, OptionStyle style, Random& random)
{
    constexpr std::array<std::string_view, 4> before { "", "It is ", "I see ", "The image shows " };
    constexpr std::array<std::string_view, 4> behind { ".", " is", ". It is", ". The answer is" };
    const auto listed = drawOptions(random);
    const std::string begin(random.pick(before));
    const std::string end(behind.at(static_cast<std::size_t>(random.below(farthest))));
    Facts facts;
    for (const std::size_t i : randomOrder(listed.size(), random))
        facts.add(begin + listed[i] + end, std::string(1, optionLetter(static_cast<int>(i))));
    return *facts.after("Say it." + listOptions(listed, style));
}

/// "B red D star", then "star D red B": a list without marks whose letters are drawn, too.
Conversation pairs(Random& random)
{
    std::vector<std::pair<std::string, std::string>> listed;
    const auto words = random.shuffled(shortWords(random.below(shortWordKinds)));
    const auto letters = random.shuffled(letterWords());
    const auto count = static_cast<std::size_t>(2 + random.below(4));
    std::string user;
    for (std::size_t i = 0; i < count; ++i) {
        listed.emplace_back(words[i], letters[i]);
        user += (i == 0 ? "" : " ") + letters[i] + " " + words[i];
    }
    Facts facts;
    for (const auto& [word, letter] : random.shuffled(listed))
        facts.add(word, letter);
    return *facts.after(user);
}

} // namespace

std::vector<std::string> optionPool(Random& random)
{
    std::vector<std::string> pool;
    const int choice = random.below(7);
    switch (choice) {
    case 0:
    case 1:
    case 2:
        pool = shortWords(choice);
        break;
    case 3:
        pool.assign(kCellNames.begin(), kCellNames.end());
        break;
    case 4:
        pool = { "to the left", "to the right", "above", "below" };
        break;
    case 5:
        pool = { "yes", "no" };
        break;
    default:
        for (KindNumber kind = 0; kind < kColours * kShapes; ++kind)
            pool.push_back(withArticle(kindName(kind)));
    }
    random.shuffle(pool);
    return pool;
}

std::optional<Conversation> drill(const Scene& scene, const DrillMix& mix, Random& random)
{
    if (scene.objects.empty())
        return std::nullopt;
    switch (random.weighted({ mix.places, mix.objects, mix.presence, mix.sides, mix.counts,
        mix.questions, mix.letters, mix.options })) {
    case 0:
        return places(scene, random);
    case 1:
        return objects(scene, random);
    case 2:
        return presence(scene, random);
    case 3:
        return sides(scene, random);
    case 4:
        return counts(scene, random);
    case 5:
        return questions(scene, random);
    case 6:
        return letters(false, OptionStyle::Lines, random);
    default:
        return letters(true, OptionStyle::Lines, random);
    }
}

Conversation textDrill(const TextMix& mix, Random& random)
{
    const auto style = static_cast<OptionStyle>(random.below(3));
    switch (random.weighted({ mix.strings, mix.pairs, mix.letters, mix.options, mix.said })) {
    case 0:
        return strings(mix.longestString, random);
    case 1:
        return pairs(random);
    case 2:
        return letters(false, style, random);
    case 3:
        return letters(true, style, random);
    default:
        return said(mix.farthest, style, random);
    }
}

} // namespace slook::scenes
