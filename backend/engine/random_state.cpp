#include "engine/random_state.h"
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <mutex>

namespace slook::engine {
namespace {

at::Generator generatorOf(at::Device device)
{
    return device.is_cuda() ? at::globalContext().defaultGenerator(device)
                            : at::detail::getDefaultCPUGenerator();
}

} // namespace

void seedRandom(at::Device device, std::uint64_t seed)
{
    auto generator = generatorOf(device);
    const std::scoped_lock lock(generator.mutex());
    generator.set_current_seed(seed);
}

at::Tensor randomState(at::Device device)
{
    auto generator = generatorOf(device);
    const std::scoped_lock lock(generator.mutex());
    return generator.get_state();
}

void setRandomState(at::Device device, const at::Tensor& state)
{
    auto generator = generatorOf(device);
    const std::scoped_lock lock(generator.mutex());
    generator.set_state(state);
}

} // namespace slook::engine
