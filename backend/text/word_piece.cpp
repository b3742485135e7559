#include "text/word_piece.h"
#include "core/file.h"
#include "text/json_fields.h"
#include "text/utf8.h"
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utf8proc.h>

namespace slook::text {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Vocabulary = std::map<std::string, std::int64_t, std::less<>>;

constexpr std::size_t mostBytes = 64u << 20;
constexpr std::size_t mostWord = 100; ///< characters; longer words are unknown, as in BERT

utf8proc_category_t categoryOf(char32_t c)
{
    return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

/// Neither seen nor a blank: dropped.
bool isControl(char32_t c)
{
    if (c == U'\t' || c == U'\n' || c == U'\r')
        return false;
    const auto category = categoryOf(c);
    return c == 0 || c == 0xFFFD || category == UTF8PROC_CATEGORY_CC
        || category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_CS
        || category == UTF8PROC_CATEGORY_CO || category == UTF8PROC_CATEGORY_CN;
}

/// All signs of ASCII count, "$" and "^" too, whatever Unicode calls them.
bool isPunctuation(char32_t c)
{
    if ((c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96)
        || (c >= 123 && c <= 126))
        return true;
    const auto category = categoryOf(c);
    return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

bool isChinese(char32_t c)
{
    constexpr std::pair<char32_t, char32_t> blocks[] { { 0x4E00, 0x9FFF }, { 0x3400, 0x4DBF },
        { 0x20000, 0x2A6DF }, { 0x2A700, 0x2B73F }, { 0x2B740, 0x2B81F }, { 0x2B820, 0x2CEAF },
        { 0xF900, 0xFAFF }, { 0x2F800, 0x2FA1F } };
    return std::ranges::any_of(
        blocks, [c](const auto& block) { return block.first <= c && c <= block.second; });
}

std::u32string charactersOf(std::string_view text)
{
    std::u32string all;
    for (std::size_t at = 0; at < text.size();
         at += static_cast<std::size_t>(characterBytes(static_cast<unsigned char>(text[at]))))
        all += characterAt(text, at);
    return all;
}

std::u32string lowered(const std::u32string& text)
{
    std::u32string out;
    for (const char32_t c : text) {
        out += c == 0x130
            ? U'i'
            : static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
        if (c == 0x130) // the only character whose small form is two
            out += char32_t { 0x307 };
    }
    return out;
}

/// Decomposed, without what is set upon letters.
std::u32string withoutAccents(const std::u32string& text)
{
    std::string bytes;
    for (const char32_t c : text)
        appendUtf8(bytes, c);
    utf8proc_uint8_t* raw = nullptr;
    const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
        static_cast<utf8proc_ssize_t>(bytes.size()), &raw,
        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(raw, std::free);
    if (size < 0)
        return text;
    auto all = charactersOf({ reinterpret_cast<const char*>(raw), static_cast<std::size_t>(size) });
    std::erase_if(all, [](char32_t c) { return categoryOf(c) == UTF8PROC_CATEGORY_MN; });
    return all;
}

Result<json> readJson(const fs::path& file)
{
    const auto text = readFile(file, mostBytes);
    if (!text)
        return fail(text.error());
    auto read = json::parse(*text, nullptr, false);
    if (!read.is_object())
        return fail(ErrorKind::Invalid, "is no JSON object; get the file again", file.string());
    return read;
}

Result<Vocabulary> linesOf(const fs::path& file)
{
    const auto text = readFile(file, mostBytes);
    if (!text)
        return fail(text.error());
    Vocabulary vocabulary;
    std::int64_t id = 0;
    for (std::size_t begin = 0; begin < text->size(); ++id) {
        const auto end = std::min(text->find('\n', begin), text->size());
        auto line = text->substr(begin, end - begin);
        if (line.ends_with('\r'))
            line.pop_back();
        vocabulary.insert_or_assign(std::move(line), id); // BERT's: the later line counts
        begin = end + 1;
    }
    return vocabulary;
}

Result<Vocabulary> entriesOf(const json& tokenizer, const std::string& where)
{
    const auto& model = field(tokenizer, "model");
    const auto type = stringField(model, "type");
    if (type != "WordPiece")
        return fail(ErrorKind::Invalid,
            "has a tokenizer of the type \"" + type.substr(0, 60)
                + "\"; only WordPiece, BERT's, is read here",
            where);
    Vocabulary vocabulary;
    const auto& entries = field(model, "vocab");
    for (const auto& [token, id] : entries.items())
        if (id.is_number_unsigned())
            vocabulary.emplace(token, id.get<std::int64_t>());
    return vocabulary;
}

} // namespace

Result<WordPiece> WordPiece::load(const fs::path& folder)
{
    WordPiece pieces;
    std::error_code error;
    const bool hasLines = fs::exists(folder / "vocab.txt", error);
    const auto file = folder / (hasLines ? "vocab.txt" : "tokenizer.json");
    std::optional<bool> accents;
    json settings = json::object();
    if (hasLines) {
        auto vocabulary = linesOf(file);
        if (!vocabulary)
            return fail(vocabulary.error());
        pieces.m_vocabulary = std::move(*vocabulary);
        if (fs::exists(folder / "tokenizer_config.json", error)) {
            auto read = readJson(folder / "tokenizer_config.json");
            if (!read)
                return fail(read.error());
            settings = std::move(*read);
        }
        pieces.m_rules.lowerCase = boolField(settings, "do_lower_case", true);
        pieces.m_rules.splitChinese = boolField(settings, "tokenize_chinese_chars", true);
    } else {
        const auto tokenizer = readJson(file);
        if (!tokenizer)
            return fail(tokenizer.error());
        auto vocabulary = entriesOf(*tokenizer, file.string());
        if (!vocabulary)
            return fail(vocabulary.error());
        pieces.m_vocabulary = std::move(*vocabulary);
        pieces.m_inside =
            stringField(field(*tokenizer, "model"), "continuing_subword_prefix", "##");
        settings = field(*tokenizer, "normalizer");
        pieces.m_rules.lowerCase = boolField(settings, "lowercase", true);
        pieces.m_rules.splitChinese = boolField(settings, "handle_chinese_chars", true);
    }
    pieces.m_rules.stripAccents =
        boolField(settings, "strip_accents", pieces.m_rules.lowerCase); // null: as lower case
    for (const auto& [token, id] : { std::pair("[UNK]", &pieces.m_unknown),
             std::pair("[CLS]", &pieces.m_begin), std::pair("[SEP]", &pieces.m_end) }) {
        const auto found = pieces.m_vocabulary.find(std::string_view(token));
        if (found == pieces.m_vocabulary.end())
            return fail(ErrorKind::Invalid,
                std::string("lacks the token ") + token
                    + ", which BERT's tokenizer needs; choose another encoder",
                file.string());
        *id = found->second;
    }
    return pieces;
}

std::int64_t WordPiece::size() const
{
    std::int64_t highest = -1;
    for (const auto& [token, id] : m_vocabulary)
        highest = std::max(highest, id);
    return highest + 1;
}

std::vector<std::string> WordPiece::words(std::string_view text) const
{
    auto characters = charactersOf(cleanUtf8(text));
    std::erase_if(characters, isControl);
    if (m_rules.lowerCase)
        characters = lowered(characters);
    if (m_rules.stripAccents)
        characters = withoutAccents(characters);
    std::vector<std::string> all(1);
    const auto endWord = [&] {
        if (!all.back().empty())
            all.emplace_back();
    };
    for (const char32_t c : characters) {
        if (isWhiteSpace(c)) {
            endWord();
            continue;
        }
        const bool alone = isPunctuation(c) || (m_rules.splitChinese && isChinese(c));
        if (alone)
            endWord();
        appendUtf8(all.back(), c);
        if (alone)
            endWord();
    }
    if (all.back().empty())
        all.pop_back();
    return all;
}

void WordPiece::appendPieces(const std::string& word, std::vector<std::int64_t>& ids) const
{
    const auto before = ids.size();
    if (charactersOf(word).size() > mostWord) {
        ids.push_back(m_unknown);
        return;
    }
    for (std::size_t begin = 0; begin < word.size();) {
        auto end = word.size();
        const std::string prefix = begin == 0 ? "" : m_inside;
        auto found = m_vocabulary.end();
        while (end > begin) {
            found = m_vocabulary.find(prefix + word.substr(begin, end - begin));
            if (found != m_vocabulary.end())
                break;
            end = characterBefore(word, end);
        }
        if (end <= begin) { // no piece: the whole word is unknown
            ids.resize(before);
            ids.push_back(m_unknown);
            return;
        }
        ids.push_back(found->second);
        begin = end;
    }
}

std::vector<std::int64_t> WordPiece::encode(std::string_view text, std::size_t most) const
{
    std::vector<std::int64_t> ids { m_begin };
    for (const auto& word : words(text))
        appendPieces(word, ids);
    ids.resize(std::min(ids.size(), std::max<std::size_t>(most, 2) - 1));
    ids.push_back(m_end);
    return ids;
}

} // namespace slook::text
