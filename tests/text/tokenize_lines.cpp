#include "core/json.h"
#include "text/tokenizer.h"
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

/// Lets another implementation be compared with ours: one JSON text a line on stdin, one
/// {"ids": ..., "special": ..., "decoded": ..., "skipped": ...} a line on stdout. Used by
/// tests/oracle/tokenizer_fuzz.py.
int main(int argc, char** argv)
{
    using namespace slook;
    if (argc != 2) {
        std::fputs("usage: tokenize_lines TOKENIZER.JSON\n", stderr);
        return 2;
    }
    const auto tokenizer = text::Tokenizer::load(argv[1]);
    if (!tokenizer) {
        std::fprintf(stderr, "tokenize_lines: %s\n", message(tokenizer.error()).c_str());
        return 1;
    }
    for (std::string line; std::getline(std::cin, line);) {
        const auto text = Json::parse(line).get<std::string>();
        const auto ids = tokenizer->encode(text, false);
        const auto special = tokenizer->encode(text, true);
        if (!ids || !special) {
            std::fprintf(
                stderr, "tokenize_lines: %s\n", message((ids ? special : ids).error()).c_str());
            return 1;
        }
        std::cout << dumpLine({ { "ids", *ids }, { "special", *special },
            { "decoded", tokenizer->decode(*ids, false) },
            { "skipped", tokenizer->decode(*ids, true) } })
                  << '\n';
    }
    return 0;
}
