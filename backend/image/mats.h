#pragma once
#include "image/picture.h"
#include <opencv2/core.hpp>

/// Pictures as OpenCV matrices, for the files of this folder only.
namespace slook::image {

/// Three channels in float, 0 to 255.
[[nodiscard]] cv::Mat floatsOf(const Picture& picture);

/// Cut to 0..255 and rounded half to even. @param mat three channels in float
[[nodiscard]] Picture pictureOf(const cv::Mat& mat);

/// About the middle, linear, borders repeated: the picture seems `factor` times as near.
[[nodiscard]] cv::Mat zoomed(const cv::Mat& mat, double factor);

/// Gaussian weights to `reach` sigma, which sum to 1. @throws std::invalid_argument unless sigma >
/// 0
[[nodiscard]] cv::Mat smoothed(const cv::Mat& mat, double sigma, double reach = 4.0);

/// See motionBlurred(); any number of channels, in float.
[[nodiscard]] cv::Mat movedAlong(const cv::Mat& mat, int radius, double sigma, double angle);

} // namespace slook::image
