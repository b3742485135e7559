#include "methods/triplet.h"
#include "analysis/text_similarity.h"
#include "core/random.h"
#include "methods/pattern.h"
#include "methods/prompts.h"
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>

namespace slook::methods {
namespace {

constexpr std::string_view questionMark = "Question:";
constexpr std::string_view answerMark = "Answer:";

bool isBlank(char c)
{
    return std::string_view(" \t\r\n\v\f").find(c) != std::string_view::npos;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    return text;
}

int wordsIn(std::string_view text)
{
    int words = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        words += !isBlank(text[i]) && (i == 0 || isBlank(text[i - 1])) ? 1 : 0;
    return words;
}

/// Lower case (ASCII) without blanks and punctuation at its ends.
std::string plain(std::string_view text)
{
    constexpr std::string_view around = " \t\r\n\v\f.,;:!?()[]\"'`*#";
    while (!text.empty() && around.find(text.front()) != around.npos)
        text.remove_prefix(1);
    while (!text.empty() && around.find(text.back()) != around.npos)
        text.remove_suffix(1);
    std::string all(text);
    for (char& c : all)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return all;
}

/// "B" of "B", "(B)", "B. red" and "B) red"; nothing of "Bananas" and of "A cat".
std::optional<char> labelOf(std::string_view text)
{
    static const Pattern label(R"(^\s*\(?([A-Z])(?:\)|\.|:|\s*$))");
    const auto found = label.first(text);
    return found ? std::optional(text[found->begin]) : std::nullopt;
}

bool listsOptions(std::string_view question)
{
    static const Pattern option(R"((?:^|\n)\s*\(?([A-Z])[.)]\s)");
    int options = 0;
    option.forEach(question, [&](Span) { return ++options < 2; });
    return options >= 2;
}

bool isJudgement(std::string_view answer)
{
    const auto word = plain(answer);
    return word == "yes" || word == "no" || word == "true" || word == "false";
}

bool asksToDescribe(std::string_view question)
{
    static const Pattern request(
        R"(\b(describe|description|caption|summar(?:y|i[sz]e)|overview|depict\w*)\b)",
        /*ignoreCase=*/true);
    return request.first(question).has_value();
}

std::size_t shareOf(std::size_t count, double share)
{
    return static_cast<std::size_t>(std::lround(static_cast<double>(count) * share));
}

using Places = std::vector<std::size_t>;

/// Places of triplets that may be kept, the best first.
Places ranked(std::span<const ScoredTriplet> triplets)
{
    Places places(triplets.size());
    std::iota(places.begin(), places.end(), std::size_t { 0 });
    std::erase_if(places, [&](std::size_t i) { return !(triplets[i].score > 0); });
    std::ranges::stable_sort(
        places, std::ranges::greater(), [&](std::size_t i) { return triplets[i].score; });
    return places;
}

/// How many of each kind: `total` divided as in the seed data, by largest remainders.
std::map<TripletKind, std::size_t> quotas(const std::vector<TripletKind>& seed, std::size_t total)
{
    std::map<TripletKind, std::size_t> counts;
    for (const TripletKind kind : seed)
        ++counts[kind];
    std::map<TripletKind, std::size_t> all;
    std::vector<std::pair<double, TripletKind>> remainders;
    std::size_t given = 0;
    for (const auto& [kind, count] : counts) {
        const double exact = static_cast<double>(total) * static_cast<double>(count)
            / static_cast<double>(seed.size());
        all[kind] = static_cast<std::size_t>(exact);
        given += all[kind];
        remainders.emplace_back(exact - std::floor(exact), kind);
    }
    std::ranges::stable_sort(
        remainders, std::ranges::greater(), [](const auto& r) { return r.first; });
    for (std::size_t i = 0; i < remainders.size() && given < total; ++i, ++given)
        ++all[remainders[i].second];
    return all;
}

std::map<TripletKind, std::size_t> roomPerKind(
    std::span<const ScoredTriplet> triplets, const Selection& selection)
{
    if (selection.balance == Balance::Seed)
        return quotas(selection.seed, shareOf(triplets.size(), selection.share));
    std::map<TripletKind, std::size_t> room;
    for (const TripletKind kind : tripletKinds) {
        const auto count =
            static_cast<std::size_t>(std::ranges::count(triplets, kind, &ScoredTriplet::kind));
        room[kind] = std::max(shareOf(count, selection.share),
            static_cast<std::size_t>(std::max(0, selection.leastPerKind)));
    }
    return room;
}

} // namespace

QuestionAnswer questionAnswerOf(const Item& item, bool asText)
{
    if (!asText || item.options.empty())
        return { item.question + optionText(item, "lines"), item.answer };
    for (const auto& option : item.options)
        if (option.label == item.answer)
            return { item.question, option.text };
    return { item.question, item.answer };
}

std::string_view tripletKindName(TripletKind kind)
{
    constexpr std::array<std::string_view, 5> names { "vqa", "caption", "chat", "boxes", "choice" };
    return names.at(static_cast<std::size_t>(kind));
}

TripletKind tripletKindOf(const QuestionAnswer& triplet, int longWords)
{
    if (analysis::boxIn(triplet.answer))
        return TripletKind::Boxes;
    if (listsOptions(triplet.question) || isJudgement(triplet.answer))
        return TripletKind::Choice;
    if (asksToDescribe(triplet.question))
        return TripletKind::Caption;
    return wordsIn(triplet.answer) >= longWords ? TripletKind::Chat : TripletKind::Vqa;
}

Mask drawMask(const MaskShares& shares, std::uint64_t seed, ItemId item)
{
    auto random = Random::of(seed, "srf masks", static_cast<std::uint64_t>(item.value));
    return static_cast<Mask>(
        random.weighted({ shares.questionAndAnswer, shares.question, shares.answer }));
}

std::string askForQuestion(const std::string& answer)
{
    return "Write a question about this image whose answer is: " + answer;
}

MaskedText maskedText(Mask mask, const QuestionAnswer& triplet)
{
    switch (mask) {
    case Mask::QuestionAndAnswer:
        return { std::string(askForQuestionAndAnswer),
            std::string(questionMark) + " " + triplet.question + " " + std::string(answerMark) + " "
                + triplet.answer };
    case Mask::Question:
        return { askForQuestion(triplet.answer), triplet.question };
    case Mask::Answer:
        break;
    }
    return { triplet.question, triplet.answer };
}

std::optional<QuestionAnswer> questionAnswerIn(std::string_view text)
{
    const auto question = text.find(questionMark);
    if (question == text.npos)
        return std::nullopt;
    const auto begin = question + questionMark.size();
    const auto answer = text.find(answerMark, begin);
    if (answer == text.npos)
        return std::nullopt;
    QuestionAnswer read { std::string(trimmed(text.substr(begin, answer - begin))),
        std::string(trimmed(text.substr(answer + answerMark.size()))) };
    if (read.question.empty() || read.answer.empty())
        return std::nullopt;
    return read;
}

double questionSimilarity(
    const std::string& original, const std::string& reconstructed, const TripletSimilarity& how)
{
    const bool isLong = wordsIn(original) >= how.longWords;
    return (isLong ? how.longText : how.shortText)(original, reconstructed);
}

double answerSimilarity(TripletKind kind, const std::string& original,
    const std::string& reconstructed, const TripletSimilarity& how)
{
    switch (kind) {
    case TripletKind::Boxes: {
        const auto a = analysis::boxIn(original), b = analysis::boxIn(reconstructed);
        return a && b ? analysis::intersectionOverUnion(*a, *b) : 0;
    }
    case TripletKind::Choice:
        return sameAnswer(original, reconstructed) ? 1 : 0;
    case TripletKind::Caption:
    case TripletKind::Chat:
        return how.longText(original, reconstructed);
    case TripletKind::Vqa:
        break;
    }
    return how.shortText(original, reconstructed);
}

bool sameAnswer(std::string_view a, std::string_view b)
{
    const auto labelA = labelOf(a), labelB = labelOf(b);
    if (labelA && labelB)
        return *labelA == *labelB;
    return !plain(a).empty() && plain(a) == plain(b);
}

double consistency(double question, double answer)
{
    const auto isShare = [](double value) { return value >= 0 && value <= 1; };
    if (!isShare(question) || !isShare(answer))
        throw std::invalid_argument("[consistency] a similarity outside 0 to 1");
    return std::sqrt(question * answer);
}

std::vector<bool> keptTriplets(std::span<const ScoredTriplet> triplets, const Selection& selection)
{
    std::vector<bool> kept(triplets.size(), false);
    const bool together = selection.balance == Balance::None;
    auto rest = shareOf(triplets.size(), selection.share);
    auto room = together ? std::map<TripletKind, std::size_t>() : roomPerKind(triplets, selection);
    for (const std::size_t i : ranked(triplets)) {
        auto& left = together ? rest : room[triplets[i].kind];
        if (left == 0)
            continue;
        --left;
        kept[i] = true;
    }
    return kept;
}

} // namespace slook::methods
