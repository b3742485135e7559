#include "engine/packing.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace slook::engine {
namespace {

void checkExample(const TrainExample& example)
{
    if (example.prompt.empty())
        throw std::invalid_argument(
            "[pack] example " + std::to_string(example.id) + " has an empty prompt");
    for (const Segment& segment : example.segments)
        if (!segment.weights.empty() && segment.weights.size() != segment.ids.size())
            throw std::invalid_argument("[pack] example " + std::to_string(example.id) + " has "
                + std::to_string(segment.weights.size()) + " weights for "
                + std::to_string(segment.ids.size()) + " ids");
}

/// What is collected while the rows are laid out, and becomes tensors at the end.
struct Columns {
    std::vector<std::int64_t> rows, targets, segment, place;
    std::vector<float> weights;
};

at::Tensor longTensor(const std::vector<std::int64_t>& values, at::Device device)
{
    return at::tensor(values, at::TensorOptions().dtype(at::kLong)).to(device);
}

/// Writes one example into row `b`: ids, positions, mask, and the places that predict.
void layOut(const TrainExample& example, std::int64_t b, std::int64_t width,
    std::int64_t segmentsBefore, PackedBatch& batch, Columns& columns)
{
    auto* ids = batch.ids.data_ptr<std::int64_t>() + b * width;
    auto* positions = batch.positions.data_ptr<std::int64_t>() + b * width;
    auto* mask = batch.mask.data_ptr<bool>() + b * width * width;
    const auto prompt = static_cast<std::int64_t>(example.prompt.size());
    std::copy(example.prompt.begin(), example.prompt.end(), ids);
    std::iota(positions, positions + prompt, 0);
    for (std::int64_t t = 0; t < prompt; ++t)
        std::fill_n(mask + t * width, t + 1, true);
    std::int64_t begin = prompt;
    for (std::size_t s = 0; s < example.segments.size(); ++s) {
        const Segment& segment = example.segments[s];
        for (std::int64_t j = 0; j < static_cast<std::int64_t>(segment.ids.size()); ++j) {
            const auto at = static_cast<std::size_t>(j);
            ids[begin + j] = segment.ids[at];
            positions[begin + j] = prompt + j;
            std::fill_n(mask + (begin + j) * width, prompt, true);
            std::fill_n(mask + (begin + j) * width + begin, j + 1, true);
            const float weight = segment.weights.empty() ? 1.0F : segment.weights[at];
            if (weight == 0.0F)
                continue;
            columns.rows.push_back(b * width
                + (j == 0 ? prompt - 1 : begin + j - 1)); // the prompt's end predicts j = 0
            columns.targets.push_back(segment.ids[at]);
            columns.weights.push_back(weight);
            columns.segment.push_back(segmentsBefore + static_cast<std::int64_t>(s));
            columns.place.push_back(j);
        }
        begin += static_cast<std::int64_t>(segment.ids.size());
    }
    for (std::int64_t t = begin; t < width; ++t)
        mask[t * width + t] =
            true; // padding sees itself: a row that sees nothing would be NaN on some devices
}

/// Which places of each example predict, from the flat ones (those of an example follow each
/// other).
void setKept(const std::vector<std::int64_t>& rows, std::int64_t width, PackedBatch& batch)
{
    const auto examples = batch.ids.size(0);
    std::vector<std::int64_t> counts(static_cast<std::size_t>(examples), 0);
    for (const auto row : rows)
        ++counts[static_cast<std::size_t>(row / width)];
    const auto most = std::max<std::int64_t>(1, std::ranges::max(counts));
    std::ranges::fill(counts, 0);
    batch.keep = at::zeros({ examples, most }, at::kLong);
    auto* keep = batch.keep.data_ptr<std::int64_t>();
    std::vector<std::int64_t> kept;
    for (const auto row : rows) {
        const auto place = row / width * most + counts[static_cast<std::size_t>(row / width)]++;
        keep[place] = row % width;
        kept.push_back(place);
    }
    const auto device = batch.positions.device();
    batch.keep = batch.keep.to(device);
    batch.kept = longTensor(kept, device);
}

} // namespace

std::size_t TrainExample::tokens() const
{
    return std::accumulate(segments.begin(), segments.end(), prompt.size(),
        [](std::size_t sum, const Segment& segment) { return sum + segment.ids.size(); });
}

std::size_t TrainExample::longest() const
{
    std::size_t most = 0;
    for (const Segment& segment : segments)
        most = std::max(most, segment.ids.size());
    return prompt.size() + most;
}

double TrainExample::weight() const
{
    double sum = 0.0;
    for (const Segment& segment : segments)
        sum += segment.weights.empty()
            ? static_cast<double>(segment.ids.size())
            : std::accumulate(segment.weights.begin(), segment.weights.end(), 0.0);
    return sum;
}

PackedBatch pack(
    const std::vector<const TrainExample*>& examples, std::int64_t fillId, at::Device device)
{
    if (examples.empty())
        throw std::invalid_argument("[pack] no examples");
    std::size_t longest = 0;
    for (const TrainExample* example : examples) {
        checkExample(*example);
        longest = std::max(longest, example->tokens());
    }
    const auto count = static_cast<std::int64_t>(examples.size());
    const auto width = static_cast<std::int64_t>(longest);
    PackedBatch batch;
    batch.ids = at::full({ count, width }, fillId, at::kLong);
    batch.positions = at::zeros({ count, width }, at::kLong);
    batch.mask = at::zeros({ count, 1, width, width }, at::kBool);
    Columns columns;
    for (std::int64_t b = 0; b < count; ++b) {
        const TrainExample& example = *examples[static_cast<std::size_t>(b)];
        layOut(example, b, width, batch.segments, batch, columns);
        batch.segments += static_cast<std::int64_t>(example.segments.size());
        batch.tokens += static_cast<std::int64_t>(example.tokens());
    }
    batch.ids = batch.ids.to(device);
    batch.positions = batch.positions.to(device);
    batch.mask = batch.mask.to(device);
    batch.rows = longTensor(columns.rows, device);
    setKept(columns.rows, width, batch);
    batch.targets = longTensor(columns.targets, device);
    batch.segment = longTensor(columns.segment, device);
    batch.place = longTensor(columns.place, device);
    batch.weights = at::tensor(columns.weights, at::TensorOptions().dtype(at::kFloat)).to(device);
    return batch;
}

std::string refusal(const TrainExample& example, std::int64_t maxLength,
    std::int64_t vocabularySize, std::int64_t imageTokenId)
{
    if (example.prompt.empty())
        return "its prompt is empty";
    if (example.segments.empty() || example.weight() == 0.0)
        return "it has no answer to learn from";
    if (static_cast<std::int64_t>(example.longest()) > maxLength)
        return "it has " + std::to_string(example.longest()) + " tokens and "
            + std::to_string(maxLength) + " are allowed";
    const auto outside = [&](std::int64_t id) { return id < 0 || id >= vocabularySize; };
    const auto badPrompt = [&](std::int64_t id) { return id != imageTokenId && outside(id); };
    const auto badAnswer = [&](std::int64_t id) { return id == imageTokenId || outside(id); };
    bool bad = std::any_of(example.prompt.begin(), example.prompt.end(), badPrompt);
    for (const Segment& segment : example.segments) {
        if (segment.ids.empty())
            return "one of its answers is empty";
        bad = bad || std::any_of(segment.ids.begin(), segment.ids.end(), badAnswer);
    }
    return bad
        ? "it has a token that the model's vocabulary does not have, or a picture inside an answer"
        : "";
}

} // namespace slook::engine
