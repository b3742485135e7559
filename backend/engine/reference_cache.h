#pragma once
#include "core/result.h"
#include "engine/learner.h"
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace slook::engine {

/// Log-probabilities of pairs under one reference, kept in a file from training to training. The
/// file is a cache: it may be deleted at any time, what is damaged is computed again, and two
/// trainings that write at once lose nothing but time. Not for several threads.
class ReferenceCache {
public:
    /// @param folder    where one file per reference lies; read if it is there
    /// @param reference SHA-256 of all that the bits depend on beside the pair: see
    ///                  sha256OfReference()
    ReferenceCache(std::filesystem::path folder, std::string reference);

    /// @param pair Learner::sha256Of()
    [[nodiscard]] std::optional<ReferenceScores> find(const std::string& pair) const;
    void add(const std::string& pair, const ReferenceScores& scores);

    /// Puts what was added into the file, beside what others have put there meanwhile: the old file
    /// or the new one, never half. Keeps the newest pairs of a file, and of the folder's files
    /// those that were used last, within limits. Errors: Io.
    Result<void> save();

    /// What was wrong with the file that was found; empty: nothing, or there was none.
    [[nodiscard]] const std::string& damage() const { return m_damage; }

    static constexpr std::size_t mostPairs = 1u << 17; ///< of one file: 11 MB
    static constexpr std::uint64_t mostBytes = 256u << 20; ///< of all files of the folder

private:
    struct Entry {
        std::string pair; ///< 64 hexadecimal digits
        ReferenceScores scores;
    };
    [[nodiscard]] std::filesystem::path file() const;
    Result<std::vector<Entry>> read() const;
    void take(std::vector<Entry> entries);
    void makeRoom() const;

    std::filesystem::path m_folder;
    std::string m_reference;
    std::vector<Entry> m_entries; ///< oldest first
    std::unordered_map<std::string, std::size_t> m_places; ///< by pair, in m_entries
    std::string m_damage;
    bool m_changed = false;
};

/// SHA-256 over a reference's weights and over how this process computes with them: numeric type,
/// device, libraries and processor, shortcuts, and the loss's weights of tokens.
/// @param weights  SHA-256 of the model's own: Session::fingerprint()
/// @param adapter  that is part of the reference; null: none
[[nodiscard]] std::string sha256OfReference(const VisionLanguageModel& model,
    const std::string& weights, const LoraAdapter* adapter, const LossOptions& loss);

} // namespace slook::engine
