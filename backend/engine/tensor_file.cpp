#include "engine/tensor_file.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "engine/tensor_header.h"
#include <ATen/ATen.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace slook::engine {

struct TensorFile::Descriptor {
    explicit Descriptor(int number)
        : fd(number)
    {
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor()
    {
        if (fd >= 0)
            ::close(fd);
    }
    int fd;
    std::uint64_t size = 0;
};

namespace {

constexpr std::uint64_t mostHeaderBytes = 100'000'000;

std::string reason()
{
    return std::strerror(errno);
}

/// Fills `to` from `offset`. Errors: Io, also where the file ends before.
Result<void> readFully(
    int fd, std::uint64_t offset, char* to, std::uint64_t bytes, const std::string& where)
{
    while (bytes > 0) {
        const auto got =
            ::pread(fd, to, std::min<std::uint64_t>(bytes, 1u << 30), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(ErrorKind::Io, "cannot be read (" + reason() + ")", where);
        if (got == 0)
            return fail(ErrorKind::Io,
                "became shorter while it was read; start again when nothing writes it", where);
        to += got;
        offset += static_cast<std::uint64_t>(got);
        bytes -= static_cast<std::uint64_t>(got);
    }
    return {};
}

/// A sentence for bytes that are some other format; empty where they may be safetensors.
std::string foreignFormat(const std::array<char, 8>& head)
{
    const std::string_view bytes(head.data(), head.size());
    const std::string advice = "; ask for, or convert to, model.safetensors";
    if (bytes.starts_with("PK\x03\x04"))
        return "is a zip archive (as torch.save writes them), which may hold code and is never "
               "loaded"
            + advice;
    if (head[0] == '\x80' && head[1] >= 2 && head[1] <= 5)
        return "is a Python pickle, which can run code and is never loaded" + advice;
    if (bytes.starts_with("GGUF"))
        return "is a GGUF file, which this program does not read" + advice;
    if (bytes.starts_with("version "))
        return "is a Git LFS pointer, not the file itself; run `git lfs pull` in its folder";
    return {};
}

std::uint64_t littleEndian(const std::array<char, 8>& head)
{
    std::uint64_t value = 0;
    for (std::size_t i = 8; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(head[i]);
    return value;
}

} // namespace

Result<TensorFile> TensorFile::open(const std::filesystem::path& file)
{
    TensorFile opened;
    opened.m_path = file;
    const auto where = file.string();
    opened.m_descriptor =
        std::make_shared<Descriptor>(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    const int fd = opened.m_descriptor->fd;
    if (fd < 0)
        return fail(errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Io,
            "cannot be opened (" + reason() + ")", where);
    struct stat info { };
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return fail(ErrorKind::Invalid, "is not a regular file", where);
    const auto size = static_cast<std::uint64_t>(info.st_size);
    opened.m_descriptor->size = size;
    std::array<char, 8> head {};
    if (size < head.size() + 2)
        return fail(ErrorKind::Invalid,
            "has only " + std::to_string(size)
                + " bytes, so it is no safetensors file; fetch it again",
            where);
    if (auto got = readFully(fd, 0, head.data(), head.size(), where); !got)
        return fail(std::move(got).error());
    if (auto foreign = foreignFormat(head); !foreign.empty())
        return fail(ErrorKind::Invalid, std::move(foreign), where);
    const auto headerBytes = littleEndian(head);
    if (headerBytes > std::min(mostHeaderBytes, size - head.size()))
        return fail(ErrorKind::Invalid,
            "claims a header of " + std::to_string(headerBytes) + " bytes in a file of "
                + std::to_string(size) + "; it is cut off or no safetensors file, fetch it again",
            where);
    std::string json(headerBytes, '\0');
    if (auto got = readFully(fd, head.size(), json.data(), json.size(), where); !got)
        return fail(std::move(got).error());
    opened.m_dataBegin = head.size() + headerBytes;
    auto header = parseTensorHeader(json, size - opened.m_dataBegin, where);
    if (!header)
        return fail(std::move(header).error());
    opened.m_entries = std::move(header->entries);
    opened.m_metadata = std::move(header->metadata);
    opened.m_headerSha256 = sha256(json);
    return opened;
}

Result<at::Tensor> TensorFile::read(const std::string& name) const
{
    const auto found = m_entries.find(name);
    if (found == m_entries.end())
        return fail(ErrorKind::NotFound, "has no tensor \"" + name + "\"", m_path.string());
    const TensorEntry& entry = found->second;
    auto tensor = at::empty(entry.shape, at::TensorOptions().dtype(entry.type));
    if (auto got = readFully(m_descriptor->fd, m_dataBegin + entry.begin,
            static_cast<char*>(tensor.data_ptr()), entry.end - entry.begin, m_path.string());
        !got)
        return fail(std::move(got).error());
    if (entry.type == at::kBool) // other bytes than 0 and 1 would be undefined behaviour later
        tensor = tensor.view(at::kByte).ne(0);
    return tensor;
}

Result<std::map<std::string, at::Tensor>> TensorFile::readAll() const
{
    std::map<std::string, at::Tensor> all;
    for (const auto& [name, entry] : m_entries) {
        auto tensor = read(name);
        if (!tensor)
            return fail(std::move(tensor).error());
        all.emplace(name, std::move(*tensor));
    }
    return all;
}

Result<std::string> TensorFile::contentSha256() const
{
    Sha256 sum;
    std::string piece;
    for (std::uint64_t at = 0; at < m_descriptor->size; at += piece.size()) {
        piece.resize(std::min<std::uint64_t>(m_descriptor->size - at, 4u << 20));
        if (auto got = readFully(m_descriptor->fd, at, piece.data(), piece.size(), m_path.string());
            !got)
            return fail(std::move(got).error());
        sum.add(piece);
    }
    return sum.hex();
}

namespace {

/// A new file beside the one that it will replace; removed unless it was put in place.
class Replacement {
public:
    explicit Replacement(std::filesystem::path file)
        : m_file(std::move(file))
        , m_temporary(m_file.string() + ".tmp" + std::to_string(::getpid()))
        , m_fd(::open(m_temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644))
    {
    }
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;
    ~Replacement()
    {
        if (m_fd >= 0)
            ::close(m_fd);
        if (!m_done)
            ::unlink(m_temporary.c_str());
    }
    Result<void> add(const char* bytes, std::uint64_t count)
    {
        while (count > 0) {
            const auto written =
                m_fd < 0 ? -1 : ::write(m_fd, bytes, std::min<std::uint64_t>(count, 1u << 30));
            if (written < 0 && m_fd >= 0 && errno == EINTR)
                continue;
            if (written < 0)
                return failed("cannot be written");
            bytes += written;
            count -= static_cast<std::uint64_t>(written);
        }
        return {};
    }
    Result<void> putInPlace()
    {
        if (m_fd < 0 || ::fsync(m_fd) != 0)
            return failed("cannot be synced to the disk");
        if (::rename(m_temporary.c_str(), m_file.c_str()) != 0)
            return failed("cannot be put in place");
        m_done = true;
        return syncFolder(m_file.parent_path());
    }

private:
    Result<void> failed(const std::string& what) const
    {
        return fail(ErrorKind::Io,
            what + " (" + reason() + "); free some space or choose another folder",
            m_file.string());
    }
    std::filesystem::path m_file;
    std::string m_temporary;
    int m_fd;
    bool m_done = false;
};

} // namespace

Result<void> writeTensorFile(const std::filesystem::path& file,
    const std::map<std::string, at::Tensor>& tensors,
    const std::map<std::string, std::string>& metadata)
{
    nlohmann::ordered_json header;
    header["__metadata__"]["format"] = "pt";
    for (const auto& [key, value] : metadata)
        header["__metadata__"][key] = value;
    std::uint64_t offset = 0;
    for (const auto& [name, tensor] : tensors) {
        const char* type = tensor.defined() ? safetensorsName(tensor.scalar_type()) : nullptr;
        if (type == nullptr)
            return fail(ErrorKind::Invalid,
                "cannot hold tensor \"" + name + "\": safetensors have no such type",
                file.string());
        const auto bytes = static_cast<std::uint64_t>(tensor.numel()) * tensor.element_size();
        header[name] = { { "dtype", type }, { "shape", tensor.sizes().vec() },
            { "data_offsets", { offset, offset + bytes } } };
        offset += bytes;
    }
    std::string json =
        header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    json.resize((json.size() + 7) / 8 * 8, ' '); // so that the data begin at a multiple of 8
    std::string head;
    for (int i = 0; i < 8; ++i)
        head.push_back(
            static_cast<char>(static_cast<std::uint64_t>(json.size()) >> (8 * i) & 0xFF));
    head += json;
    Replacement replacement(file);
    if (auto written = replacement.add(head.data(), head.size()); !written)
        return written;
    for (const auto& [name, tensor] : tensors) {
        const auto flat = tensor.detach().to(at::kCPU).contiguous();
        const auto bytes = static_cast<std::uint64_t>(flat.numel()) * flat.element_size();
        if (auto written = replacement.add(static_cast<const char*>(flat.const_data_ptr()), bytes);
            !written)
            return written;
    }
    return replacement.putInPlace();
}

} // namespace slook::engine
