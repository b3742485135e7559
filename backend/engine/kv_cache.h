#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>
#include <cstdint>
#include <span>
#include <vector>

namespace slook::engine {

/// Keys and values of many conversations, written in place. Row r holds `length(r)` tokens in slots
/// 0 .. length(r) - 1; what lies behind them is garbage that no mask lets through.
class KvCache {
public:
    KvCache() = default;
    struct Shape {
        std::int64_t layers = 0, rows = 0, capacity = 0, heads = 0, headSize = 0;
    };
    /// @throws std::invalid_argument unless all of `shape` is positive
    KvCache(const Shape& shape, at::ScalarType type, at::Device device);

    [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(m_lengths.size()); }
    [[nodiscard]] std::int64_t capacity() const { return m_shape.capacity; }
    [[nodiscard]] std::int64_t length(std::int64_t row) const
    {
        return m_lengths.at(static_cast<std::size_t>(row));
    }
    [[nodiscard]] std::int64_t longest(
        std::int64_t first, std::int64_t rows) const; ///< of rows `first` ...
    void setLength(std::int64_t row, std::int64_t length); ///< shorter: forgets tokens from the end
    void advance(std::span<const std::int64_t>
            counts); ///< after a forward pass: row startAt + r keeps counts[r] more
    void reserve(std::int64_t capacity); ///< grows the slabs, keeps what is in them
    void swapRows(
        std::int64_t one, std::int64_t other); ///< exchanges tokens and lengths of two rows
    void copyRow(const KvCache& from, std::int64_t source,
        std::int64_t target); ///< a fork of a conversation

    /// The row that the next passes begin with; they take as many rows from there as they have
    /// inputs.
    void startAt(std::int64_t row);
    /// The next pass has one token for each of `rows`. A row that is named several times reads as
    /// many, one behind the other, and each sees those before it: drafts beside the token that they
    /// follow. Until startAt(). Afterwards setLength() keeps what came true, and not advance().
    void startWith(std::vector<std::int64_t> rows);

    /// Writes the keys and values of T new tokens of B rows behind what the rows hold.
    /// @param keys, values [B, T, heads, headSize], of all rows of the pass or some
    /// @param first        the row of the pass that they begin with
    void write(std::int64_t layer, const at::Tensor& keys, const at::Tensor& values,
        std::int64_t first = 0);
    /// Prepares `write` for one forward pass of B rows and T tokens: the slots are the same in all
    /// layers.
    /// @throws std::invalid_argument where a row would pass the capacity
    void begin(std::int64_t rows, std::int64_t tokens);
    /// [B, slots, heads, headSize] of the pass begun, or of `count` of its rows; of all rows of the
    /// cache after startWith().
    [[nodiscard]] at::Tensor keys(
        std::int64_t layer, std::int64_t first = 0, std::int64_t count = -1) const;
    [[nodiscard]] at::Tensor values(
        std::int64_t layer, std::int64_t first = 0, std::int64_t count = -1) const;
    /// What each new token of the pass begun sees without itself, where there is one a row; else
    /// what the rows hold without the new tokens.
    [[nodiscard]] std::span<const std::int64_t> passLengths() const;
    /// The row of each token after startWith(), [B] int64 on the CPU; else undefined.
    [[nodiscard]] at::Tensor tokenRows() const;
    [[nodiscard]] std::int64_t slots() const
    {
        return m_slots;
    } ///< longest row plus the new tokens
    /// Which slots each new token may see: all of its own row up to itself. [B, 1, T, slots] bool;
    /// undefined where a plain causal mask (empty cache) or none (every row full up to the same
    /// slot, T = 1) says the same.
    [[nodiscard]] at::Tensor causalMask() const;

private:
    [[nodiscard]] at::Tensor passRows(
        const at::Tensor& slab, std::int64_t first, std::int64_t count) const;

    Shape m_shape;
    std::vector<at::Tensor> m_keys, m_values; ///< per layer [rows, capacity, heads, headSize]
    std::vector<std::int64_t> m_lengths;
    std::vector<std::int64_t> m_tokenRows; ///< of startWith(); empty: neighbouring rows
    std::vector<std::int64_t> m_tokenLengths; ///< what each of its tokens sees without itself
    std::int64_t m_first = 0, m_batch = 0, m_tokens = 0, m_slots = 0;
    at::Tensor m_target; ///< [B * T] int64: flat slots to write; undefined where a plain slice does
};

} // namespace slook::engine
