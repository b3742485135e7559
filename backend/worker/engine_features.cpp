#include "engine/pooled_states.h"
#include "worker/engine_model.h"
#include <ATen/ATen.h>
#include <algorithm>

namespace slook::worker {
namespace {

constexpr std::size_t picturesPerTowerPass = 16;
constexpr std::size_t promptsPerPass = 8;

std::vector<float> numbersOf(const at::Tensor& values)
{
    const auto flat = values.to(at::kCPU, at::kFloat).contiguous();
    const auto* begin = flat.const_data_ptr<float>();
    return { begin, begin + flat.numel() };
}

std::vector<at::Tensor> patchesOf(
    engine::Session& session, std::span<const engine::SeenPicture> pictures)
{
    std::vector<std::int64_t> tiles;
    for (const auto& one : pictures)
        tiles.push_back(one.layout().tiles);
    return engine::pooledPatches(session.model(), session.pixelValues(pictures), tiles);
}

} // namespace

/// @param encoded  with the features that answers use, computed in fixed groups
Result<std::vector<engine::SeenPicture>> EngineModel::picturesOf(
    const methods::Conversation& talk, bool encoded)
{
    std::vector<engine::SeenPicture> pictures;
    for (std::size_t i = 0; i < talk.images.size(); ++i) {
        auto one = encoded ? m_book.picture(*m_session, talk.images[i], talk.imageSha256[i])
                           : m_book.seen(*m_session, talk.images[i], talk.imageSha256[i]);
        if (!one)
            return fail(one.error());
        pictures.push_back(std::move(*one));
    }
    return pictures;
}

/// Means over the tower's patches, or over the rows behind the projector.
Result<void> EngineModel::pictureFeatures(std::span<const methods::Conversation> talks,
    bool projected, std::vector<methods::Feature>& all, methods::StepContext& context)
{
    std::vector<engine::SeenPicture> pictures;
    std::vector<std::size_t> owners; ///< the conversation of each
    for (std::size_t i = 0; i < talks.size(); ++i) {
        if (context.stopRequested())
            return fail(ErrorKind::Stopped, "stopped on request");
        auto shown = picturesOf(talks[i], projected);
        if (!shown || shown->empty()) {
            all[i].refused = shown ? "it has no picture" : message(shown.error());
            continue;
        }
        for (auto& one : *shown) {
            pictures.push_back(std::move(one));
            owners.push_back(i);
        }
    }
    std::vector<std::vector<at::Tensor>> means(talks.size());
    for (std::size_t from = 0; from < pictures.size(); from += picturesPerTowerPass) {
        if (context.stopRequested())
            return fail(ErrorKind::Stopped, "stopped on request");
        const auto group = std::span(pictures).subspan(
            from, std::min(picturesPerTowerPass, pictures.size() - from));
        auto pooled = projected ? m_session->features(group) : patchesOf(*m_session, group);
        for (std::size_t k = 0; k < pooled.size(); ++k)
            means[owners[from + k]].push_back(
                projected ? pooled[k].to(at::kFloat).mean(0) : pooled[k]);
    }
    for (std::size_t i = 0; i < talks.size(); ++i)
        if (!means[i].empty())
            all[i].values = numbersOf(at::stack(means[i]).mean(0));
    return {};
}

/// The prompt that asks a conversation's first question, if it fits.
Result<engine::Opening> EngineModel::openingOf(const methods::Conversation& talk)
{
    const auto pictures = picturesOf(talk, true);
    if (!pictures)
        return fail(pictures.error());
    const std::vector<text::Message> messages { text::userMessage(
        talk.userTexts.at(0), static_cast<int>(pictures->size())) };
    auto prompt = m_session->prompt(messages, *pictures);
    if (!prompt)
        return fail(prompt.error());
    const auto most = m_session->model().shape().contextLength;
    if (static_cast<std::int64_t>(prompt->opening.ids.size()) > most)
        return fail(ErrorKind::Invalid,
            "its prompt has " + std::to_string(prompt->opening.ids.size())
                + " tokens, but the model reads " + std::to_string(most));
    return std::move(prompt->opening);
}

Result<void> EngineModel::stateFeatures(std::span<const methods::Conversation> talks,
    const methods::FeatureWish& wish, std::vector<methods::Feature>& all,
    methods::StepContext& context)
{
    for (std::size_t from = 0; from < talks.size(); from += promptsPerPass) {
        if (context.stopRequested())
            return fail(ErrorKind::Stopped, "stopped on request");
        std::vector<engine::Opening> prompts;
        std::vector<std::size_t> places;
        for (std::size_t i = from; i < std::min(talks.size(), from + promptsPerPass); ++i) {
            auto opening = openingOf(talks[i]);
            if (!opening) {
                all[i].refused = message(opening.error());
                continue;
            }
            prompts.push_back(std::move(*opening));
            places.push_back(i);
        }
        const auto states =
            engine::pooledStates(m_session->model(), prompts, { wish.layer, wish.pool == "last" });
        if (!states)
            return fail(states.error());
        for (std::size_t k = 0; k < places.size(); ++k)
            all[places[k]].values = numbersOf((*states)[k]);
    }
    return {};
}

Result<std::vector<methods::Feature>> EngineModel::features(
    std::span<const methods::Conversation> conversations, const methods::FeatureWish& wish,
    methods::StepContext& context)
{
    if (m_adapter)
        m_adapter->setTraining(false);
    std::vector<methods::Feature> all(conversations.size());
    const auto done = wish.of == "states"
        ? stateFeatures(conversations, wish, all, context)
        : pictureFeatures(conversations, wish.of == "projected", all, context);
    if (!done)
        return fail(done.error());
    return all;
}

} // namespace slook::worker
