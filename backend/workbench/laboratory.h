#pragma once
#include "core/item.h"
#include "core/result.h"
#include "image/corruption.h"
#include "image/picture.h"
#include "runs/job.h"
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// One picture, one corruption: what it does to the pixels, to what a model sees, and to its
/// answer.
namespace slook::workbench {

/// How far one picture is from another.
struct PictureDistance {
    bool resized = false; ///< the second had another size and was brought to the first's (bicubic)
    double psnr = 0; ///< dB; infinite where equal
    std::optional<double> ssim; ///< empty for a picture of fewer than 11 pixels a side
    double changed = 0; ///< share of the pixels
    int largest = 0; ///< difference of two bytes
};

/// Two pictures and their amplified difference, all of the first one's size but the second.
struct Compared {
    image::Picture before, after, difference;
    PictureDistance distance;
    bool same = false; ///< the very same pixels
    std::string sha256Before, sha256After; ///< of the pixels
};

/// @param gain  of the difference, > 0
[[nodiscard]] Compared comparedPictures(
    const image::Picture& before, const image::Picture& after, double gain);

/// A picture and what a corruption makes of it. Errors: as image::corrupted(), so also where not a
/// pixel changes.
[[nodiscard]] Result<Compared> corruptedInLaboratory(
    const image::Picture& picture, const image::Corruption& corruption, double gain);

/// The same as a model sees it: padded, resized, cropped, cut into tiles; several tiles lie on one
/// sheet.
struct SeenCompared : Compared {
    int patch =
        0; ///< side of a patch of the vision tower in pixels; 0: not known, or several tiles
    std::string processor; ///< "CLIPImageProcessor"
};
/// Errors: those of the model's picture settings and of image::seenBy().
[[nodiscard]] Result<SeenCompared> seenInLaboratory(const image::Picture& before,
    const image::Picture& after, const std::filesystem::path& model, double gain);

/// A question to a model about a picture as it is and corrupted.
struct Trial {
    std::filesystem::path model; ///< a Hugging Face folder
    std::filesystem::path adapter; ///< a PEFT folder; empty: none
    std::string picture; ///< encoded bytes
    image::Corruption corruption;
    std::string prompt;
    Item item; ///< to read the answers by
    int maxNewTokens = 64;
};
struct TrialToken {
    std::string text;
    double logprob = 0; ///< nats
};
struct TrialAnswer {
    std::string text;
    std::vector<TrialToken> tokens; ///< the end token included
    double logprob = 0; ///< nats, summed
    std::string answer; ///< as the extractor "ours" reads it; empty: nothing was read
    std::optional<bool> correct; ///< empty: no known answer
    std::string pixelsSha256; ///< of what the model got
};
struct TrialResult {
    TrialAnswer clean, corrupted; ///< both greedy
    bool flipped = false; ///< the answers differ, as a sweep counts it
    double featureDistance = 0; ///< 1 - cosine of the mean picture features, as the language model
                                ///< gets them
};

/// One corner of a triplet made again from its picture and the other one, see triplet_trial.h.
struct CornerTrial {
    std::filesystem::path model, adapter; ///< the start
    std::filesystem::path artifact; ///< of the training that answers; empty: the start does
    std::filesystem::path encoder; ///< reads both texts to compare them; empty: the start does
    std::string picture; ///< encoded bytes
    std::string prompt;
    runs::Decoding decoding;
    std::string original; ///< what is masked
    bool question = false; ///< it is the question: options are left out of the comparison
};
struct CornerAnswer {
    std::string text;
    double embedding = 0; ///< cosine of both texts' sentence states, 0 to 1
    double tokenF1 = 0; ///< token matching
};

/// Whether two answers differ: what was read of them, or else their texts.
[[nodiscard]] bool differs(const TrialAnswer& a, const TrialAnswer& b);

/// Asks a worker of its own, which starts with the first trial and keeps its model loaded.
class Trials {
public:
    Trials();
    ~Trials();
    Trials(const Trials&) = delete;
    Trials& operator=(const Trials&) = delete;

    /// One trial after the other, on one thread. Errors: those of WorkerTalk; Io; Stopped after
    /// end().
    [[nodiscard]] Result<TrialResult> run(const Trial& trial);
    [[nodiscard]] Result<CornerAnswer> corner(const CornerTrial& trial); ///< as run()
    /// Ends the worker, from any thread: a trial that is under way fails, and no other begins.
    void end();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace slook::workbench
