#include "worker/picture_book.h"
#include "engine/row_parallel.h"
#include "image/decode.h"
#include <algorithm>
#include <optional>

namespace slook::worker {
namespace {

constexpr std::size_t groupSize = 16; ///< pictures that go through the vision tower together
constexpr std::size_t mostBytes = std::size_t { 512 } << 20;

/// Decodes a picture and checks that it is the one that the project knows.
Result<image::Picture> decoded(const std::filesystem::path& file, const std::string& sha256)
{
    auto picture = image::decodeFile(file);
    if (picture && image::pixelSha256(*picture) != sha256)
        return fail(ErrorKind::Invalid,
            "has other pixels than when it was imported; put the old file back, or import it again",
            file.string());
    return picture;
}

Result<engine::SeenPicture> look(
    const engine::Session& session, const std::filesystem::path& file, const std::string& sha256)
{
    const auto picture = decoded(file, sha256);
    if (!picture)
        return fail(picture.error());
    return session.see(*picture);
}

} // namespace

PictureBook::PictureBook(
    const std::filesystem::path& directory, const std::vector<runs::InputItem>& inputs)
{
    for (const auto* set : { "seed", "pool", "unlabelled", "both", "test" })
        for (const auto& input : inputs) {
            if (input.set != set)
                continue;
            for (std::size_t i = 0; i < input.imageSha256.size(); ++i) {
                const Entry entry { directory / input.imagePaths[i], m_order.size() };
                if (m_known.emplace(input.imageSha256[i], entry).second)
                    m_order.push_back(input.imageSha256[i]);
            }
        }
    m_encoded.resize(m_order.size() / groupSize + 1, false);
}

Result<engine::SeenPicture> PictureBook::seen(
    const engine::Session& session, const std::filesystem::path& file, const std::string& sha256)
{
    if (const auto found = m_seen.find(sha256); found != m_seen.end())
        return found->second;
    auto picture = look(session, file, sha256);
    if (picture)
        keep(sha256, *picture);
    return picture;
}

void PictureBook::keep(const std::string& sha256, const engine::SeenPicture& picture)
{
    if (m_bytes > mostBytes) {
        m_seen.clear();
        m_bytes = 0;
    }
    if (m_seen.emplace(sha256, picture).second)
        m_bytes += picture.bytes();
}

std::vector<engine::SeenPicture> PictureBook::seeGroup(
    const engine::Session& session, std::size_t group)
{
    const auto first = group * groupSize;
    const auto count = std::min(m_order.size() - first, groupSize);
    std::vector<std::optional<engine::SeenPicture>> all(count);
    // Each processor decodes pictures of its own.
    engine::onThreads(static_cast<std::int64_t>(count), [&](std::int64_t place) {
        const auto i = static_cast<std::size_t>(place);
        const auto& sha256 = m_order[first + i];
        const auto found = m_seen.find(sha256);
        if (found != m_seen.end())
            all[i] = found->second;
        else if (auto picture = look(session, m_known.at(sha256).file, sha256))
            all[i] = std::move(*picture);
    });
    std::vector<engine::SeenPicture> pictures; // one that fails says so when it is asked for
    for (std::size_t i = 0; i < count; ++i)
        if (all[i]) {
            keep(m_order[first + i], *all[i]);
            pictures.push_back(std::move(*all[i]));
        }
    return pictures;
}

void PictureBook::encodeGroup(engine::Session& session, std::size_t place)
{
    const auto group = place / groupSize;
    if (m_encoded[group])
        return;
    m_encoded[group] = true;
    (void)session.features(seeGroup(session, group));
}

Result<engine::SeenPicture> PictureBook::picture(
    engine::Session& session, const std::filesystem::path& file, const std::string& sha256)
{
    if (const auto known = m_known.find(sha256); known != m_known.end())
        encodeGroup(session, known->second.place);
    return seen(session, file, sha256);
}

Result<PictureBook::Corrupted> PictureBook::corrupted(engine::Session& session,
    const std::filesystem::path& file, const std::string& sha256,
    const image::Corruption& corruption)
{
    const auto original = decoded(file, sha256);
    if (!original)
        return fail(original.error());
    const auto spoiled = image::corrupted(*original, corruption);
    if (!spoiled)
        return fail(spoiled.error().kind, spoiled.error().what, file.string());
    auto seen = session.see(*spoiled);
    if (!seen)
        return fail(seen.error());
    (void)session.features(std::span(&*seen, 1));
    return Corrupted { std::move(*seen), sha256, image::pixelSha256(*spoiled) };
}

void PictureBook::forgetFeatures(engine::Session& session)
{
    session.forgetFeatures();
    m_encoded.assign(m_encoded.size(), false);
}

} // namespace slook::worker
