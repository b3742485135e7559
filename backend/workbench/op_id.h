#pragma once
#include <string>

namespace slook::workbench {

/// A name for one command of a person, so that the store takes it once however often it is sent.
/// 128 random bits as hexadecimal digits.
[[nodiscard]] std::string newOpId();

} // namespace slook::workbench
