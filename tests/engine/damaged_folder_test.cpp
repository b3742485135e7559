// Model folders with one thing wrong: each is refused with a typed error that names the file.
// hostile_folder_test.cpp spoils files at random, where not all damage can be noticed.
#include "core/file.h"
#include "core/json.h"
#include "engine/session.h"
#include "fixture.h"
#include "memory_used.h"
#include <cstring>
#include <functional>
#include <gmock/gmock.h>

namespace slook::engine {
namespace {

namespace fs = std::filesystem;
using Edit = std::function<std::string(std::string)>;

/// What is done to one file of a folder.
struct Damage {
    std::string file;
    std::string what; ///< for the message of a failure
    Edit edit; ///< empty: the file is taken away
    std::string named {}; ///< the file that the error must name, where it is not the damaged one
};
using Damages = std::vector<Damage>;

Edit instead(const std::string& bytes)
{
    return [bytes](const std::string&) { return bytes; };
}

Edit cutTo(double share)
{
    return [share](const std::string& bytes) {
        return bytes.substr(0, static_cast<std::size_t>(share * static_cast<double>(bytes.size())));
    };
}

/// One value of a JSON file, by its pointer.
Edit with(const std::string& pointer, const Json& value)
{
    return [=](const std::string& bytes) {
        auto json = Json::parse(bytes);
        json[Json::json_pointer(pointer)] = value;
        return json.dump(1);
    };
}

/// The header and the data of a safetensors file.
Edit withHeader(const std::function<void(Json& header)>& change)
{
    return [change](const std::string& bytes) {
        std::uint64_t length = 0;
        std::memcpy(&length, bytes.data(), sizeof length);
        auto header = Json::parse(bytes.substr(sizeof length, length));
        change(header);
        const auto text = header.dump();
        const std::uint64_t stated = text.size();
        std::string all(sizeof stated, '\0');
        std::memcpy(all.data(), &stated, sizeof stated);
        return all + text + bytes.substr(sizeof length + length);
    };
}

Edit withLength(std::uint64_t stated)
{
    return [stated](std::string bytes) {
        std::memcpy(bytes.data(), &stated, sizeof stated);
        return bytes;
    };
}

void addUnreadable(Damages& all, const std::string& file)
{
    all.push_back({ file, "is empty", instead("") });
    all.push_back({ file, "is cut in the middle", cutTo(0.5) });
    all.push_back({ file, "is cut at its end", cutTo(0.97) });
    all.push_back({ file, "is a list", instead("[]") });
    all.push_back({ file, "is no text", instead("\x93NUMPY\x01\xff\xfe") });
    all.push_back({ file, "is too deep", instead(std::string(100'000, '[')) });
}

/// Two of the values that no such field can have, others for the next field.
void addWrong(Damages& all, const std::string& file, const Json& json, const std::string& pointer,
    const std::vector<Json>& values)
{
    if (!json.contains(Json::json_pointer(pointer)))
        return;
    for (std::size_t i = 0; i < std::min<std::size_t>(2, values.size()); ++i) {
        const auto& value = values[(all.size() + i) % values.size()];
        all.push_back({ file, pointer + " is " + value.dump(), with(pointer, value) });
    }
}

Json ofType(const char* name)
{
    Json json;
    json["type"] = name;
    return json;
}

Json jsonOf(const fs::path& file)
{
    return fs::exists(file) ? Json::parse(readFile(file).value()) : Json();
}

void addConfig(Damages& all, const fs::path& folder)
{
    const std::string file = "config.json";
    const auto config = jsonOf(folder / file);
    all.push_back({ file, "is not there", {} });
    addUnreadable(all, file);
    for (const Json& type : { Json("gpt99"), Json(7), Json() })
        all.push_back({ file, "model_type is " + type.dump(), with("/model_type", type) });
    const std::vector<Json> noSize { "text", -1, 0.5, 0, std::int64_t { 1 } << 62, Json::array() };
    const std::vector<Json> noNumber { "text", 0, -1, Json::object() };
    const std::string text = config.contains("text_config") ? "/text_config" : "";
    for (const char* key :
        { "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
            "num_key_value_heads", "vocab_size", "head_dim", "max_position_embeddings" })
        addWrong(all, file, config, text + "/" + key, noSize);
    addWrong(all, file, config, text + "/rms_norm_eps", noNumber);
    addWrong(all, file, config, text + "/hidden_act", { "mish", 7 });
    addWrong(all, file, config, text + "/rope_parameters/rope_theta", noNumber);
    addWrong(all, file, config, text + "/rope_parameters/rope_type", { "spiral", 7 });
    if (text.empty())
        return;
    addWrong(all, file, config, "/text_config", { "text", Json::array(), 7 });
    addWrong(all, file, config, "/vision_config", { "text", Json::array(), 7 });
    for (const char* key : { "hidden_size", "intermediate_size", "num_hidden_layers",
             "num_attention_heads", "image_size", "patch_size" })
        addWrong(all, file, config, std::string("/vision_config/") + key, noSize);
    for (const char* key : { "/image_token_index", "/image_token_id" })
        addWrong(all, file, config, key, { "text", -1, std::int64_t { 1 } << 40 });
}

void addTokenizer(Damages& all, const fs::path& folder)
{
    const std::string file = "tokenizer.json";
    const auto json = jsonOf(folder / file);
    all.push_back({ file, "is not there", {} });
    addUnreadable(all, file);
    const auto word = json["model"]["vocab"].begin().key();
    const std::vector<std::pair<std::string, Json>> wrong { { "/model/type", "Bigrams" },
        { "/model/vocab", "text" }, { "/model/vocab", Json::array({ 1 }) },
        { "/model/merges", "text" }, { "/model/merges", Json::array({ 1, 2 }) },
        { "/model/merges/0", Json::array({ "no such piece", "nor this" }) },
        { "/added_tokens", "text" }, { "/added_tokens/0/id", -1 },
        { "/added_tokens/0/id", std::int64_t { 1 } << 40 }, { "/added_tokens/0/content", 7 },
        { "/normalizer", ofType("Shouting") }, { "/pre_tokenizer", ofType("Dice") },
        { "/decoder", ofType("Dice") } };
    for (const auto& [pointer, value] : wrong)
        all.push_back({ file, pointer + " is " + value.dump(), with(pointer, value) });
    for (const Json& id : { Json("text"), Json(-1), Json(std::int64_t { 1 } << 40) })
        all.push_back({ file, "an id is " + id.dump(), [word, id](const std::string& bytes) {
                           auto changed = Json::parse(bytes);
                           changed["model"]["vocab"][word] = id;
                           return changed.dump();
                       } });
}

void addTexts(Damages& all, const fs::path& folder)
{
    if (fs::exists(folder / "chat_template.jinja"))
        for (const char* text : { "{% if messages %}", "{{ messages[0] ",
                 "{% for in x %}{% endfor %}", "{{ 1 +* 2 }}", "{% endfor %}" })
            all.push_back({ "chat_template.jinja", text, instead(text) });
    if (fs::exists(folder / "chat_template.json"))
        addUnreadable(all, "chat_template.json");
    addUnreadable(all, "tokenizer_config.json");
    const std::string file = "generation_config.json";
    addUnreadable(all, file);
    addWrong(all, file, jsonOf(folder / file), "/eos_token_id",
        { "text", -5, Json::array({ "a" }), std::int64_t { 1 } << 40 });
}

void addProcessor(Damages& all, const fs::path& folder)
{
    for (const std::string file : { "processor_config.json", "preprocessor_config.json" }) {
        const auto json = jsonOf(folder / file);
        const bool nested = file == "processor_config.json";
        if (json.is_null() || (nested && !json.contains("image_processor")))
            continue;
        const std::string in = nested ? "/image_processor" : "";
        addUnreadable(all, file);
        addWrong(all, file, json, in + "/image_processor_type", { "DiceImageProcessor" });
        addWrong(all, file, json, in + "/image_mean", { "text", Json::array({ 1, 2 }) });
        addWrong(all, file, json, in + "/image_std", { Json::array({ 0, 0, 0 }), "text" });
        addWrong(all, file, json, in + "/rescale_factor", { 0, "text", -1 });
        addWrong(all, file, json, in + "/resample", { 77, "text" });
        addWrong(all, file, json, in + "/do_normalize", { "text", 7 });
        addWrong(all, file, json, in + "/size",
            { "text", Json::parse(R"({"height": -1, "width": 8})"), Json::array(), 0 });
        addWrong(all, file, json, in + "/image_grid_pinpoints", { "text", Json::array() });
        return; // the other one is not read
    }
}

/// The tensor that lies first, in the middle or last in the header.
std::string tensorAt(const Json& header, std::size_t place, std::size_t of)
{
    std::vector<std::string> names;
    for (const auto& [name, entry] : header.items())
        if (name != "__metadata__")
            names.push_back(name);
    return names[place * (names.size() - 1) / of];
}

/// A matrix whose sides differ, so that it fits no longer when they are exchanged.
std::string oblong(const Json& header)
{
    for (const auto& [name, entry] : header.items())
        if (name != "__metadata__" && entry["shape"].size() == 2
            && entry["shape"][0] != entry["shape"][1])
            return name;
    return {};
}

void addWeights(Damages& all, const std::string& file, bool onlyOne)
{
    for (const double share : { 0.0, 0.0001, 0.5, 0.999 })
        all.push_back({ file, "is cut to " + std::to_string(share), cutTo(share) });
    all.push_back({ file, "is too long", [](const std::string& bytes) { return bytes + "x"; } });
    all.push_back({ file, "is a pickle", instead("\x80\x02}q\x01X\x05 and so on, long enough") });
    all.push_back({ file, "is an archive", instead("PK\x03\x04 and so on, long enough") });
    for (const std::uint64_t length : { std::uint64_t { 0 }, std::uint64_t { 1 },
             std::uint64_t { 1 } << 40, ~std::uint64_t { 0 } })
        all.push_back({ file, "states a header of " + std::to_string(length), withLength(length) });
    const auto add = [&](const char* what, const std::function<void(Json&, Json&)>& change) {
        all.push_back({ file, what,
            withHeader([change](Json& header) { change(header, header[oblong(header)]); }) });
    };
    add("has a tensor of an unknown type", [](Json&, Json& t) { t["dtype"] = "F7"; });
    add("has a tensor of whole numbers",
        [](Json&, Json& t) { t["dtype"] = t["dtype"] == "F32" ? "I32" : "I16"; });
    add("has a tensor whose sides are exchanged",
        [](Json&, Json& t) { std::swap(t["shape"][0], t["shape"][1]); });
    add("has a tensor of another shape", [](Json&, Json& t) {
        t["shape"] = Json::array({ t["shape"][0].get<int>() * t["shape"][1].get<int>() });
    });
    add("has a shape that overflows", [](Json&, Json& t) {
        t["shape"] = Json::array({ std::int64_t { 1 } << 32, std::int64_t { 1 } << 32 });
    });
    add("has a negative shape", [](Json&, Json& t) { t["shape"] = Json::array({ -1, 4 }); });
    add("has a shape that is text", [](Json&, Json& t) { t["shape"] = "text"; });
    add("has a tensor without a place", [](Json&, Json& t) { t.erase("data_offsets"); });
    add("has a tensor behind the end", [](Json&, Json& t) {
        t["data_offsets"] = Json::array({ std::int64_t { 1 } << 40, std::int64_t { 1 } << 41 });
    });
    add("has a tensor that ends before it begins",
        [](Json&, Json& t) { std::swap(t["data_offsets"][0], t["data_offsets"][1]); });
    add("has tensors that overlap", [](Json& header, Json& t) {
        const Json again = t;
        header["again"] = again;
    });
    add("has a hole", [](Json& header, Json&) { header.erase(tensorAt(header, 1, 2)); });
    if (!onlyOne)
        return;
    for (const std::size_t place : { 0u, 1u, 2u, 3u, 4u }) // the data stay, under another name
        all.push_back(
            { file, "lacks tensor " + std::to_string(place), withHeader([place](Json& header) {
                 const auto name = tensorAt(header, place, 4);
                 header["unused." + name] = header[name];
                 header.erase(name);
             }) });
}

void addIndex(Damages& all, const fs::path& folder)
{
    const std::string file = "model.safetensors.index.json";
    if (!fs::exists(folder / file))
        return;
    const auto index = jsonOf(folder / file);
    const auto name = index["weight_map"].begin().key();
    const auto shard = index["weight_map"][name].get<std::string>();
    const auto mapped = [name](const Json& to) {
        return [name, to](const std::string& bytes) {
            auto json = Json::parse(bytes);
            json["weight_map"][name] = to;
            return json.dump();
        };
    };
    addUnreadable(all, file);
    all.push_back({ file, "maps to a number", mapped(7) });
    all.push_back({ file, "leads out of the folder", mapped("../" + shard) });
    all.push_back({ file, "leads to an absolute path", mapped("/etc/passwd") });
    all.push_back({ file, "names a shard that is not there", mapped("model-9.safetensors"),
        "model-9.safetensors" });
    all.push_back({ file, "maps nothing", with("/weight_map", Json::object()) });
    all.push_back({ file, "has a map that is text", with("/weight_map", "text") });
    all.push_back({ shard, "is not there", {} });
}

/// All that is done to one folder.
Damages damagesOf(const fs::path& folder)
{
    Damages all;
    addConfig(all, folder);
    addTokenizer(all, folder);
    addTexts(all, folder);
    addProcessor(all, folder);
    const bool onlyOne = fs::exists(folder / "model.safetensors");
    addWeights(all, onlyOne ? "model.safetensors" : "model-00002-of-00004.safetensors", onlyOne);
    if (onlyOne)
        all.push_back({ "model.safetensors", "is not there", {} });
    addIndex(all, folder);
    return all;
}

class DamagedFolders : public ::testing::TestWithParam<const char*> { };

TEST_P(DamagedFolders, AreRefusedByTheNameOfTheFile)
{
    const std::string family = GetParam();
    const auto folder = family == "embedded" ? fs::path(SLOOK_SOURCE_DIR) / "resources/model"
                                             : test::parityDir() / family / "model";
    SLOOK_NEED(folder / "config.json");
    ASSERT_TRUE(Session::load(folder)); // the memory that an undamaged one needs
    const auto before = test::peakMebibytes();
    const test::TemporaryFolder place;
    std::size_t number = 0;
    for (const Damage& damage : damagesOf(folder)) {
        SCOPED_TRACE(damage.file + " " + damage.what.substr(0, 80));
        const auto spoiled = place.path() / std::to_string(number++);
        fs::create_directory(spoiled);
        for (const auto& entry : fs::directory_iterator(folder))
            if (entry.is_regular_file() && entry.path().filename() != damage.file)
                fs::create_symlink(entry.path(), spoiled / entry.path().filename());
        if (damage.edit) {
            const auto bytes = damage.edit(readFile(folder / damage.file).value());
            ASSERT_TRUE(writeFileAtomically(spoiled / damage.file, bytes));
        }
        const auto session = Session::load(spoiled);
        fs::remove_all(spoiled);
        EXPECT_FALSE(session.has_value()) << "was read";
        if (session)
            continue;
        const auto said = message(session.error());
        EXPECT_NE(session.error().kind, ErrorKind::Internal) << said;
        EXPECT_THAT(said, ::testing::HasSubstr(damage.named.empty() ? damage.file : damage.named));
        EXPECT_LT(said.size(), spoiled.string().size() + 500) << said.substr(0, 2000);
        EXPECT_EQ(said.find('\n'), std::string::npos) << said;
    }
    EXPECT_LT(test::peakMebibytes() - before, 256);
    std::printf(
        "%zu damaged folders, %.0f MiB of growth\n", number, test::peakMebibytes() - before);
    EXPECT_GE(number, 60u);
}

INSTANTIATE_TEST_SUITE_P(Families, DamagedFolders,
    ::testing::Values("embedded", "llava15", "llavanext", "smolvlm", "llama_text"));

} // namespace
} // namespace slook::engine
