#include "core/json.h"
#include "core/json_file.h"
#include "temporary_folder.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace slook {
namespace {

TEST(ParseJson, KeepsTheOrderOfKeysAndWholeNumbersExact)
{
    const auto json = parseJson(R"({"z":9007199254740993,"a":[1,2]})", "x.json");
    ASSERT_TRUE(json);
    EXPECT_EQ(dumpLine(*json), R"({"z":9007199254740993,"a":[1,2]})");
}

TEST(ParseJson, RefusesTheSameKeyTwiceInOneObjectButNotInTwo)
{
    EXPECT_FALSE(parseJson(R"({"a":1,"a":2})", "x.json"));
    EXPECT_FALSE(parseJson(R"([{"b":{"a":1,"a":2}}])", "x.json"));
    EXPECT_TRUE(parseJson(R"([{"a":1},{"a":2,"b":{"a":3}}])", "x.json"));
}

TEST(ParseJson, TakesManyKeysInOneObjectWithoutComparingEachWithAll)
{
    constexpr int keys = 200'000; // 20 thousand million comparisons would take minutes
    std::string text = "{";
    for (int i = 0; i < keys; ++i)
        text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":" + std::to_string(i);
    const auto json = parseJson(text + "}", "vocab.json");
    ASSERT_TRUE(json);
    EXPECT_EQ(json->size(), static_cast<std::size_t>(keys));
    EXPECT_EQ(json->rbegin().key(), "199999"); // in the order in which they were written
    const auto twice = parseJson(text + ",\"77\":0}", "vocab.json");
    ASSERT_FALSE(twice);
    EXPECT_NE(twice.error().what.find("\"77\" twice"), std::string::npos) << twice.error().what;
}

TEST(ParseJson, RefusesDepthBeforeItCanHarm)
{
    const std::string deep(5'000'000, '[');
    const auto refused = parseJson(deep, "x.json");
    ASSERT_FALSE(refused);
    EXPECT_EQ(message(refused.error()), "x.json: is nested deeper than 64 levels");
    EXPECT_TRUE(parseJson(std::string(64, '[') + std::string(64, ']'), "x.json"));
    EXPECT_FALSE(parseJson(std::string(65, '[') + std::string(65, ']'), "x.json"));
}

TEST(ParseJson, SaysWhereTheTextGoesWrong)
{
    const auto cut = parseJson(R"({"a": [1, 2)", "problems.json");
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().kind, ErrorKind::Invalid);
    EXPECT_EQ(cut.error().where, "problems.json");
    EXPECT_NE(cut.error().what.find("byte 12"), std::string::npos) << cut.error().what;
}

TEST(ParseJson, RefusesBytesThatAreNoUtf8)
{
    EXPECT_FALSE(parseJson("{\"a\":\"\xff\"}", "x.json"));
    EXPECT_FALSE(parseJson("{\"a\":\"\\ud800\"}", "x.json")); // a lone surrogate
}

TEST(ParseJson, RefusesMoreBytesThanAllowed)
{
    EXPECT_FALSE(parseJson("[1,2,3]", "x.json", { .bytes = 6, .depth = 64 }));
    EXPECT_TRUE(parseJson("[1,2,3]", "x.json", { .bytes = 7, .depth = 64 }));
}

TEST(ReadJson, SaysWhatToDoWithAFileThatIsCut)
{
    const TemporaryFolder folder;
    EXPECT_EQ(readJson(folder.write("good.json", "[1]"))->size(), 1u);
    const auto cut = readJson(folder.write("cut.json", "{\"a\":"));
    ASSERT_FALSE(cut);
    EXPECT_EQ(message(cut.error()),
        (folder / "cut.json").string()
            + ": is no valid JSON at byte 6; it may be cut off or damaged, so get the file again");
    EXPECT_NE(readJson(folder.path()).error().what.find("regular file; "), std::string::npos);
    EXPECT_NE(readJson(folder.write("big.json", "[1, 2]"), 5).error().what.find("6 bytes"),
        std::string::npos);
}

TEST(JsonMembers, FallBackWhereAbsentNullOrOfAnotherType)
{
    const auto json =
        *parseJson(R"({"s":"t","n":1.5,"i":7,"b":true,"l":["x",1,"y"],"null":null})", "x");
    EXPECT_EQ(stringOr(json, "s"), "t");
    EXPECT_EQ(stringOr(json, "n", "other"), "other");
    EXPECT_EQ(stringOr(json, "null", "other"), "other");
    EXPECT_DOUBLE_EQ(numberOr(json, "n", 0), 1.5);
    EXPECT_DOUBLE_EQ(numberOr(json, "s", -1), -1);
    EXPECT_EQ(integerOr(json, "i", 0), 7);
    EXPECT_EQ(integerOr(json, "n", 3), 3);
    EXPECT_TRUE(boolOr(json, "b", false));
    EXPECT_FALSE(boolOr(json, "missing", false));
    EXPECT_EQ(stringsOr(json, "l"), (std::vector<std::string> { "x", "y" }));
    EXPECT_EQ(stringOr(Json::array(), "s", "no object"), "no object");
}

TEST(DumpLine, ReplacesBytesThatAreNoUtf8)
{
    EXPECT_EQ(dumpLine(Json("a\xff"
                            "b")),
        "\"a\xEF\xBF\xBD"
        "b\"");
}

} // namespace
} // namespace slook
