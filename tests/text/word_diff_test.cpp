#include "text/word_diff.h"
#include <ctime>
#include <gmock/gmock.h>

namespace slook::text {
namespace {

/// Processor time, which does not depend on what else the machine does.
double secondsAfter(std::clock_t begin)
{
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> taken(std::string_view text, const std::vector<Span>& spans)
{
    std::vector<std::string> out;
    for (const Span& span : spans)
        out.emplace_back(text.substr(span.begin, span.end - span.begin));
    return out;
}

TEST(WordDiff, MarksChangedWordsInBothTexts)
{
    const std::string a = "The red circle is left of the square.";
    const std::string b = "The blue circle is right of the big square.";
    const auto diff = wordDiff(a, b);
    EXPECT_THAT(taken(a, diff.before), ElementsAre("red", "left"));
    EXPECT_THAT(taken(b, diff.after), ElementsAre("blue", "right", "big"));
    EXPECT_DOUBLE_EQ(diff.likeness, 2.0 * 7 / (9 + 10)); // The circle is of the square .
    EXPECT_TRUE(diff.exact);
}

TEST(WordDiff, JoinsNeighboursAndIgnoresBlanks)
{
    const std::string b = "one two  three four";
    EXPECT_THAT(taken(b, wordDiff("one four", b).after), ElementsAre("two  three"));
    EXPECT_THAT(wordDiff("a  b\n", "a b").before, IsEmpty());
    EXPECT_THAT(taken("größer 🙂!", wordDiff("kleiner !", "größer 🙂!").after),
        ElementsAre("größer 🙂"));
}

TEST(WordDiff, KnowsEmptyAndEqualTexts)
{
    EXPECT_DOUBLE_EQ(wordDiff("", "").likeness, 1);
    EXPECT_DOUBLE_EQ(wordDiff("a", "").likeness, 0);
    EXPECT_THAT(wordDiff("", "a b").after, ElementsAre(Span { 0, 3 }));
    EXPECT_DOUBLE_EQ(wordDiff("same words", "same words").likeness, 1);
}

TEST(WordDiff, IsBoundedForHugeAndBrokenTexts)
{
    std::string a, b;
    for (int i = 0; i < 200'000; ++i) {
        a += "a" + std::to_string(i) + " ";
        b += "b" + std::to_string(i) + " ";
    }
    const std::clock_t begin = std::clock();
    EXPECT_FALSE(wordDiff(a, b).exact);
    EXPECT_TRUE(wordDiff(a.substr(0, 15'000), b.substr(0, 15'000)).exact);
    EXPECT_LT(secondsAfter(begin), 5.0);
    EXPECT_NO_THROW((void)wordDiff("\xff\xf0 a \xe2", "\x80 b"));
}

} // namespace
} // namespace slook::text
