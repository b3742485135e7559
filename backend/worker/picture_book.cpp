#include "worker/picture_book.h"
#include "image/decode.h"
#include <algorithm>

namespace slook::worker {
namespace {

constexpr std::size_t groupSize = 16; ///< pictures that go through the vision tower together
constexpr std::size_t mostBytes = std::size_t { 512 } << 20;

} // namespace

PictureBook::PictureBook(
    const std::filesystem::path& directory, const std::vector<runs::InputItem>& inputs)
{
    for (const auto* set : { "pool", "both", "test" })
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
    const auto decoded = image::decodeFile(file);
    if (!decoded)
        return fail(decoded.error());
    if (image::pixelSha256(*decoded) != sha256)
        return fail(ErrorKind::Invalid,
            "has other pixels than when it was imported; put the old file back, or import it again",
            file.string());
    auto seen = session.see(*decoded);
    if (!seen)
        return seen;
    if (m_bytes > mostBytes) {
        m_seen.clear();
        m_bytes = 0;
    }
    m_bytes += seen->bytes();
    m_seen.emplace(sha256, *seen);
    return seen;
}

void PictureBook::encodeGroup(engine::Session& session, std::size_t place)
{
    const auto group = place / groupSize;
    if (m_encoded[group])
        return;
    m_encoded[group] = true;
    std::vector<engine::SeenPicture> pictures;
    for (auto i = group * groupSize; i < std::min(m_order.size(), (group + 1) * groupSize); ++i)
        if (auto one = seen(session, m_known.at(m_order[i]).file, m_order[i]))
            pictures.push_back(std::move(*one)); // one that fails says so when it is asked for
    (void)session.features(pictures);
}

Result<engine::SeenPicture> PictureBook::picture(
    engine::Session& session, const std::filesystem::path& file, const std::string& sha256)
{
    if (const auto known = m_known.find(sha256); known != m_known.end())
        encodeGroup(session, known->second.place);
    return seen(session, file, sha256);
}

void PictureBook::forgetFeatures(engine::Session& session)
{
    session.forgetFeatures();
    m_encoded.assign(m_encoded.size(), false);
}

} // namespace slook::worker
