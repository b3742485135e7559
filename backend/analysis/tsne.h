#pragma once
#include "analysis/pca.h"
#include "core/result.h"
#include <cstdint>
#include <functional>
#include <string>

namespace slook::analysis {

struct TsneOptions {
    double perplexity = 30.0; ///< about how many neighbours a point has
    int iterations = 1000;
    double rate = 0.0; ///< 0: rows / exaggeration / 4, at least 50
    double exaggeration =
        12.0; ///< of the attraction, in the first quarter (at most 250 iterations)
    std::uint64_t seed = 0; ///< of a random start
    bool pcaStart = true; ///< else random
    /// Above so many rows attraction comes from three perplexities of neighbours and repulsion from
    /// a quadtree, else both are exact.
    std::size_t exactRows = 2000;
    double angle = 0.5; ///< of the quadtree: 0 is exact, up to 0.7 is faster
};

struct TsneState {
    int iteration = 0;
    double divergence = 0.0; ///< KL of P and Q in nats, P without exaggeration
    const Matrix* layout = nullptr;
};

struct Tsne {
    Matrix layout; ///< [rows, 2]
    double divergence = 0.0; ///< see TsneState
    int iterations = 0; ///< as done: it ends where nothing moves any more
    bool exact = true;
};

/// What tsne() would refuse. Errors: Invalid.
[[nodiscard]] Result<void> checkTsne(
    const Matrix& rows, const TsneOptions& options, const Matrix& start = {});

/// t-distributed stochastic neighbour embedding in two dimensions.
/// @param start  [rows, 2] to go on from, such as an earlier layout; empty: by the options
/// @param watch  told every 50 iterations; false stops: the layout so far is the result
/// Errors: Invalid: a number that is not finite, options out of range (the perplexity must be below
/// a third of the rows), a start of another size; Stopped before there is a layout. Source: van der
/// Maaten and Hinton 2008; quadtree: van der Maaten 2014; start and rate: Kobak and Berens 2019,
/// Belkina et al. 2019.
[[nodiscard]] Result<Tsne> tsne(const Matrix& rows, const TsneOptions& options,
    const Matrix& start = {}, const std::function<bool(const TsneState&)>& watch = {});

} // namespace slook::analysis
