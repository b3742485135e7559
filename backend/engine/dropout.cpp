#include "engine/dropout.h"
#include "core/random.h"
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <mutex>

namespace slook::engine {
namespace {

thread_local DropoutSource nobodysSource;
thread_local DropoutSource* source = &nobodysSource;

std::uint64_t mixed(std::uint64_t seed, std::uint64_t number)
{
    return Random(seed ^ Random(number).next()).next();
}

void draw(const at::Tensor& kept, double probability, std::uint64_t seed)
{
    if (kept.is_cpu()) {
        kept.bernoulli_(probability, at::make_generator<at::CPUGeneratorImpl>(seed));
        return;
    }
    auto generator = at::globalContext().defaultGenerator(kept.device());
    {
        const std::scoped_lock lock(generator.mutex());
        generator.set_current_seed(seed);
    }
    kept.bernoulli_(probability, generator);
}

} // namespace

DropFrom::DropFrom(DropoutSource& from)
    : m_outer(source)
{
    source = &from;
}

DropFrom::~DropFrom()
{
    source = m_outer;
}

DropoutSource dropoutSource()
{
    return *source;
}

at::Tensor dropout(const at::Tensor& x, double probability)
{
    const auto call = source->calls++;
    const auto& rows = source->rows;
    const auto kept = at::empty(x.sizes(), x.options());
    if (x.is_cpu() && x.dim() > 2 && x.size(0) == static_cast<std::int64_t>(rows.size())) {
        for (std::size_t row = 0; row < rows.size(); ++row)
            draw(kept.select(0, static_cast<std::int64_t>(row)), 1 - probability,
                mixed(rows[row], call));
    } else {
        std::uint64_t seed = 0;
        for (const auto row : rows)
            seed = mixed(seed, row);
        draw(kept, 1 - probability, mixed(seed, call));
    }
    return x * kept.div_(1 - probability);
}

} // namespace slook::engine
