#include "text/word_diff.h"
#include "text/utf8.h"
#include <dtl/dtl.hpp>
#include <string>

namespace slook::text {
namespace {

// The search takes time and memory by length times difference: two answers of this many words that
// share nothing are the worst case, well under a second.
constexpr std::size_t maximumWords = 3'000;

struct Word {
    std::string_view text;
    std::size_t begin = 0;
    bool operator==(const Word& other) const { return text == other.text; }
};

/// Runs of word characters, and every other visible character alone.
std::vector<Word> wordsOf(std::string_view text)
{
    std::vector<Word> words;
    bool inWord = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = std::min<std::size_t>(
            characterBytes(static_cast<unsigned char>(text[at])), text.size() - at);
        const char32_t character =
            length == 1 ? static_cast<unsigned char>(text[at]) : characterAt(text, at);
        const bool word = isWordCharacter(character);
        if (word && inWord)
            words.back().text = text.substr(words.back().begin, at + length - words.back().begin);
        else if (!isWhiteSpace(character))
            words.push_back({ text.substr(at, length), at });
        inWord = word;
        at += length;
    }
    return words;
}

/// Adds a changed word; words that only blanks part become one span.
void mark(std::vector<Span>& spans, std::string_view text, const Word& word)
{
    const std::size_t end = word.begin + word.text.size();
    if (!spans.empty()) {
        const auto between = text.substr(spans.back().end, word.begin - spans.back().end);
        if (wordsOf(between).empty()) {
            spans.back().end = end;
            return;
        }
    }
    spans.push_back({ word.begin, end });
}

std::size_t commonEnds(const std::vector<Word>& a, const std::vector<Word>& b, std::size_t& tail)
{
    std::size_t head = 0;
    while (head < a.size() && head < b.size() && a[head] == b[head])
        ++head;
    tail = 0;
    while (tail < a.size() - head && tail < b.size() - head
        && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
        ++tail;
    return head;
}

/// Marks what differs in the middle; returns the number of common words there.
std::size_t diffMiddle(std::string_view before, std::string_view after, const std::vector<Word>& a,
    const std::vector<Word>& b, WordDiff& diff)
{
    std::vector<std::string> x, y;
    for (const Word& word : a)
        x.emplace_back(word.text);
    for (const Word& word : b)
        y.emplace_back(word.text);
    dtl::Diff<std::string> search(x, y);
    search.compose();
    std::size_t i = 0, j = 0, common = 0;
    for (const auto& [word, info] : search.getSes().getSequence()) {
        if (info.type == dtl::SES_DELETE)
            mark(diff.before, before, a[i++]);
        else if (info.type == dtl::SES_ADD)
            mark(diff.after, after, b[j++]);
        else
            ++i, ++j, ++common;
    }
    return common;
}

} // namespace

WordDiff wordDiff(std::string_view before, std::string_view after)
{
    WordDiff diff;
    const auto a = wordsOf(before);
    const auto b = wordsOf(after);
    std::size_t tail = 0;
    const std::size_t head = commonEnds(a, b, tail);
    const auto middle = [&](const std::vector<Word>& words) {
        return std::vector<Word>(words.begin() + static_cast<std::ptrdiff_t>(head),
            words.end() - static_cast<std::ptrdiff_t>(tail));
    };
    const auto x = middle(a);
    const auto y = middle(b);
    std::size_t common = head + tail;
    diff.exact = x.empty() || y.empty() || x.size() + y.size() <= 2 * maximumWords;
    if (diff.exact) {
        common += diffMiddle(before, after, x, y, diff);
    } else {
        diff.before.push_back({ x.front().begin, x.back().begin + x.back().text.size() });
        diff.after.push_back({ y.front().begin, y.back().begin + y.back().text.size() });
    }
    if (!a.empty() || !b.empty())
        diff.likeness =
            2.0 * static_cast<double>(common) / static_cast<double>(a.size() + b.size());
    return diff;
}

} // namespace slook::text
