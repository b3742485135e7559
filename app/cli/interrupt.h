#pragma once

/// Ctrl-C, and the same wish from a service manager (SIGTERM).
namespace slook::cli {

void watchInterrupts(); ///< from now on they are counted instead of ending the program
[[nodiscard]] int interrupts(); ///< how many have come

} // namespace slook::cli
