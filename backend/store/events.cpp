#include "store/item_json.h"
#include "store/session.h"
#include <type_traits>

namespace slook::store {
namespace {

/// Files the events of one run; statements are prepared once for a batch.
class EventWriter {
public:
    EventWriter(SQLite::Database& db, RunId run)
        : m_run(run)
        , m_response(db,
              "INSERT INTO response(run, stage, item, turn, prompt, text, tokenIds, finish, "
              "logprob, "
              "pixelsSha256, decoding, seconds) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
              "ON CONFLICT(run, stage, item, turn) DO UPDATE SET prompt = excluded.prompt, "
              "text = excluded.text, tokenIds = excluded.tokenIds, finish = excluded.finish, "
              "logprob = excluded.logprob, pixelsSha256 = excluded.pixelsSha256, "
              "decoding = excluded.decoding, seconds = excluded.seconds RETURNING id")
        , m_forgetExtractions(db, "DELETE FROM extraction WHERE response = ?")
        , m_extraction(db,
              "INSERT OR REPLACE INTO extraction(response, extractor, rule, \"begin\", \"end\", "
              "answer, correct) VALUES(?, ?, ?, ?, ?, ?, ?)")
        , m_forgetCorruptions(db, "DELETE FROM corruption WHERE response = ?")
        , m_corruption(db,
              "INSERT OR REPLACE INTO corruption(response, position, op, parameters, seed, "
              "sha256Before, sha256After) VALUES(?, ?, ?, ?, ?, ?, ?)")
        , m_pair(db,
              "INSERT INTO pair(run, preference, item, type, prompt, chosen, rejected, chosenTurn, "
              "rejectedTurn, chosenStage, rejectedStage) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
              "ON CONFLICT(run, preference, item, chosenTurn, rejectedTurn) DO UPDATE SET "
              "type = excluded.type, prompt = excluded.prompt, chosen = excluded.chosen, "
              "rejected = excluded.rejected, chosenStage = excluded.chosenStage, "
              "rejectedStage = excluded.rejectedStage")
        , m_triplet(db,
              "INSERT INTO triplet(run, round, item, sample, kind, question, answer, "
              "questionAgain, answerAgain, questionSimilarity, answerSimilarity, score, "
              "questionMeasure, answerMeasure, kept) "
              "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
              "ON CONFLICT(run, round, item, sample) DO UPDATE SET kind = excluded.kind, "
              "question = excluded.question, answer = excluded.answer, "
              "questionAgain = excluded.questionAgain, answerAgain = excluded.answerAgain, "
              "questionSimilarity = excluded.questionSimilarity, "
              "answerSimilarity = excluded.answerSimilarity, score = excluded.score, "
              "questionMeasure = excluded.questionMeasure, "
              "answerMeasure = excluded.answerMeasure, kept = excluded.kept")
        , m_forgetStep(db, "DELETE FROM metric WHERE run = ? AND training = ? AND step = ?")
        , m_metric(db, "INSERT INTO metric(run, training, step, name, value) VALUES(?, ?, ?, ?, ?)")
        , m_reward(db,
              "INSERT OR REPLACE INTO pair_reward(run, training, item, step, epoch, chosen, "
              "rejected) VALUES(?, ?, ?, ?, ?, ?, ?)")
        , m_forgetProgress(db, "DELETE FROM event WHERE run = ? AND kind = 'progress'")
        , m_event(db, "INSERT INTO event(run, seq, kind, line) VALUES(?, ?, ?, ?)")
        , m_started(db,
              "UPDATE run SET state = 'running', error = '', finished = 0, "
              "started = CASE WHEN started = 0 THEN ? ELSE started END WHERE id = ?")
        , m_finished(db, "UPDATE run SET state = ?, error = ?, finished = ? WHERE id = ?")
    {
    }

    void take(const runs::Event& event)
    {
        std::visit([&](const auto& body) { file(event, body); }, event.body);
    }

private:
    void file(const runs::Event&, const runs::Answered& answered)
    {
        const auto& row = answered.response;
        m_response.reset();
        m_response.bind(1, m_run.value);
        m_response.bind(2, row.stage);
        m_response.bind(3, row.item.value);
        m_response.bind(4, row.turn);
        m_response.bind(5, row.prompt);
        m_response.bind(6, row.text);
        m_response.bind(7, numbersToText(row.tokenIds));
        m_response.bind(8, row.finish);
        bindReal(m_response, 9, row.logprob);
        m_response.bind(10, row.pixelsSha256);
        m_response.bind(11, row.decoding);
        bindReal(m_response, 12, row.seconds);
        m_response.executeStep();
        const ResponseId id { m_response.getColumn(0).getInt64() };
        m_response.reset();
        m_forgetExtractions.reset();
        m_forgetExtractions.bind(1, id.value);
        m_forgetExtractions.exec();
        for (const auto& extraction : answered.extractions)
            add(id, extraction);
        m_forgetCorruptions.reset();
        m_forgetCorruptions.bind(1, id.value);
        m_forgetCorruptions.exec();
        for (const auto& corruption : answered.corruptions)
            add(id, corruption);
    }

    void add(ResponseId response, const CorruptionRow& row)
    {
        m_corruption.reset();
        m_corruption.bind(1, response.value);
        m_corruption.bind(2, row.position);
        m_corruption.bind(3, row.op);
        m_corruption.bind(4, row.parameters);
        m_corruption.bind(5, static_cast<std::int64_t>(row.seed)); // its 64 bits
        m_corruption.bind(6, row.sha256Before);
        m_corruption.bind(7, row.sha256After);
        m_corruption.exec();
    }

    void add(ResponseId response, const ExtractionRow& row)
    {
        m_extraction.reset();
        m_extraction.bind(1, response.value);
        m_extraction.bind(2, row.extractor);
        m_extraction.bind(3, row.rule);
        m_extraction.bind(4, row.begin);
        m_extraction.bind(5, row.end);
        m_extraction.bind(6, row.answer);
        if (row.correct)
            m_extraction.bind(7, *row.correct ? 1 : 0);
        else
            m_extraction.bind(7);
        m_extraction.exec();
    }

    void file(const runs::Event&, const runs::Paired& paired)
    {
        const auto& row = paired.pair;
        m_pair.reset();
        m_pair.bind(1, m_run.value);
        m_pair.bind(2, row.preference);
        m_pair.bind(3, row.item.value);
        m_pair.bind(4, row.type);
        m_pair.bind(5, row.prompt);
        m_pair.bind(6, row.chosen);
        m_pair.bind(7, row.rejected);
        m_pair.bind(8, row.chosenTurn);
        m_pair.bind(9, row.rejectedTurn);
        m_pair.bind(10, row.chosenStage);
        m_pair.bind(11, row.rejectedStage);
        m_pair.exec();
    }

    void file(const runs::Event&, const runs::Tripled& tripled)
    {
        const auto& row = tripled.triplet;
        m_triplet.reset();
        m_triplet.bind(1, m_run.value);
        m_triplet.bind(2, row.round);
        m_triplet.bind(3, row.item.value);
        m_triplet.bind(4, row.sample);
        m_triplet.bind(5, row.kind);
        m_triplet.bind(6, row.question);
        m_triplet.bind(7, row.answer);
        m_triplet.bind(8, row.questionAgain);
        m_triplet.bind(9, row.answerAgain);
        m_triplet.bind(10, row.questionSimilarity);
        m_triplet.bind(11, row.answerSimilarity);
        m_triplet.bind(12, row.score);
        m_triplet.bind(13, row.questionMeasure);
        m_triplet.bind(14, row.answerMeasure);
        m_triplet.bind(15, row.kept ? 1 : 0);
        m_triplet.exec();
    }

    void file(const runs::Event&, const runs::Measured& measured)
    {
        const auto& row = measured.metric;
        m_forgetStep.reset();
        m_forgetStep.bind(1, m_run.value);
        m_forgetStep.bind(2, row.training);
        m_forgetStep.bind(3, row.step);
        m_forgetStep.exec();
        for (const auto& [name, value] : row.values) {
            m_metric.reset();
            m_metric.bind(1, m_run.value);
            m_metric.bind(2, row.training);
            m_metric.bind(3, row.step);
            m_metric.bind(4, name);
            bindReal(m_metric, 5, value);
            m_metric.exec();
        }
    }

    void file(const runs::Event&, const runs::Rewarded& rewarded)
    {
        for (const RewardRow& row : rewarded.rewards) {
            m_reward.reset();
            m_reward.bind(1, m_run.value);
            m_reward.bind(2, row.training);
            m_reward.bind(3, row.item.value);
            m_reward.bind(4, row.step);
            bindReal(m_reward, 5, row.epoch);
            bindReal(m_reward, 6, row.chosen);
            bindReal(m_reward, 7, row.rejected);
            m_reward.exec();
        }
    }

    void file(const runs::Event& event, const runs::Started&)
    {
        m_started.reset();
        m_started.bind(1, event.time);
        m_started.bind(2, m_run.value);
        m_started.exec();
        keep(event, "started");
    }

    void file(const runs::Event& event, const runs::Finished& finished)
    {
        const char* state = finished.ending == runs::Ending::Done ? "done"
            : finished.ending == runs::Ending::Stopped            ? "stopped"
                                                                  : "failed";
        m_finished.reset();
        m_finished.bind(1, state);
        m_finished.bind(2, finished.error);
        m_finished.bind(3, event.time);
        m_finished.bind(4, m_run.value);
        m_finished.exec();
        keep(event, "finished");
    }

    void file(const runs::Event& event, const runs::Progress&)
    {
        m_forgetProgress.reset();
        m_forgetProgress.bind(1, m_run.value);
        m_forgetProgress.exec();
        keep(event, "progress");
    }

    template <class Body> void file(const runs::Event& event, const Body&) { keep(event, "note"); }

    void keep(const runs::Event& event, const char* kind)
    {
        m_event.reset();
        m_event.bind(1, m_run.value);
        m_event.bind(2, event.seq);
        m_event.bindNoCopy(3, kind);
        m_event.bind(4, runs::toLine(event));
        m_event.exec();
    }

    RunId m_run;
    SQLite::Statement m_response;
    SQLite::Statement m_forgetExtractions;
    SQLite::Statement m_extraction;
    SQLite::Statement m_forgetCorruptions;
    SQLite::Statement m_corruption;
    SQLite::Statement m_pair;
    SQLite::Statement m_triplet;
    SQLite::Statement m_forgetStep;
    SQLite::Statement m_metric;
    SQLite::Statement m_reward;
    SQLite::Statement m_forgetProgress;
    SQLite::Statement m_event;
    SQLite::Statement m_started;
    SQLite::Statement m_finished;
};

std::optional<std::int64_t> lastSeqOf(SQLite::Database& db, RunId run)
{
    SQLite::Statement query(db, "SELECT lastSeq FROM run WHERE id = ?");
    query.bind(1, run.value);
    if (!query.executeStep())
        return std::nullopt;
    return query.getColumn(0).getInt64();
}

void setLastSeq(SQLite::Database& db, RunId run, std::int64_t seq)
{
    SQLite::Statement change(db, "UPDATE run SET lastSeq = ? WHERE id = ?");
    change.bind(1, seq);
    change.bind(2, run.value);
    change.exec();
}

/// The items that an event is about.
std::vector<std::int64_t> itemsOf(const runs::Event& event)
{
    if (const auto* answered = std::get_if<runs::Answered>(&event.body))
        return { answered->response.item.value };
    if (const auto* paired = std::get_if<runs::Paired>(&event.body))
        return { paired->pair.item.value };
    if (const auto* tripled = std::get_if<runs::Tripled>(&event.body))
        return { tripled->triplet.item.value };
    std::vector<std::int64_t> items;
    if (const auto* rewarded = std::get_if<runs::Rewarded>(&event.body))
        for (const RewardRow& row : rewarded->rewards)
            items.push_back(row.item.value);
    return items;
}

Result<void> itemsAreKnown(
    SQLite::Statement& find, const runs::Event& event, const std::string& where)
{
    for (const std::int64_t item : itemsOf(event)) {
        find.reset();
        find.bind(1, item);
        if (!find.executeStep())
            return fail(ErrorKind::Invalid,
                "event " + std::to_string(event.seq) + " is about item " + std::to_string(item)
                    + ", which the project does not hold; the run belongs to another project",
                where);
    }
    return {};
}

} // namespace

Result<void> Project::takeEvents(RunId run, std::span<const runs::Event> events)
{
    if (events.empty())
        return {};
    auto& db = m_db->db;
    return writing(*m_db, [&]() -> Result<void> {
        const auto before = lastSeqOf(db, run);
        const auto where = "run " + std::to_string(run.value);
        if (!before)
            return fail(ErrorKind::NotFound, "is not in the project; reload the list", where);
        EventWriter writer(db, run);
        SQLite::Statement findItem(db, "SELECT 1 FROM item WHERE id = ?");
        auto last = *before;
        for (const auto& event : events) {
            if (event.seq <= last)
                continue;
            if (event.seq != last + 1)
                return fail(ErrorKind::Invalid,
                    "has no event " + std::to_string(last + 1) + " before event "
                        + std::to_string(event.seq)
                        + "; its events.jsonl is damaged or of another run",
                    where);
            if (auto known = itemsAreKnown(findItem, event, where); !known)
                return known;
            writer.take(event);
            last = event.seq;
        }
        if (last != *before)
            setLastSeq(db, run, last);
        return {};
    });
}

Result<std::vector<runs::Event>> Project::notes(RunId run) const
{
    return reading(*m_db, [&]() -> Result<std::vector<runs::Event>> {
        SQLite::Statement query(m_db->db, "SELECT line FROM event WHERE run = ? ORDER BY seq");
        query.bind(1, run.value);
        std::vector<runs::Event> events;
        while (query.executeStep()) {
            auto event =
                runs::fromLine(query.getColumn(0).getString(), "run " + std::to_string(run.value));
            if (!event)
                return fail(event.error());
            events.push_back(std::move(*event));
        }
        return events;
    });
}

} // namespace slook::store
