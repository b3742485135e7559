#include "workbench/op_id.h"
#include <array>
#include <cstdio>
#include <random>

namespace slook::workbench {

std::string newOpId()
{
    constexpr int words = 4;
    std::random_device random;
    std::string id;
    for (int i = 0; i < words; ++i) {
        std::array<char, 16> digits {};
        std::snprintf(digits.data(), digits.size(), "%08x", random());
        id += digits.data();
    }
    return id;
}

} // namespace slook::workbench
