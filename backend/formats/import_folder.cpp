#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "formats/batch_builder.h"
#include "formats/importers.h"
#include <algorithm>
#include <array>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace slook::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t mostFiles = 1'000'000;

/// The first bytes of a regular file; empty for anything else.
std::string headOf(const fs::path& file)
{
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return {};
    struct stat info { };
    std::array<char, 32> bytes {};
    const bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    const auto got = regular ? ::read(fd, bytes.data(), bytes.size()) : 0;
    ::close(fd);
    return { bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0 };
}

bool isNamedLikePicture(const fs::path& file)
{
    auto ending = file.extension().string();
    std::ranges::transform(
        ending, ending.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    static const std::array known { ".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif",
        ".tiff", ".jp2", ".heic", ".avif" };
    return std::ranges::find(known, ending) != known.end();
}

/// Files that are pictures by content or name, in a fixed order; hidden ones are left out.
Result<std::vector<fs::path>> picturesIn(const fs::path& folder)
{
    std::vector<fs::path> files;
    std::error_code error;
    fs::recursive_directory_iterator entry(
        folder, fs::directory_options::skip_permission_denied, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (entry->path().filename().string().starts_with('.')) {
            entry.disable_recursion_pending();
            continue;
        }
        std::error_code ignored;
        if (!entry->is_regular_file(ignored))
            continue;
        if (isNamedLikePicture(entry->path()) || looksLikePicture(headOf(entry->path())))
            files.push_back(entry->path());
        if (files.size() > mostFiles)
            return fail(ErrorKind::Invalid,
                "holds more than a million pictures; import its sub-folders", folder.string());
    }
    if (error)
        return fail(ErrorKind::Io, "cannot be listed (" + error.message() + ")", folder.string());
    std::ranges::sort(files);
    return files;
}

std::string splitIn(const fs::path& relative)
{
    for (const auto& part : relative.parent_path())
        for (const char* name : { "train", "test", "val", "validation", "dev" })
            if (part == name)
                return name;
    return {};
}

Item itemFor(const fs::path& relative)
{
    Item item;
    item.key = relative.string();
    item.category = relative.parent_path().filename().string();
    item.split = splitIn(relative);
    item.fields = dumpLine(Json { { "file", item.key } });
    return item;
}

} // namespace

bool looksLikePicture(std::string_view head)
{
    using namespace std::string_view_literals;
    return head.starts_with("\x89PNG\r\n\x1A\n"sv) || head.starts_with("\xFF\xD8\xFF"sv)
        || (head.starts_with("RIFF"sv)
            && head.substr(std::min<std::size_t>(8, head.size())).starts_with("WEBP"sv))
        || (head.starts_with("BM"sv) && head.size() > 17 && head[14] > 11 && head[15] == '\0'
            && head[16] == '\0' && head[17] == '\0');
}

Result<ImportBatch> importFolder(const fs::path& folder, const ImportOptions& options)
{
    std::error_code error;
    const auto root = fs::canonical(folder, error);
    if (error)
        return fail(
            ErrorKind::NotFound, "cannot be opened (" + error.message() + ")", folder.string());
    const auto files = picturesIn(root);
    if (!files)
        return fail(files.error());
    BatchBuilder builder(options, "Reading pictures");
    Sha256 hash;
    int number = 0;
    for (const auto& file : *files) {
        auto item = itemFor(file.lexically_relative(root));
        item.line = ++number;
        hash.add(item.key + "\n");
        builder.progress(number, static_cast<std::int64_t>(files->size()));
        if (!isCleanUtf8(item.key)) {
            builder.problem(number, "", "the file's name is no UTF-8; rename it");
            continue;
        }
        std::vector<PictureSource> pictures(1);
        pictures[0].path = file;
        if (auto added = builder.add(std::move(item), std::move(pictures)); !added)
            return fail(added.error());
    }
    return builder.finish(sourceRow(root, options, "folder", hash.hex()));
}

Result<ImportBatch> importPictureList(const fs::path& file, const ImportOptions& options)
{
    const auto text = readFile(file);
    const auto names = text ? parseJson(*text, file.string()) : fail(text.error());
    if (!names)
        return fail(names.error());
    if (!names->is_array())
        return fail(ErrorKind::Invalid, "is no list of picture names", file.string());
    const bool given = !options.imageRoot.empty();
    const auto beside = file.parent_path().empty() ? fs::path(".") : file.parent_path();
    const PictureFinder finder(given ? options.imageRoot : beside, given);
    BatchBuilder builder(options, "Reading " + file.filename().string());
    for (int number = 1; const auto& name : *names) {
        Item item;
        item.line = number++;
        item.key = name.is_string() ? name.get<std::string>() : "";
        const auto found = finder.find(item.key);
        const auto first = builder.firstUse(item.key, item.line);
        if (!name.is_string() || !found || first) {
            builder.problem(item.line, item.key,
                !name.is_string() ? "it is no name of a picture"
                    : first       ? "the name stands in the list already"
                                  : found.error().what);
            continue;
        }
        item.fields = dumpLine(Json { { "file", item.key } });
        if (auto added = builder.add(std::move(item), { { {}, {}, *found } }); !added)
            return fail(added.error());
    }
    return builder.finish(sourceRow(file, options, "picture-list", sha256(*text)));
}

} // namespace slook::formats
