#include "text/added_tokens.h"
#include "text/utf8.h"
#include <algorithm>

namespace slook::text {
namespace {

bool endsInWord(std::string_view text)
{
    return !text.empty() && isWordCharacter(characterAt(text, characterBefore(text, text.size())));
}

bool beginsInWord(std::string_view text)
{
    return !text.empty() && isWordCharacter(characterAt(text, 0));
}

/// Where the blanks begin that stand before byte `end`.
std::size_t blanksBefore(std::string_view text, std::size_t end)
{
    while (end > 0 && isWhiteSpace(characterAt(text, characterBefore(text, end))))
        end = characterBefore(text, end);
    return end;
}

std::size_t blanksAfter(std::string_view text, std::size_t at)
{
    while (at < text.size() && isWhiteSpace(characterAt(text, at)))
        at += characterBytes(static_cast<unsigned char>(text[at]));
    return at;
}

} // namespace

void AddedTokens::Trie::insert(std::string_view word, int token)
{
    if (word.empty())
        return;
    m_begins[static_cast<unsigned char>(word[0])] = true;
    int node = 0;
    for (const char c : word) {
        const auto key = std::uint64_t(node) << 8 | static_cast<unsigned char>(c);
        const auto [at, fresh] = m_next.try_emplace(key, static_cast<int>(m_token.size()));
        if (fresh)
            m_token.push_back(-1);
        node = at->second;
    }
    if (m_token[node] < 0)
        m_token[node] = token;
}

std::pair<int, std::size_t> AddedTokens::Trie::longestAt(
    std::string_view text, std::size_t at) const
{
    std::pair<int, std::size_t> best { -1, 0 };
    int node = 0;
    for (std::size_t i = at; i < text.size(); ++i) {
        const auto next =
            m_next.find(std::uint64_t(node) << 8 | static_cast<unsigned char>(text[i]));
        if (next == m_next.end())
            break;
        node = next->second;
        if (m_token[node] >= 0)
            best = { m_token[node], i + 1 - at };
    }
    return best;
}

Result<AddedTokens> AddedTokens::make(
    std::vector<AddedToken> tokens, const std::vector<TextStep>& normalizer)
{
    AddedTokens added;
    added.m_tokens = std::move(tokens);
    for (int i = 0; i < static_cast<int>(added.m_tokens.size()); ++i) {
        auto& token = added.m_tokens[i];
        token.shown = token.content;
        added.m_byId[token.id] = i;
        added.m_byContent.try_emplace(token.content, i);
        if (!token.normalized) {
            added.m_plain.insert(token.content, i);
            continue;
        }
        const auto normal = applyAll(normalizer, token.content);
        if (!normal)
            return fail(normal.error());
        token.shown = *normal;
        added.m_normalized.insert(*normal, i);
    }
    return added;
}

void AddedTokens::cut(Piece piece, const Trie& trie, std::vector<Piece>& out) const
{
    const std::string_view text = piece.text;
    std::size_t done = 0;
    const auto plain = [&](std::size_t end) {
        if (end > done)
            out.push_back(
                { std::string(text.substr(done, end - done)), piece.atStart && done == 0, {} });
    };
    for (std::size_t at = 0; at < text.size();) {
        if (!trie.mayBegin(text[at])) {
            ++at;
            continue;
        }
        const auto [index, length] = trie.longestAt(text, at);
        if (index < 0) {
            ++at;
            continue;
        }
        const auto& token = m_tokens[index];
        std::size_t begin = at;
        std::size_t end = at + length;
        at = end;
        if (token.singleWord
            && (endsInWord(text.substr(0, begin)) || beginsInWord(text.substr(end))))
            continue;
        if (token.leftStrip)
            begin = std::max(blanksBefore(text, begin), done);
        if (token.rightStrip)
            end = blanksAfter(text, end);
        plain(begin);
        out.push_back({ token.content, false, token.id });
        done = end;
    }
    plain(text.size());
}

Result<std::vector<Piece>> AddedTokens::split(
    std::string_view text, const std::vector<TextStep>& normalizer) const
{
    std::vector<Piece> raw;
    cut({ std::string(text), true, {} }, m_plain, raw);
    std::vector<Piece> pieces;
    for (Piece& piece : raw) {
        if (piece.token) {
            pieces.push_back(std::move(piece));
            continue;
        }
        auto normal = applyAll(normalizer, std::move(piece.text));
        if (!normal)
            return fail(normal.error());
        piece.text = std::move(*normal);
        cut(std::move(piece), m_normalized, pieces);
    }
    return pieces;
}

const AddedToken* AddedTokens::byId(std::int32_t id) const
{
    const auto found = m_byId.find(id);
    return found == m_byId.end() ? nullptr : &m_tokens[found->second];
}

const AddedToken* AddedTokens::byContent(std::string_view content) const
{
    const auto found = m_byContent.find(content);
    return found == m_byContent.end() ? nullptr : &m_tokens[found->second];
}

std::int32_t AddedTokens::highestId() const
{
    std::int32_t highest = -1;
    for (const auto& token : m_tokens)
        highest = std::max(highest, token.id);
    return highest;
}

} // namespace slook::text
