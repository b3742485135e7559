#include "image/corruption.h"
#include <array>

namespace slook::image {
namespace {

using Severities = std::vector<std::vector<double>>;

Severities severitiesOf(std::initializer_list<double> values)
{
    Severities result;
    for (const double value : values)
        result.push_back({ value });
    return result;
}

void addResolution(std::vector<Operator>& list)
{
    list.push_back({ "low_resolution", "shorter side of so many pixels, as STIC does", false,
        { { "side", 20, 1, 4096, true } }, { { 20 } } });
    list.push_back({ "down_up", "made small by a factor and large again, bilinear", false,
        { { "factor", .25, .001, 1 } }, {} });
    list.push_back({ "down_up_nearest", "means of boxes, each shown as one block", false,
        { { "factor", .25, .001, 1 } }, {} });
    list.push_back({ "pixelate", "ImageNet-C: made small and large again by box filters", false,
        { { "factor", .6, .001, 1 } }, severitiesOf({ .6, .5, .4, .3, .25 }) });
    list.push_back({ "jpeg", "saved as JPEG and read again", false,
        { { "quality", 25, 1, 100, true } }, severitiesOf({ 25, 18, 15, 10, 7 }) });
}

void addColour(std::vector<Operator>& list)
{
    list.push_back({ "stic", "STIC's coin: low resolution or drawn colour jitter", true, {}, {} });
    list.push_back({ "colour_jitter",
        "given factors in a given order (digits: 0 brightness, 1 contrast, 2 saturation, 3 hue)",
        false,
        { { "brightness", 1, 0, 10 }, { "contrast", 1, 0, 10 }, { "saturation", 1, 0, 10 },
            { "hue", 0, -.5, .5 }, { "order", 123, 123, 3210, true } },
        {} });
    list.push_back(
        { "colour_jitter_drawn", "factors drawn up to these strengths, in a drawn order", true,
            { { "brightness", .5, 0, 1 }, { "contrast", 0, 0, 1 }, { "saturation", 0, 0, 1 },
                { "hue", .3, 0, .5 } },
            { { .5, 0, 0, .3 } } });
    list.push_back({ "brightness", "ImageNet-C: HSV value raised", false,
        { { "amount", .3, -1, 1 } }, severitiesOf({ .1, .2, .3, .4, .5 }) });
    list.push_back({ "contrast", "ImageNet-C: nearer to each channel's mean", false,
        { { "factor", .2, 0, 10 } }, severitiesOf({ .4, .3, .2, .1, .05 }) });
    list.push_back({ "saturate", "ImageNet-C: HSV saturation times a factor plus an amount", false,
        { { "factor", 2, 0, 100 }, { "amount", 0, -1, 1 } },
        { { .3, 0 }, { .1, 0 }, { 2, 0 }, { 5, .1 }, { 20, .2 } } });
    list.push_back({ "grey", "without colour", false, {}, {} });
}

void addNoise(std::vector<Operator>& list)
{
    list.push_back(
        { "gaussian_noise", "normal noise, in levels of 255", true, { { "sigma", 46, 0, 1000 } },
            severitiesOf({ .08 * 255, .12 * 255, .18 * 255, .26 * 255, .38 * 255 }) });
    list.push_back({ "shot_noise", "photon counts at this rate", true,
        { { "rate", 12, .01, 10000 } }, severitiesOf({ 60, 25, 12, 5, 3 }) });
    list.push_back({ "impulse_noise", "this share of all bytes black or white", true,
        { { "share", .09, 0, 1 } }, severitiesOf({ .03, .06, .09, .17, .27 }) });
    list.push_back({ "salt_and_pepper", "this share of all pixels black or white", true,
        { { "share", .1, 0, 1 } }, {} });
    list.push_back({ "speckle_noise", "noise that grows with the brightness", true,
        { { "sigma", .35, 0, 10 } }, severitiesOf({ .15, .2, .35, .45, .6 }) });
    list.push_back({ "diffusion", "POVID: noise of this step of a diffusion of 1000", true,
        { { "step", 500, 0, 999, true } }, severitiesOf({ 500 }) });
}

void addBlur(std::vector<Operator>& list)
{
    list.push_back({ "gaussian_blur", "ImageNet-C's Gaussian blur", false,
        { { "sigma", 3, .05, 200 } }, severitiesOf({ 1, 2, 3, 4, 6 }) });
    list.push_back({ "gaussian_blur_kernel", "torchvision's gaussian_blur", false,
        { { "kernel", 5, 1, 999, true }, { "sigma", 1.5, .05, 200 } }, {} });
    list.push_back({ "gaussian_blur_pillow", "Pillow's GaussianBlur", false,
        { { "radius", 2, .05, 200 } }, {} });
    list.push_back({ "defocus_blur", "out of focus: a disk", false,
        { { "radius", 6, 1, 200, true }, { "alias", .5, .05, 10 } },
        { { 3, .1 }, { 4, .5 }, { 6, .5 }, { 8, .5 }, { 10, .5 } } });
    list.push_back({ "glass_blur", "near pixels swapped between two blurs", true,
        { { "sigma", 1, .05, 50 }, { "distance", 2, 1, 100, true }, { "rounds", 3, 1, 20, true } },
        { { .7, 1, 2 }, { .9, 2, 1 }, { 1, 2, 3 }, { 1.1, 3, 2 }, { 1.5, 4, 2 } } });
    list.push_back({ "motion_blur", "along a drawn direction within 45 degrees of level", true,
        { { "radius", 15, 1, 200, true }, { "sigma", 8, .05, 200 } },
        { { 10, 3 }, { 15, 5 }, { 15, 8 }, { 15, 12 }, { 20, 15 } } });
    list.push_back({ "zoom_blur", "mean of zooms", false,
        { { "largest", 1.21, 1.001, 4 }, { "step", .02, .001, 1 } },
        { { 1.11, .01 }, { 1.16, .01 }, { 1.21, .02 }, { 1.26, .02 }, { 1.31, .03 } } });
}

void addWeather(std::vector<Operator>& list)
{
    list.push_back({ "fog", "a fractal cloud", true,
        { { "amount", 2.5, .01, 100 }, { "decay", 1.7, 1.001, 10 } },
        { { 1.5, 2 }, { 2, 2 }, { 2.5, 1.7 }, { 2.5, 1.5 }, { 3, 1.4 } } });
    list.push_back({ "snow", "streaks of snow", true,
        { { "mean", .55, -10, 10 }, { "deviation", .3, .001, 10 }, { "zoom", 4, 1, 20 },
            { "threshold", .9, -10, 10 }, { "length", 12, 1, 200, true }, { "sigma", 8, .05, 200 },
            { "kept", .7, 0, 1 } },
        { { .1, .3, 3, .5, 10, 4, .8 }, { .2, .3, 2, .5, 12, 4, .7 }, { .55, .3, 4, .9, 12, 8, .7 },
            { .55, .3, 4.5, .85, 12, 8, .65 }, { .55, .3, 2.5, .85, 12, 12, .55 } } });
    list.push_back({ "spatter", "drops of water or, with mud 1, of mud", true,
        { { "mean", .65, -10, 10 }, { "deviation", .3, .001, 10 }, { "size", 2, .05, 50 },
            { "threshold", .68, -10, 10 }, { "strength", .5, .01, 10 }, { "mud", 0, 0, 1, true } },
        { { .65, .3, 4, .69, .6, 0 }, { .65, .3, 3, .68, .6, 0 }, { .65, .3, 2, .68, .5, 0 },
            { .65, .3, 1, .65, 1.5, 1 }, { .67, .4, 1, .65, 1.5, 1 } } });
}

void addShape(std::vector<Operator>& list)
{
    list.push_back({ "elastic", "corners moved and everything stretched", true,
        { { "alpha", 12.2, 0, 10000 }, { "sigma", 2.44, .05, 1000 }, { "affine", 4.88, 0, 1000 } },
        { { 488, 170.8, 24.4 }, { 488, 19.52, 48.8 }, { 12.2, 2.44, 4.88 }, { 17.08, 2.44, 4.88 },
            { 29.28, 2.44, 4.88 } } });
    const auto box = [](double size) {
        return std::vector<Parameter> { { "x", .25, 0, 1 }, { "y", .25, 0, 1 },
            { "width", size, .001, 1 }, { "height", size, .001, 1 } };
    };
    list.push_back(
        { "crop", "only this part; numbers are shares of the sides", false, box(.5), {} });
    list.push_back({ "occlude", "this part covered with grey; numbers are shares of the sides",
        false, box(.5), {} });
    list.push_back({ "flip", "left and right exchanged", false, {}, {} });
}

std::vector<Operator> allOperators()
{
    std::vector<Operator> list;
    addColour(list);
    addResolution(list);
    addNoise(list);
    addBlur(list);
    addWeather(list);
    addShape(list);
    return list;
}

} // namespace

std::span<const Operator> operators()
{
    static const std::vector<Operator> all = allOperators();
    return all;
}

const Operator* operatorByName(std::string_view name)
{
    for (const Operator& one : operators())
        if (one.name == name)
            return &one;
    return nullptr;
}

} // namespace slook::image
