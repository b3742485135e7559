#include "engine/text_states.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <stdexcept>

namespace slook::engine {
namespace {

constexpr std::size_t textsPerPass = 32;

Result<std::vector<std::int64_t>> idsOf(const Session& session, const std::string& text)
{
    const auto read = session.tokenizer().encode(text, true);
    if (!read)
        return fail(read.error());
    std::vector<std::int64_t> ids(read->begin(), read->end());
    const auto most = static_cast<std::size_t>(session.model().shape().contextLength);
    ids.resize(std::min(ids.size(), most));
    return ids;
}

/// Numbers of the tokens of a text that are no special ones.
at::Tensor ordinary(const Session& session, const std::vector<std::int64_t>& ids)
{
    std::vector<std::int64_t> places;
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (!session.tokenizer().isSpecial(static_cast<text::TokenId>(ids[i])))
            places.push_back(static_cast<std::int64_t>(i));
    return at::tensor(places, at::kLong);
}

} // namespace

PaddedIds padded(std::span<const std::vector<std::int64_t>> texts)
{
    if (texts.empty())
        throw std::invalid_argument("[padded] no texts");
    std::size_t longest = 1;
    for (const auto& text : texts)
        longest = std::max(longest, text.size());
    const auto rows = static_cast<std::int64_t>(texts.size());
    const auto width = static_cast<std::int64_t>(longest);
    PaddedIds batch { at::zeros({ rows, width }, at::kLong),
        at::zeros({ rows, width }, at::kBool) };
    for (std::int64_t row = 0; row < rows; ++row) {
        const auto& ids = texts[static_cast<std::size_t>(row)];
        const auto length = static_cast<std::int64_t>(ids.size());
        batch.ids[row].slice(0, 0, length).copy_(at::tensor(ids, at::kLong));
        batch.isText[row].slice(0, 0, length).fill_(true);
    }
    return batch;
}

Result<std::vector<TextState>> textStates(
    const Session& session, std::span<const std::string> texts)
{
    const c10::InferenceMode noGradients;
    const auto& model = session.model();
    std::vector<TextState> states;
    for (std::size_t from = 0; from < texts.size(); from += textsPerPass) {
        std::vector<std::vector<std::int64_t>> part;
        for (const auto& text : texts.subspan(from, std::min(textsPerPass, texts.size() - from))) {
            auto ids = idsOf(session, text);
            if (!ids)
                return fail(ids.error());
            part.push_back(std::move(*ids));
        }
        // What stands behind a text's end is seen by nothing before it.
        const auto hidden =
            model.hidden(model.embed(padded(part).ids.to(model.device()))).to(at::kCPU, at::kFloat);
        for (std::size_t i = 0; i < part.size(); ++i) {
            const auto rows =
                hidden[static_cast<std::int64_t>(i)].index_select(0, ordinary(session, part[i]));
            states.push_back({ rows, rows.size(0) > 0 ? rows.mean(0) : at::Tensor() });
        }
    }
    return states;
}

} // namespace slook::engine
