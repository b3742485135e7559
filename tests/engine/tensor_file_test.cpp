#include "core/file.h"
#include "engine/tensor_file.h"
#include "engine/weights.h"
#include "fixture.h"
#include <gmock/gmock.h>

namespace slook::engine {
namespace {

using ::testing::HasSubstr;

/// A file with this header and so many data bytes.
std::string fileWith(const std::string& header, std::size_t dataBytes)
{
    std::string bytes;
    for (int i = 0; i < 8; ++i)
        bytes.push_back(static_cast<char>(header.size() >> (8 * i) & 0xFF));
    return bytes + header + std::string(dataBytes, '\0');
}

class TensorFiles : public ::testing::Test {
protected:
    std::string refusal(const std::string& bytes)
    {
        const auto file = folder.path() / "model.safetensors";
        EXPECT_TRUE(writeFileAtomically(file, bytes));
        const auto opened = TensorFile::open(file);
        EXPECT_FALSE(opened);
        EXPECT_TRUE(opened || message(opened.error()).starts_with(file.string()));
        return opened ? std::string() : opened.error().what;
    }
    std::string refusalOf(const std::string& header, std::size_t dataBytes)
    {
        return refusal(fileWith(header, dataBytes));
    }
    test::TemporaryFolder folder;
};

TEST_F(TensorFiles, GivesBackWhatWasWritten)
{
    const auto file = folder.path() / "x.safetensors";
    const std::map<std::string, at::Tensor> tensors {
        { "half", at::randn({ 3, 5 }).to(at::kHalf) },
        { "brain", at::randn({ 7 }).to(at::kBFloat16) },
        { "float", at::randn({ 2, 3, 4 }) },
        { "transposed", at::randn({ 4, 6 }).t() },
        { "scalar", at::scalar_tensor(3.5) },
        { "empty", at::empty({ 0, 4 }) },
        { "long", at::arange(5, at::kLong) },
        { "flags", at::tensor(std::vector<std::uint8_t> { 1, 0, 1 }).to(at::kBool) },
    };
    ASSERT_TRUE(writeTensorFile(file, tensors, { { "made by", "a test \"quoted\"" } }));
    const auto opened = TensorFile::open(file);
    ASSERT_TRUE(opened) << message(opened.error());
    const auto all = opened->readAll();
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), tensors.size());
    for (const auto& [name, tensor] : tensors) {
        EXPECT_EQ(all->at(name).scalar_type(), tensor.scalar_type()) << name;
        EXPECT_TRUE(at::equal(all->at(name), tensor)) << name;
    }
    EXPECT_EQ(opened->metadata().at("format"), "pt");
    EXPECT_EQ(opened->metadata().at("made by"), "a test \"quoted\"");
}

TEST_F(TensorFiles, ReadsWhatTheReferenceLibraryWrote)
{
    SLOOK_NEED(test::parityDir());
    const auto tensors = test::readTensors(test::parityDir() / "llavanext/expected.safetensors");
    EXPECT_FALSE(tensors.empty());
}

TEST_F(TensorFiles, PicklesAndArchivesAreRefusedByTheirFirstBytes)
{
    EXPECT_THAT(refusal("PK\x03\x04 and more bytes"), HasSubstr("zip archive"));
    EXPECT_THAT(refusal(std::string("\x80\x02}q\x00(X\x05\x00\x00", 11)), HasSubstr("pickle"));
    EXPECT_THAT(refusal("GGUF and more bytes"), HasSubstr("GGUF"));
    EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("LFS"));
}

TEST_F(TensorFiles, AHeaderThatLiesAboutItsSizeIsRefused)
{
    EXPECT_THAT(refusal(""), HasSubstr("0 bytes"));
    EXPECT_THAT(refusal(std::string(8, '\0')), HasSubstr("8 bytes"));
    EXPECT_THAT(refusal(std::string(8, '\xFF') + "{}"), HasSubstr("claims a header"));
    EXPECT_THAT(
        refusal(fileWith("{}", 0).substr(0, 9) + std::string(1, ' ')), HasSubstr("no JSON"));
    auto cut = fileWith(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", 16);
    cut.resize(cut.size() - 1);
    EXPECT_THAT(refusal(cut), HasSubstr("outside the file"));
    cut.resize(20);
    EXPECT_THAT(refusal(cut), HasSubstr("claims a header"));
}

TEST_F(TensorFiles, PlacesThatOverlapOrLeaveHolesAreRefused)
{
    EXPECT_THAT(
        refusalOf(
            R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
            6),
        HasSubstr("overlaps"));
    EXPECT_THAT(
        refusalOf(
            R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}})",
            9),
        HasSubstr("hole"));
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}})", 5),
        HasSubstr("hole"));
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 5),
        HasSubstr("1 bytes behind"));
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}})", 4),
        HasSubstr("outside"));
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,8]}})", 4),
        HasSubstr("outside"));
}

TEST_F(TensorFiles, ShapesThatOverflowOrDoNotMatchAreRefused)
{
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,16]}})", 16),
        HasSubstr("does not match"));
    EXPECT_THAT(
        refusalOf(
            R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0),
        HasSubstr("does not match"));
    EXPECT_THAT(
        refusalOf(
            R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,0]}})", 0),
        HasSubstr("2^63"));
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}})", 0),
        HasSubstr("negative"));
    EXPECT_THAT(
        refusalOf(R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", 1),
        HasSubstr("8 dimensions"));
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4),
        HasSubstr("fraction"));
}

TEST_F(TensorFiles, HeadersThatAreNotTheFormatAreRefused)
{
    EXPECT_THAT(refusalOf(R"([1])", 0), HasSubstr("'{'"));
    EXPECT_THAT(refusalOf(R"({"a":1})", 0), HasSubstr("\"a\""));
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":"F13","shape":[1],"data_offsets":[0,4]}})", 4),
        HasSubstr("F13"));
    EXPECT_THAT(refusalOf(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4), HasSubstr("lacks"));
    EXPECT_THAT(
        refusalOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", 1), HasSubstr("lacks"));
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}})", 1),
        HasSubstr("none belongs"));
    EXPECT_THAT(
        refusalOf(
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
            1),
        HasSubstr("twice"));
    EXPECT_THAT(
        refusalOf(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1),
        HasSubstr("twice"));
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}})", 1),
        HasSubstr("list"));
    EXPECT_THAT(refusalOf(R"({"a":{"dtype":{"x":{}},"shape":[1],"data_offsets":[0,1]}})", 1),
        HasSubstr("deeply"));
    EXPECT_THAT(refusalOf("{\"a\":{\"dtype\":\"U8\xFF\"}}", 0), HasSubstr("no JSON"));
}

TEST_F(TensorFiles, AFileThatShrinksAfterwardsIsAnErrorAndNoCrash)
{
    const auto file = folder.path() / "x.safetensors";
    ASSERT_TRUE(writeTensorFile(file, { { "a", at::ones({ 1000 }) } }));
    const auto opened = TensorFile::open(file);
    ASSERT_TRUE(opened);
    std::filesystem::resize_file(file, 200);
    const auto read = opened->read("a");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::Io);
}

TEST_F(TensorFiles, AFileThatCannotBeWrittenLeavesTheOldOne)
{
    const auto file = folder.path() / "x.safetensors";
    ASSERT_TRUE(writeTensorFile(file, { { "a", at::ones({ 2 }) } }));
    EXPECT_FALSE(writeTensorFile(file, { { "a", at::ones({ 2 }).to(at::kComplexFloat) } }));
    EXPECT_FALSE(
        writeTensorFile(folder.path() / "missing/x.safetensors", { { "a", at::ones({ 2 }) } }));
    EXPECT_TRUE(TensorFile::open(file)->read("a"));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST_F(TensorFiles, AFolderWithAPickleOnlyIsRefused)
{
    ASSERT_TRUE(writeFileAtomically(folder.path() / "pytorch_model.bin", "PK\x03\x04"));
    EXPECT_THAT(
        Weights::open(folder.path(), at::kCPU, at::kFloat).error().what, HasSubstr("pickle"));
}

TEST_F(TensorFiles, ShardsAreReadTogetherAndMayNotLeaveTheFolder)
{
    ASSERT_TRUE(writeTensorFile(folder.path() / "a.safetensors",
        { { "language_model.model.norm.weight", at::ones({ 2 }).to(at::kHalf) } }));
    ASSERT_TRUE(writeTensorFile(
        folder.path() / "b.safetensors", { { "lm_head.weight", at::zeros({ 2, 2 }) } }));
    const auto index = folder.path() / "model.safetensors.index.json";
    ASSERT_TRUE(
        writeFileAtomically(index, R"({"weight_map":{"x":"a.safetensors","y":"b.safetensors"}})"));
    auto weights = Weights::open(folder.path(), at::kCPU, at::kFloat);
    ASSERT_TRUE(weights) << message(weights.error());
    EXPECT_TRUE(
        at::equal(weights->take("model.language_model.norm.weight", { 2 }), at::ones({ 2 })));
    EXPECT_EQ(weights->take("lm_head.weight", { 2, 2 }).scalar_type(), at::kFloat);
    EXPECT_FALSE(weights->take("lm_head.weight", { 3, 2 }).defined());
    EXPECT_THAT(
        weights->failure()->what, ::testing::AllOf(HasSubstr("[2, 2]"), HasSubstr("[3, 2]")));
    ASSERT_TRUE(writeFileAtomically(index, R"({"weight_map":{"x":"../a.safetensors"}})"));
    EXPECT_FALSE(Weights::open(folder.path(), at::kCPU, at::kFloat));
}

TEST(WeightNames, OfAllLayoutsBecomeTheOnesInMemory)
{
    const std::map<std::string, std::string> names {
        { "language_model.model.layers.0.mlp.up_proj.weight",
            "model.language_model.layers.0.mlp.up_proj.weight" },
        { "model.language_model.layers.0.mlp.up_proj.weight",
            "model.language_model.layers.0.mlp.up_proj.weight" },
        { "language_model.lm_head.weight", "lm_head.weight" },
        { "lm_head.weight", "lm_head.weight" },
        { "vision_tower.vision_model.embeddings.class_embedding",
            "model.vision_tower.embeddings.class_embedding" },
        { "model.vision_tower.vision_model.post_layernorm.bias",
            "model.vision_tower.post_layernorm.bias" },
        { "vision_tower.encoder.layers.1.mlp.fc1.bias",
            "model.vision_tower.encoder.layers.1.mlp.fc1.bias" },
        { "multi_modal_projector.linear_1.weight", "model.multi_modal_projector.linear_1.weight" },
        { "model.image_newline", "model.image_newline" },
        { "image_newline", "model.image_newline" },
        { "model.layers.0.input_layernorm.weight", "model.layers.0.input_layernorm.weight" },
    };
    for (const auto& [inFile, canonical] : names)
        EXPECT_EQ(canonicalName(inFile), canonical) << inFile;
}

} // namespace
} // namespace slook::engine
