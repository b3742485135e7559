#include "core/hash.h"
#include "store/item_json.h"
#include "store/session.h"
#include <stdexcept>
#include <unordered_set>

namespace slook::store {
namespace {

void requireConsistent(const ImportBatch& batch)
{
    if (batch.itemImages.size() != batch.items.size())
        throw std::invalid_argument("[Project::addImport] " + std::to_string(batch.items.size())
            + " items with " + std::to_string(batch.itemImages.size()) + " lists of pictures");
    for (const auto& list : batch.itemImages)
        for (const auto position : list)
            if (position >= batch.images.size())
                throw std::invalid_argument("[Project::addImport] picture "
                    + std::to_string(position) + " of " + std::to_string(batch.images.size()));
}

Result<void> keysAreUnique(const ImportBatch& batch)
{
    std::unordered_set<std::string_view> seen;
    for (const auto& item : batch.items)
        if (!seen.insert(item.key).second)
            return fail(ErrorKind::Invalid,
                "has the key \"" + item.key
                    + "\" twice; every question of an import needs a key of its own",
                batch.source.file);
    return {};
}

SourceId addSource(SQLite::Database& db, const ImportBatch& batch)
{
    SQLite::Statement insert(db,
        "INSERT INTO source(name, file, sha256, format, time, items, problems) "
        "VALUES(?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, batch.source.name);
    insert.bind(2, batch.source.file);
    insert.bind(3, batch.source.sha256);
    insert.bind(4, batch.source.format);
    insert.bind(5, nowMs());
    insert.bind(6, static_cast<std::int64_t>(batch.items.size()));
    insert.bind(7, static_cast<std::int64_t>(batch.problems.size()));
    insert.exec();
    return { db.getLastInsertRowid() };
}

void addProblems(SQLite::Database& db, SourceId source, const std::vector<ProblemRow>& problems)
{
    SQLite::Statement insert(
        db, "INSERT INTO problem(source, position, line, key, reason) VALUES(?, ?, ?, ?, ?)");
    for (std::size_t i = 0; i < problems.size(); ++i) {
        insert.reset();
        insert.bind(1, source.value);
        insert.bind(2, static_cast<std::int64_t>(i));
        insert.bind(3, problems[i].line);
        insert.bind(4, problems[i].key);
        insert.bind(5, problems[i].reason);
        insert.exec();
    }
}

/// Adds pictures; those with known pixels keep their row.
class PictureWriter {
public:
    explicit PictureWriter(SQLite::Database& db)
        : m_db(db)
        , m_find(db,
              "SELECT id, storedBytes, path FROM image WHERE sha256 = ? AND width = ? AND height = "
              "?")
        , m_insert(db,
              "INSERT INTO image(sha256, fileSha256, width, height, format, path, storedBytes) "
              "VALUES(?, ?, ?, ?, ?, ?, ?)")
        , m_bytes(db, "INSERT INTO image_bytes(image, bytes) VALUES(?, ?)")
        , m_replace(db,
              "UPDATE image SET fileSha256 = ?, format = ?, path = ?, storedBytes = ? WHERE id = ?")
    {
    }

    Result<ImageId> add(const NewImage& image)
    {
        m_find.reset();
        m_find.bindNoCopy(1, image.row.sha256);
        m_find.bind(2, image.row.width);
        m_find.bind(3, image.row.height);
        if (!m_find.executeStep())
            return addNew(image);
        const ImageId id { m_find.getColumn(0).getInt64() };
        const bool stored = m_find.getColumn(1).getInt() != 0;
        const auto path = m_find.getColumn(2).getString();
        m_find.reset();
        if (!stored && (image.row.storedBytes || isBetter(image.row.path, path)))
            return replace(id, image);
        return id;
    }

private:
    static bool isBetter(const std::string& offered, const std::string& known)
    {
        std::error_code error;
        return offered != known && !std::filesystem::exists(known, error);
    }

    Result<ImageId> addNew(const NewImage& image)
    {
        m_insert.reset();
        m_insert.bindNoCopy(1, image.row.sha256);
        m_insert.bindNoCopy(2, image.row.fileSha256);
        m_insert.bind(3, image.row.width);
        m_insert.bind(4, image.row.height);
        m_insert.bindNoCopy(5, image.row.format);
        m_insert.bindNoCopy(6, image.row.path);
        m_insert.bind(7, image.row.storedBytes ? 1 : 0);
        m_insert.exec();
        return keepBytes({ m_db.getLastInsertRowid() }, image);
    }

    Result<ImageId> replace(ImageId id, const NewImage& image)
    {
        m_replace.reset();
        m_replace.bindNoCopy(1, image.row.fileSha256);
        m_replace.bindNoCopy(2, image.row.format);
        m_replace.bindNoCopy(3, image.row.path);
        m_replace.bind(4, image.row.storedBytes ? 1 : 0);
        m_replace.bind(5, id.value);
        m_replace.exec();
        return keepBytes(id, image);
    }

    Result<ImageId> keepBytes(ImageId id, const NewImage& image)
    {
        if (!image.row.storedBytes)
            return id;
        const bool lazy = image.bytes.empty() && image.load;
        auto bytes = lazy ? image.load() : Result<std::string>(image.bytes);
        if (!bytes)
            return fail(bytes.error());
        if (sha256(*bytes) != image.row.fileSha256)
            return fail(ErrorKind::Io,
                "holds a picture that changed while it was imported; import it again when nothing "
                "else writes it",
                image.row.path);
        m_bytes.reset();
        m_bytes.bind(1, id.value);
        m_bytes.bindNoCopy(2, bytes->data(), static_cast<int>(bytes->size()));
        m_bytes.exec();
        return id;
    }

    SQLite::Database& m_db;
    SQLite::Statement m_find;
    SQLite::Statement m_insert;
    SQLite::Statement m_bytes;
    SQLite::Statement m_replace;
};

Result<std::vector<ImageId>> addImages(SQLite::Database& db, const std::vector<NewImage>& images)
{
    PictureWriter writer(db);
    std::vector<ImageId> ids;
    ids.reserve(images.size());
    for (const auto& image : images) {
        const auto id = writer.add(image);
        if (!id)
            return fail(id.error());
        ids.push_back(*id);
    }
    return ids;
}

void addItems(SQLite::Database& db, SourceId source, const ImportBatch& batch,
    const std::vector<ImageId>& images)
{
    SQLite::Statement insert(db,
        "INSERT INTO item(source, key, question, hint, options, answer, category, split, fields, "
        "line) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    SQLite::Statement link(db, "INSERT INTO item_image(item, position, image) VALUES(?, ?, ?)");
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const auto& item = batch.items[i];
        const auto options = optionsToText(item.options);
        insert.reset();
        insert.bind(1, source.value);
        insert.bindNoCopy(2, item.key);
        insert.bindNoCopy(3, item.question);
        insert.bindNoCopy(4, item.hint);
        insert.bindNoCopy(5, options);
        insert.bindNoCopy(6, item.answer);
        insert.bindNoCopy(7, item.category);
        insert.bindNoCopy(8, item.split);
        insert.bindNoCopy(9, item.fields);
        insert.bind(10, item.line);
        insert.exec();
        const auto id = db.getLastInsertRowid();
        for (std::size_t k = 0; k < batch.itemImages[i].size(); ++k) {
            link.reset();
            link.bind(1, id);
            link.bind(2, static_cast<std::int64_t>(k));
            link.bind(3, images[batch.itemImages[i][k]].value);
            link.exec();
        }
    }
}

std::string sentenceFor(const ImportBatch& batch)
{
    return "Imported " + std::to_string(batch.items.size()) + " items from " + batch.source.name
        + (batch.problems.empty()
                ? ""
                : " (" + std::to_string(batch.problems.size()) + " rows were not taken)");
}

} // namespace

Result<SourceId> Project::addImport(const ImportBatch& batch, const std::string& opId)
{
    requireConsistent(batch);
    auto& db = m_db->db;
    return writing(*m_db, [&]() -> Result<SourceId> {
        const auto before = doneBefore(db, opId, "import");
        if (!before)
            return fail(before.error());
        if (*before)
            return SourceId { **before };
        if (auto unique = keysAreUnique(batch); !unique)
            return fail(unique.error());
        const auto source = addSource(db, batch);
        const auto images = addImages(db, batch.images);
        if (!images)
            return fail(images.error());
        addItems(db, source, batch, *images);
        addProblems(db, source, batch.problems);
        addJournal(db, "import", source.value, sentenceFor(batch));
        markDone(db, opId, "import", source.value);
        return source;
    });
}

} // namespace slook::store
