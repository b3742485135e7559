#include "engine/session.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "engine/feature_cache.h"
#include "engine/load_model.h"
#include "engine/original_llava.h"
#include "engine/row_parallel.h"
#include "engine/score.h"
#include "engine/shortcuts.h"
#include "text/folder_template.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace slook::engine {
namespace {

constexpr std::size_t picturesPerPass = 16;
/// Stands for an answer while the template is asked what follows one. Letters only: templates may
/// trim blanks.
constexpr const char* answerMark = "SecondLookAnswerPlace";

/// Contents of the files of a folder that decide what the model says, summed up.
Result<std::string> sumOfFolder(const std::filesystem::path& folder)
{
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
        const auto name = it->path().filename().string();
        const auto kind = it->path().extension();
        if (kind == ".json" || kind == ".jinja" || kind == ".safetensors")
            names.push_back(name);
    }
    if (error)
        return fail(ErrorKind::Io, "cannot be listed (" + error.message() + ")", folder.string());
    std::ranges::sort(names);
    Sha256 sum;
    for (const auto& name : names) {
        const auto one = sha256OfFile(folder / name);
        if (!one)
            return fail(one.error());
        sum.add(name + "\n" + *one + "\n");
    }
    return sum.hex();
}

/// Nothing for models without eyes.
Result<std::optional<image::ProcessorSettings>> readProcessor(
    const std::filesystem::path& folder, const Json& config)
{
    if (!config.contains("vision_config") && !stringOr(config, "model_type").starts_with("llava"))
        return std::optional<image::ProcessorSettings>();
    auto settings = boolOr(config, "original_layout", false)
        ? processorOfOriginalLlava(folder, config["text_config"])
        : image::readProcessorSettings(folder);
    if (!settings)
        return fail(std::move(settings).error());
    return std::optional(std::move(*settings));
}

/// `text` cut at every `mark`: one piece more than there are marks.
std::vector<std::string> piecesOf(const std::string& text, const std::string& mark)
{
    std::vector<std::string> pieces;
    std::size_t begin = 0;
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, begin)) {
        pieces.push_back(text.substr(begin, at - begin));
        begin = at + mark.size();
    }
    pieces.push_back(text.substr(begin));
    return pieces;
}

} // namespace

Result<std::unique_ptr<Session>> Session::load(
    const std::filesystem::path& folder, const SessionOptions& options)
{
    auto session = std::unique_ptr<Session>(new Session);
    session->m_folder = folder;
    session->m_options = options;
    if (auto text = session->loadText();
        !text) // small files first: a mistake shows before gigabytes are read
        return fail(std::move(text).error());
    auto model = loadModel(folder, options.device, options.type, options.int8);
    if (!model)
        return fail(std::move(model).error());
    session->m_model = std::move(*model);
    return session;
}

PictureLayout SeenPicture::layout() const
{
    const image::Picture& tile = seen.tiles.at(0);
    return { .height = seen.picture.height,
        .width = seen.picture.width,
        .rows = seen.rows,
        .columns = seen.columns,
        .tiles = static_cast<std::int64_t>(seen.tiles.size()),
        .tileHeight = tile.height,
        .tileWidth = tile.width };
}

std::size_t SeenPicture::bytes() const
{
    return seen.tiles.size() * seen.tiles.at(0).rgb.size();
}

Result<void> Session::loadText()
{
    const auto config = readModelConfig(m_folder);
    if (!config)
        return fail(config.error());
    auto defaults = readGenerationDefaults(m_folder, *config);
    if (!defaults)
        return fail(std::move(defaults).error());
    m_defaults = std::move(*defaults);
    auto tokenizer = text::Tokenizer::load(m_folder / "tokenizer.json");
    if (!tokenizer)
        return fail(std::move(tokenizer).error());
    m_tokenizer.emplace(std::move(*tokenizer));
    auto special = text::readSpecialTokens(m_folder);
    if (!special)
        return fail(std::move(special).error());
    m_special = std::move(*special);
    if (auto loaded = loadTemplate(*config); !loaded)
        return loaded;
    auto processor = readProcessor(m_folder, *config);
    if (!processor)
        return fail(std::move(processor).error());
    m_processor = std::move(*processor);
    return {};
}

/// The chosen template, else the folder's.
Result<void> Session::loadTemplate(const Json& config)
{
    auto chat = m_options.chatTemplate.empty()
        ? text::templateOf(m_folder, config)
        : text::ChatTemplate::parse(m_options.chatTemplate, "the chosen chat template");
    if (!chat)
        return fail(std::move(chat).error());
    m_template.emplace(std::move(*chat));
    return {};
}

Result<std::string> Session::fingerprint() const
{
    if (m_fingerprint.empty()) {
        auto sum = sumOfFolder(m_folder);
        if (!sum)
            return sum;
        m_fingerprint = std::move(*sum);
    }
    return m_fingerprint;
}

const image::ProcessorSettings& Session::processor() const
{
    if (!m_processor)
        throw std::invalid_argument("[Session::processor] the model reads text only");
    return *m_processor;
}

void Session::setPadToSquare(bool pad)
{
    if (!m_processor)
        return;
    if (m_processor->padToSquare != pad)
        forgetFeatures();
    m_processor->padToSquare = pad;
}

void Session::forgetFeatures()
{
    m_known.clear();
    m_uses.clear();
    m_bytes = 0;
}

Result<SeenPicture> Session::see(const image::Picture& picture) const
{
    if (!m_processor)
        return fail(ErrorKind::Invalid,
            "reads text only; choose a vision-language model for items with pictures",
            m_folder.string());
    auto seen = image::seenBy(*m_processor, picture);
    if (!seen)
        return fail(std::move(seen).error());
    SeenPicture result { image::seenSha256(*seen), std::move(*seen) };
    if (const auto reason = m_model->cannotSee(result.layout()); !reason.empty())
        return fail(ErrorKind::Invalid, "cannot take the picture: " + reason, m_folder.string());
    return result;
}

at::Tensor Session::pixelValues(std::span<const SeenPicture> pictures) const
{
    std::vector<at::Tensor> all;
    for (const auto& picture : pictures) {
        const auto values = image::pixelValues(processor(), picture.seen);
        const auto layout = picture.layout();
        all.push_back(
            at::tensor(values).view({ layout.tiles, 3, layout.tileHeight, layout.tileWidth }));
    }
    return at::cat(all);
}

at::Tensor Session::remembered(const std::string& sha256)
{
    const auto found = m_known.find(sha256);
    if (found == m_known.end())
        return {};
    m_uses.splice(m_uses.begin(), m_uses, found->second.use);
    return found->second.features;
}

void Session::remember(const std::string& sha256, const at::Tensor& features)
{
    if (m_known.contains(sha256) || !shortcuts().pictures)
        return;
    m_uses.push_front(sha256);
    m_known.emplace(sha256, Known { features, m_uses.begin() });
    m_bytes += features.nbytes();
    while (m_bytes > m_options.featureBytes && m_uses.size() > 1) {
        const auto oldest = m_known.find(m_uses.back());
        m_bytes -= oldest->second.features.nbytes();
        m_known.erase(oldest);
        m_uses.pop_back();
    }
}

std::vector<at::Tensor> Session::features(std::span<const SeenPicture> pictures)
{
    std::vector<at::Tensor> all;
    std::vector<std::size_t> missing; ///< the first place of each picture that is not known
    std::unordered_map<std::string, std::size_t> firstPlace;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        all.push_back(remembered(pictures[i].pixelsSha256));
        if (!all.back().defined() && firstPlace.emplace(pictures[i].pixelsSha256, i).second)
            missing.push_back(i);
    }
    // Kept features are ordinary tensors, whoever asks: those of inference mode could not be
    // trained on.
    const c10::InferenceMode ordinary(false);
    const c10::NoGradGuard noGradients;
    const OneThreadEach each(!m_model->shape().heavy);
    for (std::size_t begin = 0; begin < missing.size(); begin += picturesPerPass) {
        const auto count = std::min(picturesPerPass, missing.size() - begin);
        std::vector<Picture> group;
        for (std::size_t i = 0; i < count; ++i) {
            const auto& picture = pictures[missing[begin + i]];
            group.push_back({ pixelValues(std::span(&picture, 1)), picture.layout() });
        }
        const auto encoded = encodePictures(*m_model, group);
        m_encoded += static_cast<std::int64_t>(count);
        for (std::size_t i = 0; i < count; ++i) {
            // Not a view of the whole group's output.
            all[missing[begin + i]] = encoded[i].clone(at::MemoryFormat::Contiguous);
            remember(pictures[missing[begin + i]].pixelsSha256, all[missing[begin + i]]);
        }
    }
    for (std::size_t i = 0; i < pictures.size(); ++i)
        if (!all[i].defined())
            all[i] = all[firstPlace.at(pictures[i].pixelsSha256)];
    return all;
}

Result<std::string> Session::render(std::span<const text::Message> messages) const
{
    text::TemplateVariables variables;
    variables.bosToken = m_special.bos;
    variables.eosToken = m_special.eos;
    return m_template->render(messages, variables);
}

Result<std::vector<std::int64_t>> Session::encodePrompt(
    const std::string& text, std::span<const SeenPicture> pictures) const
{
    // Some templates write the first token themselves; then the tokenizer must not add it again.
    const bool addSpecial = m_special.bos.empty() || !text.starts_with(m_special.bos);
    return expanded(text, addSpecial, pictures);
}

/// The placeholder as the tokenizer knows it; nothing where the tokenizer has no such token.
std::optional<std::string> Session::imageMark() const
{
    const auto id = m_model->shape().imageTokenId;
    auto text = id < 0 || id >= m_tokenizer->size()
        ? std::nullopt
        : m_tokenizer->tokenText(static_cast<text::TokenId>(id));
    return text && text->empty() ? std::nullopt : text;
}

Result<std::vector<std::int64_t>> Session::expanded(
    const std::string& text, bool addSpecial, std::span<const SeenPicture> pictures) const
{
    const auto image = m_model->shape().imageTokenId;
    const auto known = imageMark();
    const std::string mark = known.value_or("<image>");
    const auto pieces = image < 0 ? std::vector { text } : piecesOf(text, mark);
    if (pieces.size() != pictures.size() + 1)
        return fail(ErrorKind::Invalid,
            "the prompt has " + std::to_string(pieces.size() - 1) + " picture marks for "
                + std::to_string(pictures.size()) + " pictures; take \"" + mark
                + "\" out of the question's text");
    std::vector<std::int64_t> all;
    const auto append = [&](const std::string& part, bool special) -> Result<void> {
        const auto ids = m_tokenizer->encode(part, special);
        if (!ids)
            return fail(ids.error());
        all.insert(all.end(), ids->begin(), ids->end());
        return {};
    };
    if (!known) { // the original LLaVA code: text between pictures is encoded piece by piece
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (auto done = append(pieces[i], addSpecial && i == 0); !done)
                return fail(std::move(done).error());
            if (i < pictures.size())
                all.insert(all.end(),
                    static_cast<std::size_t>(m_model->featureRows(pictures[i].layout())), image);
        }
        return all;
    }
    std::string whole = pieces.front();
    std::int64_t rows = 0;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        rows += m_model->featureRows(pictures[i].layout());
        whole += m_model->pictureText(pictures[i].layout(), mark) + pieces[i + 1];
    }
    if (auto done = append(whole, addSpecial); !done)
        return fail(std::move(done).error());
    if (image >= 0 && std::ranges::count(all, image) != rows)
        return fail(ErrorKind::Invalid,
            "writes \"" + mark + "\" as something else than the token " + std::to_string(image)
                + " that config.json names; fetch the model again",
            (m_folder / "tokenizer.json").string());
    return all;
}

namespace {

at::Tensor joined(const std::vector<at::Tensor>& features)
{
    return features.empty()    ? at::Tensor()
        : features.size() == 1 ? features.front()
                               : at::cat(features);
}

} // namespace

Result<Prompt> Session::prompt(std::span<const text::Message> messages,
    std::span<const SeenPicture> pictures, std::uint64_t seed)
{
    Prompt prompt;
    auto text = render(messages);
    if (!text)
        return fail(std::move(text).error());
    prompt.text = std::move(*text);
    const auto pictureFeatures = features(pictures);
    auto ids = encodePrompt(prompt.text, pictures);
    if (!ids)
        return fail(std::move(ids).error());
    prompt.opening = { std::move(*ids), joined(pictureFeatures), seed };
    for (const auto& picture : pictures)
        prompt.pixelsSha256 += (prompt.pixelsSha256.empty() ? "" : ",") + picture.pixelsSha256;
    return prompt;
}

Result<Continuation> Session::continuation(std::span<const text::Message> before, const Turn& said,
    const text::Message& next, std::span<const SeenPicture> pictures)
{
    std::vector<text::Message> messages(before.begin(), before.end());
    messages.push_back(text::assistantMessage(answerMark));
    messages.push_back(next);
    const auto text = render(messages);
    if (!text)
        return fail(text.error());
    const auto place = text->find(answerMark);
    if (place == std::string::npos || text->find(answerMark, place + 1) != std::string::npos)
        return fail(ErrorKind::Invalid,
            "does not write each answer exactly once, so a conversation cannot go on with it; use "
            "another chat template",
            m_template->origin());
    Continuation continuation;
    continuation.text = text->substr(place + std::string_view(answerMark).size());
    const auto pictureFeatures = features(pictures);
    auto ids = expanded(continuation.text, false, pictures);
    if (!ids)
        return fail(std::move(ids).error());
    const bool endedItself = said.finish == Finish::Eos && !said.ids.empty();
    if (endedItself && !ids->empty() && ids->front() == said.ids.back())
        ids->erase(ids->begin());
    continuation.turn = { std::move(*ids), joined(pictureFeatures) };
    return continuation;
}

std::string Session::decode(std::span<const std::int64_t> ids) const
{
    const std::vector<text::TokenId> narrow(ids.begin(), ids.end());
    return m_tokenizer->decode(narrow, true);
}

Result<std::vector<std::int64_t>> Session::encodeAnswer(
    const std::string& text, bool endToken) const
{
    const auto ids = m_tokenizer->encode(text, false);
    if (!ids)
        return fail(ids.error());
    std::vector<std::int64_t> all(ids->begin(), ids->end());
    if (endToken)
        all.push_back(m_defaults.eosTokenIds.front());
    return all;
}

Result<std::vector<double>> Session::labelLogProbs(
    const Prompt& prompt, std::span<const std::string> labels) const
{
    const auto next = nextTokenLogProbs(*m_model, std::span(&prompt.opening, 1));
    if (!next)
        return fail(next.error());
    std::vector<double> all;
    for (const auto& label : labels) {
        std::vector<std::int64_t> spellings;
        for (const auto& spelling : { label, " " + label }) {
            const auto ids = m_tokenizer->encode(spelling, false);
            if (!ids)
                return fail(ids.error());
            // A spelling counts where one token says it: a lone blank would be shared by all
            // labels.
            if (ids->size() == 1 && std::ranges::find(spellings, ids->front()) == spellings.end())
                spellings.push_back(ids->front());
        }
        if (spellings.empty())
            return fail(ErrorKind::Invalid,
                "the label \"" + label
                    + "\" is no single token of this model; compare whole answers instead");
        all.push_back(at::logsumexp(
            next->select(0, 0).index_select(0, at::tensor(spellings)).to(at::kDouble), { 0 })
                          .item<double>());
    }
    return all;
}

} // namespace slook::engine
