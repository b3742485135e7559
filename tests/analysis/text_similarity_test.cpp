// Expected values: by hand from the formulas of the sources named in the header.
#include "analysis/text_similarity.h"
#include <cmath>
#include <gtest/gtest.h>
#include <stdexcept>

using namespace slook::analysis;

namespace {

const TokenStates east { 2, { 1, 0 } };
const TokenStates eastAndNorth { 2, { 1, 0, 0, 1 } };

TEST(SentenceSimilarity, IsTheCosineOfTheMeansWithinZeroAndOne)
{
    EXPECT_NEAR(sentenceSimilarity(east, eastAndNorth), std::sqrt(0.5), 1e-12);
    EXPECT_DOUBLE_EQ(sentenceSimilarity(east, { 2, { 7, 0 } }), 1); // length does not matter
    EXPECT_DOUBLE_EQ(sentenceSimilarity(east, { 2, { -1, 0 } }), 0);
    EXPECT_DOUBLE_EQ(sentenceSimilarity(east, {}), 0);
    EXPECT_DOUBLE_EQ(sentenceSimilarity(east, { 2, { 0, 0 } }), 0);
    EXPECT_THROW((void)sentenceSimilarity(east, { 3, { 1, 0, 0 } }), std::invalid_argument);
}

TEST(TokenMatchF1, TakesEachTokensBestMatch)
{
    // recall: the one token of `east` is found whole, 1; precision: (1 + 0) / 2.
    EXPECT_NEAR(tokenMatchF1(east, eastAndNorth), 2.0 / 3, 1e-12);
    EXPECT_NEAR(tokenMatchF1(eastAndNorth, east), 2.0 / 3, 1e-12);
    EXPECT_DOUBLE_EQ(tokenMatchF1(eastAndNorth, eastAndNorth), 1);
    const TokenStates between { 2, { 3, 4 } }; // cosines .6 and .8
    // recall (.6 + .8) / 2 = .7, precision .8
    EXPECT_NEAR(tokenMatchF1(eastAndNorth, between), 2 * .7 * .8 / 1.5, 1e-12);
    EXPECT_DOUBLE_EQ(tokenMatchF1(east, { 2, { 0, 1 } }), 0);
    EXPECT_DOUBLE_EQ(tokenMatchF1(east, { 2, { -1, 0 } }), 0);
    EXPECT_DOUBLE_EQ(tokenMatchF1({}, east), 0);
}

TEST(Boxes, AreReadFromTextAndCompared)
{
    const auto a = boxIn("It is at [0.1, 0.2, 0.3,0.4].");
    ASSERT_TRUE(a);
    EXPECT_EQ(*a, (Box { .1, .2, .3, .4 }));
    EXPECT_TRUE(boxIn("[see] [ 1 , 2 , 3 , 4 ]"));
    for (const char* none : { "", "[1, 2, 3]", "[1, 2, 3, 4, 5]", "[3, 2, 1, 4]", "1, 2, 3, 4",
             "[nan, 0, 1, 1]", "[1, 2, 3, 4" })
        EXPECT_FALSE(boxIn(none)) << none;
    EXPECT_DOUBLE_EQ(intersectionOverUnion({ 0, 0, 2, 2 }, { 0, 0, 2, 2 }), 1);
    EXPECT_NEAR(intersectionOverUnion({ 0, 0, 2, 2 }, { 1, 1, 3, 3 }), 1.0 / 7, 1e-12);
    EXPECT_DOUBLE_EQ(intersectionOverUnion({ 0, 0, 1, 1 }, { 2, 2, 3, 3 }), 0);
}

} // namespace
