#include "workbench/packed_texts.h"
#include <array>
#include <gtest/gtest.h>
#include <random>

using namespace slook::workbench;

namespace {

using Texts = std::vector<std::string_view>;

PackedTexts packed(std::initializer_list<Texts> rows)
{
    PackedTexts texts;
    for (const Texts& row : rows)
        texts.add(row);
    return texts;
}

/// What contains() is, without any of its shortcuts.
bool plainlyContains(std::string_view text, std::string_view word)
{
    return foldedCase(text).find(foldedCase(word)) != std::string::npos;
}

TEST(PackedTexts, GivesBackWhatWasAdded)
{
    const auto texts = packed({ { "Red", "", "Größe" }, {}, { "last" } });
    ASSERT_EQ(texts.size(), 3u);
    EXPECT_EQ(PackedTexts::part(texts.row(0), 0).text, "Red");
    EXPECT_EQ(PackedTexts::part(texts.row(0), 1).text, "");
    EXPECT_EQ(PackedTexts::part(texts.row(0), 2).text, "Größe");
    EXPECT_EQ(PackedTexts::part(texts.row(0), 3).text, "");
    EXPECT_EQ(PackedTexts::part(texts.row(1), 0).text, "");
    EXPECT_EQ(PackedTexts::part(texts.row(2), 0).text, "last");
}

TEST(PackedTexts, TellsAMissingTextFromAnEmptyOne)
{
    const auto texts = packed({ { "" } });
    EXPECT_NE(PackedTexts::part(texts.row(0), 0).text.data(), nullptr);
    EXPECT_EQ(PackedTexts::part(texts.row(0), 1).text.data(), nullptr);
}

TEST(PackedTexts, FindsNothingAcrossTwoTextsOrRows)
{
    const auto texts = packed({ { "re", "d ship" }, { "s", "hip" } });
    EXPECT_FALSE(texts.row(0).contains("red"));
    EXPECT_TRUE(texts.row(0).contains("d ship"));
    EXPECT_FALSE(texts.row(0).contains("ships"));
    EXPECT_FALSE(texts.row(1).contains("ship"));
}

TEST(PackedTexts, FoldsMoreThanAsciiAsUnicodeSays)
{
    const auto texts =
        packed({ { "GRÖSSE und Straße", "plain" }, { "\xE2\xB2\xAF \xE7\xBA\xA2" } });
    EXPECT_TRUE(texts.row(0).contains(foldedCase("größe")));
    EXPECT_TRUE(texts.row(0).contains(foldedCase("STRASSE")));
    EXPECT_TRUE(texts.row(0).contains("plain"));
    EXPECT_FALSE(texts.row(0).contains("e plain")) << "folded texts are apart, too";
    EXPECT_TRUE(texts.row(1).contains("\xE7\xBA\xA2"));
    EXPECT_EQ(PackedTexts::part(texts.row(0), 0).text, "GRÖSSE und Straße") << "as it was written";
    EXPECT_TRUE(PackedTexts::part(texts.row(0), 0).contains("strasse"));
    EXPECT_FALSE(PackedTexts::part(texts.row(0), 1).contains("strasse"));
}

TEST(PackedTexts, KeepsBytesThatAreNoUtf8Searchable)
{
    const auto texts = packed({ { "a\xFF"
                                  "b RED",
        "c" } });
    EXPECT_EQ(PackedTexts::part(texts.row(0), 0).text,
        "a\xFE"
        "b RED");
    EXPECT_EQ(PackedTexts::part(texts.row(0), 1).text, "c");
    EXPECT_TRUE(texts.row(0).contains("b red"));
}

TEST(PackedTexts, SearchesAsAPlainSearchDoes)
{
    std::mt19937 random(5);
    const std::string_view letters = "aAbB@`{[ \x01";
    const auto word = [&](std::size_t longest) {
        std::string text(random() % (longest + 1), ' ');
        for (char& c : text)
            c = letters[random() % letters.size()];
        return text;
    };
    int found = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string text = word(90), part = word(4);
        const bool expected = plainlyContains(text, part);
        EXPECT_EQ(SearchText { text }.contains(foldedCase(part)), expected) << text << '|' << part;
        found += expected ? 1 : 0;
    }
    EXPECT_GT(found, 2000);
    EXPECT_LT(found, 18'000);
}

TEST(PackedTexts, FindsAWordAtEveryPlace)
{
    for (std::size_t size = 1; size < 70; ++size)
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, '.');
            text[at] = 'Z';
            EXPECT_TRUE(SearchText { text }.contains("z")) << size << ' ' << at;
            EXPECT_FALSE(SearchText { text }.contains("zz"));
            EXPECT_EQ(SearchText { text }.contains(".z"), at > 0);
        }
}

TEST(SharedTexts, NumberTextsInTheOrderInWhichTheyCome)
{
    SharedTexts texts;
    EXPECT_EQ(texts.number(""), 0u);
    EXPECT_EQ(texts.number("colour"), 1u);
    EXPECT_EQ(texts.number("shape"), 2u);
    EXPECT_EQ(texts.number("colour"), 1u);
    EXPECT_EQ(texts.at(2), "shape");
    EXPECT_EQ(texts.size(), 3u);
}

} // namespace
