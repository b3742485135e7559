#pragma once
#include "formats/import.h"
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace slook::formats {

/// A picture that a record names: encoded bytes and how to get them again, or a file.
struct PictureSource {
    std::string bytes;
    std::function<Result<std::string>()> load; ///< where the picture came as bytes
    std::filesystem::path path; ///< else
};

/// Collects the items of an import. Pictures are decoded on a few threads, some hundred at a time,
/// so that memory stays bounded; equal ones are kept once.
class BatchBuilder {
public:
    BatchBuilder(const ImportOptions& options, std::string what);

    /// Takes an item with its pictures, or with those of the item whose key is `reference`. An item
    /// one of whose pictures cannot be taken becomes a problem. Errors: Stopped.
    [[nodiscard]] Result<void> add(
        Item item, std::vector<PictureSource> pictures, std::string reference = {});
    void problem(int line, std::string key, std::string reason);
    [[nodiscard]] bool stopped() const;
    void progress(std::int64_t done, std::int64_t total) const;

    /// The line of the item with this key that came first, if any; remembers a new key.
    [[nodiscard]] std::optional<int> firstUse(const std::string& key, int line);

    /// Errors: Invalid where no row could be taken, with the first reason; Stopped.
    [[nodiscard]] Result<ImportBatch> finish(SourceRow source);

private:
    struct Pending {
        Item item;
        std::vector<PictureSource> pictures;
        std::string reference;
        std::vector<std::size_t> images; ///< filled in by flush()
        std::string reason; ///< why it is not taken
    };
    Result<void> flush();
    void place(Pending& pending, std::vector<Result<NewImage>>& found, std::size_t& next);
    std::size_t keep(NewImage image);
    void resolve(Pending& pending);

    const ImportOptions& m_options;
    std::string m_what;
    ImportBatch m_batch;
    std::vector<Pending> m_waiting; ///< their pictures are not decoded yet
    std::size_t m_waitingBytes = 0;
    std::size_t m_waitingPictures = 0;
    std::vector<Pending> m_ready; ///< in the order of the source
    std::unordered_map<std::string, std::size_t> m_imageByPixels;
    std::unordered_map<std::string, Result<std::size_t>> m_imageByPath;
    std::unordered_map<std::string, std::size_t> m_ownerByKey; ///< of items that hold pictures
    std::unordered_map<std::string, int> m_lineByKey;
};

} // namespace slook::formats
