#include "scenes/drill.h"
#include "scenes/words.h"
#include "scenes/yes_no.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

namespace slook::scenes {
namespace {

/// What a drill asked and what it says, one after the other.
std::vector<std::pair<std::string, std::string>> factsOf(const Reply& reply)
{
    std::vector<std::pair<std::string, std::string>> facts;
    std::size_t at = 0;
    for (const Span& span : reply.learned) {
        EXPECT_GT(span.begin, at);
        EXPECT_EQ(reply.text.at(span.begin - 1), ' ');
        const auto begin = at == 0 ? 0 : at + 1;
        facts.emplace_back(reply.text.substr(begin, span.begin - 1 - begin),
            reply.text.substr(span.begin, span.end - span.begin));
        at = span.end;
    }
    EXPECT_EQ(at, reply.text.size());
    return facts;
}

std::string withoutMark(const std::string& asked)
{
    return asked.substr(0, asked.size() - 1);
}

/// The cell of the object with this name; -1 where there is none.
int cellOf(const Scene& scene, const std::string& name)
{
    for (const Object& o : scene.objects)
        if (kindName(o) == name)
            return o.cell;
    return -1;
}

void checkPlace(const Scene& scene, const std::string& place, const std::string& shown)
{
    const auto found = std::find_if(scene.objects.begin(), scene.objects.end(),
        [&](const Object& o) { return kCellNames[static_cast<std::size_t>(o.cell)] == place; });
    if (found == scene.objects.end())
        EXPECT_EQ(shown, "none");
    else
        EXPECT_EQ(shown, (found->big ? "big " : "small ") + kindName(*found));
}

void checkSide(const Scene& scene, const std::string& asked, const std::string& side)
{
    const std::string between = " relative to ";
    const auto at = asked.find(between);
    const int a = cellOf(scene, asked.substr(0, at));
    const int b = cellOf(scene, asked.substr(at + between.size()));
    ASSERT_TRUE(a >= 0 && b >= 0) << asked;
    const int across = a % 3 - b % 3, down = a / 3 - b / 3;
    EXPECT_EQ(side,
        across < 0       ? "to the left"
            : across > 0 ? "to the right"
            : down < 0   ? "above"
                         : "below");
}

void checkCount(const Scene& scene, const std::string& asked, const std::string& number)
{
    const auto count =
        std::count_if(scene.objects.begin(), scene.objects.end(), [&](const Object& o) {
            return asked.starts_with(colourName(o.colour)) || asked.starts_with(shapeName(o.shape));
        });
    EXPECT_EQ(number, numberWord(static_cast<int>(count)));
}

TEST(Drill, SaysWhatTheSceneShows)
{
    std::map<std::string, int> met;
    DrillMix mix;
    mix.options = mix.letters;
    for (std::uint64_t i = 0; i < 600; ++i) {
        const Scene scene = makeScene(5, i, Level::Easy, "test");
        Random random(i);
        const auto talk = drill(scene, mix, random);
        if (!talk)
            continue;
        const std::string& user = talk->at(0).user;
        ++met[user.substr(0, user.find('\n'))];
        for (const auto& [asked, fact] : factsOf(talk->at(0).reply)) {
            if (user == "What is where?")
                checkPlace(scene, withoutMark(asked), fact);
            else if (user == "Where is what?") {
                EXPECT_EQ(fact,
                    kCellNames.at(static_cast<std::size_t>(cellOf(scene, withoutMark(asked)))));
            } else if (user == "Is there?") {
                EXPECT_EQ(fact == "Yes", cellOf(scene, withoutMark(asked)) >= 0);
            } else if (user == "Where relative to?")
                checkSide(scene, withoutMark(asked), fact);
            else if (user == "How many?")
                checkCount(scene, withoutMark(asked), fact);
            else if (user.starts_with("Read.")) {
                EXPECT_NE((user + "\n").find("\n" + asked + " " + fact + "\n"), std::string::npos);
            } else if (user.starts_with("Match.")) {
                EXPECT_NE((user + "\n").find("\n" + fact + ". " + asked + "\n"), std::string::npos);
            }
        }
    }
    EXPECT_EQ(met.size(), 8u);
    for (const auto& [user, times] : met)
        EXPECT_GT(times, 20) << user;
}

std::vector<std::string> wordsOf(const std::string& text)
{
    std::istringstream in(text);
    return { std::istream_iterator<std::string>(in), {} };
}

/// Words before the first one that is trained.
std::size_t untrained(const Reply& reply)
{
    return wordsOf(reply.text.substr(0, reply.learned.at(0).begin)).size();
}

/// An option without the words of the answer around it.
std::string withoutFrame(std::string said)
{
    for (const std::string_view begin : { "It is ", "I see ", "The image shows " })
        if (said.starts_with(begin))
            said.erase(0, begin.size());
    for (const std::string_view end : { ". The answer is", ". It is", " is", "." })
        if (said.ends_with(end)) {
            said.erase(said.size() - end.size());
            break;
        }
    return said;
}

TextMix only(double TextMix::*kind)
{
    TextMix mix;
    mix.binding = 0.0;
    mix.*kind = 1.0;
    return mix;
}

TEST(TextDrill, RepeatsStringsOrTurnsThemAround)
{
    std::map<std::string, std::set<std::size_t>> met; // with the words of each string
    for (std::uint64_t i = 0; i < 400; ++i) {
        Random random(i);
        const auto talk = textDrill(only(&TextMix::strings), random);
        const Reply& reply = talk.at(0).reply;
        ASSERT_EQ(reply.learned.size(), 1u);
        EXPECT_EQ(reply.learned[0].end, reply.text.size());
        const auto words = wordsOf(reply.text);
        const auto first = untrained(reply);
        met[talk[0].user].insert(first);
        EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), first);
        for (std::size_t k = first; k < words.size(); ++k) {
            if (talk[0].user == "Go on.")
                EXPECT_EQ(words[k], words[k - first]);
            else if (k <= 2 * (first - 1)) // said backwards for the first time
                EXPECT_EQ(words[k], words[2 * (first - 1) - k]);
            else
                EXPECT_EQ(words[k], words[k - 2 * (first - 1)]);
        }
    }
    ASSERT_EQ(met.size(), 2u);
    for (const auto& [user, lengths] : met) {
        EXPECT_EQ(*lengths.begin(), 2u) << user;
        EXPECT_EQ(*lengths.rbegin(), 12u) << user;
    }
}

TEST(TextDrill, AsksForEachLetterOfAListOnce)
{
    for (const auto kind :
        { &TextMix::pairs, &TextMix::letters, &TextMix::options, &TextMix::said })
        for (std::uint64_t i = 0; i < 100; ++i) {
            Random random(i);
            const auto talk = textDrill(only(kind), random);
            const std::string& user = talk.at(0).user;
            std::set<std::string> letters;
            for (const auto& [asked, fact] : factsOf(talk[0].reply)) {
                const bool fromLetter = asked.size() == 2 && asked.back() == '.';
                EXPECT_EQ(fromLetter, kind == &TextMix::options);
                const std::string option = fromLetter ? fact
                    : kind == &TextMix::said          ? withoutFrame(asked)
                                                      : asked;
                const std::string letter = fromLetter ? asked.substr(0, 1) : fact;
                const std::string listed = letter + (kind == &TextMix::pairs ? " " : ". ") + option;
                const auto at = user.find(listed);
                ASSERT_NE(at, std::string::npos) << user << "\n" << talk[0].reply.text;
                const auto end = at + listed.size();
                EXPECT_TRUE(end == user.size() || std::string(" .\n").find(user[end]) < 3) << user;
                EXPECT_TRUE(letters.insert(letter).second);
            }
            EXPECT_GE(letters.size(), 2u);
        }
}

} // namespace
} // namespace slook::scenes
