#pragma once
#include "core/ids.h"
#include "core/item.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Plain rows of the project, as the window, the command line and the store exchange them.
/// A struct here, a JSON field in a run directory and a column in the project carry one name.
namespace slook {

struct SourceRow {
    SourceId id;
    std::string name;
    std::string file;
    std::string sha256; ///< of the imported file
    std::string format; ///< "vlmevalkit", "easy-vqa", "llava", "folder"
    std::int64_t time = 0; ///< UTC milliseconds
    int items = 0;
    int problems = 0; ///< rows that were not taken, see ProblemRow
};

/// A row of a source that was not imported, and why.
struct ProblemRow {
    int line = 0; ///< in the source file, counted from 1
    std::string key;
    std::string reason;
};

enum class RunState { Waiting, Running, Stopped, Failed, Done };

struct RunRow {
    RunId id;
    std::string name; ///< "0007-scl": the folder under NAME.slook.d/runs
    std::string recipe; ///< "scl"
    RunState state = RunState::Waiting;
    std::string model; ///< folder of the model
    std::string job; ///< job.json as frozen
    std::string jobSha256;
    std::int64_t time = 0; ///< created, UTC milliseconds
    std::int64_t started = 0;
    std::int64_t finished = 0;
    std::int64_t lastSeq = 0; ///< newest event taken in
    std::string error; ///< one sentence where state is Failed
};

/// One generated answer with everything that made it.
struct ResponseRow {
    ResponseId id;
    RunId run;
    std::string stage; ///< "pool", "before", "after", "after:random" ...
    ItemId item;
    int turn = 1; ///< 1 first answer, 2 after the first review, ...
    std::string prompt; ///< exactly as the model got it, all turns so far
    std::string text;
    std::vector<std::int64_t> tokenIds; ///< the generated ones
    std::string finish; ///< "eos", "length", "stop"
    double logprob = 0; ///< nats, summed over tokenIds
    std::string pixelsSha256; ///< of the uint8 pixels that the model got, all pictures of the item
    std::string decoding; ///< JSON: temperature, seed, ...
    double seconds = 0;
};

/// What one extraction rule set made of a response.
struct ExtractionRow {
    ResponseId response;
    std::string extractor; ///< "scl-inference", "scl-construction", "ours"
    std::string rule; ///< the pattern that matched; empty where none did
    int begin = -1; ///< bytes of ResponseRow::text, [begin, end); -1 where nothing matched
    int end = -1;
    std::string answer;
    std::optional<bool> correct; ///< empty where the item has no known answer
};

/// What was done to a picture before the model saw it: enough to make the same pixels again.
struct CorruptionRow {
    ResponseId response;
    int position = 0; ///< of the picture among the item's, from 0
    std::string op; ///< one of image::operators()
    std::string parameters; ///< JSON object: every number that the operator took
    std::uint64_t seed = 0;
    std::string sha256Before; ///< of the decoded RGB pixels
    std::string sha256After;
};

/// A preference pair and where both sides came from.
struct PairRow {
    PairId id;
    RunId run;
    std::string preference; ///< "correctness" (SCL), "stage1", "stage2" (STIC) or a control:
                            ///< "always-refined", "random", "reversed", "sft", ...
    ItemId item;
    int type = 0; ///< 1 right-right, 2 wrong-right, 3 right-wrong, 4 wrong-wrong; 0: no such thing
    std::string prompt; ///< the training prompt's user text
    std::string chosen;
    std::string rejected;
    int chosenTurn = 0; ///< below 0: a text that a person wrote
    int rejectedTurn = 0;
    std::string chosenStage = "pool"; ///< stage of the response that is chosen
    std::string rejectedStage = "pool"; ///< empty where nothing is rejected
};

/// A picture's question with its answer, as triangular consistency (SRF) uses it: of the labelled
/// seed, or made by the model, and then each of the two made again from the picture and the other.
struct TripletRow {
    TripletId id;
    RunId run;
    int round = 0; ///< that made it; 0: of the seed
    ItemId item; ///< the question itself, or the item that the picture's triplets are filed under
    int sample = 1; ///< of this picture in this round, from 1
    std::string kind; ///< "vqa", "caption", "chat", "boxes", "choice"
    std::string question; ///< its options included, one a line
    std::string answer;
    std::string questionAgain; ///< from picture and answer; empty in the seed
    std::string answerAgain; ///< from picture and question; empty in the seed
    double questionSimilarity = 0; ///< 0 to 1
    double answerSimilarity = 0; ///< 0 to 1
    double score = 0; ///< the two together, 0 to 1
    std::string questionMeasure; ///< "embedding", "token-f1"
    std::string answerMeasure; ///< those, or "exact", "iou"
    bool kept = false; ///< learned from then on
};

/// One training step of one training of a run; a repeated (run, training, step) replaces the older
/// one.
struct MetricRow {
    RunId run;
    std::string training; ///< the preference it trains on
    int step = 0;
    std::map<std::string, double>
        values; ///< loss, loss/dpo, loss/sft, grad_norm, lr, rewards/chosen, rewards/margins, ...
};

/// What the two answers of a pair were rewarded with when a training came by it, before that step:
/// beta times the sum of policy minus reference log-probabilities (Rafailov et al. 2023, eq. 5).
struct RewardRow {
    std::string training; ///< also the preference of the pair
    int step = 0;
    double epoch = 0; ///< passed when the step was done
    ItemId item; ///< whose pair: a preference has one pair of an item
    double chosen = 0;
    double rejected = 0;
    double margin() const { return chosen - rejected; }
};

/// Both answers of one item in one stage, joined with what an extractor made of them. Never stored.
struct TransitionRow {
    ItemId item;
    std::string key;
    std::string source;
    std::string category;
    std::string question;
    std::vector<Option> options;
    std::string answer;
    std::vector<ImageId> images;
    ResponseId first;
    ResponseId refined; ///< of the last turn
    std::string firstText;
    std::string refinedText;
    std::string firstAnswer;
    std::string refinedAnswer;
    bool firstCorrect = false;
    bool refinedCorrect = false;
    bool extractorsDisagree =
        false; ///< another one that read something gives another verdict on one
    int type() const { return firstCorrect ? (refinedCorrect ? 1 : 3) : (refinedCorrect ? 2 : 4); }
};

/// A person's or an import's change, newest first in the History panel.
struct JournalRow {
    std::int64_t id = 0;
    std::int64_t time = 0;
    std::string what; ///< one sentence
    bool undone = false;
};

} // namespace slook
