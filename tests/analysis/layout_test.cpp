#include "analysis/correlation.h"
#include "analysis/neighbours.h"
#include "analysis/quadtree.h"
#include "analysis/tsne.h"
#include "core/random.h"
#include "parity.h"
#include "tensors.h"
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace slook::analysis {
namespace {

const std::filesystem::path folder = parityFolder() / "stats";

Matrix matrixOf(std::vector<double> values, std::size_t columns)
{
    const std::size_t rows = values.size() / columns;
    return { rows, columns, std::move(values) };
}

Matrix floatsOf(const std::string& bytes, std::size_t columns)
{
    const auto values = valuesOf<float>(bytes);
    return matrixOf({ values.begin(), values.end() }, columns);
}

/// Values that SciPy and scikit-learn computed.
class Reference : public ::testing::Test {
protected:
    void SetUp() override
    {
        if (!std::filesystem::exists(folder))
            GTEST_SKIP() << "shared/parity is not there";
        stats = parseJson(*readFile(folder / "stats.json"), "stats.json").value();
        arrays = readTensors(folder / "arrays.safetensors");
    }
    Json stats;
    std::map<std::string, std::string> arrays;
};

TEST_F(Reference, CorrelationsAgree)
{
    const auto& want = stats["correlation"];
    const auto a = want["a"].get<std::vector<double>>();
    const auto b = want["b"].get<std::vector<double>>();
    EXPECT_NEAR(pearson(a, b), want["pearson"].get<double>(), 1e-10);
    EXPECT_NEAR(spearman(a, b), want["spearman"].get<double>(), 1e-10);
    EXPECT_NEAR(kendallTauB(a, b), want["kendall_tau_b"].get<double>(), 1e-10);
}

TEST_F(Reference, PrincipalComponentsAgree)
{
    const Matrix x = floatsOf(arrays["pca/X"], 32);
    const Pca ours = pca(x, 32);
    const auto singular = valuesOf<double>(arrays["pca/singular_values"]);
    const auto explained = valuesOf<double>(arrays["pca/explained_variance_ratio"]);
    for (std::size_t i = 0; i < 32; ++i) {
        EXPECT_NEAR(ours.singularValues[i] / singular[i], 1.0, 1e-6);
        EXPECT_NEAR(ours.explained[i], explained[i], 1e-6);
    }
    const auto components = valuesOf<double>(arrays["pca/abs_components_first5"]);
    for (std::size_t i = 0; i < components.size(); ++i)
        EXPECT_NEAR(std::abs(ours.components.values[i]), components[i], 1e-5);
    const auto scores = valuesOf<double>(arrays["pca/abs_scores_first2"]);
    for (std::size_t i = 0; i < x.rows; ++i)
        for (std::size_t j = 0; j < 2; ++j)
            EXPECT_NEAR(std::abs(ours.scores.at(i, j)), scores[i * 2 + j], 1e-4);
}

TEST_F(Reference, TrustworthinessAgrees)
{
    const Matrix x = floatsOf(arrays["tsne/X"], 16);
    const Matrix layout = floatsOf(arrays["tsne/embedding_pca_init"], 2);
    for (const auto& one : stats["trustworthiness_of_given_embedding"])
        EXPECT_NEAR(trustworthiness(x, layout, one["k"]), one["value"].get<double>(), 1e-10);
}

TEST_F(Reference, LayoutsAreAsGood)
{
    const Matrix x = floatsOf(arrays["tsne/X"], 16);
    const auto& want = stats["tsne"];
    for (const bool pcaStart : { true, false })
        for (const std::size_t exactRows : { std::size_t { 2000 }, std::size_t { 10 } }) {
            TsneOptions options;
            options.pcaStart = pcaStart;
            options.exactRows = exactRows;
            const auto ours = tsne(x, options);
            ASSERT_TRUE(ours) << ours.error().what;
            EXPECT_EQ(ours->exact, exactRows == 2000);
            EXPECT_GE(
                trustworthiness(x, ours->layout, 12), want["trustworthiness_limit"].get<double>());
            EXPECT_EQ(ours->layout.values, tsne(x, options)->layout.values); // bit for bit
            if (ours->exact) { // the tree's own divergence leaves far pairs out
                EXPECT_LE(ours->divergence, want["kl_limit"].get<double>());
            }
        }
}

TEST(Correlation, TiesShareTheirMeanRank)
{
    EXPECT_EQ(ranks(std::vector { 3.0, 1.0, 3.0, 7.0 }), (std::vector { 2.5, 1.0, 2.5, 4.0 }));
    EXPECT_TRUE(std::isnan(pearson(std::vector { 1.0, 1.0 }, std::vector { 1.0, 2.0 })));
    EXPECT_THROW((void)spearman(std::vector { 1.0 }, std::vector { 1.0 }), std::invalid_argument);
}

TEST(Pca, OfFewWideRowsIsTheSame)
{
    Random random(1);
    std::vector<double> values(6 * 20);
    for (double& one : values)
        one = random.normal();
    const Matrix wide = matrixOf(values, 20);
    const Pca ours = pca(wide, 5); // six centred rows span five dimensions
    EXPECT_NEAR(std::accumulate(ours.explained.begin(), ours.explained.end(), 0.0), 1.0, 1e-9);
    for (std::size_t i = 0; i < 6; ++i) // all of them give the rows back
        for (std::size_t j = 0; j < 20; ++j) {
            double back = ours.mean[j];
            for (std::size_t c = 0; c < 5; ++c)
                back += ours.scores.at(i, c) * ours.components.at(c, j);
            EXPECT_NEAR(back, wide.at(i, j), 1e-9);
        }
    EXPECT_THROW((void)pca(wide, 7), std::invalid_argument);
}

TEST(Pca, OfFewAmongManyIsTheFirstOfAll)
{
    Random random(4);
    Matrix rows { 400, 300, {} };
    for (std::size_t i = 0; i < rows.rows; ++i)
        for (std::size_t j = 0; j < rows.columns; ++j)
            rows.values.push_back(random.normal() * (j < 5 ? 6.0 - static_cast<double>(j) : 1.0));
    const Pca all = pca(rows, 300), few = pca(rows, 4); // both ways of computing
    for (std::size_t c = 0; c < 4; ++c) {
        EXPECT_NEAR(few.singularValues[c] / all.singularValues[c], 1.0, 1e-10);
        EXPECT_NEAR(few.explained[c], all.explained[c], 1e-10);
        for (std::size_t j = 0; j < rows.columns; ++j)
            EXPECT_NEAR(few.components.at(c, j), all.components.at(c, j), 1e-5);
    }
    EXPECT_EQ(few.scores.values, pca(rows, 4).scores.values);
}

/// As they are defined: all distances, sorted.
std::vector<std::uint32_t> sortedNeighbours(const Matrix& rows, std::size_t i, std::size_t k)
{
    std::vector<std::pair<double, std::uint32_t>> all;
    for (std::uint32_t j = 0; j < rows.rows; ++j) {
        double squared = 0;
        for (std::size_t c = 0; c < rows.columns; ++c)
            squared += (rows.at(i, c) - rows.at(j, c)) * (rows.at(i, c) - rows.at(j, c));
        if (j != i)
            all.emplace_back(squared, j);
    }
    std::ranges::sort(all);
    std::vector<std::uint32_t> first;
    for (std::size_t j = 0; j < k; ++j)
        first.push_back(all[j].second);
    return first;
}

TEST(Neighbours, AreThoseOfDoublePrecisionFarFromTheOrigin)
{
    Random random(5);
    for (const double offset : { 0.0, 1e6 }) { // single precision alone would see no difference
        Matrix rows { 150, 37, {} };
        for (std::size_t i = 0; i < rows.rows * rows.columns; ++i)
            rows.values.push_back(offset + 1e-3 * random.normal());
        for (std::size_t c = 0; c < rows.columns; ++c)
            rows.at(0, c) = offset * 3.0 + 1e3; // one far away makes the others' differences tiny
        const auto ours = nearest(rows, 12);
        for (std::size_t i = 0; i < rows.rows; ++i) {
            std::vector<std::uint32_t> found;
            for (const Neighbour& one : ours[i])
                found.push_back(one.row);
            EXPECT_EQ(found, sortedNeighbours(rows, i, 12)) << i << " at " << offset;
        }
        const std::vector<std::size_t> some { 3, 77 };
        const auto few = nearest(rows, 5, {}, some);
        ASSERT_EQ(few.size(), 2u);
        EXPECT_EQ(few[1][0].row, ours[77][0].row);
    }
}

TEST(Quadtree, SumsAsAllPairsDoWhereItsAngleIsZero)
{
    Random random(2);
    std::vector<Point> points(200);
    for (Point& point : points)
        point = { random.normal(), random.normal() };
    points[7] = points[3]; // two at the same place
    const Quadtree tree(points);
    std::vector<Quadtree::Repulsion> together(points.size()), roughly(points.size());
    tree.repulsions(points, 0.0, 0, points.size(), together);
    tree.repulsions(points, 0.5, 0, points.size(), roughly);
    for (std::size_t i = 0; i < points.size(); ++i) {
        Quadtree::Repulsion all;
        for (std::size_t j = 0; j < points.size(); ++j) {
            const double dx = points[i][0] - points[j][0];
            const double dy = points[i][1] - points[j][1];
            const double q = 1.0 / (1.0 + dx * dx + dy * dy);
            all.mass += j == i ? 0.0 : q;
            all.force[0] += q * q * dx;
            all.force[1] += q * q * dy;
        }
        EXPECT_NEAR(together[i].mass, all.mass, 1e-9);
        EXPECT_NEAR(together[i].force[0], all.force[0], 1e-9);
        EXPECT_NEAR(together[i].force[1], all.force[1], 1e-9);
        EXPECT_NEAR(roughly[i].mass, all.mass, 0.05 * all.mass);
    }
}

Matrix threeClusters(std::size_t each)
{
    Random random(3);
    std::vector<double> values;
    for (std::size_t i = 0; i < 3 * each; ++i)
        for (std::size_t j = 0; j < 8; ++j)
            values.push_back(random.normal() + (j == i / each ? 12.0 : 0.0));
    return matrixOf(values, 8);
}

TEST(Tsne, RepeatsItselfAndGoesOnFromALayout)
{
    const Matrix x = threeClusters(30);
    TsneOptions options;
    options.perplexity = 10;
    options.iterations = 200;
    options.pcaStart = false;
    const auto first = tsne(x, options);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->layout.values, tsne(x, options)->layout.values);
    options.seed = 1;
    EXPECT_NE(first->layout.values, tsne(x, options)->layout.values);
    options.iterations = 300;
    const auto onward = tsne(x, options, first->layout);
    EXPECT_LE(onward->divergence, first->divergence + 1e-9);
}

TEST(Tsne, StopsWhenToldAndKeepsWhatItHas)
{
    const Matrix x = threeClusters(30);
    TsneOptions options;
    options.perplexity = 10;
    int told = 0;
    const auto cut = tsne(x, options, {}, [&](const TsneState& state) {
        told += state.layout != nullptr;
        return state.iteration < 100;
    });
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->iterations, 100);
    EXPECT_EQ(told, 2);
    EXPECT_EQ(cut->layout.rows, 90u);
}

TEST(Tsne, RefusesWhatCannotBeLaidOut)
{
    Matrix x = threeClusters(5);
    EXPECT_NE(tsne(x, {}).error().what.find("perplexity"), std::string::npos);
    TsneOptions options;
    options.perplexity = 4;
    EXPECT_TRUE(tsne(x, options));
    EXPECT_FALSE(tsne(x, options, matrixOf({ 1, 2, 3, 4 }, 2)));
    x.values[3] = NAN;
    EXPECT_FALSE(tsne(x, options));
}

TEST(Tsne, OfEqualRowsEnds)
{
    const Matrix same = matrixOf(std::vector<double>(40 * 3, 1.0), 3);
    TsneOptions options;
    options.perplexity = 5;
    options.iterations = 100;
    const auto ours = tsne(same, options);
    ASSERT_TRUE(ours);
    for (const double one : ours->layout.values)
        EXPECT_TRUE(std::isfinite(one));
}

} // namespace
} // namespace slook::analysis
