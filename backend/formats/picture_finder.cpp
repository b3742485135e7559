#include "formats/picture_finder.h"
#include "core/file.h"

namespace slook::formats {
namespace {

namespace fs = std::filesystem;

bool isBeneath(const fs::path& file, const fs::path& folder)
{
    auto part = file.begin();
    for (const auto& expected : folder) {
        if (expected.empty())
            continue;
        if (part == file.end() || *part != expected)
            return false;
        ++part;
    }
    return true;
}

/// "a/b/c.png", "b/c.png", "c.png": without root, "." and "..".
std::vector<fs::path> endings(const fs::path& name)
{
    std::vector<fs::path> parts;
    for (const auto& part : name.relative_path())
        if (!part.empty() && part != "." && part != "..")
            parts.push_back(part);
    std::vector<fs::path> paths;
    for (std::size_t from = 0; from < parts.size() && from < 16; ++from) {
        fs::path path;
        for (std::size_t i = from; i < parts.size(); ++i)
            path /= parts[i];
        paths.push_back(path);
    }
    return paths;
}

} // namespace

PictureFinder::PictureFinder(fs::path folder, bool given)
    : m_folder(std::move(folder))
    , m_given(given)
{
    std::error_code error;
    if (auto canonical = fs::canonical(m_folder, error); !error)
        m_folder = canonical;
}

Result<fs::path> PictureFinder::find(const std::string& name) const
{
    if (name.size() > 4096 || !isCleanUtf8(name))
        return fail(ErrorKind::Invalid, "the name of the picture is no file name");
    if (name.find("://") != std::string::npos)
        return fail(ErrorKind::Invalid,
            "the picture \"" + name + "\" is an address; download it and name its folder");
    std::vector<fs::path> candidates { fs::path(name) };
    if (m_given)
        for (auto& ending : endings(name))
            candidates.push_back(std::move(ending));
    bool outside = false;
    for (const auto& candidate : candidates) {
        std::error_code error;
        auto file = fs::canonical(m_folder / candidate, error);
        if (error)
            continue;
        if (!isBeneath(file, m_folder))
            outside = true;
        else if (fs::is_regular_file(file, error))
            return file;
    }
    if (outside)
        return fail(ErrorKind::Invalid,
            "the picture \"" + name + "\" lies outside of " + m_folder.string()
                + "; name the folder of the pictures");
    return fail(ErrorKind::NotFound,
        "the picture \"" + name + "\" is not in " + m_folder.string()
            + "; name the folder of the pictures");
}

} // namespace slook::formats
