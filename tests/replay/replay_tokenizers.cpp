#include "replay.h"
#include "text/tokenizer.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace slook::replay {
namespace {

Result<void> fillRow(const text::Tokenizer& tokenizer, Json& row)
{
    const std::string text = row.at("text");
    const auto plain = tokenizer.encode(text, false);
    const auto special = tokenizer.encode(text, true);
    if (!plain || !special)
        return fail(plain ? special.error() : plain.error());
    row["ids"] = *plain;
    row["ids_with_special"] = *special;
    row["decoded"] = tokenizer.decode(*plain, false);
    row["decoded_skip_special"] = tokenizer.decode(*plain, true);
    return {};
}

Result<void> replayTokenizer(const Path& file, const Path& out)
{
    auto fixture = readJson(file);
    if (!fixture)
        return fail(fixture.error());
    const auto tokenizer =
        text::Tokenizer::load(file.parent_path() / fixture->at("tokenizer").get<std::string>());
    if (!tokenizer)
        return fail(tokenizer.error());
    for (Json& row : fixture->at("rows"))
        if (const auto done = fillRow(*tokenizer, row); !done)
            return done;
    return writeJson(out / file.filename(), *fixture);
}

} // namespace

Result<void> replayTokenizers(const Path& fixture, const Path& out)
{
    for (const auto& entry : std::filesystem::directory_iterator(fixture))
        if (entry.path().extension() == ".json")
            if (const auto done = replayTokenizer(entry.path(), out); !done)
                return done;
    return {};
}

} // namespace slook::replay
