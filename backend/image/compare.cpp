#include "image/compare.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace slook::image {
namespace {

void requireOneSize(const char* function, const Picture& a, const Picture& b)
{
    requireValid(a, function);
    requireValid(b, function);
    if (a.width != b.width || a.height != b.height)
        throw std::invalid_argument("[" + std::string(function) + "] " + std::to_string(a.width)
            + " x " + std::to_string(a.height) + " against " + std::to_string(b.width) + " x "
            + std::to_string(b.height));
}

} // namespace

bool samePixels(const Picture& a, const Picture& b)
{
    return a.width == b.width && a.height == b.height && a.rgb == b.rgb;
}

double psnr(const Picture& a, const Picture& b)
{
    requireOneSize("psnr", a, b);
    double squares = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        const int difference = int(a.rgb[i]) - int(b.rgb[i]);
        squares += difference * difference;
    }
    if (squares == 0)
        return std::numeric_limits<double>::infinity();
    return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.rgb.size()) / squares);
}

int largestDifference(const Picture& a, const Picture& b)
{
    requireOneSize("largestDifference", a, b);
    int largest = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i)
        largest = std::max(largest, std::abs(int(a.rgb[i]) - int(b.rgb[i])));
    return largest;
}

} // namespace slook::image
