#include "core/file.h"
#include "core/json.h"
#include "temporary_folder.h"
#include "text/word_piece.h"
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace slook;
using slook::text::WordPiece;

namespace {

namespace fs = std::filesystem;
const fs::path fixture = fs::path(SLOOK_SOURCE_DIR) / "tests" / "fixtures" / "bert";

Json expected()
{
    const auto text = readFile(fixture / "expected.json", 1u << 20);
    EXPECT_TRUE(text);
    return (*parseJson(*text, "expected.json"))["texts"];
}

void expectAll(const WordPiece& pieces)
{
    for (const Json& one : expected()) {
        const auto text = one["text"].get<std::string>();
        EXPECT_EQ(pieces.encode(text, 40), one["ids"].get<std::vector<std::int64_t>>()) << text;
    }
}

std::string refused(const fs::path& folder)
{
    const auto pieces = WordPiece::load(folder);
    return pieces ? std::string() : pieces.error().what;
}

} // namespace

TEST(WordPiece, GivesTransformersIdsFromEitherFile)
{
    const auto lines = WordPiece::load(fixture);
    ASSERT_TRUE(lines) << message(lines.error());
    EXPECT_EQ(lines->size(), 142);
    expectAll(*lines);
    const TemporaryFolder folder; // as transformers 5 saves it
    fs::copy_file(fixture / "tokenizer.json", folder.path() / "tokenizer.json");
    const auto json = WordPiece::load(folder.path());
    ASSERT_TRUE(json) << message(json.error());
    expectAll(*json);
}

TEST(WordPiece, KeepsCaseAndAccentsWhereItIsTold)
{
    const TemporaryFolder folder;
    std::ofstream(folder.path() / "vocab.txt") << "[UNK]\n[CLS]\n[SEP]\nred\nRed\ncaf\xC3\xA9\n";
    std::ofstream(folder.path() / "tokenizer_config.json") << R"({"do_lower_case": false})";
    const auto pieces = WordPiece::load(folder.path());
    ASSERT_TRUE(pieces);
    EXPECT_EQ(pieces->encode("red Red RED caf\xC3\xA9", 99),
        (std::vector<std::int64_t> { 1, 3, 4, 0, 5, 2 }));
    EXPECT_EQ(pieces->encode("red red red", 4), (std::vector<std::int64_t> { 1, 3, 3, 2 }));
    EXPECT_EQ(pieces->encode("\xFF red", 99), (std::vector<std::int64_t> { 1, 3, 2 }));
}

TEST(WordPiece, RefusesFoldersOfOtherTokenizers)
{
    const TemporaryFolder folder;
    EXPECT_NE(refused(folder.path()), "");
    std::ofstream(folder.path() / "tokenizer.json") << R"({"model": {"type": "BPE"}})";
    EXPECT_NE(refused(folder.path()).find("BPE"), std::string::npos);
    std::ofstream(folder.path() / "vocab.txt") << "[UNK]\n[CLS]\n";
    EXPECT_NE(refused(folder.path()).find("[SEP]"), std::string::npos);
    std::ofstream(folder.path() / "vocab.txt") << "[UNK]\n[CLS]\n[SEP]\n";
    EXPECT_EQ(refused(folder.path()), "");
    std::ofstream(folder.path() / "tokenizer_config.json") << "[]";
    EXPECT_NE(refused(folder.path()), "");
}
