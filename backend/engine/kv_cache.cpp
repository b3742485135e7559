#include "engine/kv_cache.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <stdexcept>
#include <string>

namespace slook::engine {
namespace {

void requireRow(std::int64_t row, std::int64_t rows, const char* function)
{
    if (row < 0 || row >= rows)
        throw std::invalid_argument("[" + std::string(function) + "] row " + std::to_string(row)
            + " of " + std::to_string(rows));
}

} // namespace

KvCache::KvCache(const Shape& shape, at::ScalarType type, at::Device device)
    : m_shape(shape)
    , m_lengths(static_cast<std::size_t>(std::max<std::int64_t>(shape.rows, 0)), 0)
{
    if (std::min({ shape.layers, shape.rows, shape.capacity, shape.heads, shape.headSize }) < 1)
        throw std::invalid_argument("[KvCache] every size must be positive");
    const auto options = at::TensorOptions().dtype(type).device(device);
    for (std::int64_t i = 0; i < shape.layers; ++i) {
        // Zeros: a masked slot's weight is 0, and 0 times left-over NaN would be NaN.
        m_keys.push_back(
            at::zeros({ shape.rows, shape.capacity, shape.heads, shape.headSize }, options));
        m_values.push_back(
            at::zeros({ shape.rows, shape.capacity, shape.heads, shape.headSize }, options));
    }
}

std::int64_t KvCache::longest(std::int64_t first, std::int64_t rows) const
{
    if (first < 0 || rows < 1 || first + rows > this->rows())
        throw std::invalid_argument("[KvCache::longest] " + std::to_string(rows) + " rows from "
            + std::to_string(first) + " of " + std::to_string(this->rows()));
    return *std::max_element(m_lengths.begin() + first, m_lengths.begin() + first + rows);
}

void KvCache::startAt(std::int64_t row)
{
    requireRow(row, rows(), "KvCache::startAt");
    m_first = row;
    m_tokenRows.clear();
}

void KvCache::startWith(std::vector<std::int64_t> rows)
{
    for (const auto row : rows)
        requireRow(row, this->rows(), "KvCache::startWith");
    m_tokenRows = std::move(rows);
    m_tokenLengths.clear();
    std::vector<std::int64_t> more(m_lengths.size(), 0);
    for (const auto row : m_tokenRows)
        m_tokenLengths.push_back(length(row) + more[static_cast<std::size_t>(row)]++);
    m_first = 0;
}

void KvCache::setLength(std::int64_t row, std::int64_t length)
{
    requireRow(row, rows(), "KvCache::setLength");
    if (length < 0 || length > capacity())
        throw std::invalid_argument("[KvCache::setLength] length " + std::to_string(length)
            + " of capacity " + std::to_string(capacity()));
    m_lengths[static_cast<std::size_t>(row)] = length;
}

void KvCache::advance(std::span<const std::int64_t> counts)
{
    if (static_cast<std::int64_t>(counts.size()) > m_batch)
        throw std::invalid_argument("[KvCache::advance] more counts than rows in the pass");
    for (std::size_t row = 0; row < counts.size(); ++row) {
        if (counts[row] < 0 || counts[row] > m_tokens)
            throw std::invalid_argument("[KvCache::advance] count " + std::to_string(counts[row])
                + " of " + std::to_string(m_tokens) + " tokens");
        m_lengths[static_cast<std::size_t>(m_first) + row] += counts[row];
    }
}

void KvCache::reserve(std::int64_t capacity)
{
    if (capacity <= m_shape.capacity)
        return;
    for (auto* slabs : { &m_keys, &m_values })
        for (auto& slab : *slabs) {
            auto grown = at::zeros(
                { m_shape.rows, capacity, m_shape.heads, m_shape.headSize }, slab.options());
            grown.narrow(1, 0, m_shape.capacity).copy_(slab);
            slab = grown;
        }
    m_shape.capacity = capacity;
}

void KvCache::swapRows(std::int64_t one, std::int64_t other)
{
    requireRow(one, rows(), "KvCache::swapRows");
    requireRow(other, rows(), "KvCache::swapRows");
    if (one == other)
        return;
    const auto used = std::max(length(one), length(other));
    for (auto* slabs : { &m_keys, &m_values })
        for (auto& slab : *slabs) {
            auto a = slab.select(0, one).narrow(0, 0, used);
            auto b = slab.select(0, other).narrow(0, 0, used);
            const auto kept = a.clone();
            a.copy_(b);
            b.copy_(kept);
        }
    std::swap(m_lengths[static_cast<std::size_t>(one)], m_lengths[static_cast<std::size_t>(other)]);
}

void KvCache::copyRow(const KvCache& from, std::int64_t source, std::int64_t target)
{
    requireRow(source, from.rows(), "KvCache::copyRow");
    requireRow(target, rows(), "KvCache::copyRow");
    const auto used = from.length(source);
    if (used > capacity() || from.m_keys.size() != m_keys.size())
        throw std::invalid_argument("[KvCache::copyRow] the row does not fit");
    for (std::size_t i = 0; i < m_keys.size(); ++i) {
        m_keys[i]
            .select(0, target)
            .narrow(0, 0, used)
            .copy_(from.m_keys[i].select(0, source).narrow(0, 0, used));
        m_values[i]
            .select(0, target)
            .narrow(0, 0, used)
            .copy_(from.m_values[i].select(0, source).narrow(0, 0, used));
    }
    m_lengths[static_cast<std::size_t>(target)] = used;
}

void KvCache::begin(std::int64_t rows, std::int64_t tokens)
{
    const bool apart = !m_tokenRows.empty();
    if (apart && (tokens != 1 || rows != static_cast<std::int64_t>(m_tokenRows.size())))
        throw std::invalid_argument("[KvCache::begin] " + std::to_string(rows) + " x "
            + std::to_string(tokens) + " tokens, but startWith() named "
            + std::to_string(m_tokenRows.size()) + " rows");
    m_slots = (apart ? *std::ranges::max_element(m_tokenLengths) : longest(m_first, rows)) + tokens;
    if (tokens < 1 || m_slots > capacity())
        throw std::invalid_argument("[KvCache::begin] " + std::to_string(m_slots)
            + " slots of capacity " + std::to_string(capacity()));
    m_batch = rows;
    m_tokens = tokens;
    m_target = at::Tensor();
    const auto lengths = passLengths();
    if (!apart
        && std::ranges::all_of(lengths, [&](auto length) { return length == lengths.front(); }))
        return;
    std::vector<std::int64_t> slots;
    slots.reserve(static_cast<std::size_t>(rows * tokens));
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        const auto row = apart ? m_tokenRows[i] : m_first + static_cast<std::int64_t>(i);
        for (std::int64_t j = 0; j < tokens; ++j)
            slots.push_back(row * capacity() + lengths[i] + j);
    }
    m_target = at::tensor(slots, at::TensorOptions().dtype(at::kLong)).to(m_keys.front().device());
}

std::span<const std::int64_t> KvCache::passLengths() const
{
    if (!m_tokenRows.empty())
        return m_tokenLengths;
    return std::span(m_lengths).subspan(
        static_cast<std::size_t>(m_first), static_cast<std::size_t>(m_batch));
}

at::Tensor KvCache::tokenRows() const
{
    return m_tokenRows.empty() ? at::Tensor() : at::tensor(m_tokenRows, at::kLong);
}

void KvCache::write(
    std::int64_t layer, const at::Tensor& keys, const at::Tensor& values, std::int64_t first)
{
    const auto count = keys.size(0);
    const auto put = [&](const at::Tensor& slab, const at::Tensor& fresh) {
        if (!m_target.defined()) {
            slab.narrow(0, m_first + first, count)
                .narrow(1, passLengths().front(), m_tokens)
                .copy_(fresh);
            return;
        }
        const auto width = m_shape.heads * m_shape.headSize;
        slab.view({ m_shape.rows * m_shape.capacity, width })
            .index_copy_(0, m_target.narrow(0, first * m_tokens, count * m_tokens),
                fresh.reshape({ count * m_tokens, width }));
    };
    put(m_keys.at(static_cast<std::size_t>(layer)), keys.detach());
    put(m_values.at(static_cast<std::size_t>(layer)), values.detach());
}

at::Tensor KvCache::passRows(const at::Tensor& slab, std::int64_t first, std::int64_t count) const
{
    if (!m_tokenRows.empty())
        return slab.narrow(1, 0, m_slots);
    return slab.narrow(0, m_first + first, count < 0 ? m_batch : count).narrow(1, 0, m_slots);
}

at::Tensor KvCache::keys(std::int64_t layer, std::int64_t first, std::int64_t count) const
{
    return passRows(m_keys.at(static_cast<std::size_t>(layer)), first, count);
}

at::Tensor KvCache::values(std::int64_t layer, std::int64_t first, std::int64_t count) const
{
    return passRows(m_values.at(static_cast<std::size_t>(layer)), first, count);
}

at::Tensor KvCache::causalMask() const
{
    const bool even = !m_target.defined();
    if (even && (m_slots == m_tokens || m_tokens == 1))
        return {};
    const auto options = at::TensorOptions().dtype(at::kLong);
    const auto lengths = passLengths();
    const auto last = at::tensor(std::vector<std::int64_t>(lengths.begin(), lengths.end()), options)
                          .view({ m_batch, 1, 1, 1 })
        + at::arange(m_tokens, options).view({ 1, 1, m_tokens, 1 });
    return at::arange(m_slots, options)
        .view({ 1, 1, 1, m_slots })
        .le(last)
        .to(m_keys.front().device());
}

} // namespace slook::engine
