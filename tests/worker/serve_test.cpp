#include "core/json.h"
#include "run_fixture.h"
#include "runs/frames.h"
#include "temporary_folder.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace slook;
using namespace slook::runs;
using namespace worker_test;

namespace {

/// A serving worker with its pipes.
class Serving {
public:
    Serving()
    {
        int in[2];
        int out[2];
        if (::pipe(in) != 0 || ::pipe(out) != 0)
            throw std::runtime_error("no pipes");
        m_pid = ::fork();
        if (m_pid == 0) {
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            for (const int fd : { in[0], in[1], out[0], out[1] })
                ::close(fd);
            ::execl(program().c_str(), program().c_str(), "serve", static_cast<char*>(nullptr));
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        m_write = in[1];
        m_read = out[0];
    }
    ~Serving() { (void)end(); }
    Json read()
    {
        const auto frame = readFrame(m_read, m_buffer);
        return frame && *frame ? *parseJson(**frame, "reply") : Json();
    }
    void send(const Json& json) { (void)writeFrame(m_write, dumpLine(json)); }
    void sendRaw(std::string_view bytes) { (void)!::write(m_write, bytes.data(), bytes.size()); }
    int end()
    {
        if (m_pid < 0)
            return m_code;
        ::close(m_write);
        m_code = waitFor(std::exchange(m_pid, -1));
        ::close(m_read);
        return m_code;
    }

private:
    pid_t m_pid = -1;
    int m_write = -1;
    int m_read = -1;
    int m_code = -1;
    std::string m_buffer;
};

} // namespace

TEST(Serve, AnswersAndEndsWithItsInput)
{
    const TemporaryFolder folder;
    ASSERT_TRUE(drawPictures(folder.path(), 1));
    const auto picture = (folder.path() / pictureName(0)).string();
    Serving worker;
    EXPECT_EQ(worker.read()["protocol"], serveProtocol);
    worker.send({ { "id", 1 }, { "kind", "ask" }, { "turns", { "x" } } });
    EXPECT_EQ(worker.read()["ok"], false); // no model yet
    worker.send({ { "id", 2 }, { "kind", "load" }, { "model", modelFolder().string() },
        { "device", "cpu" } });
    const auto loaded = worker.read();
    EXPECT_EQ(loaded["id"], 2);
    ASSERT_EQ(loaded["ok"], true) << loaded;
    EXPECT_EQ(loaded["family"], "llava");

    worker.send({ { "id", 3 }, { "kind", "ask" }, { "image", picture },
        { "turns",
            { "What is in the image?",
                "Check your answer against the image, then answer again." } },
        { "decoding", { { "maxNewTokens", 12 } } } });
    for (int turn = 1; turn <= 2; ++turn) {
        const auto answer = worker.read();
        EXPECT_EQ(answer["id"], 3);
        EXPECT_EQ(answer["answer"]["turn"], turn);
        EXPECT_FALSE(answer["answer"]["text"].get<std::string>().empty());
    }
    EXPECT_EQ(worker.read()["ok"], true);

    worker.send({ { "id", 4 }, { "kind", "tokens" }, { "text", "Where is the red circle?" } });
    const auto tokens = worker.read();
    EXPECT_GT(tokens["ids"].size(), 3u);
    EXPECT_EQ(tokens["ids"].size(), tokens["pieces"].size());

    const auto out = folder.path() / "seen.png";
    worker.send({ { "id", 5 }, { "kind", "seen" }, { "image", picture }, { "out", out.string() } });
    EXPECT_GT(worker.read()["width"], 0);
    EXPECT_TRUE(fs::exists(out));

    worker.send(
        { { "id", 6 }, { "kind", "ask" }, { "image", "/no/such/file.png" }, { "turns", { "x" } } });
    EXPECT_NE(
        worker.read()["error"].get<std::string>().find("/no/such/file.png"), std::string::npos);
    worker.send({ { "id", 7 }, { "kind", "dance" } });
    EXPECT_EQ(worker.read()["ok"], false);
    worker.send(Json::array({ 1, 2 }));
    EXPECT_EQ(worker.read()["ok"], false);
    EXPECT_EQ(worker.end(), 0);
}

TEST(Serve, ComparesAModelWithItsInt8Form)
{
    const TemporaryFolder folder;
    ASSERT_TRUE(drawPictures(folder.path(), 1));
    const Json question { { "image", (folder.path() / pictureName(0)).string() },
        { "text", "Which shape is it?\nA. circle\nB. square\nC. star\nD. cross" },
        { "letters", { "A", "B", "C", "D" } } };
    Serving worker;
    (void)worker.read();
    worker.send({ { "id", 1 }, { "kind", "int8" }, { "model", modelFolder().string() },
        { "questions", { question, question } }, { "maxNewTokens", 4 } });
    const auto report = worker.read();
    ASSERT_EQ(report["ok"], true) << report;
    EXPECT_EQ(report["questions"], 2);
    EXPECT_EQ(report["withLetters"], 2);
    EXPECT_GT(report["meanDifference"], 0.0);
    EXPECT_GE(report["largestDifference"], report["meanDifference"]);
    EXPECT_GE(report["meanDivergence"], 0.0); // Gibbs' inequality
    EXPECT_LT(report["int8"]["weightBytes"], report["plain"]["weightBytes"]);
    worker.send({ { "id", 2 }, { "kind", "int8" }, { "model", modelFolder().string() } });
    EXPECT_EQ(worker.read()["ok"], false); // no questions
    worker.send({ { "id", 3 }, { "kind", "load" }, { "model", modelFolder().string() },
        { "device", "cpu" }, { "int8", true } });
    EXPECT_EQ(worker.read()["ok"], true);
    worker.send({ { "id", 4 }, { "kind", "ask" }, { "turns", { "What is there?" } },
        { "decoding", { { "maxNewTokens", 3 } } } });
    EXPECT_FALSE(worker.read()["answer"]["tokenIds"].empty());
    EXPECT_EQ(worker.read()["ok"], true);
    EXPECT_EQ(worker.end(), 0);
}

TEST(Serve, GivesUpOnAStreamOfGarbage)
{
    Serving worker;
    worker.read();
    worker.sendRaw("\xFF\xFF\xFF\xFFgarbage");
    EXPECT_EQ(worker.end(), 1);
}

TEST(Worker, SaysItsVersionAndItsUsage)
{
    EXPECT_EQ(WEXITSTATUS(::system((program().string() + " --version > /dev/null").c_str())), 0);
    EXPECT_EQ(WEXITSTATUS(::system((program().string() + " 2> /dev/null").c_str())), 2);
    EXPECT_EQ(WEXITSTATUS(::system((program().string() + " walk x 2> /dev/null").c_str())), 2);
}

TEST(Serve, AnswersAboutACorruptedPictureAndSaysHowFarItIs)
{
    const TemporaryFolder folder;
    ASSERT_TRUE(drawPictures(folder.path(), 1));
    const auto picture = (folder.path() / pictureName(0)).string();
    Serving worker;
    (void)worker.read();
    worker.send({ { "id", 1 }, { "kind", "load" }, { "model", modelFolder().string() },
        { "device", "cpu" } });
    ASSERT_EQ(worker.read()["ok"], true);
    const auto ask = [&](const Json& corruption) {
        Json request { { "id", 2 }, { "kind", "ask" }, { "image", picture },
            { "turns", { "What is in the image?" } }, { "decoding", { { "maxNewTokens", 12 } } } };
        if (!corruption.is_null())
            request["corruption"] = corruption;
        worker.send(request);
        auto first = worker.read();
        if (first.contains("ok"))
            return first;
        EXPECT_EQ(worker.read()["ok"], true);
        return first["answer"];
    };
    const Json noise { { "op", "gaussian_noise" }, { "sigma", 90 }, { "seed", 3 } };
    const auto clean = ask(nullptr);
    const auto spoiled = ask(noise);
    EXPECT_NE(clean["pixelsSha256"], spoiled["pixelsSha256"]);
    EXPECT_EQ(ask(noise)["tokenIds"], spoiled["tokenIds"]); // the same seed, the same pixels
    double sum = 0;
    ASSERT_EQ(clean["logprobs"].size(), clean["tokenIds"].size());
    ASSERT_EQ(clean["tokens"].size(), clean["tokenIds"].size());
    for (const auto& one : clean["logprobs"]) {
        EXPECT_LE(one.get<double>(), 0);
        sum += one.get<double>();
    }
    EXPECT_NEAR(sum, clean["logprob"].get<double>(), 1e-4);
    const auto distance = [&](const Json& corruption) {
        worker.send({ { "id", 3 }, { "kind", "distance" }, { "image", picture },
            { "corruption", corruption } });
        return worker.read();
    };
    const auto near = distance({ { "op", "gaussian_noise" }, { "sigma", 5 }, { "seed", 3 } });
    const auto far = distance(noise);
    ASSERT_EQ(far["ok"], true) << far;
    EXPECT_GT(near["cosine"].get<double>(), 0);
    EXPECT_GT(far["cosine"].get<double>(), near["cosine"].get<double>());
    EXPECT_LE(far["cosine"].get<double>(), 2);
    // The corruption is taken away on purpose, in both.
    const Json nothing { { "op", "brightness" }, { "amount", 0 }, { "seed", 0 } };
    EXPECT_NE(
        distance(nothing)["error"].get<std::string>().find("left every pixel"), std::string::npos);
    EXPECT_NE(ask(nothing)["error"].get<std::string>().find("left every pixel"), std::string::npos);
}
