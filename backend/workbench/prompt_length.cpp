#include "workbench/prompt_length.h"
#include "core/json_file.h"
#include "image/picture_rows.h"
#include "methods/prompts.h"
#include "text/folder_template.h"
#include "text/tokenizer.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace slook::workbench {
namespace {

namespace fs = std::filesystem;

enum class Family { Llava, LlavaNext, Split, Text, Unknown };

/// The numbers that decide how many places a picture takes; see the families of engine/.
struct PictureRule {
    Family family = Family::Unknown;
    std::int64_t imageSize = 0, patchSize = 0; ///< pixels
    std::int64_t extra = 0; ///< the class token, where it is kept
    std::int64_t shuffle = 1; ///< Split: so many features a side become one
    std::int64_t imageToken = -1;
    image::ProcessorSettings settings {};
    [[nodiscard]] std::int64_t rowsOfTile() const
    {
        const auto side = imageSize / patchSize / shuffle;
        return side * side + extra;
    }
};

bool isSane(std::int64_t size, std::int64_t most)
{
    return size > 0 && size <= most;
}

Family familyOf(const Json& config)
{
    const auto type = stringOr(config, "model_type");
    if (config.contains("mm_vision_tower"))
        return Family::Unknown; // the original LLaVA code keeps its tower's numbers elsewhere
    if (type == "llava")
        return Family::Llava;
    if (type == "llava_next")
        return Family::LlavaNext;
    if (type == "idefics3" || type == "smolvlm")
        return Family::Split;
    return config.contains("vision_config") ? Family::Unknown : Family::Text;
}

/// Of the family alone where a number is absurd. Errors: Invalid (picture settings).
Result<PictureRule> ruleOf(const fs::path& folder, const Json& config)
{
    constexpr std::int64_t largest = 8192;
    PictureRule rule { familyOf(config) };
    if (rule.family == Family::Text || rule.family == Family::Unknown)
        return rule;
    const bool split = rule.family == Family::Split;
    const bool ownTower = config.contains("vision_config");
    const Json vision = config.value("vision_config", Json::object());
    // Defaults of transformers: CLIP's and SigLIP's configs, and LLaVA-1.5's tower where none is
    // named.
    rule.imageSize = integerOr(vision, "image_size", ownTower ? 224 : 336);
    rule.patchSize = integerOr(vision, "patch_size", ownTower ? 32 : 14);
    rule.extra = stringOr(config, "vision_feature_select_strategy") == "full" ? 1 : 0;
    rule.shuffle = split ? integerOr(config, "scale_factor", 2) : 1;
    constexpr std::int64_t defaultToken = 32000, defaultSplitToken = 128257;
    rule.imageToken = integerOr(config, "image_token_index",
        integerOr(config, "image_token_id", split ? defaultSplitToken : defaultToken));
    if (!isSane(rule.imageSize, largest) || !isSane(rule.patchSize, rule.imageSize)
        || !isSane(rule.shuffle, rule.imageSize / rule.patchSize)) {
        rule.family = Family::Unknown;
        return rule;
    }
    auto settings = image::readProcessorSettings(folder);
    if (!settings)
        return fail(settings.error());
    rule.settings = std::move(*settings);
    const auto multiple = [&](const image::Size& one) {
        return one.width > 0 && one.height > 0 && one.width % rule.imageSize == 0
            && one.height % rule.imageSize == 0;
    };
    if (rule.family == Family::LlavaNext
        && (rule.settings.pinpoints.empty()
            || !std::ranges::all_of(rule.settings.pinpoints, multiple)))
        rule.family = Family::Unknown;
    return rule;
}

/// One picture: the places that its features take, and the text around them with one mark a tile
/// in the place of all of the tile's.
struct Shown {
    std::int64_t places = 0;
    std::int64_t marks = 1; ///< in the text
    std::string text;
};

Result<Shown> shownAs(const PictureRule& rule, const ImageRow& picture, const std::string& mark)
{
    const image::Size size { picture.width, picture.height };
    Shown shown { 0, 1, mark };
    if (size.width < 1 || size.height < 1)
        return fail(ErrorKind::Invalid, "has no size", "the picture");
    switch (rule.family) {
    case Family::Llava:
        shown.places = rule.rowsOfTile();
        return shown;
    case Family::LlavaNext:
        shown.places = rule.rowsOfTile()
            + image::unpaddedGrid(size, rule.settings.pinpoints, rule.imageSize, rule.patchSize)
                  .places();
        return shown;
    case Family::Split: {
        const auto grid = image::splitGrid(rule.settings, size);
        if (!grid)
            return fail(grid.error());
        shown.marks = std::int64_t { grid->width } * grid->height + 1;
        shown.places = shown.marks * rule.rowsOfTile();
        shown.text = image::splitPictureText(grid->height, grid->width, mark);
        return shown;
    }
    default:
        shown.marks = 0;
        shown.text.clear();
        return shown;
    }
}

/// The question alone, as a run's first turn has it without instructions.
std::string plainPrompt(const Item& item)
{
    methods::PromptStyle style;
    style.reasoning = style.answerFormat = false;
    style.open = "same";
    return methods::firstPrompt(item, style);
}

} // namespace

struct PromptLength::Parts {
    text::Tokenizer tokenizer;
    std::optional<text::ChatTemplate> chat;
    text::SpecialTokens special;
    PictureRule rule;
    std::string mark; ///< what stands for a picture in the template's text; empty: nothing known
    std::int64_t context = 0;
    std::int64_t frame = 0; ///< bytes that the template puts around a question
    std::string estimate;

    /// The prompt's text, with a mark a picture.
    [[nodiscard]] Result<std::string> render(const std::string& question, int pictures) const
    {
        if (!chat)
            return question;
        text::TemplateVariables variables;
        variables.bosToken = special.bos;
        variables.eosToken = special.eos;
        const std::vector messages { text::userMessage(question, pictures) };
        return chat->render(messages, variables);
    }
};

PromptLength::PromptLength(std::unique_ptr<const Parts> parts)
    : m_parts(std::move(parts))
{
}
PromptLength::PromptLength(PromptLength&&) noexcept = default;
PromptLength& PromptLength::operator=(PromptLength&&) noexcept = default;
PromptLength::~PromptLength() = default;

Result<PromptLength> PromptLength::of(const fs::path& model)
{
    const auto config = readJson(model / "config.json");
    if (!config)
        return fail(config.error());
    if (!config->is_object())
        return fail(ErrorKind::Invalid, "is no JSON object; get the model folder again",
            (model / "config.json").string());
    const Json language = config->value("text_config", Json::object());
    const auto context = integerOr(
        language, "max_position_embeddings", integerOr(*config, "max_position_embeddings", 0));
    if (context <= 0)
        return fail(ErrorKind::Invalid, "names no max_position_embeddings",
            (model / "config.json").string());
    auto tokenizer = text::Tokenizer::load(model / "tokenizer.json");
    if (!tokenizer)
        return fail(tokenizer.error());
    auto rule = ruleOf(model, *config);
    if (!rule)
        return fail(rule.error());
    auto special = text::readSpecialTokens(model);
    if (!special)
        return fail(special.error());
    auto parts = std::make_unique<Parts>(Parts {
        std::move(*tokenizer), {}, std::move(*special), std::move(*rule), {}, context, 0, {} });
    Json translated = *config;
    translated["original_layout"] = config->contains("mm_vision_tower");
    if (auto chat = text::templateOf(model, translated))
        parts->chat.emplace(std::move(*chat));
    else
        parts->estimate = "without a chat template, since the folder has none that can be read ("
            + message(chat.error()) + ")";
    const auto token = parts->rule.imageToken;
    if (token >= 0 && token < parts->tokenizer.size())
        parts->mark = parts->tokenizer.tokenText(static_cast<text::TokenId>(token)).value_or("");
    if (parts->rule.family != Family::Text && parts->mark.empty())
        parts->rule.family = Family::Unknown;
    if (parts->rule.family == Family::Unknown)
        parts->estimate += std::string(parts->estimate.empty() ? "" : ", and ")
            + "without pictures, since how many tokens they take is not known of this model";
    const auto frame = parts->render({}, 0);
    if (!frame)
        return fail(frame.error());
    parts->frame = static_cast<std::int64_t>(frame->size());
    return PromptLength(std::move(parts));
}

std::int64_t PromptLength::context() const
{
    return m_parts->context;
}

const std::string& PromptLength::estimate() const
{
    return m_parts->estimate;
}

Result<std::int64_t> PromptLength::places(const ImageRow& picture) const
{
    const auto shown = shownAs(m_parts->rule, picture, m_parts->mark);
    return shown ? Result<std::int64_t>(shown->places) : fail(shown.error());
}

int PromptLength::patchSize() const
{
    return m_parts->rule.family == Family::Unknown ? 0 : static_cast<int>(m_parts->rule.patchSize);
}

std::string PromptLength::pieceOf(std::int64_t token) const
{
    if (token < 0 || token >= m_parts->tokenizer.size())
        return {};
    return m_parts->tokenizer.tokenText(static_cast<text::TokenId>(token)).value_or("");
}

std::int64_t PromptLength::atMost(const Item& item, std::span<const ImageRow> pictures) const
{
    // A token is at least a byte, but for the few that a tokenizer adds by itself.
    constexpr std::int64_t added = 8, besideAMark = 64;
    auto most = m_parts->frame + added + static_cast<std::int64_t>(plainPrompt(item).size());
    for (const ImageRow& picture : pictures)
        if (const auto shown = shownAs(m_parts->rule, picture, m_parts->mark))
            most += shown->places + static_cast<std::int64_t>(shown->text.size()) + besideAMark;
    return most;
}

Result<PromptTokens> PromptLength::count(const Item& item, std::span<const ImageRow> pictures) const
{
    const Parts& parts = *m_parts;
    const bool seen = parts.rule.family != Family::Unknown && parts.rule.family != Family::Text;
    auto rest = parts.render(plainPrompt(item), seen ? static_cast<int>(pictures.size()) : 0);
    if (!rest)
        return fail(rest.error());
    PromptTokens tokens;
    std::int64_t marks = 0;
    std::string whole;
    for (const ImageRow& picture : seen ? pictures : std::span<const ImageRow>()) {
        const auto shown = shownAs(parts.rule, picture, parts.mark);
        if (!shown)
            return fail(shown.error());
        tokens.pictures += shown->places;
        marks += shown->marks;
        const auto at = rest->find(parts.mark);
        if (at == std::string::npos) // a template that shows no pictures
            continue;
        whole += rest->substr(0, at) + shown->text;
        rest->erase(0, at + parts.mark.size());
    }
    whole += *rest;
    const bool addSpecial = parts.special.bos.empty() || !whole.starts_with(parts.special.bos);
    const auto ids = parts.tokenizer.encode(whole, addSpecial);
    if (!ids)
        return fail(ids.error());
    const auto found = std::ranges::count(*ids, static_cast<text::TokenId>(parts.rule.imageToken));
    tokens.text = static_cast<std::int64_t>(ids->size()) - std::min<std::int64_t>(marks, found);
    return tokens;
}

} // namespace slook::workbench
