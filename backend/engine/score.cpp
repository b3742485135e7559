#include "engine/score.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <array>
#include <numeric>

namespace slook::engine {
namespace {

constexpr std::int64_t tokensPerPass = 4096;

at::Tensor toTensor(const std::vector<std::int64_t>& values, at::Device device)
{
    return at::tensor(values, at::TensorOptions().dtype(at::kLong)).to(device);
}

at::Tensor logProbs(const VisionLanguageModel& model, const at::Tensor& rows)
{
    return at::log_softmax(model.logits(rows), -1);
}

/// Some completions behind the prompt in one row: each sees the prompt and itself, and its
/// positions begin anew.
struct Packed {
    std::vector<std::int64_t> ids, positions,
        block; ///< of the tokens that are read: all but each completion's last
};

Packed pack(std::span<const std::vector<std::int64_t>> completions, std::int64_t promptLength)
{
    Packed packed;
    for (std::size_t c = 0; c < completions.size(); ++c)
        for (std::size_t j = 0; j + 1 < completions[c].size(); ++j) {
            packed.ids.push_back(completions[c][j]);
            packed.positions.push_back(promptLength + static_cast<std::int64_t>(j));
            packed.block.push_back(static_cast<std::int64_t>(c));
        }
    return packed;
}

/// Final hidden states of the packed tokens, [tokens, hiddenSize].
at::Tensor readPacked(const VisionLanguageModel& model, const Packed& packed, KvCache& cache)
{
    const auto tokens = static_cast<std::int64_t>(packed.ids.size());
    const auto promptLength = cache.length(0);
    cache.reserve(promptLength + tokens);
    const auto block = toTensor(packed.block, at::kCPU);
    const auto own = block.unsqueeze(1)
                         .eq(block.unsqueeze(0))
                         .logical_and(at::ones({ tokens, tokens }, at::kBool).tril());
    const auto mask = at::cat({ at::ones({ tokens, promptLength }, at::kBool), own }, 1)
                          .view({ 1, 1, tokens, promptLength + tokens });
    const auto embeds = model.embed(toTensor(packed.ids, model.device()).unsqueeze(0));
    return model
        .hidden(embeds, toTensor(packed.positions, model.device()).unsqueeze(0),
            mask.to(model.device()), &cache)
        .squeeze(0);
}

/// Log-probabilities of the completions' tokens in order, the first of each from the prompt's last
/// row.
std::vector<float> tokenLogProbs(const VisionLanguageModel& model,
    std::span<const std::vector<std::int64_t>> completions, const at::Tensor& lastRow,
    KvCache& cache)
{
    const auto packed = pack(completions, cache.length(0));
    std::vector<at::Tensor> rows { lastRow };
    if (!packed.ids.empty())
        rows.push_back(readPacked(model, packed, cache));
    std::vector<std::int64_t> row, wanted;
    std::int64_t next = 1;
    for (const auto& completion : completions)
        for (std::size_t j = 0; j < completion.size(); ++j) {
            row.push_back(j == 0 ? 0 : next++);
            wanted.push_back(completion[j]);
        }
    const auto all = logProbs(model, at::cat(rows));
    const auto picked = all.index_select(0, toTensor(row, all.device()))
                            .gather(1, toTensor(wanted, all.device()).unsqueeze(1))
                            .squeeze(1)
                            .cpu();
    return { picked.const_data_ptr<float>(), picked.const_data_ptr<float>() + picked.numel() };
}

} // namespace

std::optional<Error> cannotRead(const ModelShape& shape, std::int64_t before,
    std::span<const std::int64_t> ids, const at::Tensor& features, std::int64_t room)
{
    const auto refuse = [](std::string what) {
        return Error { ErrorKind::Invalid, std::move(what), {} };
    };
    if (ids.empty())
        return refuse("the text has no tokens; give some");
    const auto length = before + static_cast<std::int64_t>(ids.size());
    if (length + room > shape.contextLength)
        return refuse("the text has " + std::to_string(length)
            + " tokens, but the model's context ends at " + std::to_string(shape.contextLength)
            + "; shorten it or show fewer pictures");
    std::int64_t places = 0;
    for (const auto id : ids) {
        if (id == shape.imageTokenId)
            ++places;
        else if (id < 0 || id >= shape.vocabularySize)
            return refuse("token id " + std::to_string(id)
                + " is outside the model's vocabulary of " + std::to_string(shape.vocabularySize)
                + "; tokenizer and weights do not belong together");
    }
    const auto rows = features.defined() ? features.size(0) : 0;
    if (places != rows)
        return refuse("the text has " + std::to_string(places)
            + " image tokens, but the pictures have " + std::to_string(rows)
            + " features; the processor's settings do not fit the model");
    return std::nullopt;
}

Result<std::vector<CompletionScore>> scoreCompletions(const VisionLanguageModel& model,
    const Opening& prompt, std::span<const std::vector<std::int64_t>> completions)
{
    if (auto reason = cannotRead(model.shape(), 0, prompt.ids, prompt.features))
        return fail(*reason);
    const auto promptLength = static_cast<std::int64_t>(prompt.ids.size());
    for (const auto& completion : completions)
        if (auto reason = cannotRead(model.shape(), promptLength, completion, {}))
            return fail(*reason);
    const c10::InferenceMode noGradients;
    auto cache = model.makeCache(1, promptLength + 1);
    const auto features =
        prompt.features.defined() ? prompt.features.to(model.device()) : prompt.features;
    const auto read = model.hidden(
        model.embed(toTensor(prompt.ids, model.device()).unsqueeze(0), features), {}, {}, &cache);
    cache.advance(std::array { promptLength });
    const auto lastRow = read.select(1, promptLength - 1);
    std::vector<CompletionScore> scores;
    while (scores.size() < completions.size()) {
        std::size_t count = 0, tokens = 0;
        for (std::size_t i = scores.size(); i < completions.size(); ++i, ++count) {
            tokens += completions[i].size();
            if (count > 0 && static_cast<std::int64_t>(tokens) > tokensPerPass)
                break;
        }
        const auto group = completions.subspan(scores.size(), count);
        const auto all = tokenLogProbs(model, group, lastRow, cache);
        auto from = all.begin();
        for (const auto& completion : group) {
            const auto to = from + static_cast<std::ptrdiff_t>(completion.size());
            scores.push_back({ { from, to }, std::accumulate(from, to, 0.0) });
            from = to;
        }
    }
    return scores;
}

Result<at::Tensor> nextTokenLogProbs(
    const VisionLanguageModel& model, std::span<const Opening> prompts)
{
    for (const auto& prompt : prompts)
        if (auto reason = cannotRead(model.shape(), 0, prompt.ids, prompt.features))
            return fail(*reason);
    const c10::InferenceMode noGradients;
    std::vector<std::size_t> order(prompts.size());
    std::iota(order.begin(), order.end(), std::size_t { 0 });
    std::ranges::stable_sort(
        order, {}, [&](std::size_t i) { return prompts[i].ids.size(); }); // less padding
    auto all =
        at::empty({ static_cast<std::int64_t>(prompts.size()), model.shape().vocabularySize });
    for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
        while (end < order.size()
            && (end == begin
                || static_cast<std::int64_t>((end + 1 - begin) * prompts[order[end]].ids.size())
                    <= tokensPerPass))
            ++end;
        const auto n = static_cast<std::int64_t>(end - begin);
        const auto tokens = static_cast<std::int64_t>(prompts[order[end - 1]].ids.size());
        auto ids = at::full({ n, tokens }, model.shape().imageTokenId == 0 ? 1 : 0,
            at::TensorOptions().dtype(at::kLong));
        std::vector<at::Tensor> features;
        std::vector<std::int64_t> last, target;
        for (std::int64_t r = 0; r < n; ++r) {
            const auto which = order[begin + static_cast<std::size_t>(r)];
            std::ranges::copy(
                prompts[which].ids, ids.mutable_data_ptr<std::int64_t>() + r * tokens);
            last.push_back(r * tokens + static_cast<std::int64_t>(prompts[which].ids.size()) - 1);
            target.push_back(static_cast<std::int64_t>(which));
            if (prompts[which].features.defined())
                features.push_back(prompts[which].features.to(model.device()));
        }
        const auto embeds = model.embed(
            ids.to(model.device()), features.empty() ? at::Tensor() : at::cat(features));
        const auto rows =
            model.hidden(embeds).flatten(0, 1).index_select(0, toTensor(last, model.device()));
        all.index_copy_(0, toTensor(target, at::kCPU), logProbs(model, rows).cpu());
    }
    return all;
}

} // namespace slook::engine
