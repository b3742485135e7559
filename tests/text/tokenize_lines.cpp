#include "core/json.h"
#include "text/tokenizer.h"
#include <chrono>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// Lets another implementation be compared with ours: one JSON text a line on stdin, one
/// {"ids": ..., "special": ..., "decoded": ..., "skipped": ...} a line on stdout, and on stderr how
/// many seconds the ids took. Used by tests/oracle/tokenizer_fuzz.py.
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
    std::vector<std::string> texts;
    for (std::string line; std::getline(std::cin, line);)
        texts.push_back(Json::parse(line).get<std::string>());
    const auto begin = std::chrono::steady_clock::now();
    std::vector<Result<std::vector<text::TokenId>>> all;
    all.reserve(texts.size());
    for (const std::string& text : texts)
        all.push_back(tokenizer->encode(text, false));
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    std::fprintf(stderr, "%f\n", taken.count());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto& text = texts[i];
        const auto& ids = all[i];
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
