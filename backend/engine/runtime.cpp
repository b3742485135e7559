#include "engine/runtime.h"
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <charconv>
#include <new>
#include <thread>
#if defined(__GLIBC__)
#include <malloc.h>
#include <sched.h>
#endif

namespace slook::engine {
namespace {

/// Processors that this process may use: in a container or under taskset fewer than the machine
/// has.
int usableProcessors()
{
#if defined(__GLIBC__)
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
#endif
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

int cudaDevices()
{
    return at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
}

} // namespace

std::vector<std::pair<std::string, std::string>> workerEnvironment()
{
    return { { "GOMP_SPINCOUNT", "0" }, { "OMP_WAIT_POLICY", "passive" },
        { "CUBLAS_WORKSPACE_CONFIG", ":4096:8" } };
}

void prepareRuntime(const RuntimeOptions& options)
{
#if defined(__GLIBC__)
    // Tensors come from the heap, not from mmap, and the heap is not trimmed: freed pages stay for
    // the next step.
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
    at::set_num_threads(options.threads > 0 ? options.threads : usableProcessors());
    at::globalContext().setDeterministicAlgorithms(options.deterministic, /*warn_only=*/true);
    at::globalContext().setDeterministicFillUninitializedMemory(false);
    at::globalContext().setDeterministicCuDNN(options.deterministic);
    at::globalContext().setBenchmarkCuDNN(false);
}

Result<at::Device> deviceByName(const std::string& name)
{
    const int devices = cudaDevices();
    if (name == "cpu" || (name == "auto" && devices == 0))
        return at::Device(at::kCPU);
    int index = 0;
    if (name.starts_with("cuda:")) {
        const auto [end, error] =
            std::from_chars(name.data() + 5, name.data() + name.size(), index);
        if (error != std::errc() || end != name.data() + name.size() || index < 0)
            return fail(ErrorKind::Invalid,
                "\"" + name.substr(0, 40) + "\" is no device; say cpu, cuda, cuda:N or auto");
    } else if (name != "cuda" && name != "auto") {
        return fail(ErrorKind::Invalid,
            "\"" + name.substr(0, 40) + "\" is no device; say cpu, cuda, cuda:N or auto");
    }
    if (index >= devices)
        return fail(ErrorKind::Invalid,
            "the device \"" + name + "\" is not there (" + std::to_string(devices)
                + " CUDA devices found); use --device cpu, or a LibTorch with CUDA");
    return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

MemoryHave memoryLeftOn(at::Device device)
{
    if (device.is_cpu())
        return memoryLeft();
    const auto index = device.has_index() ? device.index() : c10::DeviceIndex { 0 };
    return { static_cast<std::uint64_t>(at::accelerator::getMemoryInfo(index).first),
        device.str() };
}

Result<void> roomFor(
    std::uint64_t bytes, const std::string& what, const MemoryHave& have, const std::string& where)
{
    if (bytes <= have.bytes)
        return {};
    return fail(ErrorKind::Invalid,
        what + " would take " + memoryText(bytes) + ", but " + have.of + " leaves "
            + memoryText(have.bytes) + "; close other programs, or take a smaller model",
        where);
}

at::ScalarType defaultType(at::Device device)
{
    return device.is_cpu() ? at::kFloat : at::kBFloat16;
}

Error fromException(const std::exception& exception)
{
    const std::string advice =
        "; take fewer conversations or smaller batches at once, or a smaller model";
    if (dynamic_cast<const c10::OutOfMemoryError*>(&exception) != nullptr)
        return { ErrorKind::Io, "the device's memory is full" + advice, {} };
    if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr)
        return { ErrorKind::Io, "the memory is full" + advice, {} };
    const auto* torch = dynamic_cast<const c10::Error*>(&exception);
    std::string what = torch != nullptr ? torch->what_without_backtrace() : exception.what();
    if (what.find("DefaultCPUAllocator") != std::string::npos)
        return { ErrorKind::Io, "the memory is full" + advice, {} };
    what = what.substr(0, std::min<std::size_t>(what.find('\n'), 400));
    return { ErrorKind::Internal, what, {} };
}

} // namespace slook::engine
