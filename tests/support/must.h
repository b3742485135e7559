#pragma once
#include "core/result.h"
#include <stdexcept>

/// The value; where there is none the test fails with the error's sentence.
template <class T> T must(slook::Result<T> result)
{
    if (!result)
        throw std::runtime_error(message(result.error()));
    return std::move(*result);
}
inline void must(const slook::Result<void>& result)
{
    if (!result)
        throw std::runtime_error(message(result.error()));
}
