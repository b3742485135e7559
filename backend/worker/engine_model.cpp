#include "worker/engine_model.h"
#include "engine/merged_lora.h"
#include "engine/runtime.h"
#include "worker/talks.h"
#include "worker/training.h"
#include <algorithm>
#include <cstdlib>

namespace slook::worker {
namespace {

constexpr std::int64_t smallModel = 300'000'000; ///< weights
/// An adapter is added to the weights while it answers where that takes no more memory than this.
constexpr std::size_t mostMergedBytes = std::size_t { 1 } << 30;

engine::GenerationOptions generationOf(
    const runs::Decoding& decoding, const engine::Session& session)
{
    engine::GenerationOptions options;
    options.sampling.sample = decoding.temperature > 0;
    options.sampling.temperature = decoding.temperature > 0 ? decoding.temperature : 1;
    options.sampling.topP = decoding.topP;
    options.sampling.topK = decoding.topK;
    options.sampling.repetitionPenalty = decoding.repetitionPenalty;
    options.maxNewTokens = decoding.maxNewTokens;
    options.eosTokenIds = session.defaults().eosTokenIds;
    options.stopStrings = decoding.stop;
    // No model here was seen to gain by them (tests/bench/README.md), so they are for who asks.
    options.drafts = std::getenv("SLOOK_DRAFTS") != nullptr;
    const auto left = engine::memoryLeftOn(session.model().device()).bytes;
    options.cacheBytes = std::min(options.cacheBytes, left / 4);
    return options;
}

/// @param states  [rows, width] or [width] float on the CPU; undefined: no rows
analysis::TokenStates valuesOf(const at::Tensor& states, std::int64_t width)
{
    if (!states.defined())
        return { width, {} };
    const auto flat = states.contiguous();
    const auto* begin = flat.const_data_ptr<float>();
    return { width, { begin, begin + flat.numel() } };
}

std::vector<methods::TextStates> toMethods(
    std::span<const engine::TextState> states, std::int64_t width)
{
    std::vector<methods::TextStates> all;
    for (const auto& one : states)
        all.push_back({ valuesOf(one.tokens, width), valuesOf(one.pooled, width) });
    return all;
}

/// Only where the project has made it: a run directory may lie anywhere.
std::filesystem::path referencesBeside(const std::filesystem::path& directory)
{
    std::error_code error;
    const auto folder =
        std::filesystem::canonical(directory / ".." / ".." / runs::referencesFolder, error);
    return error || directory.empty() ? std::filesystem::path() : folder;
}

std::int64_t weightsOf(const engine::VisionLanguageModel& model)
{
    std::int64_t count = 0;
    for (const auto& [name, tensor] : model.parameters())
        count += tensor.numel();
    return count;
}

} // namespace

Result<std::unique_ptr<EngineModel>> EngineModel::load(const runs::ModelRef& reference,
    at::Device device, const std::filesystem::path& directory,
    const std::vector<runs::InputItem>& inputs)
{
    auto model = std::unique_ptr<EngineModel>(new EngineModel(
        reference, device, PictureBook(directory, inputs), referencesBeside(directory)));
    if (auto used = model->use({}); !used)
        return fail(used.error());
    return model;
}

Result<void> EngineModel::loadWeights(const std::filesystem::path& folder)
{
    if (m_session && m_loaded == folder)
        return {};
    m_session.reset(); // two models at once may not fit
    m_loaded.clear();
    engine::SessionOptions options;
    options.device = m_device;
    options.type = engine::defaultType(m_device);
    options.int8 = m_reference.int8;
    options.chatTemplate = m_reference.chatTemplate;
    auto session = engine::Session::load(folder, options);
    if (!session)
        return fail(session.error());
    m_session = std::move(*session);
    m_book.forgetFeatures(*m_session);
    m_loaded = folder;
    return {};
}

void EngineModel::detach()
{
    if (!m_adapter)
        return;
    const bool changed = m_adapter->touches(engine::ModelPart::Projector)
        || m_adapter->touches(engine::ModelPart::Vision);
    m_adapter.reset();
    if (changed)
        m_book.forgetFeatures(*m_session);
}

Result<void> EngineModel::attach(const std::filesystem::path& adapter)
{
    auto read = engine::readAdapter(adapter, m_session->model());
    if (!read)
        return fail(read.error());
    m_adapter.emplace(std::move(*read));
    if (m_adapter->touches(engine::ModelPart::Projector)
        || m_adapter->touches(engine::ModelPart::Vision))
        m_book.forgetFeatures(*m_session);
    return {};
}

Result<void> EngineModel::use(const std::filesystem::path& artifact)
{
    detach();
    if (!artifact.empty() && std::filesystem::exists(artifact / "config.json"))
        return loadWeights(artifact); // all weights were trained
    if (auto loaded = loadWeights(m_reference.folder); !loaded)
        return loaded;
    const auto adapter = artifact.empty() ? std::filesystem::path(m_reference.adapter) : artifact;
    return adapter.empty() ? Result<void>() : attach(adapter);
}

Result<void> EngineModel::converse(std::span<const methods::Conversation> conversations,
    const runs::Decoding& decoding,
    const std::function<Result<void>(std::size_t, int, methods::Answer)>& onAnswer,
    const std::function<Result<void>(std::size_t, std::string)>& onRefused,
    methods::StepContext& context)
{
    std::optional<engine::MergedLora> merged;
    if (m_adapter) {
        m_adapter->setTraining(false);
        const auto linears = m_session->model().linears();
        if (engine::MergedLora::bytesFor(linears) <= mostMergedBytes)
            merged.emplace(linears);
    }
    return Talks(*m_session, m_book, conversations, onAnswer, onRefused, context)
        .hold(generationOf(decoding, *m_session));
}

Result<void> EngineModel::train(const methods::Training& training, methods::StepContext& context)
{
    if (m_reference.int8)
        return fail(ErrorKind::Invalid,
            "is kept in int8, which cannot be trained; leave int8 out to train",
            m_reference.folder);
    if (auto start = use(training.from); !start) // whatever answered last
        return start;
    const auto& options = training.options;
    if (options.lora.full)
        m_loaded.clear(); // the weights in memory will be those of no folder
    const bool projector = options.lora.full || options.lora.projector
        || (m_adapter && m_adapter->touches(engine::ModelPart::Projector));
    auto trained =
        trainWith(*m_session, m_book, m_adapter, { training, m_reference, m_references }, context);
    detach();
    if (projector)
        m_book.forgetFeatures(*m_session);
    return trained;
}

Result<engine::TrainExample> EngineModel::example(const methods::Preference& preference)
{
    return exampleOf(*m_session, m_book, preference);
}

Result<std::vector<methods::TextStates>> EngineModel::textStates(std::span<const std::string> texts,
    const std::filesystem::path& encoder, methods::StepContext& context)
{
    if (context.stopRequested())
        return fail(ErrorKind::Stopped, "stopped on request");
    if (encoder.empty()) {
        if (m_adapter)
            m_adapter->setTraining(false);
        const auto states = engine::textStates(*m_session, texts);
        if (!states)
            return fail(states.error());
        return toMethods(*states, m_session->model().shape().hiddenSize);
    }
    if (!m_encoder || m_encoderFolder != encoder) {
        auto loaded = engine::TextEncoder::load(encoder, m_device);
        if (!loaded)
            return fail(loaded.error());
        m_encoder = std::move(*loaded);
        m_encoderFolder = encoder;
    }
    const auto states = m_encoder->states(texts);
    return toMethods(states, m_encoder->width());
}

std::size_t EngineModel::block() const
{
    return m_device.is_cpu() && weightsOf(m_session->model()) > smallModel ? 32 : 128;
}

std::size_t EngineModel::countTokens(const std::string& text) const
{
    const auto ids = m_session->tokenizer().encode(text, false);
    return ids ? ids->size() : text.size();
}

} // namespace slook::worker
