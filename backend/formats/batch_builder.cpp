#include "formats/batch_builder.h"
#include "core/file.h"
#include "core/hash.h"
#include "image/decode.h"
#include <algorithm>
#include <atomic>
#include <thread>

namespace slook::formats {
namespace {

constexpr std::size_t mostWaiting = 256;
constexpr std::size_t mostWaitingBytes = 48u << 20;

std::span<const std::uint8_t> bytesOf(const std::string& text)
{
    return { reinterpret_cast<const std::uint8_t*>(text.data()), text.size() };
}

Result<NewImage> inspect(const PictureSource& source, bool copyFiles)
{
    const bool isFile = !source.path.empty();
    const auto where = source.path.string();
    auto bytes = isFile ? readFile(source.path, image::DecodeLimits {}.fileBytes)
                        : Result<std::string>(source.bytes);
    if (!bytes)
        return fail(bytes.error());
    if (bytes->starts_with("version https://git-lfs"))
        return fail(ErrorKind::Invalid,
            "is a Git LFS pointer and no picture; fetch it with \"git lfs pull\"", where);
    const auto header = image::peek(bytesOf(*bytes), where);
    if (!header)
        return fail(header.error());
    const auto picture = image::decode(bytesOf(*bytes), where);
    if (!picture)
        return fail(picture.error());
    NewImage image;
    image.row.sha256 = image::pixelSha256(*picture);
    image.row.fileSha256 = sha256(*bytes);
    image.row.width = picture->width;
    image.row.height = picture->height;
    image.row.format = image::formatName(header->format);
    image.row.path = where;
    image.row.storedBytes = !isFile || copyFiles;
    if (image.row.storedBytes) {
        image.load = source.load;
        if (!image.load && isFile)
            image.load = [path = source.path] { return readFile(path); };
        else if (!image.load)
            image.bytes = std::move(*bytes);
    }
    return image;
}

/// Decodes all on a few threads; results in the order of `sources`.
std::vector<Result<NewImage>> inspectAll(
    const std::vector<const PictureSource*>& sources, const ImportOptions& options)
{
    std::vector<Result<NewImage>> found(sources.size(), fail(ErrorKind::Stopped, "was stopped"));
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (auto i = next++; i < sources.size(); i = next++) {
            if (options.stopRequested && options.stopRequested())
                return;
            try {
                found[i] = inspect(*sources[i], options.copyPictures);
            } catch (const std::exception& e) { // no memory for a large picture
                found[i] = fail(ErrorKind::Io, e.what());
            }
        }
    };
    const auto most = options.threads > 0 ? static_cast<unsigned>(options.threads)
                                          : std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
    std::vector<std::jthread> helpers;
    for (unsigned i = 1; i < most && i < sources.size(); ++i)
        helpers.emplace_back(work);
    work();
    helpers.clear();
    return found;
}

std::string reasonOf(const Error& error)
{
    return error.where.empty() ? error.what : "the picture " + error.where + " " + error.what;
}

tl::unexpected<Error> stoppedError()
{
    return fail(ErrorKind::Stopped, "was stopped; nothing was imported", "import");
}

/// Drops pictures that only rows with problems named.
void dropUnused(ImportBatch& batch)
{
    constexpr auto unused = static_cast<std::size_t>(-1);
    std::vector<std::size_t> places(batch.images.size(), unused);
    std::vector<NewImage> kept;
    for (auto& list : batch.itemImages)
        for (auto& position : list) {
            if (places[position] == unused) {
                places[position] = kept.size();
                kept.push_back(std::move(batch.images[position]));
            }
            position = places[position];
        }
    batch.images = std::move(kept);
}

} // namespace

BatchBuilder::BatchBuilder(const ImportOptions& options, std::string what)
    : m_options(options)
    , m_what(std::move(what))
{
}

bool BatchBuilder::stopped() const
{
    return m_options.stopRequested && m_options.stopRequested();
}

void BatchBuilder::progress(std::int64_t done, std::int64_t total) const
{
    if (m_options.onProgress)
        m_options.onProgress({ m_what, done, total });
}

void BatchBuilder::problem(int line, std::string key, std::string reason)
{
    m_batch.problems.push_back({ line, std::move(key), std::move(reason) });
}

std::optional<int> BatchBuilder::firstUse(const std::string& key, int line)
{
    const auto [found, isNew] = m_lineByKey.try_emplace(key, line);
    return isNew ? std::nullopt : std::optional(found->second);
}

Result<void> BatchBuilder::add(
    Item item, std::vector<PictureSource> pictures, std::string reference)
{
    if (item.split.empty())
        item.split = m_options.split;
    for (const auto& picture : pictures)
        m_waitingBytes += picture.bytes.size();
    m_waitingPictures += pictures.size();
    m_waiting.push_back({ std::move(item), std::move(pictures), std::move(reference), {}, {} });
    if (m_waitingPictures >= mostWaiting || m_waitingBytes >= mostWaitingBytes
        || m_waiting.size() >= 64 * mostWaiting)
        return flush();
    return stopped() ? Result<void>(stoppedError()) : Result<void> {};
}

Result<void> BatchBuilder::flush()
{
    std::vector<const PictureSource*> sources;
    std::unordered_set<std::string> asked;
    for (const auto& pending : m_waiting)
        for (const auto& picture : pending.pictures) {
            const auto path = picture.path.string();
            if (path.empty() || (!m_imageByPath.contains(path) && asked.insert(path).second))
                sources.push_back(&picture);
        }
    auto found = inspectAll(sources, m_options);
    if (stopped())
        return stoppedError();
    std::size_t next = 0;
    for (auto& pending : m_waiting) {
        place(pending, found, next);
        m_ready.push_back(std::move(pending));
        auto& ready = m_ready.back();
        ready.pictures.clear();
        if (!ready.images.empty() && ready.reason.empty())
            m_ownerByKey.emplace(ready.item.key, m_ready.size() - 1);
    }
    m_waiting.clear();
    m_waitingBytes = 0;
    m_waitingPictures = 0;
    return {};
}

/// Gives `pending` its pictures; `found` holds one for each bytes and each path that was not known.
void BatchBuilder::place(Pending& pending, std::vector<Result<NewImage>>& found, std::size_t& next)
{
    for (const auto& picture : pending.pictures) {
        const auto path = picture.path.string();
        const auto known = m_imageByPath.find(path);
        Result<std::size_t> image = 0;
        if (!path.empty() && known != m_imageByPath.end()) {
            image = known->second;
        } else {
            auto& result = found[next++];
            image = result ? Result<std::size_t>(keep(std::move(*result))) : fail(result.error());
            if (!path.empty())
                m_imageByPath.emplace(path, image);
        }
        if (image)
            pending.images.push_back(*image);
        else if (pending.reason.empty())
            pending.reason = reasonOf(image.error());
    }
}

std::size_t BatchBuilder::keep(NewImage image)
{
    const auto name = image.row.sha256 + ":" + std::to_string(image.row.width) + "x"
        + std::to_string(image.row.height);
    const auto [found, isNew] = m_imageByPixels.try_emplace(name, m_batch.images.size());
    if (isNew)
        m_batch.images.push_back(std::move(image));
    return found->second;
}

void BatchBuilder::resolve(Pending& pending)
{
    if (pending.reference.empty())
        return;
    const auto owner = m_ownerByKey.find(pending.reference);
    if (owner == m_ownerByKey.end())
        pending.reason = "its picture is said to be that of \"" + pending.reference
            + "\", but no row with that index holds a picture";
    else
        pending.images = m_ready[owner->second].images;
}

Result<ImportBatch> BatchBuilder::finish(SourceRow source)
{
    if (auto flushed = flush(); !flushed)
        return fail(flushed.error());
    for (auto& pending : m_ready)
        resolve(pending);
    for (auto& pending : m_ready) {
        if (!pending.reason.empty()) {
            problem(pending.item.line, pending.item.key, pending.reason);
            continue;
        }
        m_batch.items.push_back(std::move(pending.item));
        m_batch.itemImages.push_back(std::move(pending.images));
    }
    dropUnused(m_batch);
    std::ranges::stable_sort(m_batch.problems, {}, &ProblemRow::line);
    if (m_batch.items.empty())
        return fail(ErrorKind::Invalid,
            m_batch.problems.empty() ? "holds no question and no picture; choose another file"
                                     : "holds no row that can be taken; the first, line "
                    + std::to_string(m_batch.problems[0].line)
                    + ", not because: " + m_batch.problems[0].reason,
            source.file);
    source.items = static_cast<int>(m_batch.items.size());
    source.problems = static_cast<int>(m_batch.problems.size());
    m_batch.source = std::move(source);
    return std::move(m_batch);
}

} // namespace slook::formats
