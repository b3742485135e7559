#include "engine/score.h"
#include "engine/row_parallel.h"
#include "engine/shared_prompts.h"
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
    std::vector<at::Tensor> rows;
    rows.reserve(2);
    rows.push_back(lastRow);
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
    const OneThreadEach each(!model.shape().heavy);
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

namespace {

/// Ids that a group may read behind its beginning: attention looks at each with each.
constexpr std::size_t mostBehind = 512;

/// Groups of one pass, one row each: [beginning | rest of member 1 | rest of member 2 | ...].
struct Rows {
    at::Tensor ids, positions; ///< [B, T] int64
    at::Tensor mask; ///< [B, 1, T, T] bool; undefined where no row has two members: causal
    at::Tensor keep; ///< [B, W] int64: each member's last token, filled up with 0
    std::vector<std::int64_t> kept, member; ///< place in keep -> prompt
    std::vector<at::Tensor> features;
};

void layOutGroup(
    const SharedPrompts& group, std::span<const Opening> prompts, std::int64_t row, Rows& rows)
{
    const auto width = rows.ids.size(1), places = rows.keep.size(1);
    auto* ids = rows.ids.mutable_data_ptr<std::int64_t>() + row * width;
    auto* positions = rows.positions.mutable_data_ptr<std::int64_t>() + row * width;
    auto* keep = rows.keep.mutable_data_ptr<std::int64_t>() + row * places;
    const auto common = static_cast<std::int64_t>(group.common);
    const auto& first = prompts[group.members.front()];
    std::copy_n(first.ids.begin(), common, ids);
    std::iota(positions, positions + common, 0);
    auto end = common;
    for (std::size_t m = 0; m < group.members.size(); ++m) {
        const auto& all = prompts[group.members[m]].ids;
        const auto count = static_cast<std::int64_t>(all.size()) - common;
        std::copy(all.begin() + common, all.end(), ids + end);
        std::iota(positions + end, positions + end + count, common);
        if (rows.mask.defined() && m > 0) // nothing of the members before it
            rows.mask.select(0, row)
                .select(0, 0)
                .narrow(0, end, count)
                .narrow(1, common, end - common)
                .zero_();
        end += count;
        keep[m] = end - 1;
        rows.kept.push_back(row * places + static_cast<std::int64_t>(m));
        rows.member.push_back(static_cast<std::int64_t>(group.members[m]));
    }
    if (first.features.defined())
        rows.features.push_back(first.features);
}

Rows rowsOf(
    std::span<const SharedPrompts> groups, std::span<const Opening> prompts, std::int64_t fillId)
{
    std::size_t width = 0, most = 0;
    for (const auto& group : groups) {
        width = std::max(width, tokensOf(group, prompts));
        most = std::max(most, group.members.size());
    }
    const auto count = static_cast<std::int64_t>(groups.size());
    const auto tokens = static_cast<std::int64_t>(width);
    Rows rows;
    rows.ids = at::full({ count, tokens }, fillId, at::kLong);
    rows.positions = at::zeros({ count, tokens }, at::kLong);
    rows.keep = at::zeros({ count, static_cast<std::int64_t>(most) }, at::kLong);
    if (most > 1)
        rows.mask = at::ones({ tokens, tokens }, at::kBool)
                        .tril()
                        .expand({ count, 1, tokens, tokens })
                        .contiguous();
    for (std::size_t row = 0; row < groups.size(); ++row)
        layOutGroup(groups[row], prompts, static_cast<std::int64_t>(row), rows);
    return rows;
}

/// Last hidden states of the members, in the order of rows.member.
at::Tensor readRows(const VisionLanguageModel& model, const Rows& rows)
{
    const auto device = model.device();
    const auto features = rows.features.empty() ? at::Tensor() : at::cat(rows.features).to(device);
    const auto embeds = model.embed(rows.ids.to(device), features);
    const auto mask = rows.mask.defined() ? rows.mask.to(device) : rows.mask;
    return model.hidden(embeds, rows.positions.to(device), mask, nullptr, rows.keep.to(device))
        .flatten(0, 1)
        .index_select(0, toTensor(rows.kept, device));
}

} // namespace

Result<at::Tensor> nextTokenLogProbs(
    const VisionLanguageModel& model, std::span<const Opening> prompts)
{
    for (const auto& prompt : prompts)
        if (auto reason = cannotRead(model.shape(), 0, prompt.ids, prompt.features))
            return fail(*reason);
    const c10::InferenceMode noGradients;
    const OneThreadEach each(!model.shape().heavy);
    auto groups = sharedPrompts(prompts, model.shape().imageTokenId, mostBehind);
    const auto tokens = [&](const SharedPrompts& group) { return tokensOf(group, prompts); };
    std::ranges::stable_sort(groups, {}, tokens); // less padding
    auto all =
        at::empty({ static_cast<std::int64_t>(prompts.size()), model.shape().vocabularySize });
    for (std::size_t begin = 0, end = 0; begin < groups.size(); begin = end) {
        while (end < groups.size()
            && (end == begin
                || static_cast<std::int64_t>((end + 1 - begin) * tokens(groups[end]))
                    <= tokensPerPass))
            ++end;
        const auto rows = rowsOf(std::span(groups).subspan(begin, end - begin), prompts,
            model.shape().imageTokenId == 0 ? 1 : 0);
        all.index_copy_(
            0, toTensor(rows.member, at::kCPU), logProbs(model, readRows(model, rows)).cpu());
    }
    return all;
}

} // namespace slook::engine
