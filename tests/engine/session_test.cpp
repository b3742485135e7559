// Expected prompts and ids: the parity fixtures, made with transformers' processor.
#include "core/file.h"
#include "engine/runtime.h"
#include "engine/session.h"
#include "fixture.h"
#include "image/decode.h"
#include <gmock/gmock.h>

namespace slook::engine {
namespace {

using test::familyCase;
using ::testing::HasSubstr;

class Sessions : public ::testing::Test {
protected:
    void SetUp() override
    {
        SLOOK_NEED(test::parityDir());
        if (session)
            return;
        auto loaded = Session::load(test::parityDir() / "llava15/model");
        ASSERT_TRUE(loaded) << message(loaded.error());
        session = std::move(*loaded);
    }
    static std::vector<SeenPicture> picturesOf(const Json& row)
    {
        std::vector<SeenPicture> pictures;
        for (const auto& name : row.at("images")) {
            const auto picture =
                image::decodeFile(test::parityDir() / "images" / name.get<std::string>());
            pictures.push_back(session->see(picture.value()).value());
        }
        return pictures;
    }
    static std::vector<text::Message> messagesOf(const Json& row)
    {
        std::vector<text::Message> messages;
        for (const auto& json : row.at("messages")) {
            messages.push_back({ json.at("role").get<std::string>(), {} });
            for (const auto& part : json.at("content"))
                messages.back().content.push_back(part.at("type") == "image"
                        ? text::imagePart()
                        : text::textPart(part.at("text").get<std::string>()));
        }
        return messages;
    }
    static std::unique_ptr<Session> session;
};
std::unique_ptr<Session> Sessions::session;

TEST_F(Sessions, WriteTheReferencesPromptsAndIds)
{
    for (const auto* id : { "text_only", "one", "batch2_leftpad", "two_turn_b", "two_images",
             "two_different_images", "batch_text_and_image", "options" }) {
        const auto one = familyCase(id);
        for (std::size_t row = 0; row < one.ids.size(); ++row) {
            const auto& batch = one.json.at("batch").at(row);
            const auto prompt = session->prompt(messagesOf(batch), picturesOf(batch));
            ASSERT_TRUE(prompt) << message(prompt.error());
            EXPECT_EQ(prompt->text, batch.at("prompt_text").get<std::string>()) << id;
            EXPECT_EQ(prompt->opening.ids, one.ids[row]) << id;
        }
    }
}

TEST_F(Sessions, WriteWithAChosenTemplateInPlaceOfTheirOwn)
{
    SessionOptions options;
    options.chatTemplate = "{% for m in messages %}{{ m['role'] | upper }}:{% endfor %}!";
    const auto other = Session::load(test::parityDir() / "llava15/model", options);
    ASSERT_TRUE(other) << message(other.error());
    const auto question = text::userMessage("What?");
    EXPECT_EQ((*other)->render({ &question, 1 }).value(), "USER:!");
    EXPECT_EQ((*other)->chatTemplate().origin(), "the chosen chat template");
    options.chatTemplate = "{% for";
    const auto broken = Session::load(test::parityDir() / "llava15/model", options);
    ASSERT_FALSE(broken);
    EXPECT_NE(message(broken.error()).find("the chosen chat template"), std::string::npos);
}

TEST_F(Sessions, GiveTheTowerTheReferencesPixels)
{
    const auto expected = test::readTensors(test::parityDir() / "llava15/expected.safetensors");
    const auto pictures = picturesOf(familyCase("one").json.at("batch").at(0));
    EXPECT_LE(
        test::distance(session->pixelValues(pictures), expected.at("one/pixel_values")), 2e-6);
}

TEST_F(Sessions, ContinueOnTheIdsThatWereSaid)
{
    const auto first = familyCase("two_turn_a");
    const auto second = familyCase("two_turn_b"); // the same talk, encoded again as a whole
    const auto review = messagesOf(second.json.at("batch").at(0)).back();
    Turn said;
    said.ids = first.json.at("expected").at("new_ids").at(0).get<std::vector<std::int64_t>>();
    const auto before = messagesOf(first.json.at("batch").at(0));
    const auto next = session->continuation(before, said, review);
    ASSERT_TRUE(next) << message(next.error());
    // What follows the answer begins with the end token, so it is encoded apart in the reference
    // too.
    const auto& whole = second.ids[0];
    const auto tail = std::find(whole.rbegin(), whole.rend(), 2).base() - 1;
    EXPECT_EQ(next->turn.ids, std::vector<std::int64_t>(tail, whole.end()));
    // An answer that ended itself brings its end token along.
    said.finish = Finish::Eos;
    said.ids.back() = 2;
    const auto shorter = session->continuation(before, said, review);
    ASSERT_TRUE(shorter);
    EXPECT_EQ(shorter->turn.ids.size() + 1, next->turn.ids.size());
}

TEST_F(Sessions, EncodeAPictureOnce)
{
    session->forgetFeatures();
    const auto pictures =
        picturesOf(familyCase("two_images").json.at("batch").at(0)); // the same one twice
    const auto before = session->picturesEncoded();
    const auto features = session->features(pictures);
    EXPECT_EQ(session->picturesEncoded(), before + 1);
    EXPECT_TRUE(at::equal(features[0], features[1]));
    (void)session->features(pictures);
    EXPECT_EQ(session->picturesEncoded(), before + 1);
    session->setPadToSquare(true);
    (void)session->features(pictures);
    EXPECT_EQ(session->picturesEncoded(), before + 2);
    session->setPadToSquare(false);
}

TEST_F(Sessions, RefuseAQuestionThatHoldsAPictureMark)
{
    const auto refused = session->prompt(std::vector { text::userMessage("what is <image>?") }, {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, HasSubstr("1 picture marks for 0 pictures"));
}

TEST_F(Sessions, ScoreLabelsAsTheNextToken)
{
    const auto one = familyCase("options");
    const auto& batch = one.json.at("batch").at(0);
    const auto prompt = session->prompt(messagesOf(batch), picturesOf(batch));
    ASSERT_TRUE(prompt);
    const auto got =
        session->labelLogProbs(*prompt, std::vector<std::string> { "A", "B", "C", "D" });
    ASSERT_TRUE(got) << message(got.error());
    std::map<std::string, double> want; // " A" is two tokens here, so "A" alone counts
    for (const auto& option : one.json.at("options"))
        want[option.at("text").get<std::string>()] = option.at("first_token_logprob").get<double>();
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_NEAR((*got)[i], want.at(std::string(1, static_cast<char>('A' + i))), 1e-4);
}

TEST_F(Sessions, HaveAFingerprintThatChangesWithTheFolder)
{
    const test::TemporaryFolder folder;
    std::filesystem::copy(test::parityDir() / "llava15/model", folder.path() / "m");
    EXPECT_EQ(session->fingerprint().value(),
        Session::load(folder.path() / "m").value()->fingerprint().value());
    ASSERT_TRUE(
        writeFileAtomically(folder.path() / "m/generation_config.json", R"({"eos_token_id":5})"));
    const auto other = Session::load(folder.path() / "m");
    ASSERT_TRUE(other);
    EXPECT_NE(session->fingerprint().value(), (*other)->fingerprint().value());
    EXPECT_EQ((*other)->defaults().eosTokenIds, (std::vector<std::int64_t> { 5 }));
}

TEST_F(Sessions, SayWhichFileOfAFolderIsWrong)
{
    const test::TemporaryFolder folder;
    EXPECT_THAT(message(Session::load(folder.path()).error()), HasSubstr("config.json"));
    std::filesystem::copy(test::parityDir() / "llava15/model", folder.path() / "m");
    const auto weights = folder.path() / "m/model.safetensors";
    std::filesystem::resize_file(weights, std::filesystem::file_size(weights) / 2);
    EXPECT_THAT(message(Session::load(folder.path() / "m").error()),
        ::testing::AllOf(HasSubstr("model.safetensors"), HasSubstr("fetch it again")));
    std::filesystem::remove(weights);
    EXPECT_EQ(Session::load(folder.path() / "m").error().kind, ErrorKind::NotFound);
}

TEST_F(Sessions, TheSmallRealModelAnswersAboutAPicture)
{
    const auto folder = test::sharedDir() / "tiny_model/model";
    SLOOK_NEED(folder);
    auto tiny = Session::load(folder);
    ASSERT_TRUE(tiny) << message(tiny.error());
    auto picture = image::filled(96, 96, { 240, 240, 240 });
    for (int y = 30; y < 66; ++y)
        for (int x = 30; x < 66; ++x)
            picture.rgb[static_cast<std::size_t>((y * 96 + x) * 3 + 1)] =
                picture.rgb[static_cast<std::size_t>((y * 96 + x) * 3 + 2)] = 20;
    const auto seen = (*tiny)->see(picture);
    ASSERT_TRUE(seen);
    const auto prompt = (*tiny)->prompt(
        std::vector { text::userMessage("What color is the square?", 1) }, std::span(&*seen, 1));
    ASSERT_TRUE(prompt) << message(prompt.error());
    GenerationOptions options;
    options.maxNewTokens = 40;
    options.eosTokenIds = (*tiny)->defaults().eosTokenIds;
    const auto turns = generate((*tiny)->model(), options, std::span(&prompt->opening, 1));
    ASSERT_TRUE(turns);
    EXPECT_EQ((*turns)[0].finish, Finish::Eos);
    EXPECT_THAT((*tiny)->decode((*turns)[0].ids), HasSubstr("red"));
}

TEST(Runtime, NamesOfDevicesAreChecked)
{
    EXPECT_TRUE(deviceByName("cpu")->is_cpu());
    EXPECT_TRUE(deviceByName("auto"));
    EXPECT_THAT(deviceByName("gpu").error().what, HasSubstr("no device"));
    EXPECT_THAT(deviceByName("cuda:99").error().what, HasSubstr("not there"));
    EXPECT_FALSE(deviceByName("cuda:x"));
    EXPECT_FALSE(deviceByName("cuda:-1"));
}

TEST(Runtime, MemoryThatIsFullIsSaidInPlainWords)
{
    try {
        (void)at::empty({ std::int64_t { 1 } << 55 });
        FAIL();
    } catch (const std::exception& exception) {
        EXPECT_THAT(fromException(exception).what, HasSubstr("memory"));
    }
}

} // namespace
} // namespace slook::engine
