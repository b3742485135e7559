#include "runs/event.h"
#include "runs/fields.h"
#include "runs/rows_json.h"
#include <algorithm>
#include <concepts>
#include <filesystem>

namespace slook::runs {
namespace {

constexpr std::size_t longestLine = 64u << 20; // bytes of one event

const char* nameOf(Ending ending)
{
    return ending == Ending::Done ? "done" : ending == Ending::Stopped ? "stopped" : "failed";
}

/// Writes the fields that describe() names.
class Writing {
public:
    explicit Writing(Json& json)
        : m_json(json)
    {
    }
    void version() { m_json["version"] = formatVersion; }
    void text(const char* key, const std::string& value) { m_json[key] = value; }
    void textIf(const char* key, const std::string& value) { m_json[key] = value; }
    void count(const char* key, std::int64_t value, bool = true) { m_json[key] = value; }
    void bigCount(const char* key, std::int64_t value, bool = true) { m_json[key] = value; }
    void number(const char* key, double value) { m_json[key] = numberToJson(value); }
    void flag(const char* key, bool value) { m_json[key] = value; }
    void ending(const char* key, Ending value) { m_json[key] = nameOf(value); }
    template <class Row> void row(const char* key, const Row& value)
    {
        m_json[key] = toJson(value);
    }
    template <class Row> void rows(const char* key, const std::vector<Row>& values)
    {
        m_json[key] = Json::array();
        for (const Row& one : values)
            m_json[key].push_back(toJson(one));
    }
    template <class Row> void rowsIf(const char* key, const std::vector<Row>& values)
    {
        if (!values.empty())
            rows(key, values);
    }

private:
    Json& m_json;
};

template <class Row> inline constexpr auto rowFromJson = nullptr;
template <> inline constexpr auto rowFromJson<ResponseRow> = responseFromJson;
template <> inline constexpr auto rowFromJson<ExtractionRow> = extractionFromJson;
template <> inline constexpr auto rowFromJson<CorruptionRow> = corruptionFromJson;
template <> inline constexpr auto rowFromJson<PairRow> = pairFromJson;
template <> inline constexpr auto rowFromJson<TripletRow> = tripletFromJson;
template <> inline constexpr auto rowFromJson<MetricRow> = metricFromJson;
template <> inline constexpr auto rowFromJson<RewardRow> = rewardFromJson;

/// Reads the fields that describe() names, and remembers the first one that is wrong.
class Reading : public Fields {
public:
    Reading(const Json& json, const std::string& where)
        : Fields(json, where)
        , m_where(where)
    {
    }
    void version()
    {
        int version = formatVersion;
        count("version", version, false);
        if (version != formatVersion)
            complain("was written by another version of the worker (format "
                + std::to_string(version) + ", this program reads " + std::to_string(formatVersion)
                + ")");
    }
    void ending(const char* key, Ending& value)
    {
        std::string name = "?";
        text(key, name);
        for (const Ending one : { Ending::Done, Ending::Stopped, Ending::Failed })
            if (name == nameOf(one)) {
                value = one;
                return;
            }
        complain("has an ending that this program does not know");
    }
    template <class Row> void row(const char* key, Row& value)
    {
        if (const Json* json = object(key, true))
            take(*json, value);
    }
    template <class Row> void rows(const char* key, std::vector<Row>& values)
    {
        const Json* list = array(key);
        for (std::size_t i = 0; list && i < list->size(); ++i)
            take((*list)[i], values.emplace_back());
    }
    template <class Row> void rowsIf(const char* key, std::vector<Row>& values)
    {
        rows(key, values);
    }

private:
    template <class Row> void take(const Json& json, Row& value)
    {
        if (auto read = rowFromJson<Row>(json, m_where); read)
            value = std::move(*read);
        else
            complain(read.error().what);
    }
    std::string m_where;
};

template <class E> inline constexpr const char* kindOf = "";
template <> inline constexpr const char* kindOf<Started> = "started";
template <> inline constexpr const char* kindOf<StepBegan> = "stepBegan";
template <> inline constexpr const char* kindOf<Progress> = "progress";
template <> inline constexpr const char* kindOf<StepEnded> = "stepEnded";
template <> inline constexpr const char* kindOf<Answered> = "answered";
template <> inline constexpr const char* kindOf<Paired> = "paired";
template <> inline constexpr const char* kindOf<Tripled> = "triplet";
template <> inline constexpr const char* kindOf<Measured> = "measured";
template <> inline constexpr const char* kindOf<Rewarded> = "rewarded";
template <> inline constexpr const char* kindOf<Artifact> = "artifact";
template <> inline constexpr const char* kindOf<Note> = "note";
template <> inline constexpr const char* kindOf<Finished> = "finished";

// The fields of each kind, once for both directions: `f` is Writing with a const event, or Reading.
template <class E, class Kind>
concept Of = std::same_as<std::remove_const_t<E>, Kind>;

template <class F, Of<Started> E> void describe(F& f, E& e)
{
    f.version();
    f.textIf("program", e.program);
    f.textIf("host", e.host);
    f.count("pid", e.pid, false);
    f.count("threads", e.threads, false);
    f.textIf("device", e.device);
    f.flag("resumed", e.resumed);
}

template <class F, Of<StepBegan> E> void describe(F& f, E& e)
{
    f.count("index", e.index);
    f.text("step", e.kind);
    f.textIf("title", e.title);
    f.bigCount("total", e.total, false);
}

template <class F, Of<Progress> E> void describe(F& f, E& e)
{
    f.count("index", e.index);
    f.bigCount("done", e.done);
    f.bigCount("total", e.total, false);
    f.textIf("unit", e.unit);
    f.number("perSecond", e.perSecond);
    f.number("secondsLeft", e.secondsLeft);
}

template <class F, Of<StepEnded> E> void describe(F& f, E& e)
{
    f.count("index", e.index);
    f.number("seconds", e.seconds);
}

template <class F, Of<Answered> E> void describe(F& f, E& e)
{
    f.row("response", e.response);
    f.rows("extractions", e.extractions);
    f.rowsIf("corruptions", e.corruptions);
}

template <class F, Of<Paired> E> void describe(F& f, E& e)
{
    f.row("pair", e.pair);
}

template <class F, Of<Tripled> E> void describe(F& f, E& e)
{
    f.row("triplet", e.triplet);
}

template <class F, Of<Measured> E> void describe(F& f, E& e)
{
    f.row("metric", e.metric);
}

template <class F, Of<Rewarded> E> void describe(F& f, E& e)
{
    f.rows("rewards", e.rewards);
}

template <class F, Of<Artifact> E> void describe(F& f, E& e)
{
    f.text("name", e.name);
    f.text("path", e.path);
    f.textIf("sha256", e.sha256);
}

template <class F, Of<Note> E> void describe(F& f, E& e)
{
    f.text("level", e.level);
    f.text("text", e.text);
}

template <class F, Of<Finished> E> void describe(F& f, E& e)
{
    f.ending("ending", e.ending);
    f.textIf("error", e.error);
}

// What no single field can tell.
void check(const auto&, Reading&) { }
void check(const Answered& e, Reading& reading)
{
    for (const ExtractionRow& one : e.extractions)
        if (one.end > static_cast<std::int64_t>(e.response.text.size()))
            reading.complain("has an extraction whose span ends behind the text");
}
void check(const Artifact& e, Reading& reading)
{
    // Whoever opens an artifact joins this path to the run directory.
    const std::filesystem::path path(e.path);
    if (path.is_absolute() || std::ranges::find(path, "..") != path.end())
        reading.complain("names an artifact outside of the run directory");
}

template <class E> Result<EventBody> readOne(const Json& json, const std::string& where)
{
    Reading reading(json, where);
    E event;
    describe(reading, event);
    check(event, reading);
    return reading.done(EventBody(std::move(event)));
}

template <class... Kinds>
Result<EventBody> readBody(const std::variant<Kinds...>* /*kinds*/, const std::string& kind,
    const Json& json, const std::string& where)
{
    Result<EventBody> body = fail(ErrorKind::Invalid,
        "is an event of the kind \"" + kind.substr(0, 40)
            + "\", which this program does not know; it was written by another version",
        where);
    (void)((kind == kindOf<Kinds> && (body = readOne<Kinds>(json, where), true)) || ...);
    return body;
}

} // namespace

std::string toLine(const Event& event)
{
    Json json = { { "seq", event.seq }, { "time", event.time } };
    std::visit(
        [&json]<class E>(const E& body) {
            json["kind"] = kindOf<E>;
            Writing writing(json);
            describe(writing, body);
        },
        event.body);
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
    auto read = readBody(static_cast<const EventBody*>(nullptr), kind, *json, where);
    if (!read)
        return fail(read.error());
    event.body = std::move(*read);
    return event;
}

} // namespace slook::runs
