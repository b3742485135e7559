#pragma once
#include "core/result.h"
#include "engine/session.h"
#include "image/corruption.h"
#include "runs/job.h"
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace slook::worker {

/// The pictures of a run as the model sees them. Each is decoded once, checked against the hash
/// that the project knows it by, and encoded in fixed groups of neighbours: so a picture's features
/// are the same bits whichever question asks for it first, and a resumed run equals one that was
/// not stopped.
class PictureBook {
public:
    /// @param directory what relative picture paths of the inputs begin at
    PictureBook(const std::filesystem::path& directory, const std::vector<runs::InputItem>& inputs);

    /// A picture of the run, its features computed and kept by the session.
    /// Errors: NotFound; Invalid where it cannot be decoded or has other pixels than the project
    /// knows.
    [[nodiscard]] Result<engine::SeenPicture> picture(
        engine::Session& session, const std::filesystem::path& file, const std::string& sha256);
    /// The same without features.
    [[nodiscard]] Result<engine::SeenPicture> seen(const engine::Session& session,
        const std::filesystem::path& file, const std::string& sha256);

    /// A picture with something done to it.
    struct Corrupted {
        engine::SeenPicture seen;
        std::string sha256Before; ///< of the decoded pixels
        std::string sha256After;
    };
    /// A picture of the run as `corruption` leaves it, its features computed alone, so that they
    /// are the same bits whatever else is asked. Errors: as picture(), and Invalid where not a
    /// pixel would change.
    [[nodiscard]] Result<Corrupted> corrupted(engine::Session& session,
        const std::filesystem::path& file, const std::string& sha256,
        const image::Corruption& corruption);

    /// The features that the session keeps are no longer those of the model.
    void forgetFeatures(engine::Session& session);

private:
    struct Entry {
        std::filesystem::path file;
        std::size_t place = 0;
    };
    void encodeGroup(engine::Session& session, std::size_t place);
    std::vector<engine::SeenPicture> seeGroup(const engine::Session& session, std::size_t group);
    void keep(const std::string& sha256, const engine::SeenPicture& picture);

    std::vector<std::string>
        m_order; ///< hashes as they first occur: those to learn from, then test
    std::map<std::string, Entry> m_known; ///< by hash
    std::map<std::string, engine::SeenPicture> m_seen;
    std::size_t m_bytes = 0; ///< of m_seen
    std::vector<bool> m_encoded; ///< by group
};

} // namespace slook::worker
