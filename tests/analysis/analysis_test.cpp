#include "analysis/agreement.h"
#include "analysis/intervals.h"
#include "analysis/paired.h"
#include "core/file.h"
#include "core/json.h"
#include "parity.h"
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace slook;
using namespace slook::analysis;

namespace {

/// Values that SciPy, statsmodels and scikit-learn computed.
const Json* reference()
{
    static const auto json = []() -> Json {
        const auto text = readFile(parityFolder() / "stats" / "stats.json");
        return text ? *parseJson(*text, "stats.json") : Json();
    }();
    return json.is_null() ? nullptr : &json;
}

#define NEEDS_REFERENCE()                                                                          \
    if (!reference())                                                                              \
    GTEST_SKIP() << "shared/parity is not here"

std::vector<int> ints(const Json& list)
{
    return list.get<std::vector<int>>();
}

} // namespace

TEST(Wilson, AgreesWithTheReference)
{
    NEEDS_REFERENCE();
    for (const auto& one : reference()->at("wilson")) {
        const auto interval = wilson(one["k"], one["n"], one["confidence"]);
        EXPECT_NEAR(interval.low, one["low"].get<double>(), 1e-10) << one;
        EXPECT_NEAR(interval.high, one["high"].get<double>(), 1e-10) << one;
    }
}

TEST(Wilson, OfNothingSaysNothing)
{
    EXPECT_EQ(wilson(0, 0).low, 0);
    EXPECT_EQ(wilson(0, 0).high, 1);
    EXPECT_THROW((void)wilson(3, 2), std::invalid_argument);
    EXPECT_THROW((void)wilson(1, 2, 1), std::invalid_argument);
}

TEST(NormalQuantile, HasTheValuesOfTheTables)
{
    EXPECT_NEAR(normalQuantile(0.975), 1.959963984540054, 1e-12);
    EXPECT_NEAR(normalQuantile(0.5), 0, 1e-15);
    EXPECT_NEAR(normalQuantile(0.0013498980316300933), -3, 1e-9); // P(Z <= -3)
}

TEST(McNemar, AgreesWithTheReference)
{
    NEEDS_REFERENCE();
    for (const auto& one : reference()->at("mcnemar_exact")) {
        EXPECT_NEAR(mcnemarExact(one["b"], one["c"]), one["p"].get<double>(), 1e-10) << one;
        EXPECT_NEAR(mcnemarExact(one["c"], one["b"]), one["p"].get<double>(), 1e-10) << one;
    }
}

TEST(McNemar, FollowsFromTheBinomialDistribution)
{
    EXPECT_DOUBLE_EQ(mcnemarExact(0, 10), 2.0 / 1024); // 2 * (1/2)^10
    EXPECT_DOUBLE_EQ(mcnemarExact(1, 3), 10.0 / 16); // 2 * (1 + 4) / 16
    EXPECT_NEAR(mcnemarExact(0, 1000) / (2 * std::pow(0.5, 1000)), 1, 1e-10);
    EXPECT_NEAR(mcnemarMidP(0, 10), 1.0 / 1024, 1e-15); // half of it
    EXPECT_NEAR(mcnemarMidP(1, 1), 0.75, 1e-15); // 1 - (1/2)/2
    EXPECT_EQ(mcnemarMidP(0, 0), 1);
}

TEST(McNemar, HoldsForVeryManyItems)
{
    // Near the normal limit: z = 2 / sqrt(n) * difference / 2 with continuity correction.
    const std::int64_t n = 4'000'000;
    const std::int64_t less = n / 2 - 2000;
    const double z = (2 * 2000 - 1) / std::sqrt(static_cast<double>(n));
    EXPECT_NEAR(mcnemarExact(less, n - less) / std::erfc(z / std::sqrt(2.0)), 1, 1e-3);
    EXPECT_GE(mcnemarExact(0, 100000), 0); // below the smallest double, and no NaN
}

TEST(Binomial, AgreesWithTheReference)
{
    NEEDS_REFERENCE();
    for (const auto& one : reference()->at("binomial_two_sided"))
        EXPECT_NEAR(binomialTwoSided(one["k"], one["n"], one["p0"]), one["p"].get<double>(), 1e-10)
            << one;
}

TEST(CohenKappa, AgreesWithTheReference)
{
    NEEDS_REFERENCE();
    for (const auto& one : reference()->at("cohen_kappa")) {
        const auto a = ints(one["a"]);
        const auto b = ints(one["b"]);
        EXPECT_NEAR(cohenKappa(a, b), one["kappa"].get<double>(), 1e-10);
        EXPECT_NEAR(cohenKappa(a, b, KappaWeights::Linear), one["linear"].get<double>(), 1e-10);
        EXPECT_NEAR(
            cohenKappa(a, b, KappaWeights::Quadratic), one["quadratic"].get<double>(), 1e-10);
    }
    EXPECT_THROW((void)cohenKappa({}, {}), std::invalid_argument);
}

TEST(KrippendorffAlpha, AgreesWithTheReference)
{
    NEEDS_REFERENCE();
    for (const auto& one : reference()->at("krippendorff_alpha_nominal")) {
        std::vector<std::vector<std::optional<int>>> rows;
        for (const auto& row : one["raters_by_units"]) {
            rows.emplace_back();
            for (const auto& value : row)
                rows.back().push_back(
                    value.is_null() ? std::nullopt : std::optional(value.get<int>()));
        }
        EXPECT_NEAR(*krippendorffAlpha(rows), one["alpha"].get<double>(), 1e-10);
    }
    EXPECT_FALSE(krippendorffAlpha({ { 1, 2 } }));
}

TEST(KrippendorffAlpha, HasThePaperValues)
{
    // Krippendorff 2011, section D: four observers, twelve units; .743 nominal and .815 ordinal.
    // More digits: krippendorff 0.9.0 of PyPI.
    constexpr auto none = std::nullopt;
    const Ratings rows { { 1, 2, 3, 3, 2, 1, 4, 1, 2, none, none, none },
        { 1, 2, 3, 3, 2, 2, 4, 1, 2, 5, none, 3 }, { none, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, none },
        { 1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, none } };
    EXPECT_NEAR(*krippendorffAlpha(rows), 0.743421052631579, 1e-12);
    EXPECT_NEAR(*krippendorffAlpha(rows, AlphaMetric::Ordinal), 0.8153875037548814, 1e-12);
}

TEST(KrippendorffAlpha, IsOneWhereAllRatingsAreTheSame)
{
    EXPECT_EQ(krippendorffAlpha({ { 2, 2 }, { 2, 2 } }), 1.0);
    EXPECT_THROW((void)krippendorffAlpha({ { 1, 2 }, { 1 } }), std::invalid_argument);
}

TEST(FleissKappa, AgreesWithStatsmodels)
{
    // The table of fourteen raters, ten units and five categories that is used as an example of
    // Fleiss 1971; kappa by statsmodels 0.15.0.
    EXPECT_NEAR(*fleissKappa({ { 0, 0, 0, 0, 14 }, { 0, 2, 6, 4, 2 }, { 0, 0, 3, 5, 6 },
                    { 0, 3, 9, 2, 0 }, { 2, 2, 8, 1, 1 }, { 7, 7, 0, 0, 0 }, { 3, 2, 6, 3, 0 },
                    { 2, 5, 3, 2, 2 }, { 6, 5, 2, 1, 0 }, { 0, 2, 2, 3, 7 } }),
        0.20993070442195522, 1e-12);
    EXPECT_FALSE(fleissKappa({ { 3, 0 }, { 3, 0 } })) << "nothing to agree on";
    EXPECT_THROW((void)fleissKappa({ { 3, 0 }, { 1, 1 } }), std::invalid_argument);
    EXPECT_THROW((void)fleissKappa({ { 1, 0 } }), std::invalid_argument);
    EXPECT_THROW((void)fleissKappa({}), std::invalid_argument);
}

TEST(RawAgreement, CountsPairsOfRatings)
{
    const auto raw =
        rawAgreement({ { 1, 1, 2, 5 }, { 1, 2, 2, std::nullopt }, { 1, 3, 1, std::nullopt } });
    EXPECT_EQ(raw.units, 3);
    EXPECT_EQ(raw.pairs, 9); // three ratings make three pairs
    EXPECT_EQ(raw.same, 4); // three of the first unit, none, one
    EXPECT_EQ(raw.categories, 3);
}

TEST(Bootstrap, GivesTheQuantilesOfTheBinomialDistribution)
{
    // A resampled share of 14 hits in 20 is binomial with p = 0.7: quantiles 10 and 18 at 2.5 and
    // 97.5 %, by scipy.stats.binom.ppf 1.17.1.
    const auto share = [](std::span<const std::size_t> places) -> std::optional<double> {
        double hits = 0;
        for (const auto place : places)
            hits += place < 14 ? 1 : 0;
        return hits / 20;
    };
    BootstrapOptions options;
    options.resamples = 20000;
    const auto interval = bootstrapInterval(20, share, options);
    ASSERT_TRUE(interval);
    EXPECT_DOUBLE_EQ(interval->low, 10.0 / 20);
    EXPECT_DOUBLE_EQ(interval->high, 18.0 / 20);
    EXPECT_EQ(bootstrapInterval(20, share, options)->low, interval->low) << "seeded";
    EXPECT_FALSE(bootstrapInterval(0, share));
    EXPECT_FALSE(bootstrapInterval(3, [](auto) { return std::optional<double>(); }));
    options.resamples = 0;
    EXPECT_THROW((void)bootstrapInterval(3, share, options), std::invalid_argument);
}
