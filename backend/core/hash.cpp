#include "core/hash.h"
#include <array>
#include <cstdio>
#include <openssl/evp.h>
#include <stdexcept>
#include <xxhash.h>

namespace slook {

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256()
    : m_state(std::make_unique<State>())
{
    if (!m_state->context || EVP_DigestInit_ex(m_state->context, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("[Sha256] the library of hashes does not start");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::span<const std::uint8_t> bytes)
{
    EVP_DigestUpdate(m_state->context, bytes.data(), bytes.size());
}

void Sha256::add(std::string_view bytes)
{
    EVP_DigestUpdate(m_state->context, bytes.data(), bytes.size());
}

std::string Sha256::hex()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest {};
    unsigned int length = 0;
    EVP_DigestFinal_ex(m_state->context, digest.data(), &length);
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < length; ++i) {
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

std::string sha256(std::span<const std::uint8_t> bytes)
{
    Sha256 sum;
    sum.add(bytes);
    return sum.hex();
}

std::string sha256(std::string_view bytes)
{
    Sha256 sum;
    sum.add(bytes);
    return sum.hex();
}

Result<std::string> sha256OfFile(const std::filesystem::path& file)
{
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(
        std::fopen(file.c_str(), "rbe"), &std::fclose);
    if (!stream)
        return fail(ErrorKind::NotFound,
            "cannot be opened; check that the file is there and readable", file.string());
    Sha256 sum;
    std::string block(1u << 20, '\0');
    while (const auto read = std::fread(block.data(), 1, block.size(), stream.get()))
        sum.add(std::string_view(block).substr(0, read));
    if (std::ferror(stream.get()))
        return fail(
            ErrorKind::Io, "stopped being readable half-way; check the disk", file.string());
    return sum.hex();
}

std::uint64_t quickHash(std::span<const std::uint8_t> bytes, std::uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

} // namespace slook
