#include "workbench/plain_text.h"
#include <gtest/gtest.h>

using namespace slook::workbench;

TEST(PlainText, ShowsControlCharactersInsteadOfSendingThem)
{
    EXPECT_EQ(printable("a\x1b[31mred\x1b[0m\a"), "a\\x1b[31mred\\x1b[0m\\x07");
    EXPECT_EQ(printable("one\ntwo\tthree\r"), "one\\ntwo\\tthree\\r");
    EXPECT_EQ(printable("one\ntwo", true), "one\ntwo");
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
    EXPECT_EQ(printable("\x7f"), "\\x7f");
}

TEST(PlainText, ShowsTheEightBitControlsThatSomeTerminalsObey)
{
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
        "\\u{9b}31m"); // U+009B is CSI
}

TEST(PlainText, ShowsCharactersThatTurnOrHideText)
{
    EXPECT_EQ(printable("a\u202eb"), "a\\u{202e}b");
    EXPECT_EQ(printable("a\u200bb\ufeff"), "a\\u{200b}b\\u{feff}");
    EXPECT_EQ(printable("a\u2028b"), "a\\u{2028}b");
}

TEST(PlainText, ShowsBytesThatAreNoUtf8)
{
    EXPECT_EQ(printable("caf\xe9 ok"), "caf\\xe9 ok");
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80"); // a lone surrogate
}

TEST(PlainText, LeavesOrdinaryTextAlone)
{
    EXPECT_EQ(printable("naïve 日本 – ½"), "naïve 日本 – ½");
}

TEST(PlainText, CountsColumnsAsATerminalDoes)
{
    EXPECT_EQ(columnsOf("abc"), 3);
    EXPECT_EQ(columnsOf("日本"), 4);
    EXPECT_EQ(columnsOf("e\u0301"), 1);
}

TEST(PlainText, ClipsToColumnsWithAnEllipsis)
{
    EXPECT_EQ(clipped("abcdef", 6), "abcdef");
    EXPECT_EQ(clipped("abcdef", 5), "abcd…");
    EXPECT_EQ(clipped("日本語", 5), "日本…");
    EXPECT_EQ(clipped("日本語", 4), "日…");
    EXPECT_EQ(clipped("abc", 1), "…");
    EXPECT_EQ(clipped("abc", 0), "");
}
