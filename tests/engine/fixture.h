#pragma once
#include "core/json.h"
#include "engine/load_model.h"
#include "engine/tensor_file.h"
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// Expected values of the parity fixtures, read with the engine's own reader.
namespace slook::test {

inline std::filesystem::path sharedDir()
{
    return SLOOK_SHARED_DIR;
}
inline std::filesystem::path parityDir()
{
    return sharedDir() / "parity";
}

/// Skips where the folder with the fixtures is not beside the repository.
#define SLOOK_NEED(path)                                                                           \
    if (!std::filesystem::exists(path))                                                            \
    GTEST_SKIP() << (path) << " is not there"

Json readJson(const std::filesystem::path& file);
std::map<std::string, at::Tensor> readTensors(const std::filesystem::path& file);
std::unique_ptr<engine::VisionLanguageModel> loadOrThrow(const std::filesystem::path& folder);

/// One case of a family's cases.json.
struct FamilyCase {
    Json json;
    std::vector<std::vector<std::int64_t>> ids; ///< without padding
};
/// The case with this id of llava15.
FamilyCase familyCase(const std::string& id);
/// Features of the pictures of row `row`, through the picture library and the tower; undefined
/// where there are none.
at::Tensor featuresOf(
    const engine::VisionLanguageModel& model, const Json& oneCase, std::size_t row);

/// Largest absolute difference; infinite where shapes differ or infinities stand at other places.
double distance(const at::Tensor& one, const at::Tensor& other);

/// A folder that vanishes with the test.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

} // namespace slook::test
