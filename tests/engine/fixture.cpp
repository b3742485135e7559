#include "fixture.h"
#include "core/file.h"
#include "image/decode.h"
#include "image/processor.h"
#include <cstdlib>
#include <stdexcept>

namespace slook::test {
namespace {

template <class T> T need(Result<T> result)
{
    if (!result)
        throw std::runtime_error(message(result.error()));
    return std::move(*result);
}

} // namespace

Json readJson(const std::filesystem::path& file)
{
    return need(parseJson(need(readFile(file)), file.string()));
}

std::map<std::string, at::Tensor> readTensors(const std::filesystem::path& file)
{
    return need(need(engine::TensorFile::open(file)).readAll());
}

std::unique_ptr<engine::VisionLanguageModel> loadOrThrow(const std::filesystem::path& folder)
{
    return need(engine::loadModel(folder));
}

FamilyCase familyCase(const std::string& id)
{
    static const Json all = readJson(parityDir() / "llava15/cases.json");
    for (const auto& one : all.at("cases")) {
        if (one.at("id") != id)
            continue;
        FamilyCase found { one, {} };
        if (one.contains("given_ids"))
            found.ids = one.at("given_ids").get<std::vector<std::vector<std::int64_t>>>();
        else
            for (std::size_t row = 0; row < one.at("input_ids").size(); ++row) {
                found.ids.emplace_back();
                const auto& ids = one.at("input_ids").at(row);
                for (std::size_t i = 0; i < ids.size(); ++i)
                    if (one.at("attention_mask").at(row).at(i) == 1)
                        found.ids.back().push_back(ids.at(i).get<std::int64_t>());
            }
        return found;
    }
    throw std::runtime_error("no case " + id);
}

at::Tensor featuresOf(
    const engine::VisionLanguageModel& model, const Json& oneCase, std::size_t row)
{
    static const auto settings = need(image::readProcessorSettings(parityDir() / "llava15/model"));
    const c10::NoGradGuard noGradients;
    std::vector<at::Tensor> all;
    for (const auto& name : oneCase.at("batch").at(row).at("images")) {
        const auto picture =
            need(image::decodeFile(parityDir() / "images" / name.get<std::string>()));
        const auto seen = need(image::seenBy(settings, picture));
        const auto& tile = seen.tiles.at(0);
        const auto pixels =
            at::tensor(image::pixelValues(settings, seen)).view({ 1, 3, tile.height, tile.width });
        all.push_back(model.encodeImages(pixels).squeeze(0));
    }
    return all.empty() ? at::Tensor() : at::cat(all);
}

double distance(const at::Tensor& one, const at::Tensor& other)
{
    const auto never = std::numeric_limits<double>::infinity();
    if (one.sizes() != other.sizes())
        return never;
    const auto a = one.to(at::kDouble), b = other.to(at::kDouble);
    if (!a.isinf().eq(b.isinf()).all().item<bool>())
        return never;
    if (one.numel() == 0)
        return 0;
    return at::where(a.isinf(), at::zeros_like(a), a - b).abs().max().item<double>();
}

TemporaryFolder::TemporaryFolder()
{
    std::string name = (std::filesystem::temp_directory_path() / "slook-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a temporary folder");
    m_path = name;
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

} // namespace slook::test
