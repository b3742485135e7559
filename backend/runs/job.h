#pragma once
#include "core/json.h"
#include "core/rows.h"
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace slook::runs {

/// How text is drawn from the model.
struct Decoding {
    double temperature = 0; ///< 0 is greedy
    double topP = 1;
    int topK = 0; ///< 0 is off
    double repetitionPenalty = 1;
    int maxNewTokens = 256;
    std::vector<std::string> stop;
    std::uint64_t seed = 0;
};

/// Beside the folder of all run directories, where it is: reference log-probabilities that
/// trainings keep for each other. A cache that may be deleted.
constexpr const char* referencesFolder = "references";

/// Where a run's weights come from.
struct ModelRef {
    std::string folder; ///< an ordinary Hugging Face folder
    std::string adapter; ///< a PEFT folder to start from; empty for none
    int maxImageTokens = 0; ///< 0: whatever the model makes
    bool int8 = false; ///< linear layers of the language model as whole numbers: answers only
    std::string chatTemplate {}; ///< Jinja text in place of the folder's own; empty: its own
};

/// LoRA, or all parameters.
struct LoraOptions {
    bool full = false; ///< train every parameter of the language model instead of an adapter
    int rank = 8;
    double alpha = 32; ///< as in SCL's published training
    double dropout = 0.05;
    std::vector<std::string> targets = {
        "all-linear"
    }; ///< in the language model only, unless a name says otherwise
    bool projector = false;
    bool rankStabilised = false; ///< scaled by alpha / sqrt(rank) in place of alpha / rank
};

/// One preference or supervised training.
struct TrainOptions {
    LoraOptions lora;
    double beta = 0.1;
    double dpoWeight = 0.9; ///< SCL as released: 0.9 DPO + 0.1 SFT
    double sftWeight = 0.1;
    double chosenSumWeight = 0; ///< STIC: of minus the chosen answer's summed log-probability
    bool bestCompetitor = false; ///< STIC as released: the rejected log-probability is that of the
                                 ///< likeliest other token at each place
    double labelSmoothing = 0;
    std::string loss = "sigmoid"; ///< the preference loss by TRL's name, see engine/losses.h
    double lengthAlpha = 1; ///< LD-DPO: weight of the tokens beyond the shorter answer; 1: plain
    bool referenceFree = false; ///< the reference counts as finding all answers alike
    bool reuseReferences = true; ///< of earlier runs, where the project keeps them: the same bits
    double learningRate = 5e-5;
    double weightDecay = 0.1;
    double adamBeta1 = 0.9;
    double adamBeta2 = 0.95;
    double adamEpsilon = 1e-8;
    double maxGradNorm = 1.0;
    std::string schedule = "cosine"; ///< constant, linear, cosine
    double warmupRatio = 0.03;
    int epochs = 3;
    int batch = 16; ///< pairs per optimizer step
    int microBatch = 4; ///< pairs computed at once
    int maxLength = 2048;
    std::uint64_t seed = 0;
    int checkpointEvery = 50; ///< steps
};

/// One question of a run, complete in itself: the directory can be copied to another machine.
struct InputItem {
    Item item;
    std::string source; ///< name of the benchmark
    std::string set; ///< "pool" (pairs are built from it), "test" (measured, never trained on),
                     ///< "both" where a published leak is repeated on purpose; of SRF "seed" (its
                     ///< labels are learned) and "unlabelled" (its pictures alone are used)
    std::vector<std::string>
        imagePaths; ///< of item.images, in order; relative to the run directory or absolute
    std::vector<std::string> imageSha256; ///< of the decoded RGB pixels, checked before use
};

/// One step of a recipe, as frozen into job.json. `kind` is answer, describe, pairs or train, or of
/// SRF seed, generate, reconstruct or score; unused fields stay at their defaults.
struct StepSpec {
    std::string kind;
    std::string stage; ///< answer: what the responses are filed under
    std::string set; ///< answer: "pool" or "test"
    std::string preference; ///< pairs, train: "correctness" or a control
    std::string adapter; ///< answer, describe: "" the start, or the preference whose training
                         ///< answers; train: the one that it goes on from
};

/// job.json. Frozen once written; its SHA-256 is kept in the project.
struct Job {
    std::string recipe; ///< "scl", "stic"
    ModelRef model;
    std::uint64_t seed = 0;
    int threads = 0; ///< 0: as many as the machine has
    std::string device; ///< "" automatic, "cpu", "cuda"
    std::string options; ///< the recipe's own options as a JSON object (methods/scl.h knows them)
    std::vector<StepSpec> steps;
};

[[nodiscard]] Json toJson(const Decoding& decoding);
[[nodiscard]] Decoding decodingFromJson(const Json& json);
[[nodiscard]] Json toJson(const TrainOptions& options);
[[nodiscard]] TrainOptions trainOptionsFromJson(const Json& json);
[[nodiscard]] std::string toText(const Job& job); ///< job.json
[[nodiscard]] Result<Job> jobFromText(
    std::string_view text, const std::string& where); ///< Invalid: other version, missing field
[[nodiscard]] std::string toLine(const InputItem& item); ///< one line of inputs.jsonl
[[nodiscard]] Result<InputItem> inputFromLine(std::string_view line, const std::string& where);

} // namespace slook::runs
