#include "formats/workbook.h"

/// In place of workbook.cpp where the libraries that it needs are not there.
namespace slook::formats {
namespace {

Error noWorkbooks(const std::filesystem::path& file)
{
    return { ErrorKind::Invalid,
        "is an Excel file, and this build reads and writes none; install libarchive-dev, "
        "libexpat1-dev and libxlsxwriter-dev and build again, or use TSV",
        file.string() };
}

} // namespace

bool canWriteWorkbooks()
{
    return false;
}

Result<std::vector<SheetRow>> readWorkbook(const std::filesystem::path& file)
{
    return fail(noWorkbooks(file));
}

Result<void> writeWorkbook(
    const std::filesystem::path& file, const std::vector<std::vector<std::string>>& /*rows*/)
{
    return fail(noWorkbooks(file));
}

} // namespace slook::formats
