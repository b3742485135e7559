#include "text/bpe.h"
#include "text/utf8.h"
#include <algorithm>
#include <cstdio>
#include <queue>

namespace slook::text {
namespace {

std::uint64_t pairKey(std::int32_t left, std::int32_t right)
{
    return std::uint64_t(static_cast<std::uint32_t>(left)) << 32
        | static_cast<std::uint32_t>(right);
}

std::size_t spread(std::uint64_t key)
{
    key *= 0x9E3779B97F4A7C15ull;
    return static_cast<std::size_t>(key ^ key >> 32);
}

} // namespace

Result<Bpe> Bpe::make(BpeSettings settings, const std::string& where)
{
    Bpe bpe;
    bpe.m_settings = std::move(settings);
    const auto& vocabulary = bpe.m_settings.vocabulary;
    const auto idOf = [&](std::string_view token) {
        const auto found = vocabulary.find(token);
        return found == vocabulary.end() ? -1 : found->second;
    };
    if (bpe.m_settings.unknown && (bpe.m_unknown = idOf(*bpe.m_settings.unknown)) < 0)
        return fail(ErrorKind::Invalid,
            "names the unknown token \"" + *bpe.m_settings.unknown
                + "\", which its vocabulary lacks; download it again",
            where);
    for (int byte = 0; byte < 256; ++byte) {
        char token[8];
        std::snprintf(token, sizeof token, "<0x%02X>", byte);
        bpe.m_byteIds.push_back(idOf(token));
    }
    std::size_t slots = 16;
    while (slots < bpe.m_settings.merges.size() * 2)
        slots *= 2;
    bpe.m_slots.resize(slots);
    std::int32_t rank = 0;
    for (const auto& [left, right] : bpe.m_settings.merges) {
        const auto& prefix = bpe.m_settings.continuingPrefix;
        const auto tail =
            !prefix.empty() && right.starts_with(prefix) ? right.substr(prefix.size()) : right;
        const std::int32_t a = idOf(left), b = idOf(right), both = idOf(left + tail);
        if (a < 0 || b < 0 || both < 0)
            return fail(ErrorKind::Invalid,
                "merges \"" + left.substr(0, 64) + "\" and \"" + right.substr(0, 64) + "\" (merge "
                    + std::to_string(rank) + "), which its vocabulary lacks; download it again",
                where);
        bpe.insert(a, b, { rank++, both });
    }
    bpe.m_settings.merges = {};
    return bpe;
}

const Bpe::Merge* Bpe::find(std::int32_t left, std::int32_t right) const
{
    const auto key = pairKey(left, right);
    for (std::size_t at = spread(key) & (m_slots.size() - 1);;
         at = (at + 1) & (m_slots.size() - 1)) {
        if (m_slots[at].pair == key)
            return &m_slots[at].merge;
        if (m_slots[at].merge.rank < 0)
            return nullptr;
    }
}

void Bpe::insert(std::int32_t left, std::int32_t right, Merge merge)
{
    const auto key = pairKey(left, right);
    std::size_t at = spread(key) & (m_slots.size() - 1);
    while (m_slots[at].merge.rank >= 0 && m_slots[at].pair != key)
        at = (at + 1) & (m_slots.size() - 1);
    m_slots[at] = { key, merge }; // of two equal merges the later counts
}

/// One id a character; characters that the vocabulary lacks become bytes, or the unknown token.
std::vector<std::int32_t> Bpe::characters(std::string_view word) const
{
    std::vector<std::int32_t> ids;
    ids.reserve(word.size());
    bool unknownWaits =
        false; // written before the next known character, so that neighbours can be fused
    for (std::size_t at = 0; at < word.size();) {
        const std::size_t length = characterBytes(static_cast<unsigned char>(word[at]));
        const auto character = word.substr(at, length);
        const bool first = at == 0;
        at += length;
        const bool last = at >= word.size();
        std::string decorated;
        if ((!first && !m_settings.continuingPrefix.empty())
            || (last && !m_settings.endOfWordSuffix.empty()))
            decorated = (first ? "" : m_settings.continuingPrefix) + std::string(character)
                + (last ? m_settings.endOfWordSuffix : "");
        const std::string_view token = decorated.empty() ? character : decorated;
        if (const auto found = m_settings.vocabulary.find(token);
            found != m_settings.vocabulary.end()) {
            if (unknownWaits)
                ids.push_back(m_unknown);
            unknownWaits = false;
            ids.push_back(found->second);
            continue;
        }
        const auto hasByte = [&](char c) { return m_byteIds[static_cast<unsigned char>(c)] >= 0; };
        if (m_settings.byteFallback && std::all_of(token.begin(), token.end(), hasByte)) {
            for (const char c : token)
                ids.push_back(m_byteIds[static_cast<unsigned char>(c)]);
            continue;
        }
        if (m_unknown < 0)
            continue;
        if (unknownWaits && !m_settings.fuseUnknown)
            ids.push_back(m_unknown);
        unknownWaits = true;
    }
    if (unknownWaits)
        ids.push_back(m_unknown);
    return ids;
}

void Bpe::mergeAll(std::vector<Symbol>& symbols) const
{
    struct Candidate {
        std::int32_t rank;
        std::int32_t at;
        std::int32_t id;
        bool operator<(const Candidate& other) const // the queue gives the largest first
        {
            return rank != other.rank ? rank > other.rank : at > other.at;
        }
    };
    std::vector<Candidate> first;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
        if (const auto* merge = find(symbols[i].id, symbols[i + 1].id))
            first.push_back({ merge->rank, static_cast<std::int32_t>(i), merge->id });
    std::priority_queue<Candidate> queue(std::less<Candidate> {}, std::move(first));
    const auto offer = [&](std::int32_t left, std::int32_t right) {
        if (left < 0 || right < 0)
            return;
        if (const auto* merge = find(symbols[left].id, symbols[right].id))
            queue.push({ merge->rank, left, merge->id });
    };
    while (!queue.empty()) {
        const Candidate best = queue.top();
        queue.pop();
        Symbol& left = symbols[best.at];
        if (left.dead || left.next < 0)
            continue;
        Symbol& right = symbols[left.next];
        const auto* merge = find(left.id, right.id);
        if (!merge || merge->id != best.id) // one of the two has changed since
            continue;
        left.id = best.id;
        left.next = right.next;
        right.dead = true;
        if (right.next >= 0)
            symbols[right.next].previous = best.at;
        offer(left.previous, best.at);
        offer(best.at, left.next);
    }
}

void Bpe::encode(std::string_view word, std::vector<std::int32_t>& ids) const
{
    if (word.empty())
        return;
    if (m_settings.ignoreMerges)
        if (const auto whole = m_settings.vocabulary.find(word);
            whole != m_settings.vocabulary.end()) {
            ids.push_back(whole->second);
            return;
        }
    const auto characterIds = characters(word);
    const auto count = static_cast<std::int32_t>(characterIds.size());
    std::vector<Symbol> symbols;
    symbols.reserve(characterIds.size());
    for (std::int32_t i = 0; i < count; ++i)
        symbols.push_back({ characterIds[i], i - 1, i + 1 < count ? i + 1 : -1 });
    mergeAll(symbols);
    for (const Symbol& symbol : symbols)
        if (!symbol.dead)
            ids.push_back(symbol.id);
}

} // namespace slook::text
