#include "worker/serve.h"
#include "core/file.h"
#include "engine/runtime.h"
#include "image/corruption.h"
#include "image/decode.h"
#include "image/encode.h"
#include "methods/extract.h"
#include "runs/frames.h"
#include "runs/job.h"
#include "worker/engine_model.h"
#include "worker/int8_report.h"
#include <csignal>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

namespace slook::worker {
namespace {

/// Requests one after the other over two descriptors.
class Server final : public methods::StepContext {
public:
    Server(int in, int out)
        : m_in(in)
        , m_out(out)
    {
    }

    Result<void> greet(const WorkerIdentity& identity)
    {
        return send({ { "protocol", runs::serveProtocol },
            { "program", std::string(identity.program) + " " + identity.version } });
    }

    /// Until the end of input. Errors: of the stream itself.
    Result<void> answerAll()
    {
        while (true) {
            const auto frame = runs::readFrame(m_in, m_buffer);
            if (!frame)
                return fail(frame.error());
            if (!*frame)
                return {};
            if (auto sent = answerOne(**frame); !sent)
                return sent;
        }
    }

    /// The parent has gone: nobody wants the rest.
    bool stopRequested() override
    {
        pollfd parent { m_in, 0, 0 };
        return ::poll(&parent, 1, 0) > 0 && (parent.revents & (POLLHUP | POLLERR)) != 0;
    }
    Result<void> report(runs::EventBody) override { return {}; }

private:
    Result<void> send(const Json& json)
    {
        auto line = dumpLine(json);
        if (line.size() > runs::longestFrame)
            line = dumpLine({ { "id", json.value("id", Json()) }, { "ok", false },
                { "error", "the reply is too long for one message" } });
        return runs::writeFrame(m_out, line);
    }

    Result<void> answerOne(const std::string& frame)
    {
        const auto request =
            parseJson(frame, "request", { .bytes = runs::longestFrame, .depth = 16 });
        m_id = request && request->is_object() ? request->value("id", Json()) : Json();
        auto reply = request ? guarded(*request) : Result<Json>(fail(request.error()));
        if (!reply)
            return send({ { "id", m_id }, { "ok", false }, { "error", message(reply.error()) } });
        Json full = { { "id", m_id }, { "ok", true } };
        full.update(*reply);
        return send(full);
    }

    Result<Json> guarded(const Json& request)
    {
        try {
            return handle(request);
        } catch (const std::exception& e) {
            return fail(engine::fromException(e));
        }
    }

    Result<Json> handle(const Json& request)
    {
        const auto kind = stringOr(request, "kind");
        if (kind == "load")
            return load(request);
        if (kind == "int8")
            return int8Report(request);
        if (!m_model)
            return fail(ErrorKind::Invalid, "no model is loaded; send \"load\" first");
        if (kind == "ask")
            return ask(request);
        if (kind == "seen")
            return seen(request);
        if (kind == "distance")
            return distance(request);
        if (kind == "compare")
            return compare(request);
        if (kind == "tokens")
            return tokens(request);
        return fail(ErrorKind::Invalid,
            "\"" + kind.substr(0, 40)
                + "\" is no request; there are load, ask, seen, distance, compare, tokens and "
                  "int8");
    }

    Result<Json> load(const Json& request)
    {
        m_model.reset();
        const auto device = engine::deviceByName(
            stringOr(request, "device").empty() ? "auto" : stringOr(request, "device"));
        if (!device)
            return fail(device.error());
        const runs::ModelRef reference { stringOr(request, "model"), stringOr(request, "adapter"),
            0, boolOr(request, "int8", false) };
        auto model = EngineModel::load(reference, *device, {}, {});
        if (!model)
            return fail(model.error());
        m_model = std::move(*model);
        const auto& shape = m_model->session().model().shape();
        return Json { { "family", shape.family }, { "context", shape.contextLength } };
    }

    Result<Json> int8Report(const Json& request)
    {
        m_model.reset();
        std::vector<Int8Question> questions;
        for (const auto& one : request.value("questions", Json::array()))
            questions.push_back(
                { stringOr(one, "image"), stringOr(one, "text"), stringsOr(one, "letters") });
        constexpr std::int64_t tokens = 32;
        const auto report = compareInt8(stringOr(request, "model"), questions,
            static_cast<int>(integerOr(request, "maxNewTokens", tokens)), *this);
        if (!report)
            return fail(report.error());
        const auto side = [](const Int8Side& one) {
            return Json { { "weightBytes", one.weightBytes }, { "seconds", one.seconds },
                { "tokens", one.tokens } };
        };
        return Json { { "questions", report->questions },
            { "meanDifference", report->meanDifference },
            { "largestDifference", report->largestDifference },
            { "meanDivergence", report->meanDivergence }, { "sameAnswers", report->sameAnswers },
            { "withLetters", report->withLetters }, { "sameLetters", report->sameLetters },
            { "plain", side(report->plain) }, { "int8", side(report->int8) } };
    }

    Result<Json> ask(const Json& request)
    {
        methods::Conversation talk;
        talk.userTexts = stringsOr(request, "turns");
        if (talk.userTexts.empty())
            return fail(ErrorKind::Invalid, "asks nothing: \"turns\" is empty");
        if (const auto file = stringOr(request, "image"); !file.empty()) {
            const auto picture = image::decodeFile(file);
            if (!picture)
                return fail(picture.error());
            talk.images = { file };
            talk.imageSha256 = { image::pixelSha256(*picture) };
        }
        if (request.contains("corruption")) {
            auto corruption = corruptionOf(request);
            if (!corruption)
                return fail(corruption.error());
            talk.corruption = std::move(*corruption);
        }
        if (auto used = m_model->use(stringOr(request, "artifact")); !used)
            return fail(used.error());
        const auto decoding = runs::decodingFromJson(request.value("decoding", Json::object()));
        talk.seed = decoding.seed;
        std::optional<std::string> refused;
        const auto held = m_model->converse(
            std::span(&talk, 1), decoding,
            [&](std::size_t, int turn, methods::Answer said) { return sendAnswer(turn, said); },
            [&](std::size_t, std::string reason) -> Result<void> {
                refused = std::move(reason);
                return {};
            },
            *this);
        if (!held)
            return fail(held.error());
        if (refused)
            return fail(ErrorKind::Invalid, *refused);
        return Json::object();
    }

    static Result<image::Corruption> corruptionOf(const Json& request)
    {
        const auto given = image::corruptionFrom(request.value("corruption", Json()), "corruption");
        return given ? image::drawn(*given) : given;
    }

    /// Mean over the rows of a picture's features, [hiddenSize] float.
    Result<at::Tensor> meanFeatures(const image::Picture& picture)
    {
        const auto seen = m_model->session().see(picture);
        if (!seen)
            return fail(seen.error());
        return m_model->session().features({ &*seen, 1 }).front().to(at::kFloat).mean(0);
    }

    Result<Json> distance(const Json& request)
    {
        const auto picture = image::decodeFile(stringOr(request, "image"));
        if (!picture)
            return fail(picture.error());
        const auto corruption = corruptionOf(request);
        if (!corruption)
            return fail(corruption.error());
        const auto spoiled = image::corrupted(*picture, *corruption);
        if (!spoiled)
            return fail(spoiled.error());
        const auto before = meanFeatures(*picture);
        if (!before)
            return fail(before.error());
        const auto after = meanFeatures(*spoiled);
        if (!after)
            return fail(after.error());
        return Json { { "cosine", 1 - at::cosine_similarity(*before, *after, 0).item<double>() } };
    }

    /// How alike two texts are to the start model or to a text encoder.
    Result<Json> compare(const Json& request)
    {
        if (auto used = m_model->use({}); !used)
            return fail(used.error());
        const std::string texts[] = { stringOr(request, "a"), stringOr(request, "b") };
        const auto states = m_model->textStates(texts, stringOr(request, "encoder"), *this);
        if (!states)
            return fail(states.error());
        return Json { { "embedding",
                          analysis::sentenceSimilarity(
                              states->at(0).sentence, states->at(1).sentence) },
            { "tokenF1", analysis::tokenMatchF1(states->at(0).tokens, states->at(1).tokens) } };
    }

    Result<void> sendAnswer(int turn, const methods::Answer& said)
    {
        Json tokens = Json::array();
        for (const auto id : said.tokenIds)
            tokens.push_back(methods::cleanText(m_model->session().decode({ &id, 1 })));
        const Json answer = { { "turn", turn }, { "prompt", methods::cleanText(said.prompt) },
            { "text", methods::cleanText(said.text) }, { "tokenIds", said.tokenIds },
            { "tokens", std::move(tokens) }, { "logprobs", said.tokenLogprobs },
            { "finish", said.finish }, { "logprob", said.logprob },
            { "pixelsSha256", said.pixelsSha256 }, { "seconds", said.seconds } };
        return send({ { "id", m_id }, { "answer", answer } });
    }

    Result<Json> seen(const Json& request)
    {
        const auto picture = image::decodeFile(stringOr(request, "image"));
        if (!picture)
            return fail(picture.error());
        const auto pixels = m_model->session().see(*picture);
        if (!pixels)
            return fail(pixels.error());
        if (const auto out = stringOr(request, "out"); !out.empty()) {
            const auto png = image::encodePng(image::contactSheet(pixels->seen));
            const std::string_view bytes(reinterpret_cast<const char*>(png.data()), png.size());
            if (auto written = writeFileAtomically(out, bytes); !written)
                return fail(written.error());
        }
        const auto layout = pixels->layout();
        return Json { { "width", layout.tileWidth }, { "height", layout.tileHeight },
            { "tiles", layout.tiles }, { "pixelsSha256", pixels->pixelsSha256 } };
    }

    Result<Json> tokens(const Json& request)
    {
        const auto& tokenizer = m_model->session().tokenizer();
        const auto ids = tokenizer.encode(stringOr(request, "text"), false);
        if (!ids)
            return fail(ids.error());
        Json pieces = Json::array();
        for (const auto id : *ids)
            pieces.push_back(tokenizer.tokenText(id).value_or(""));
        return Json { { "ids", *ids }, { "pieces", pieces } };
    }

    int m_in;
    int m_out;
    std::string m_buffer;
    Json m_id;
    std::unique_ptr<EngineModel> m_model;
};

} // namespace

int serve(const WorkerIdentity& identity) noexcept
{
    try {
        std::signal(SIGPIPE, SIG_IGN);
        const int out = ::dup(STDOUT_FILENO); // libraries print to stdout; it carries frames
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        engine::prepareRuntime({});
        Server server(STDIN_FILENO, out);
        auto served = server.greet(identity);
        if (served)
            served = server.answerAll();
        if (served)
            return 0;
        std::fprintf(stderr, "%s\n", message(served.error()).c_str());
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
    }
    return 1;
}

} // namespace slook::worker
