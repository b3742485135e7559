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

/// Where the options of a question begin: the labels of two or more lines, else none.
std::vector<Span> optionLabels(std::string_view question)
{
    static const Pattern option(R"((?:^|\n)\s*\(?([A-Z])[.)]\s)");
    std::vector<Span> labels;
    option.forEach(question, [&](Span label) {
        labels.push_back(label);
        return true;
    });
    return labels.size() >= 2 ? labels : std::vector<Span>();
}

bool listsOptions(std::string_view question)
{
    return !optionLabels(question).empty();
}

/// "B. blue" for the answer "B" to a question with that option, else the answer.
std::string spelledAnswer(const QuestionAnswer& triplet)
{
    const auto label = labelOf(triplet.answer);
    if (!label)
        return triplet.answer;
    for (const Span at : optionLabels(triplet.question))
        if (triplet.question[at.begin] == *label) {
            const auto line = std::string_view(triplet.question).substr(at.begin);
            return std::string(trimmed(line.substr(0, line.find('\n'))));
        }
    return triplet.answer;
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

TripletKind tripletKindNamed(std::string_view name)
{
    const auto found = std::ranges::find(tripletKinds, name, tripletKindName);
    return found == tripletKinds.end() ? TripletKind::Vqa : *found;
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

Mask drawMask(const MaskShares& shares, std::uint64_t seed, ItemId item, int sample)
{
    const auto purpose = "srf masks" + (sample == 0 ? "" : " " + std::to_string(sample));
    auto random = Random::of(seed, purpose, static_cast<std::uint64_t>(item.value));
    return static_cast<Mask>(
        random.weighted({ shares.questionAndAnswer, shares.question, shares.answer }));
}

std::string askForQuestion(const QuestionAnswer& triplet)
{
    return "Write a question about this image whose answer is: " + spelledAnswer(triplet);
}

std::string askForAnswer(TripletKind kind, const std::string& question)
{
    const bool lists = listsOptions(question);
    if (!lists && kind != TripletKind::Vqa && kind != TripletKind::Choice)
        return question;
    return question + "\n" + std::string(lists ? letterOnly : wordOnly);
}

std::string questionStem(const std::string& question)
{
    const auto labels = optionLabels(question);
    if (labels.empty())
        return question;
    return std::string(
        trimmed(std::string_view(question).substr(0, question.rfind('\n', labels.front().begin))));
}

bool needsOptions(std::string_view question)
{
    static const Pattern pointing(
        R"(\b(of (?:these|the following|them)|following|which (?:option|choice))\b)",
        /*ignoreCase=*/true);
    return pointing.first(question).has_value();
}

MaskedText maskedText(Mask mask, TripletKind kind, const QuestionAnswer& triplet)
{
    switch (mask) {
    case Mask::QuestionAndAnswer:
        return { std::string(askForQuestionAndAnswer),
            std::string(questionMark) + " " + triplet.question + " " + std::string(answerMark) + " "
                + triplet.answer };
    case Mask::Question:
        return { askForQuestion(triplet), triplet.question };
    case Mask::Answer:
        break;
    }
    return { askForAnswer(kind, triplet.question), triplet.answer };
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

Measure questionMeasure(const std::string& original, int longWords)
{
    return wordsIn(questionStem(original)) >= longWords ? Measure::LongText : Measure::ShortText;
}

Measure answerMeasure(TripletKind kind)
{
    switch (kind) {
    case TripletKind::Boxes:
        return Measure::Boxes;
    case TripletKind::Choice:
        return Measure::Exact;
    case TripletKind::Caption:
    case TripletKind::Chat:
        return Measure::LongText;
    case TripletKind::Vqa:
        break;
    }
    return Measure::ShortText;
}

std::string measureName(Measure measure, const std::string& similarity)
{
    switch (measure) {
    case Measure::Exact:
        return "exact";
    case Measure::Boxes:
        return "iou";
    case Measure::LongText:
    case Measure::ShortText:
        break;
    }
    const bool byTokens =
        similarity == "by-length" ? measure == Measure::LongText : similarity == "token-f1";
    return byTokens ? "token-f1" : "embedding";
}

double questionSimilarity(
    const std::string& original, const std::string& reconstructed, const TripletSimilarity& how)
{
    const auto first = questionStem(original), second = questionStem(reconstructed);
    if (first == second && !first.empty())
        return 1;
    const bool isLong = questionMeasure(original, how.longWords) == Measure::LongText;
    return (isLong ? how.longText : how.shortText)(first, second);
}

double answerSimilarity(TripletKind kind, const std::string& original,
    const std::string& reconstructed, const TripletSimilarity& how)
{
    if (original == reconstructed && !original.empty())
        return 1;
    switch (answerMeasure(kind)) {
    case Measure::Boxes: {
        const auto a = analysis::boxIn(original), b = analysis::boxIn(reconstructed);
        return a && b ? analysis::intersectionOverUnion(*a, *b) : 0;
    }
    case Measure::Exact:
        return sameAnswer(original, reconstructed) ? 1 : 0;
    case Measure::LongText:
        return how.longText(original, reconstructed);
    case Measure::ShortText:
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

double consistency(double question, double answer, double questionWeight)
{
    const auto isShare = [](double value) { return value >= 0 && value <= 1; };
    if (!isShare(question) || !isShare(answer) || !isShare(questionWeight))
        throw std::invalid_argument("[consistency] a similarity or weight outside 0 to 1");
    if (questionWeight == 0.5) // std::pow rounds differently
        return std::sqrt(question * answer);
    return std::pow(question, questionWeight) * std::pow(answer, 1 - questionWeight);
}

std::vector<bool> controlTriplets(std::span<const ScoredTriplet> triplets,
    const std::vector<bool>& kept, std::string_view control, std::uint64_t seed)
{
    if (kept.size() != triplets.size())
        throw std::invalid_argument("[controlTriplets] lists of different lengths");
    if (control == "all" || control == "seed-only")
        return std::vector<bool>(triplets.size(), control == "all");
    if (control != "random" && control != "least")
        throw std::invalid_argument("[controlTriplets] unknown control " + std::string(control));
    Places order(triplets.size());
    std::iota(order.begin(), order.end(), std::size_t { 0 });
    if (control == "random")
        Random::of(seed, "srf random triplets", 0).shuffle(order);
    else
        std::ranges::stable_sort(order, {}, [&](std::size_t i) { return triplets[i].score; });
    std::map<TripletKind, std::size_t> room;
    for (std::size_t i = 0; i < triplets.size(); ++i)
        room[triplets[i].kind] += kept[i] ? 1 : 0;
    std::vector<bool> chosen(triplets.size(), false);
    for (const std::size_t i : order)
        if (auto& left = room[triplets[i].kind]; left > 0) {
            --left;
            chosen[i] = true;
        }
    return chosen;
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
