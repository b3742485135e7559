#pragma once
#include "core/memory.h"
#include "core/result.h"
#include <ATen/core/Tensor.h>
#include <string>
#include <utility>
#include <vector>

namespace slook::engine {

/// Environment that must be set before the worker's process starts: libgomp and the math libraries
/// read it once, when they are loaded. Without GOMP_SPINCOUNT=0, waiting threads spin and two busy
/// programs slow each other 80 times.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> workerEnvironment();

/// What a process that computes sets for itself, before its first tensor.
struct RuntimeOptions {
    int threads = 0; ///< 0: one per processor that this process may use
    bool deterministic = true; ///< same job, machine and threads: same bytes
};

/// Sets threads and determinism, and keeps the allocator from giving large tensors back to the
/// system at every step (half of the time in a training step of a small model went there).
void prepareRuntime(const RuntimeOptions& options);

/// "cpu", "cuda", "cuda:1", or "auto": CUDA where LibTorch has it and finds a device.
/// Errors: Invalid (no such word, or no such device here).
[[nodiscard]] Result<at::Device> deviceByName(const std::string& name);

/// What may still be taken on `device`.
[[nodiscard]] MemoryHave memoryLeftOn(at::Device device);

/// Errors: Invalid where `bytes` are more than there are, with both numbers and what would help.
/// @param what  in a sentence: "the weights"
/// @param where the file or folder
[[nodiscard]] Result<void> roomFor(
    std::uint64_t bytes, const std::string& what, const MemoryHave& have, const std::string& where);

/// float on CPUs; bfloat16 on CUDA.
[[nodiscard]] at::ScalarType defaultType(at::Device device);

/// The first line of what a failed tensor operation says, without its backtrace; plain words where
/// memory ran out.
[[nodiscard]] Error fromException(const std::exception& exception);

} // namespace slook::engine
