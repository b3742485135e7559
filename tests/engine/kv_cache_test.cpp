#include "engine/kv_cache.h"
#include "fixture.h"
#include <c10/core/GradMode.h>

namespace slook::engine {
namespace {

KvCache cacheOf(std::int64_t rows, std::int64_t capacity)
{
    return KvCache({ 1, rows, capacity, 1, 2 }, at::kFloat, at::kCPU);
}

/// Writes `value` into all entries of the next tokens.
void write(KvCache& cache, std::int64_t first, std::vector<std::int64_t> counts, double value)
{
    const auto rows = static_cast<std::int64_t>(counts.size());
    const auto tokens = *std::max_element(counts.begin(), counts.end());
    cache.startAt(first);
    cache.begin(rows, tokens);
    cache.write(
        0, at::full({ rows, tokens, 1, 2 }, value), at::full({ rows, tokens, 1, 2 }, -value));
    cache.advance(counts);
}

/// What row `row` holds, one number a token.
std::vector<float> rowOf(KvCache& cache, std::int64_t row)
{
    cache.startAt(row);
    const auto length = cache.length(row);
    cache.begin(1, 1);
    const auto held =
        cache.keys(0).select(0, 0).narrow(0, 0, length).select(2, 0).flatten().contiguous();
    return { held.const_data_ptr<float>(), held.const_data_ptr<float>() + length };
}

TEST(KvCaches, AppendBehindRowsOfDifferentLengths)
{
    auto cache = cacheOf(3, 10);
    write(cache, 0, { 2, 1, 3 }, 1);
    write(cache, 0, { 1, 2 }, 2);
    write(cache, 1, { 1, 1 }, 3);
    EXPECT_EQ(rowOf(cache, 0), (std::vector<float> { 1, 1, 2 }));
    EXPECT_EQ(rowOf(cache, 1), (std::vector<float> { 1, 2, 2, 3 }));
    EXPECT_EQ(rowOf(cache, 2), (std::vector<float> { 1, 1, 1, 3 }));
}

TEST(KvCaches, KeepWhatTheyHoldWhenTheyGrowSwapAndCopy)
{
    auto cache = cacheOf(3, 4);
    write(cache, 0, { 2, 1, 3 }, 1);
    write(cache, 2, { 1 }, 5);
    cache.reserve(20);
    EXPECT_EQ(cache.capacity(), 20);
    cache.swapRows(0, 2);
    EXPECT_EQ(rowOf(cache, 0), (std::vector<float> { 1, 1, 1, 5 }));
    EXPECT_EQ(rowOf(cache, 2), (std::vector<float> { 1, 1 }));
    cache.copyRow(cache, 0, 1);
    EXPECT_EQ(rowOf(cache, 1), (std::vector<float> { 1, 1, 1, 5 }));
    cache.setLength(1, 2);
    EXPECT_EQ(rowOf(cache, 1), (std::vector<float> { 1, 1 }));
}

TEST(KvCaches, MaskWhatLiesBehindATokensOwnPlace)
{
    auto cache = cacheOf(2, 10);
    write(cache, 0, { 2, 1 }, 1);
    cache.startAt(0);
    cache.begin(2, 2);
    const auto want =
        at::tensor(std::vector<int> { 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0 })
            .view({ 2, 1, 2, 4 })
            .to(at::kBool);
    EXPECT_TRUE(at::equal(cache.causalMask(), want));
    auto fresh = cacheOf(2, 10);
    fresh.begin(2, 3);
    EXPECT_FALSE(fresh.causalMask().defined());
}

TEST(KvCaches, RefuseWhatDoesNotFit)
{
    auto cache = cacheOf(2, 4);
    EXPECT_THROW(cache.begin(2, 5), std::invalid_argument);
    EXPECT_THROW(cache.begin(3, 1), std::invalid_argument);
    EXPECT_THROW(cache.setLength(0, 5), std::invalid_argument);
    EXPECT_THROW(cache.swapRows(0, 2), std::invalid_argument);
    EXPECT_THROW(cacheOf(0, 4), std::invalid_argument);
}

TEST(KvCaches, ChunksOfAnyLengthGiveTheWholePromptsHiddenStates)
{
    SLOOK_NEED(test::parityDir());
    const c10::NoGradGuard noGradients;
    const auto model = test::loadOrThrow(test::parityDir() / "llava15/model");
    const auto ids = at::tensor(test::familyCase("text_only").ids[0], at::kLong).unsqueeze(0);
    const auto whole = model->hidden(model->embed(ids));
    auto cache = model->makeCache(1, ids.size(1));
    std::vector<at::Tensor> parts;
    for (std::int64_t at = 0; at < ids.size(1);) {
        const auto count = std::min<std::int64_t>(at % 7 + 1, ids.size(1) - at);
        parts.push_back(model->hidden(model->embed(ids.narrow(1, at, count)), {}, {}, &cache));
        cache.advance(std::array { count });
        at += count;
    }
    EXPECT_LE(test::distance(at::cat(parts, 1), whole), 1e-5);
}

} // namespace
} // namespace slook::engine
