#pragma once
#include "core/ids.h"
#include "core/item.h"
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Triplets of the Self-Refinement Framework (SRF, "triangular consistency"): picture, question and
/// answer. Two corners are masked or one, the model makes them anew from the others, and what
/// agrees is kept. The paper's instruction texts and its code are not public: those here are ours.
namespace slook::methods {

struct QuestionAnswer {
    std::string question; ///< its options included, one a line, if it has any
    std::string answer;
    bool operator==(const QuestionAnswer&) const = default;
};

/// An item as a triplet: its options behind the question and a label as the answer, or with
/// `asText` the question alone and the right option's text.
[[nodiscard]] QuestionAnswer questionAnswerOf(const Item& item, bool asText);

/// What a triplet is compared and balanced as.
enum class TripletKind { Vqa, Caption, Chat, Boxes, Choice };
[[nodiscard]] std::string_view tripletKindName(TripletKind kind); ///< "vqa", "caption", ...
[[nodiscard]] TripletKind tripletKindNamed(std::string_view name); ///< Vqa for other names
inline constexpr std::array tripletKinds { TripletKind::Vqa, TripletKind::Caption,
    TripletKind::Chat, TripletKind::Boxes, TripletKind::Choice };
/// By its text alone, in this order: an answer with a box; a question with options or an answer
/// that is yes, no, true or false; a request to describe; an answer of `longWords` words or more;
/// else Vqa.
[[nodiscard]] TripletKind tripletKindOf(const QuestionAnswer& triplet, int longWords);

/// Which corners are masked.
enum class Mask { QuestionAndAnswer, Question, Answer };
struct MaskShares {
    double questionAndAnswer = 0.5;
    double question = 0.2;
    double answer = 0.3;
};
/// The same for the same seed, item and sample (0: the item's own question).
/// @throws std::invalid_argument unless a share is above 0
[[nodiscard]] Mask drawMask(
    const MaskShares& shares, std::uint64_t seed, ItemId item, int sample = 0);

/// The version of the texts below: a change of one is a new version.
inline constexpr std::string_view srfTemplates = "second-look-2";
inline constexpr std::string_view askForQuestionAndAnswer =
    "Ask a question about this image and answer it.";
/// Asks for the question whose answer is given; an option's label is spelled out.
[[nodiscard]] std::string askForQuestion(const QuestionAnswer& triplet);
/// Asks for the answer as LLaVA's instructions do: behind options for a letter, for a short answer
/// in a word or phrase, else by the question alone.
[[nodiscard]] std::string askForAnswer(TripletKind kind, const std::string& question);
/// What the model reads and what it shall say where `mask` hides corners; the picture is always
/// there.
struct MaskedText {
    std::string user;
    std::string reply;
};
[[nodiscard]] MaskedText maskedText(Mask mask, TripletKind kind, const QuestionAnswer& triplet);
/// A question without its options.
[[nodiscard]] std::string questionStem(const std::string& question);
/// Whether a question says nothing without its options ("Which of these ...").
[[nodiscard]] bool needsOptions(std::string_view question);

/// Reads "Question: ... Answer: ..." with or without line breaks; the first "Answer:" counts.
/// Nothing where a part is missing or empty.
[[nodiscard]] std::optional<QuestionAnswer> questionAnswerIn(std::string_view text);

/// How alike two texts are, 0 to 1.
using TextSimilarity = std::function<double(const std::string& a, const std::string& b)>;
struct TripletSimilarity {
    TextSimilarity shortText; ///< sentence embeddings
    TextSimilarity longText; ///< token matching
    int longWords = 12;
};
/// How two corners were compared.
enum class Measure { ShortText, LongText, Exact, Boxes };
[[nodiscard]] Measure questionMeasure(const std::string& original, int longWords);
[[nodiscard]] Measure answerMeasure(TripletKind kind);
/// "exact", "iou", "embedding" or "token-f1", by the run's switch "similarity".
[[nodiscard]] std::string measureName(Measure measure, const std::string& similarity);
/// Of a question and its reconstruction: long texts by longText, others by shortText, and 1 where
/// they are the same to the byte, which sums of squares would give but nearly. Options are
/// left out, since a question may be the same with other wrong ones.
[[nodiscard]] double questionSimilarity(
    const std::string& original, const std::string& reconstructed, const TripletSimilarity& how);
/// Of an answer and its reconstruction: boxes by their IoU, choices 1 where they are the same and
/// else 0, captions and chats by longText, short answers by shortText.
[[nodiscard]] double answerSimilarity(TripletKind kind, const std::string& original,
    const std::string& reconstructed, const TripletSimilarity& how);
/// Same label or same words, whatever their case and the punctuation around them.
[[nodiscard]] bool sameAnswer(std::string_view a, std::string_view b);

/// S = Sim(Q, Q')^w Sim(A, A')^(1 - w); with w = 1/2 the published sqrt(Sim(Q, Q') Sim(A, A')).
/// Source: SRF, stage 2; the weight is ours. @throws std::invalid_argument outside 0 to 1
[[nodiscard]] double consistency(double question, double answer, double questionWeight = 0.5);

struct ScoredTriplet {
    TripletKind kind = TripletKind::Vqa;
    double score = 0;
};
enum class Balance {
    PerKind, ///< the best share of each kind, as published
    Seed, ///< the best share of all, divided among the kinds as in the seed data
    None, ///< the best share of all
};
struct Selection {
    double share = 0.2; ///< 0 to 1
    int leastPerKind = 1; ///< where there are so many; PerKind only
    Balance balance = Balance::PerKind;
    std::vector<TripletKind> seed; ///< of the seed data, for Balance::Seed
};
/// Which triplets are kept. Of equal scores the earlier counts more; a score of 0 is never kept.
[[nodiscard]] std::vector<bool> keptTriplets(
    std::span<const ScoredTriplet> triplets, const Selection& selection);
/// Which triplets a control learns instead of `kept`: "random" and "least" (consistent) as many of
/// each kind, "all" of them, "seed-only" none.
/// @throws std::invalid_argument for an unknown control or lists of different lengths
[[nodiscard]] std::vector<bool> controlTriplets(std::span<const ScoredTriplet> triplets,
    const std::vector<bool>& kept, std::string_view control, std::uint64_t seed);

} // namespace slook::methods
