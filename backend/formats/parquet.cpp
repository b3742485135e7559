#include "formats/parquet.h"
#include "core/file.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

namespace slook::formats {
namespace {

namespace fs = std::filesystem;

/// Beside the program, or where it is installed to.
const ParquetComponent* loadComponent()
{
    std::error_code error;
    const auto folder = fs::read_symlink("/proc/self/exe", error).parent_path();
    if (error)
        return nullptr;
    for (const auto& file : { folder / "libslook-parquet.so",
             folder.parent_path() / "lib" / "secondlook" / "libslook-parquet.so" }) {
        // Local: Arrow brings copies of libraries that others bring, too. It is never unloaded.
        void* const library =
            fs::exists(file, error) ? dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
        void* const symbol = library ? dlsym(library, "slookParquet") : nullptr;
        if (symbol)
            return reinterpret_cast<const ParquetComponent* (*)()>(symbol)();
    }
    return nullptr;
}

const ParquetComponent* component()
{
    static const ParquetComponent* const loaded = loadComponent();
    return loaded;
}

Error notThere(const fs::path& file)
{
    return { ErrorKind::Invalid,
        "is a Parquet file, and this build reads and writes none; install the pyarrow wheel into "
        "build/venv and run ./setup again, or convert the file to JSON Lines",
        file.string() };
}

/// What was written is on the disk before it takes the place of the old file.
Result<void> moveInto(const fs::path& from, const fs::path& to)
{
    const int descriptor = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    if (descriptor >= 0)
        ::close(descriptor);
    std::error_code error;
    if (synced)
        fs::rename(from, to, error);
    if (!synced || error)
        return fail(ErrorKind::Io, "could not be written; look at space and rights", to.string());
    return syncFolder(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

} // namespace

bool canReadParquet()
{
    return component() != nullptr;
}

bool looksLikeParquet(std::string_view head)
{
    return head.starts_with("PAR1") || head.starts_with("PARE");
}

Result<bool> isParquet(const fs::path& file)
{
    std::error_code error;
    if (!fs::is_regular_file(file, error)) // never opens a pipe
        return false;
    std::ifstream stream(file, std::ios::binary);
    char head[4] = {};
    if (!stream)
        return fail(ErrorKind::Io, "cannot be opened; look at its rights", file.string());
    stream.read(head, sizeof head);
    return stream.gcount() == sizeof head && looksLikeParquet({ head, sizeof head });
}

Result<std::unique_ptr<ParquetTable>> openParquet(const fs::path& file)
{
    return component() ? component()->open(file) : fail(notThere(file));
}

Result<void> writeParquet(const fs::path& file, const NextParquetPair& next)
{
    if (!component())
        return fail(notThere(file));
    auto part = file;
    part += ".part-" + std::to_string(::getpid());
    auto written = component()->write(part, next);
    if (written)
        written = moveInto(part, file);
    std::error_code error;
    fs::remove(part, error);
    return written;
}

} // namespace slook::formats
