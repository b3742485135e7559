#include "formats/workbook.h"

namespace slook::formats {

bool looksLikeWorkbook(std::string_view head)
{
    using namespace std::string_view_literals;
    return head.starts_with("PK\x03\x04"sv)
        && (head.find("[Content_Types].xml"sv) != std::string_view::npos
            || head.find("xl/"sv) != std::string_view::npos);
}

} // namespace slook::formats
