#include "runs/event.h"
#include "runs/fields.h"
#include "runs/rows_json.h"
#include <filesystem>

namespace slook::runs {
namespace {

constexpr std::size_t longestLine = 64u << 20; // bytes of one event

template <class... Ts> struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts> Overloaded(Ts...) -> Overloaded<Ts...>;

const char* nameOf(Ending ending)
{
    return ending == Ending::Done ? "done" : ending == Ending::Stopped ? "stopped" : "failed";
}

void write(Json& json, const EventBody& body)
{
    const auto put = [&](const char* kind,
                         std::initializer_list<std::pair<const char*, Json>> all) {
        json["kind"] = kind;
        for (const auto& [key, value] : all)
            json[key] = value;
    };
    std::visit(
        Overloaded {
            [&](const Started& e) {
                put("started",
                    { { "version", formatVersion }, { "program", e.program }, { "host", e.host },
                        { "pid", e.pid }, { "threads", e.threads }, { "device", e.device },
                        { "resumed", e.resumed } });
            },
            [&](const StepBegan& e) {
                put("stepBegan",
                    { { "index", e.index }, { "step", e.kind }, { "title", e.title },
                        { "total", e.total } });
            },
            [&](const Progress& e) {
                put("progress",
                    { { "index", e.index }, { "done", e.done }, { "total", e.total },
                        { "unit", e.unit }, { "perSecond", numberToJson(e.perSecond) },
                        { "secondsLeft", numberToJson(e.secondsLeft) } });
            },
            [&](const StepEnded& e) {
                put("stepEnded", { { "index", e.index }, { "seconds", numberToJson(e.seconds) } });
            },
            [&](const Answered& e) {
                Json extractions = Json::array();
                for (const auto& one : e.extractions)
                    extractions.push_back(toJson(one));
                put("answered",
                    { { "response", toJson(e.response) }, { "extractions", extractions } });
            },
            [&](const Paired& e) {
                put("paired", { { "pair", toJson(e.pair) } });
            },
            [&](const Measured& e) {
                put("measured", { { "metric", toJson(e.metric) } });
            },
            [&](const Artifact& e) {
                put("artifact", { { "name", e.name }, { "path", e.path }, { "sha256", e.sha256 } });
            },
            [&](const Note& e) {
                put("note", { { "level", e.level }, { "text", e.text } });
            },
            [&](const Finished& e) {
                put("finished", { { "ending", nameOf(e.ending) }, { "error", e.error } });
            },
        },
        body);
}

template <class T> Result<EventBody> body(const Fields& fields, T value)
{
    auto done = fields.done(std::move(value));
    if (!done)
        return fail(done.error());
    return EventBody(std::move(*done));
}

Result<EventBody> readStarted(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    Started e;
    int version = formatVersion;
    fields.count("version", version, false);
    if (version != formatVersion)
        fields.complain("was written by another version of the worker (format "
            + std::to_string(version) + ", this program reads " + std::to_string(formatVersion)
            + ")");
    fields.textIf("program", e.program);
    fields.textIf("host", e.host);
    fields.count("pid", e.pid, false);
    fields.count("threads", e.threads, false);
    fields.textIf("device", e.device);
    fields.flag("resumed", e.resumed);
    return body(fields, std::move(e));
}

Result<EventBody> readStepBegan(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    StepBegan e;
    fields.count("index", e.index);
    fields.text("step", e.kind);
    fields.textIf("title", e.title);
    fields.bigCount("total", e.total, false);
    return body(fields, std::move(e));
}

Result<EventBody> readProgress(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    Progress e;
    fields.count("index", e.index);
    fields.bigCount("done", e.done);
    fields.bigCount("total", e.total, false);
    fields.textIf("unit", e.unit);
    fields.number("perSecond", e.perSecond);
    fields.number("secondsLeft", e.secondsLeft);
    return body(fields, std::move(e));
}

Result<EventBody> readStepEnded(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    StepEnded e;
    fields.count("index", e.index);
    fields.number("seconds", e.seconds);
    return body(fields, e);
}

Result<EventBody> readAnswered(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    Answered e;
    const auto* response = fields.object("response", true);
    const auto* extractions = fields.array("extractions");
    if (!response)
        return body(fields, std::move(e));
    auto row = responseFromJson(*response, where);
    if (!row)
        return fail(row.error());
    e.response = std::move(*row);
    for (std::size_t i = 0; extractions && i < extractions->size(); ++i) {
        auto one = extractionFromJson((*extractions)[i], where);
        if (!one)
            return fail(one.error());
        if (one->end > static_cast<std::int64_t>(e.response.text.size()))
            fields.complain("has an extraction whose span ends behind the text");
        e.extractions.push_back(std::move(*one));
    }
    return body(fields, std::move(e));
}

Result<EventBody> readArtifact(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    Artifact e;
    fields.text("name", e.name);
    fields.text("path", e.path);
    fields.textIf("sha256", e.sha256);
    // Whoever opens an artifact joins this path to the run directory.
    const std::filesystem::path path(e.path);
    if (path.is_absolute())
        fields.complain("names an artifact outside of the run directory");
    for (const auto& part : path)
        if (part == "..")
            fields.complain("names an artifact outside of the run directory");
    return body(fields, std::move(e));
}

Result<EventBody> readNote(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    Note e;
    fields.text("level", e.level);
    fields.text("text", e.text);
    return body(fields, std::move(e));
}

Result<EventBody> readFinished(const Json& json, const std::string& where)
{
    Fields fields(json, where);
    Finished e;
    std::string ending;
    fields.text("ending", ending);
    fields.textIf("error", e.error);
    if (ending == "stopped")
        e.ending = Ending::Stopped;
    else if (ending == "failed")
        e.ending = Ending::Failed;
    else if (ending != "done")
        fields.complain("has an ending that this program does not know");
    return body(fields, std::move(e));
}

template <class Row, class Body> Result<EventBody> wrapped(Result<Row> row, Body (*wrap)(Row))
{
    if (!row)
        return fail(row.error());
    return EventBody(wrap(std::move(*row)));
}

const Json& memberOf(const Json& json, const char* key)
{
    static const Json none;
    const auto found = json.find(key);
    return found == json.end() ? none : *found;
}

Result<EventBody> readBody(const std::string& kind, const Json& json, const std::string& where)
{
    if (kind == "answered")
        return readAnswered(json, where);
    if (kind == "progress")
        return readProgress(json, where);
    if (kind == "measured")
        return wrapped<MetricRow, Measured>(metricFromJson(memberOf(json, "metric"), where),
            [](MetricRow row) { return Measured { std::move(row) }; });
    if (kind == "paired")
        return wrapped<PairRow, Paired>(pairFromJson(memberOf(json, "pair"), where),
            [](PairRow row) { return Paired { std::move(row) }; });
    if (kind == "started")
        return readStarted(json, where);
    if (kind == "stepBegan")
        return readStepBegan(json, where);
    if (kind == "stepEnded")
        return readStepEnded(json, where);
    if (kind == "artifact")
        return readArtifact(json, where);
    if (kind == "note")
        return readNote(json, where);
    if (kind == "finished")
        return readFinished(json, where);
    return fail(ErrorKind::Invalid,
        "is an event of the kind \"" + kind.substr(0, 40)
            + "\", which this program does not know; it was written by another version",
        where);
}

} // namespace

std::string toLine(const Event& event)
{
    Json json = { { "seq", event.seq }, { "time", event.time } };
    write(json, event.body);
    return dumpLine(json);
}

Result<Event> fromLine(std::string_view line, const std::string& where)
{
    const auto json = parseJson(line, where, { .bytes = longestLine, .depth = 16 });
    if (!json)
        return fail(json.error());
    Fields fields(*json, where);
    Event event;
    std::string kind;
    fields.integer("seq", event.seq, 1, std::numeric_limits<std::int64_t>::max());
    fields.integer("time", event.time, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max(), false);
    fields.text("kind", kind);
    const auto head = fields.done(true);
    if (!head)
        return fail(head.error());
    auto read = readBody(kind, *json, where);
    if (!read)
        return fail(read.error());
    event.body = std::move(*read);
    return event;
}

} // namespace slook::runs
