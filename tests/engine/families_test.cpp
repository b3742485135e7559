#include "core/file.h"
#include "engine/generate.h"
#include "engine/model_writer.h"
#include "engine/score.h"
#include "engine/session.h"
#include "fixture.h"
#include "image/decode.h"
#include <gmock/gmock.h>

/// Every family through the same session, beside what the replayed fixtures compare.
namespace slook::engine {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::unique_ptr<Session> sessionOf(const fs::path& folder)
{
    auto session = Session::load(folder);
    if (!session)
        throw std::runtime_error(message(session.error()));
    return std::move(*session);
}

/// A copy of a fixture's model folder with another config.json.
template <class Change>
fs::path changedModel(const test::TemporaryFolder& folder, const char* family, const Change& change)
{
    const auto to = folder.path() / "model";
    fs::remove_all(to);
    fs::copy(test::parityDir() / family / "model", to);
    for (const auto& entry : fs::directory_iterator(to))
        fs::permissions(entry.path(), fs::perms::owner_all, fs::perm_options::add);
    Json config = test::readJson(to / "config.json");
    change(config);
    if (!writeFileAtomically(to / "config.json", config.dump()))
        throw std::runtime_error("cannot write");
    return to;
}

at::Tensor logitsOf(const VisionLanguageModel& model, const std::vector<std::int64_t>& ids)
{
    const c10::NoGradGuard noGradients;
    return model.logits(model.hidden(model.embed(at::tensor(ids, at::kLong).unsqueeze(0))));
}

std::vector<std::int64_t> someIds(std::int64_t count)
{
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; i < count; ++i)
        ids.push_back(3 + (i * 37) % 900);
    return ids;
}

class Families : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override { SLOOK_NEED(model()); }
    [[nodiscard]] static fs::path model() { return test::parityDir() / GetParam() / "model"; }
    /// A question, with a picture where the family sees some.
    static Prompt ask(Session& session, std::vector<SeenPicture>& seen)
    {
        if (session.seesPictures())
            for (const char* name : { "rgb1.png", "wide.png" }) {
                const auto picture = image::decodeFile(test::parityDir() / "images" / name);
                seen.push_back(session.see(*picture).value());
            }
        const auto count = static_cast<int>(seen.size());
        const std::vector messages { text::userMessage("What differs?", count) };
        auto prompt = session.prompt(messages, seen);
        if (!prompt)
            throw std::runtime_error(message(prompt.error()));
        return std::move(*prompt);
    }
};

TEST_P(Families, HaveAsManyFeatureRowsAsPlacesInThePrompt)
{
    const auto session = sessionOf(model());
    std::vector<SeenPicture> seen;
    const auto prompt = ask(*session, seen);
    const auto features = session->features(seen);
    std::int64_t rows = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(features[i].size(0), session->model().featureRows(seen[i].layout()));
        rows += features[i].size(0);
    }
    EXPECT_EQ(std::ranges::count(prompt.opening.ids, session->model().shape().imageTokenId), rows);
}

/// Asks once and goes on with a second question, or reads all of it anew.
class OneConversation final : public Conversations {
public:
    OneConversation(Opening opening, std::vector<std::int64_t> second)
        : m_opening(std::move(opening))
        , m_second(std::move(second))
    {
    }
    std::optional<Opening> next() override
    {
        return std::exchange(m_given, true) ? std::nullopt : std::optional(m_opening);
    }
    std::optional<NextTurn> said(std::size_t, int turn, const Turn& said) override
    {
        turns.push_back(said);
        return turn == 1 && !m_second.empty() ? std::optional(NextTurn { m_second, {} })
                                              : std::nullopt;
    }
    void refused(std::size_t, const Error& reason) override { ADD_FAILURE() << message(reason); }
    std::string text(std::span<const std::int64_t>) override { return {}; }
    std::vector<Turn> turns;

private:
    Opening m_opening;
    std::vector<std::int64_t> m_second;
    bool m_given = false;
};

TEST_P(Families, GoOnInTheSecondTurnAsIfTheyHadReadAllAnew)
{
    const auto session = sessionOf(model());
    std::vector<SeenPicture> seen;
    const auto prompt = ask(*session, seen);
    const auto second = someIds(9);
    GenerationOptions options;
    options.maxNewTokens = 7;
    OneConversation kept(prompt.opening, second);
    ASSERT_TRUE(converse(session->model(), options, kept));
    ASSERT_EQ(kept.turns.size(), 2u);
    Opening whole = prompt.opening;
    whole.ids.insert(whole.ids.end(), kept.turns[0].ids.begin(), kept.turns[0].ids.end());
    whole.ids.insert(whole.ids.end(), second.begin(), second.end());
    const auto anew = generate(session->model(), options, std::span(&whole, 1));
    ASSERT_TRUE(anew) << message(anew.error());
    EXPECT_EQ(kept.turns[1].ids, (*anew)[0].ids);
    for (std::size_t i = 0; i < 7; ++i)
        EXPECT_NEAR(kept.turns[1].logprobs[i], (*anew)[0].logprobs[i], 1e-4);
}

TEST_P(Families, ScoreCompletionsAsOneByOne)
{
    const auto session = sessionOf(model());
    std::vector<SeenPicture> seen;
    const auto prompt = ask(*session, seen);
    const std::vector<std::vector<std::int64_t>> texts { someIds(5), someIds(2), someIds(11) };
    const auto together = scoreCompletions(session->model(), prompt.opening, texts);
    ASSERT_TRUE(together);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto alone = scoreCompletions(session->model(), prompt.opening, { &texts[i], 1 });
        ASSERT_TRUE(alone);
        EXPECT_NEAR((*together)[i].sum, (*alone)[0].sum, 2e-4);
    }
}

TEST_P(Families, AreWrittenUnderNamesThatAreReadAgain)
{
    const test::TemporaryFolder folder;
    const auto one = test::loadOrThrow(model());
    ASSERT_TRUE(writeModel(folder.path(), *one, model(), at::kFloat));
    const auto back = test::loadOrThrow(folder.path());
    const auto wanted = one->parameters(), got = back->parameters();
    ASSERT_EQ(got.size(), wanted.size());
    for (const auto& [name, tensor] : wanted)
        EXPECT_TRUE(at::equal(got.at(name), tensor)) << name;
    const auto own = model() / "model.safetensors";
    if (!fs::exists(own))
        return; // in shards, under older names
    const auto names = test::readTensors(own);
    for (const auto& [name, tensor] : test::readTensors(folder.path() / "model.safetensors"))
        EXPECT_TRUE(names.contains(name)) << name;
}

INSTANTIATE_TEST_SUITE_P(
    All, Families, ::testing::Values("llava15", "llavanext", "smolvlm", "llama_text"));

class TextModels : public ::testing::Test {
protected:
    void SetUp() override { SLOOK_NEED(test::parityDir() / "llama_text"); }
    std::unique_ptr<VisionLanguageModel> changed(const std::function<void(Json&)>& change)
    {
        return test::loadOrThrow(changedModel(folder, "llama_text", change));
    }
    test::TemporaryFolder folder;
};

Json rope(const char* type, double theta, double factor = 1)
{
    return { { "rope_type", type }, { "rope_theta", theta }, { "factor", factor } };
}

TEST_F(TextModels, ADynamicStretchIsPlainRopeWithALargerBase)
{
    const auto config = [](std::int64_t context, const Json& parameters) {
        return [=](Json& json) {
            json["max_position_embeddings"] = context;
            json["rope_parameters"] = parameters;
        };
    };
    const auto dynamic = changed(config(16, rope("dynamic", 1e4, 4)));
    EXPECT_EQ(dynamic->shape().contextLength, 64);
    const auto ids = someIds(40);
    // Base of the reference's formula: theta * (factor * length / context - (factor - 1)) ^ (d / (d
    // - 2)), d = 16.
    const double theta = 1e4 * std::pow(4 * 40.0 / 16 - 3, 16.0 / 14);
    const auto plain = changed(config(64, rope("default", theta)));
    EXPECT_LT(test::distance(logitsOf(*dynamic, ids), logitsOf(*plain, ids)), 1e-4);
    const auto first = changed(config(64, rope("default", 1e4)));
    const auto few = someIds(16);
    EXPECT_LT(test::distance(logitsOf(*dynamic, few), logitsOf(*first, few)), 1e-5);
    EXPECT_GT(test::distance(logitsOf(*dynamic, ids), logitsOf(*first, ids)), 1e-3);
}

TEST_F(TextModels, ALinearStretchReadsPositionsAsFractions)
{
    const auto linear = changed([](Json& json) {
        json["max_position_embeddings"] = 16;
        json["rope_parameters"] = rope("linear", 1e4, 4);
    });
    EXPECT_EQ(linear->shape().contextLength, 64);
    const auto plain = changed([](Json& json) {
        json["max_position_embeddings"] = 64;
        json["rope_parameters"] = rope("default", 1e4);
    });
    const c10::NoGradGuard noGradients;
    // Positions 0, 4, 8, 12 at a quarter of the speed are 0, 1, 2, 3.
    const auto ids = at::tensor(someIds(4), at::kLong).unsqueeze(0);
    const auto fourth = linear->hidden(linear->embed(ids), at::arange(0, 16, 4).unsqueeze(0));
    EXPECT_LT(test::distance(fourth, plain->hidden(plain->embed(ids))), 1e-4);
}

class SlidingWindow : public TextModels {
protected:
    /// A Mistral of one layer: what the last token sees is then exactly its window.
    void SetUp() override
    {
        TextModels::SetUp();
        if (!IsSkipped())
            model = changed([](Json& json) {
                json["model_type"] = "mistral";
                json["num_hidden_layers"] = 1;
                json["sliding_window"] = 8;
            });
    }
    std::unique_ptr<VisionLanguageModel> model;
};

TEST_F(SlidingWindow, HidesWhatIsFartherAway)
{
    const auto ids = someIds(30);
    const std::vector<std::int64_t> last(ids.end() - 8, ids.end());
    const c10::NoGradGuard noGradients;
    const auto whole = logitsOf(*model, ids).select(1, 29);
    const auto positions = at::arange(22, 30).unsqueeze(0);
    const auto seen =
        model->hidden(model->embed(at::tensor(last, at::kLong).unsqueeze(0)), positions);
    EXPECT_LT(test::distance(whole, model->logits(seen.select(1, 7))), 1e-4);
    auto other = ids;
    other[21] = 5; // nine tokens before the last
    EXPECT_LT(test::distance(whole, logitsOf(*model, other).select(1, 29)), 1e-5);
    other[22] = 5;
    EXPECT_GT(test::distance(whole, logitsOf(*model, other).select(1, 29)), 1e-3);
}

TEST_F(SlidingWindow, IsTheSameInPiecesAndInRowsOfDifferentLength)
{
    const std::vector<Opening> prompts { { someIds(5), {}, 0 }, { someIds(21), {}, 0 } };
    GenerationOptions options;
    options.maxNewTokens = 12;
    const auto together = generate(*model, options, prompts);
    ASSERT_TRUE(together);
    for (std::size_t i = 0; i < 2; ++i) {
        auto ids = prompts[i].ids;
        for (const auto said : (*together)[i].ids) {
            EXPECT_EQ(logitsOf(*model, ids).select(1, -1).argmax().item<std::int64_t>(), said);
            ids.push_back(said);
        }
    }
    const std::vector<std::vector<std::int64_t>> texts { someIds(6), someIds(9) };
    const auto packed = scoreCompletions(*model, prompts[1], texts);
    ASSERT_TRUE(packed);
    auto whole = prompts[1].ids;
    whole.insert(whole.end(), texts[1].begin(), texts[1].end());
    const auto rows = logitsOf(*model, whole).squeeze(0).log_softmax(-1);
    for (std::int64_t i = 0; i < 9; ++i)
        EXPECT_NEAR((*packed)[1].logprobs[static_cast<std::size_t>(i)],
            rows[20 + i][texts[1][static_cast<std::size_t>(i)]].item<float>(), 1e-4);
}

TEST_F(TextModels, APaddedVocabularyAndAForgottenHeadAreNoTrouble)
{
    const auto session = sessionOf(test::parityDir() / "llama_text/model");
    EXPECT_GT(session->model().shape().vocabularySize, session->tokenizer().size());
    EXPECT_FALSE(session->model().parameters().contains("lm_head.weight"));
    const auto picture = image::filled(4, 4, {});
    EXPECT_THAT(session->see(picture).error().what, HasSubstr("reads text only"));
    EXPECT_FALSE(session->decode(std::vector<std::int64_t> { 1407, 70 }).empty());
}

TEST_F(TextModels, ConfigsThatCannotBeAreRefusedInASentence)
{
    const auto refusal = [&](const std::function<void(Json&)>& change) {
        const auto loaded = loadModel(changedModel(folder, "llama_text", change));
        EXPECT_FALSE(loaded);
        return loaded ? std::string() : message(loaded.error());
    };
    EXPECT_THAT(refusal([](Json& c) { c["rope_parameters"]["rope_type"] = "yarn"; }),
        HasSubstr("\"rope_parameters.rope_type\" is \"yarn\""));
    EXPECT_THAT(refusal([](Json& c) { c["model_type"] = "qwen2_5_vl"; }),
        ::testing::AllOf(HasSubstr("qwen2_5_vl"), HasSubstr("llava_next")));
    EXPECT_THAT(refusal([](Json& c) { c["hidden_size"] = std::int64_t { 1 } << 40; }),
        HasSubstr("hidden_size"));
    EXPECT_THAT(refusal([](Json& c) { c["rope_parameters"]["high_freq_factor"] = 1.0; }),
        HasSubstr("high_freq_factor"));
    EXPECT_THAT(refusal([](Json& c) {
        c["rope_parameters"] = { { "rope_type", "linear" }, { "factor", 1e300 } };
    }),
        HasSubstr("factor"));
    EXPECT_THAT(refusal([](Json& c) { c["vocab_size"] = 1407; }), HasSubstr("embed_tokens"));
}

class Pictures : public ::testing::Test {
protected:
    void SetUp() override { SLOOK_NEED(test::parityDir() / "llavanext"); }
    test::TemporaryFolder folder;
};

TEST_F(Pictures, MistralIsALanguageModelOfLlava15Too)
{
    const auto mistral = test::loadOrThrow(changedModel(folder, "llava15", [](Json& json) {
        json["text_config"]["model_type"] = "mistral";
        json["text_config"]["sliding_window"] = nullptr;
    }));
    const auto llama = test::loadOrThrow(test::parityDir() / "llava15/model");
    EXPECT_TRUE(at::equal(logitsOf(*mistral, someIds(20)), logitsOf(*llama, someIds(20))));
}

TEST_F(Pictures, TileCountsThatLieAreRefused)
{
    const auto refusal = [&](const char* family, const std::function<void(Json&)>& change) {
        auto session = Session::load(changedModel(folder, family, change));
        if (!session)
            return message(session.error());
        const auto picture = image::decodeFile(test::parityDir() / "images/rgb0.png");
        const auto seen = (*session)->see(*picture);
        return seen ? std::string() : message(seen.error());
    };
    // config.json and the preprocessor file no longer say the same.
    EXPECT_THAT(refusal("llavanext",
                    [](Json& c) {
                        c["image_grid_pinpoints"] = { { 28, 56 } };
                    }),
        HasSubstr("expects 3"));
    EXPECT_THAT(refusal("llavanext",
                    [](Json& c) {
                        c["image_grid_pinpoints"] = { { 28, 55 } };
                    }),
        HasSubstr("no pair of multiples"));
    EXPECT_THAT(refusal("llavanext", [](Json& c) { c["image_grid_pinpoints"] = "many"; }),
        HasSubstr("image_grid_pinpoints"));
    EXPECT_THAT(refusal("llavanext", [](Json& c) { c["vision_feature_select_strategy"] = "full"; }),
        HasSubstr("class token"));
    EXPECT_THAT(
        refusal("smolvlm", [](Json& c) { c["scale_factor"] = 3; }), HasSubstr("4 x 4 features"));
    EXPECT_THAT(
        refusal("smolvlm", [](Json& c) { c["scale_factor"] = 0; }), HasSubstr("scale_factor"));
    EXPECT_THAT(refusal("smolvlm", [](Json& c) { c["vision_config"]["image_size"] = 64; }),
        HasSubstr("position_embedding"));
    EXPECT_THAT(refusal("llava15",
                    [](Json& c) {
                        c["vision_config"]["image_size"] = 65; // as many patches, other pixels
                    }),
        HasSubstr("tower takes 65 x 65"));
}

/// llava15's weights under the names and settings of the original LLaVA code.
class OriginalLlava : public Pictures {
protected:
    void SetUp() override
    {
        Pictures::SetUp();
        if (IsSkipped())
            return;
        const auto source = test::parityDir() / "llava15/model";
        to = folder.path() / "original";
        tower = folder.path() / "small-tower";
        for (const auto& path : { to, tower })
            fs::create_directories(path);
        fs::copy(source / "tokenizer.json", to);
        fs::copy(source / "preprocessor_config.json", tower);
        const Json hf = test::readJson(source / "config.json");
        Json config = hf["text_config"];
        config["model_type"] = "llava_llama";
        config["architectures"] = { "LlavaLlamaForCausalLM" };
        config["mm_vision_tower"] = "/home/somebody/small-tower";
        config["mm_projector_type"] = "mlp2x_gelu";
        config["mm_vision_select_layer"] = -2;
        config["image_aspect_ratio"] = "pad";
        write(to / "config.json", config);
        write(tower / "config.json", { { "vision_config", hf["vision_config"] } });
        const auto one = test::loadOrThrow(source);
        for (const auto& [name, tensor] : one->parameters())
            place(name, tensor);
        save();
    }
    static void write(const fs::path& file, const Json& json)
    {
        if (!writeFileAtomically(file, json.dump()))
            throw std::runtime_error("cannot write");
    }
    void place(const std::string& name, const at::Tensor& tensor)
    {
        const auto renamed = [&](const std::string& from, const std::string& with) {
            return name.starts_with(from) ? with + name.substr(from.size()) : std::string();
        };
        if (auto inTower = renamed("model.vision_tower.", "vision_model."); !inTower.empty())
            towerWeights[inTower] = tensor;
        else if (auto text = renamed("model.language_model.", "model."); !text.empty())
            weights[text] = tensor;
        else if (auto in = renamed("model.multi_modal_projector.linear_1", "model.mm_projector.0");
                 !in.empty())
            weights[in] = tensor;
        else if (auto out = renamed("model.multi_modal_projector.linear_2", "model.mm_projector.2");
                 !out.empty())
            weights[out] = tensor;
        else
            weights[name] = tensor;
    }
    void save()
    {
        ASSERT_TRUE(writeTensorFile(to / "model.safetensors", weights));
        ASSERT_TRUE(writeTensorFile(tower / "model.safetensors", towerWeights));
    }
    fs::path to, tower;
    std::map<std::string, at::Tensor> weights, towerWeights;
};

TEST_F(OriginalLlava, GivesTheNumbersOfTheConvertedModel)
{
    auto original = sessionOf(to);
    auto converted = sessionOf(test::parityDir() / "llava15/model");
    converted->setPadToSquare(true);
    const auto picture = image::decodeFile(test::parityDir() / "images/rgb1.png");
    const auto seen = original->see(*picture);
    ASSERT_TRUE(seen) << message(seen.error());
    EXPECT_EQ(seen->pixelsSha256, converted->see(*picture)->pixelsSha256);
    const std::vector question { text::userMessage("What is it?", 1) };
    const auto one = original->prompt(question, { &*seen, 1 });
    const auto other = converted->prompt(question, { &*seen, 1 });
    ASSERT_TRUE(one) << message(one.error());
    ASSERT_TRUE(other);
    EXPECT_TRUE(at::equal(one->opening.features, other->opening.features));
    EXPECT_EQ(one->text, other->text); // the built-in template is the one the fixture carries
    const std::vector<std::vector<std::int64_t>> texts { someIds(6) };
    EXPECT_EQ(scoreCompletions(original->model(), one->opening, texts)->front().sum,
        scoreCompletions(converted->model(), other->opening, texts)->front().sum);
}

TEST_F(OriginalLlava, FindsItsTowerInsideOrBesideOrSaysWhereToPutIt)
{
    fs::rename(tower, to / "vision_tower");
    EXPECT_TRUE(Session::load(to));
    fs::remove_all(to / "vision_tower");
    EXPECT_THAT(message(Session::load(to).error()), HasSubstr("put the folder \"small-tower\""));
    Json config = test::readJson(to / "config.json");
    config["mm_projector_type"] = "ldp";
    write(to / "config.json", config);
    EXPECT_THAT(message(Session::load(to).error()), HasSubstr("\"ldp\""));
}

TEST_F(OriginalLlava, WritesItsOwnNames)
{
    const auto model = test::loadOrThrow(to);
    const auto written = folder.path() / "written";
    ASSERT_TRUE(writeModel(written, *model, to, at::kFloat));
    const auto names = test::readTensors(written / "model.safetensors");
    EXPECT_TRUE(names.contains("model.mm_projector.2.bias"));
    EXPECT_TRUE(names.contains("model.layers.0.self_attn.q_proj.weight"));
    EXPECT_TRUE(
        names.contains("model.vision_tower.vision_tower.vision_model.embeddings.class_embedding"));
    EXPECT_TRUE(loadModel(written)); // the tower's config lies beside it
}

} // namespace
} // namespace slook::engine
