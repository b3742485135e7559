#include "workbench/materialise.h"
#include "core/hash.h"
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

std::string fileName(const ImageRow& image)
{
    return image.fileSha256 + "." + image.format;
}

Error cannotWrite(const fs::path& file, const std::string& why)
{
    return { ErrorKind::Io, "cannot be written (" + why + "); make room or check permissions",
        file.string() };
}

/// The cached file of a picture, written anew where it is not there or not what it should be.
Result<fs::path> cached(const store::Project& project, const ImageRow& image, const fs::path& cache)
{
    const fs::path file = cache / fileName(image);
    if (const auto sum = sha256OfFile(file); sum && *sum == image.fileSha256)
        return file;
    const auto bytes = project.imageBytes(image.id);
    if (!bytes)
        return fail(bytes.error());
    const fs::path temporary = file.string() + ".tmp" + std::to_string(::getpid());
    std::ofstream stream(temporary, std::ios::binary);
    stream.write(bytes->data(), static_cast<std::streamsize>(bytes->size()));
    stream.close();
    std::error_code error;
    if (stream)
        fs::rename(temporary, file, error);
    if (stream && !error)
        return file;
    std::error_code ignored;
    fs::remove(temporary, ignored);
    return fail(cannotWrite(file, error ? error.message() : "the disk may be full"));
}

Result<void> placed(const fs::path& from, const fs::path& to)
{
    std::error_code error;
    fs::create_hard_link(from, to, error);
    if (!error)
        return {};
    fs::copy_file(from, to, error);
    if (error)
        return fail(cannotWrite(to, error.message()));
    return {};
}

} // namespace

std::string pathInRun(const ImageRow& image)
{
    return image.storedBytes ? "pictures/" + fileName(image)
                             : fs::absolute(image.path).lexically_normal().string();
}

Result<void> materialisePictures(const store::Project& project, std::span<const ImageRow> images,
    const fs::path& directory, const Watch& watch)
{
    const fs::path cache = project.folder() / "pictures";
    std::error_code error;
    fs::create_directories(cache, error);
    if (!error)
        fs::create_directories(directory / "pictures", error);
    if (error)
        return fail(cannotWrite(cache, error.message()));
    std::int64_t done = 0;
    for (const ImageRow& image : images) {
        if (watch.stopped())
            return fail(ErrorKind::Stopped, "was not started, since it was stopped", "the run");
        watch.tell("Writing pictures", ++done, static_cast<std::int64_t>(images.size()));
        const fs::path target = directory / pathInRun(image);
        if (!image.storedBytes || fs::exists(target, error))
            continue;
        const auto file = cached(project, image, cache);
        if (!file)
            return fail(file.error());
        if (auto linked = placed(*file, target); !linked)
            return linked;
    }
    return {};
}

} // namespace slook::workbench
