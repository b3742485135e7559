#include "text/tokenizer.h"
#include "core/file.h"
#include "text/added_tokens.h"
#include "text/bpe.h"
#include "text/json_fields.h"
#include "text/normalizer.h"
#include "text/pre_tokenizer.h"
#include "text/token_decoder.h"
#include "text/utf8.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace slook::text {
namespace {

using nlohmann::json;

constexpr TokenId maximumId = 16'000'000; // ids index tables; real ones stay below 300,000

tl::unexpected<Error> broken(const std::string& what, const std::string& where)
{
    return fail(ErrorKind::Invalid, what + "; download the tokenizer again", where);
}

Result<json> parseBounded(
    std::string_view text, const std::string& where, const TokenizerLimits& limits)
{
    if (text.size() > limits.fileBytes)
        return broken("is larger than the " + std::to_string(limits.fileBytes >> 20)
                + " MiB that a tokenizer may have",
            where);
    bool tooDeep = false;
    try {
        auto parsed =
            json::parse(text.begin(), text.end(), [&](int depth, json::parse_event_t, json&) {
                if (depth > limits.jsonDepth)
                    throw std::length_error("deep");
                return true;
            });
        if (parsed.is_object())
            return parsed;
        return broken("holds no tokenizer", where);
    } catch (const json::exception& error) {
        if (const auto* syntax = dynamic_cast<const json::parse_error*>(&error))
            return broken("is no valid JSON at byte " + std::to_string(syntax->byte), where);
    } catch (const std::length_error&) {
        tooDeep = true;
    }
    return broken(tooDeep ? "is nested deeper than " + std::to_string(limits.jsonDepth) + " levels"
                          : "is no valid JSON",
        where);
}

bool isId(const json& value)
{
    return value.is_number_integer() && value >= 0 && value <= maximumId;
}

Result<Vocabulary> readVocabulary(
    const json& model, const std::string& where, const TokenizerLimits& limits)
{
    const json& object = field(model, "vocab");
    if (!object.is_object() || object.empty())
        return broken("has no vocabulary", where);
    if (object.size() > limits.vocab)
        return broken("has " + std::to_string(object.size()) + " tokens, more than "
                + std::to_string(limits.vocab),
            where);
    Vocabulary vocabulary;
    vocabulary.reserve(object.size());
    for (const auto& [token, id] : object.items()) {
        if (!isId(id))
            return broken("gives the token \"" + token.substr(0, 64)
                    + "\" an id that is no number from 0 to 16000000",
                where);
        vocabulary.emplace(token, id.get<TokenId>());
    }
    return vocabulary;
}

using Merges = std::vector<std::pair<std::string, std::string>>;

/// "a b" in older files, ["a", "b"] in newer ones.
Result<Merges> readMerges(
    const json& model, const std::string& where, const TokenizerLimits& limits)
{
    const json& list = listField(model, "merges");
    if (list.size() > limits.merges)
        return broken("has " + std::to_string(list.size()) + " merges, more than "
                + std::to_string(limits.merges),
            where);
    Merges merges;
    merges.reserve(list.size());
    for (const json& one : list) {
        if (one.is_array() && one.size() == 2 && one[0].is_string() && one[1].is_string()) {
            merges.emplace_back(one[0].get<std::string>(), one[1].get<std::string>());
            continue;
        }
        const std::string text = one.is_string() ? one.get<std::string>() : "";
        const auto blank = text.find(' ');
        if (blank == std::string::npos || text.find(' ', blank + 1) != std::string::npos)
            return broken("has a merge (number " + std::to_string(merges.size())
                    + ") that is no pair of tokens",
                where);
        merges.emplace_back(text.substr(0, blank), text.substr(blank + 1));
    }
    return merges;
}

Result<Bpe> readModel(const json& model, const std::string& where, const TokenizerLimits& limits)
{
    if (!model.is_object()
        || stringField(model, "type", model.contains("merges") ? "BPE" : "") != "BPE")
        return unknownComponent("model", model, where);
    if (const json& dropout = field(model, "dropout"); dropout.is_number() && dropout > 0)
        return fail(ErrorKind::Invalid,
            "drops merges at random (dropout), so no answer could be repeated; set \"dropout\" to "
            "null",
            where);
    auto vocabulary = readVocabulary(model, where, limits);
    if (!vocabulary)
        return fail(vocabulary.error());
    auto merges = readMerges(model, where, limits);
    if (!merges)
        return fail(merges.error());
    BpeSettings settings;
    settings.vocabulary = std::move(*vocabulary);
    settings.merges = std::move(*merges);
    if (const json& unknown = field(model, "unk_token"); unknown.is_string())
        settings.unknown = unknown.get<std::string>();
    settings.continuingPrefix = stringField(model, "continuing_subword_prefix");
    settings.endOfWordSuffix = stringField(model, "end_of_word_suffix");
    settings.fuseUnknown = boolField(model, "fuse_unk", false);
    settings.byteFallback = boolField(model, "byte_fallback", false);
    settings.ignoreMerges = boolField(model, "ignore_merges", false);
    return Bpe::make(std::move(settings), where);
}

Result<std::vector<AddedToken>> readAddedTokens(const json& root, const Vocabulary& vocabulary,
    const std::string& where, const TokenizerLimits& limits)
{
    std::vector<AddedToken> tokens;
    const json& list = listField(root, "added_tokens");
    if (list.size() > limits.vocab)
        return broken("has too many added tokens", where);
    for (const json& one : list) {
        AddedToken token;
        token.content = stringField(one, "content");
        if (token.content.empty() || !isId(field(one, "id")))
            return broken("has an added token without a text or an id", where);
        const auto known =
            vocabulary.find(token.content); // the vocabulary's id counts where the two differ
        token.id = known != vocabulary.end() ? known->second : field(one, "id").get<TokenId>();
        token.special = boolField(one, "special", false);
        token.normalized = boolField(one, "normalized", !token.special);
        token.singleWord = boolField(one, "single_word", false);
        token.leftStrip = boolField(one, "lstrip", false);
        token.rightStrip = boolField(one, "rstrip", false);
        tokens.push_back(std::move(token));
    }
    return tokens;
}

/// What the post-processor puts around the ids.
struct Frame {
    std::vector<TokenId> before;
    std::vector<TokenId> after;
};

Result<Frame> readTemplate(const json& one, const std::string& where)
{
    Frame frame;
    bool behind = false;
    for (const json& part : listField(one, "single")) {
        if (part.is_object() && part.contains("Sequence")) {
            behind = true;
            continue;
        }
        const std::string name = stringField(field(part, "SpecialToken"), "id");
        const json& ids = listField(field(field(one, "special_tokens"), name.c_str()), "ids");
        if (ids.empty() || !std::all_of(ids.begin(), ids.end(), isId))
            return broken(
                "adds the token \"" + name.substr(0, 64) + "\" without giving its id", where);
        auto& side = behind ? frame.after : frame.before;
        for (const json& id : ids)
            side.push_back(id.get<TokenId>());
    }
    return frame;
}

Result<Frame> readPostProcessor(const json& one, const std::string& where)
{
    const std::string type = stringField(one, "type");
    if (one.is_null() || type == "ByteLevel") // ByteLevel here only trims offsets
        return Frame {};
    if (type == "TemplateProcessing")
        return readTemplate(one, where);
    if (type == "BertProcessing" || type == "RobertaProcessing") {
        const json& cls = listField(one, "cls");
        const json& sep = listField(one, "sep");
        if (cls.size() != 2 || sep.size() != 2 || !isId(cls[1]) || !isId(sep[1]))
            return broken("has a post-processor without the ids of its tokens", where);
        return Frame { { cls[1].get<TokenId>() }, { sep[1].get<TokenId>() } };
    }
    if (type != "Sequence")
        return unknownComponent("post-processor", one, where);
    Frame all;
    for (const json& part : listField(one, "processors")) {
        const auto frame = readPostProcessor(part, where);
        if (!frame)
            return frame;
        all.before.insert(all.before.begin(), frame->before.begin(), frame->before.end());
        all.after.insert(all.after.end(), frame->after.begin(), frame->after.end());
    }
    return all;
}

} // namespace

struct Tokenizer::Parts {
    std::vector<TextStep> normalizer;
    AddedTokens added;
    std::vector<PieceStep> preTokenizer;
    Bpe model;
    Frame frame;
    bool hasDecoder = false;
    std::vector<DecodeStep> decoder;
    std::vector<const std::string*> texts; ///< by id; null where the vocabulary has none
    TokenId size = 0;
    std::size_t textLimit = 0;

    void index();
    [[nodiscard]] const std::string* text(TokenId id) const;
};

void Tokenizer::Parts::index()
{
    TokenId highest = added.highestId();
    for (const auto& [token, id] : model.vocabulary())
        highest = std::max(highest, id);
    size = highest + 1;
    texts.assign(static_cast<std::size_t>(size), nullptr);
    for (const auto& [token, id] : model.vocabulary())
        texts[id] = &token;
}

const std::string* Tokenizer::Parts::text(TokenId id) const
{
    if (const auto* token = added.byId(id))
        return &token->shown;
    return id >= 0 && id < size ? texts[id] : nullptr;
}

Tokenizer::Tokenizer(std::unique_ptr<const Parts> parts)
    : m_parts(std::move(parts))
{
}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& file, const TokenizerLimits& limits)
{
    const auto text = readFile(file, limits.fileBytes);
    if (!text)
        return fail(text.error());
    return parse(*text, file.string(), limits);
}

Result<Tokenizer> Tokenizer::parse(
    std::string_view text, const std::string& where, const TokenizerLimits& limits)
{
    const auto root = parseBounded(text, where, limits);
    if (!root)
        return fail(root.error());
    if (auto checked = checkTypes(*root, where); !checked)
        return fail(checked.error());
    auto model = readModel(field(*root, "model"), where, limits);
    if (!model)
        return fail(model.error());
    auto normalizer = makeNormalizer(field(*root, "normalizer"), where);
    if (!normalizer)
        return fail(normalizer.error());
    auto preTokenizer = makePreTokenizer(field(*root, "pre_tokenizer"), where);
    if (!preTokenizer)
        return fail(preTokenizer.error());
    auto tokens = readAddedTokens(*root, model->vocabulary(), where, limits);
    if (!tokens)
        return fail(tokens.error());
    auto added = AddedTokens::make(std::move(*tokens), *normalizer);
    if (!added)
        return fail(added.error());
    auto frame = readPostProcessor(field(*root, "post_processor"), where);
    if (!frame)
        return fail(frame.error());
    const json& decoderJson = field(*root, "decoder");
    auto decoder =
        decoderJson.is_null() ? std::vector<DecodeStep> {} : makeDecoder(decoderJson, where);
    if (!decoder)
        return fail(decoder.error());
    auto parts = std::make_unique<Parts>(Parts { std::move(*normalizer), std::move(*added),
        std::move(*preTokenizer), std::move(*model), std::move(*frame), !decoderJson.is_null(),
        std::move(*decoder), {}, 0, limits.textBytes });
    parts->index();
    return Tokenizer(std::move(parts));
}

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text, bool addSpecial) const
{
    if (text.size() > m_parts->textLimit)
        return fail(ErrorKind::Invalid,
            "the text has " + std::to_string(text.size() >> 20)
                + " MiB, more than the tokenizer takes; shorten it");
    auto pieces = m_parts->added.split(cleanUtf8(text), m_parts->normalizer);
    if (!pieces)
        return fail(pieces.error());
    pieces = applyAll(m_parts->preTokenizer, std::move(*pieces));
    if (!pieces)
        return fail(pieces.error());
    std::vector<TokenId> ids;
    if (addSpecial)
        ids = m_parts->frame.before;
    for (const Piece& piece : *pieces) {
        if (piece.token)
            ids.push_back(*piece.token);
        else
            m_parts->model.encode(piece.text, ids);
    }
    if (addSpecial)
        ids.insert(ids.end(), m_parts->frame.after.begin(), m_parts->frame.after.end());
    return ids;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool skipSpecial) const
{
    std::vector<std::string> tokens;
    tokens.reserve(ids.size());
    for (const TokenId id : ids) {
        const auto* text = m_parts->text(id);
        if (text && !(skipSpecial && isSpecial(id)))
            tokens.push_back(*text);
    }
    for (const auto& step : m_parts->decoder)
        tokens = step(std::move(tokens));
    std::string text;
    for (std::size_t i = 0; i < tokens.size(); ++i)
        text.append(i > 0 && !m_parts->hasDecoder ? " " : "").append(tokens[i]);
    return text;
}

std::optional<std::string> Tokenizer::tokenText(TokenId id) const
{
    const auto* text = m_parts->text(id);
    return text ? std::optional(*text) : std::nullopt;
}

std::optional<TokenId> Tokenizer::idOf(std::string_view token) const
{
    if (const auto* added = m_parts->added.byContent(token))
        return added->id;
    const auto& vocabulary = m_parts->model.vocabulary();
    const auto found = vocabulary.find(token);
    return found == vocabulary.end() ? std::nullopt : std::optional(found->second);
}

/// By the token, where the reference goes by its shown text: it lets a special token through whose
/// text was normalized.
bool Tokenizer::isSpecial(TokenId id) const
{
    const auto* token = m_parts->added.byId(id);
    return token && token->special;
}

TokenId Tokenizer::size() const
{
    return m_parts->size;
}

} // namespace slook::text
