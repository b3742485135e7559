#include "engine/reference_cache.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "engine/shortcuts.h"
#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace slook::engine {
namespace {

namespace fs = std::filesystem;

constexpr int fileVersion = 1;
constexpr int wayOfComputing = 1; ///< raised when our own code gives a pair other last bits
constexpr std::size_t digestDigits = 64, floatDigits = 8;
constexpr std::size_t lineLength = digestDigits + 2 * (1 + floatDigits) + 1;
constexpr const char* extension = ".references";

/// The float whose bits these 8 hexadecimal digits are.
std::optional<float> floatFrom(std::string_view digits)
{
    std::uint32_t bits = 0;
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, bits, 16);
    if (read.ec != std::errc() || read.ptr != end)
        return std::nullopt;
    return std::bit_cast<float>(bits);
}

/// The processor's name: math libraries choose by it. Empty where the system does not tell.
std::string processorName()
{
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name"))
            return line;
    return {};
}

std::string deviceText(at::Device device)
{
    if (device.is_cpu())
        return processorName();
    const auto index = device.has_index() ? device.index() : c10::DeviceIndex { 0 };
    return "CUDA " + std::to_string(at::accelerator::getMemoryInfo(index).second);
}

std::string sha256OfAdapter(const LoraAdapter& adapter)
{
    Sha256 sum;
    for (const auto& module : adapter.modules())
        sum.add(module.name + " " + std::to_string(module.rank) + " "
            + std::to_string(module.lora->scale) + "\n");
    const auto values = adapter.values().detach().cpu().contiguous();
    sum.add(std::string_view(static_cast<const char*>(values.const_data_ptr()), values.nbytes()));
    return sum.hex();
}

} // namespace

std::string sha256OfReference(const VisionLanguageModel& model, const std::string& weights,
    const LoraAdapter* adapter, const LossOptions& loss)
{
    Json json;
    json["way"] = wayOfComputing;
    json["weights"] = weights;
    json["adapter"] = adapter ? sha256OfAdapter(*adapter) : "";
    json["type"] = at::toString(model.type());
    json["device"] = deviceText(model.device());
    json["libraries"] = at::show_config();
    json["threads"] = model.shape().heavy ? at::get_num_threads() : 1; // a small model's pair: one
    json["shortcuts"] = switchedOff();
    json["length_alpha"] = loss.lengthAlpha.value_or(1.0);
    json["best_competitor"] = loss.bestCompetitor;
    return sha256(dumpLine(json));
}

ReferenceCache::ReferenceCache(fs::path folder, std::string reference)
    : m_folder(std::move(folder))
    , m_reference(std::move(reference))
{
    std::error_code error;
    if (!fs::exists(file(), error))
        return;
    auto entries = read();
    if (!entries) {
        m_damage = message(entries.error());
        return;
    }
    take(std::move(*entries));
    fs::last_write_time(file(), fs::file_time_type::clock::now(), error); // it was of use
}

fs::path ReferenceCache::file() const
{
    constexpr std::size_t digits = 32;
    return m_folder / (m_reference.substr(0, digits) + extension);
}

Result<std::vector<ReferenceCache::Entry>> ReferenceCache::read() const
{
    const auto text = readFile(file(), 2 * mostPairs * lineLength);
    if (!text)
        return fail(text.error());
    const auto damaged = [&] {
        return fail(ErrorKind::Invalid,
            "is damaged, so what it kept is computed again and the file is replaced",
            file().string());
    };
    const auto end = text->find('\n');
    const auto head = parseJson(std::string_view(*text).substr(0, end), file().string());
    if (end == std::string::npos || !head || !head->is_object())
        return damaged();
    const auto body = std::string_view(*text).substr(end + 1);
    if (integerOr(*head, "version", 0) != fileVersion || stringOr(*head, "reference") != m_reference
        || stringOr(*head, "sha256") != sha256(body) || body.size() % lineLength != 0)
        return damaged();
    std::vector<Entry> entries;
    for (std::size_t at = 0; at < body.size(); at += lineLength) {
        const auto chosen = floatFrom(body.substr(at + digestDigits + 1, floatDigits));
        const auto rejected =
            floatFrom(body.substr(at + digestDigits + floatDigits + 2, floatDigits));
        if (!chosen || !rejected)
            return damaged();
        entries.push_back({ std::string(body.substr(at, digestDigits)), { *chosen, *rejected } });
    }
    return entries;
}

void ReferenceCache::take(std::vector<Entry> entries)
{
    m_entries = std::move(entries);
    m_places.clear();
    for (std::size_t i = 0; i < m_entries.size(); ++i)
        m_places.emplace(m_entries[i].pair, i);
}

std::optional<ReferenceScores> ReferenceCache::find(const std::string& pair) const
{
    const auto found = m_places.find(pair);
    return found == m_places.end() ? std::nullopt : std::optional(m_entries[found->second].scores);
}

void ReferenceCache::add(const std::string& pair, const ReferenceScores& scores)
{
    if (!m_places.emplace(pair, m_entries.size()).second)
        return;
    m_entries.push_back({ pair, scores });
    m_changed = true;
}

Result<void> ReferenceCache::save()
{
    if (!m_changed)
        return {};
    std::vector<Entry> all;
    if (auto others = read()) // put there since this training began
        for (Entry& one : *others)
            if (!m_places.contains(one.pair))
                all.push_back(std::move(one));
    all.insert(all.end(), m_entries.begin(), m_entries.end());
    if (all.size() > mostPairs)
        all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(mostPairs));
    std::string body;
    body.reserve(all.size() * lineLength);
    for (const Entry& one : all) {
        char values[2 * (1 + floatDigits) + 2];
        std::snprintf(values, sizeof values, " %08x %08x\n",
            std::bit_cast<std::uint32_t>(one.scores.chosen),
            std::bit_cast<std::uint32_t>(one.scores.rejected));
        body += one.pair + values;
    }
    const Json head = { { "version", fileVersion }, { "reference", m_reference },
        { "sha256", sha256(body) } };
    if (auto written = writeFileAtomically(file(), dumpLine(head) + "\n" + body); !written)
        return written;
    take(std::move(all));
    m_changed = false;
    makeRoom();
    return {};
}

/// Removes the files that were not used for longest, until the others fit.
void ReferenceCache::makeRoom() const
{
    struct Kept {
        fs::file_time_type used;
        std::uint64_t bytes;
        fs::path path;
    };
    std::vector<Kept> files;
    std::uint64_t sum = 0;
    std::error_code error;
    for (fs::directory_iterator it(m_folder, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code gone; // another training tidies up, too
        const auto name = it->path().filename().string();
        if (name.find(extension) == std::string::npos || !it->is_regular_file(gone))
            continue;
        const Kept one { it->last_write_time(gone), it->file_size(gone), it->path() };
        if (gone)
            continue;
        sum += one.bytes;
        files.push_back(one);
    }
    std::ranges::sort(files, {}, &Kept::used);
    for (const Kept& one : files) {
        if (sum <= mostBytes)
            return;
        if (one.path != file() && fs::remove(one.path, error))
            sum -= one.bytes;
    }
}

} // namespace slook::engine
