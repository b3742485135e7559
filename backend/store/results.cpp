#include "store/hand_readings.h"
#include "store/item_json.h"
#include "store/session.h"

namespace slook::store {
namespace {

ResponseRow responseAt(const SQLite::Statement& row)
{
    ResponseRow response;
    response.id = { row.getColumn(0).getInt64() };
    response.run = { row.getColumn(1).getInt64() };
    response.stage = row.getColumn(2).getString();
    response.item = { row.getColumn(3).getInt64() };
    response.turn = row.getColumn(4).getInt();
    response.prompt = row.getColumn(5).getString();
    response.text = row.getColumn(6).getString();
    response.tokenIds = numbersFromText(row.getColumn(7).getString());
    response.finish = row.getColumn(8).getString();
    response.logprob = realAt(row, 9);
    response.pixelsSha256 = row.getColumn(10).getString();
    response.decoding = row.getColumn(11).getString();
    response.seconds = realAt(row, 12);
    return response;
}

PairRow pairAt(const SQLite::Statement& row)
{
    PairRow pair;
    pair.id = { row.getColumn(0).getInt64() };
    pair.run = { row.getColumn(1).getInt64() };
    pair.preference = row.getColumn(2).getString();
    pair.item = { row.getColumn(3).getInt64() };
    pair.type = row.getColumn(4).getInt();
    pair.prompt = row.getColumn(5).getString();
    pair.chosen = row.getColumn(6).getString();
    pair.rejected = row.getColumn(7).getString();
    pair.chosenTurn = row.getColumn(8).getInt();
    pair.rejectedTurn = row.getColumn(9).getInt();
    pair.chosenStage = row.getColumn(10).getString();
    pair.rejectedStage = row.getColumn(11).getString();
    return pair;
}

TripletRow tripletAt(const SQLite::Statement& row)
{
    TripletRow triplet;
    triplet.id = { row.getColumn(0).getInt64() };
    triplet.run = { row.getColumn(1).getInt64() };
    triplet.round = row.getColumn(2).getInt();
    triplet.item = { row.getColumn(3).getInt64() };
    triplet.sample = row.getColumn(4).getInt();
    triplet.kind = row.getColumn(5).getString();
    triplet.question = row.getColumn(6).getString();
    triplet.answer = row.getColumn(7).getString();
    triplet.questionAgain = row.getColumn(8).getString();
    triplet.answerAgain = row.getColumn(9).getString();
    triplet.questionSimilarity = row.getColumn(10).getDouble();
    triplet.answerSimilarity = row.getColumn(11).getDouble();
    triplet.score = row.getColumn(12).getDouble();
    triplet.questionMeasure = row.getColumn(13).getString();
    triplet.answerMeasure = row.getColumn(14).getString();
    triplet.kept = row.getColumn(15).getInt() != 0;
    return triplet;
}

// The later answer of the last turn beside the first; a verdict that another extractor does not
// share is marked.
const std::string verdictTables =
    "WITH undone AS MATERIALIZED (SELECT name FROM extraction_set JOIN audit_change "
    "ON audit_change.id = change WHERE removed = 1), "
    + handTable;
constexpr const char* answerColumns =
    "first.item, first.id, refined.id, first.text, refined.text, "
    "iif(hand.correct IS NULL, marked.answer, hand.answer), "
    "iif(rehand.correct IS NULL, remarked.answer, rehand.answer), "
    "coalesce(hand.correct, marked.correct), coalesce(rehand.correct, remarked.correct), "
    "EXISTS(SELECT 1 FROM extraction other WHERE other.response = first.id "
    "AND other.\"begin\" >= 0 AND other.correct <> marked.correct AND other.extractor NOT IN "
    "(SELECT name FROM undone)) "
    "OR EXISTS(SELECT 1 FROM extraction other WHERE other.response = refined.id "
    "AND other.\"begin\" >= 0 AND other.correct <> remarked.correct "
    "AND other.extractor NOT IN (SELECT name FROM undone)) ";
constexpr const char* questionColumns =
    ", item.key, source.name, item.category, item.question, item.options, item.answer, "
    "coalesce((SELECT group_concat(image) FROM item_image "
    "WHERE item_image.item = item.id), '') ";
constexpr const char* fromAnswers =
    "FROM response first "
    "JOIN response refined ON refined.run = first.run AND refined.stage = first.stage "
    "AND refined.item = first.item AND refined.turn > 1 "
    "AND refined.turn = (SELECT max(turn) FROM response newest WHERE newest.run = first.run "
    "AND newest.stage = first.stage AND newest.item = first.item) "
    "JOIN extraction marked ON marked.response = first.id AND marked.extractor = ?3 "
    "LEFT JOIN hand ON hand.response = first.id "
    "JOIN extraction remarked ON remarked.response = refined.id AND remarked.extractor = ?3 "
    "LEFT JOIN hand AS rehand ON rehand.response = refined.id ";
constexpr const char* fromQuestions =
    "JOIN item ON item.id = first.item JOIN source ON source.id = item.source ";
constexpr const char* ofStage =
    "WHERE first.run = ?1 AND first.stage = ?2 AND first.turn = 1 "
    "AND coalesce(hand.correct, marked.correct) IS NOT NULL "
    "AND coalesce(rehand.correct, remarked.correct) IS NOT NULL ORDER BY first.item";

/// What answerColumns gives.
TransitionRow transitionAt(const SQLite::Statement& row)
{
    TransitionRow transition;
    transition.item = { row.getColumn(0).getInt64() };
    transition.first = { row.getColumn(1).getInt64() };
    transition.refined = { row.getColumn(2).getInt64() };
    transition.firstText = row.getColumn(3).getString();
    transition.refinedText = row.getColumn(4).getString();
    transition.firstAnswer = row.getColumn(5).getString();
    transition.refinedAnswer = row.getColumn(6).getString();
    transition.firstCorrect = row.getColumn(7).getInt() != 0;
    transition.refinedCorrect = row.getColumn(8).getInt() != 0;
    transition.extractorsDisagree = row.getColumn(9).getInt() != 0;
    return transition;
}

/// What questionColumns gives behind them.
void addQuestion(const SQLite::Statement& row, TransitionRow& transition)
{
    transition.key = row.getColumn(10).getString();
    transition.source = row.getColumn(11).getString();
    transition.category = row.getColumn(12).getString();
    transition.question = row.getColumn(13).getString();
    transition.options = optionsFromText(row.getColumn(14).getString());
    transition.answer = row.getColumn(15).getString();
    transition.images = imagesFromText(row.getColumn(16).getString());
}

} // namespace

Result<std::vector<std::string>> Project::stages(RunId run) const
{
    return reading(*m_db, [&]() -> Result<std::vector<std::string>> {
        SQLite::Statement query(
            m_db->db, "SELECT stage FROM response WHERE run = ? GROUP BY stage ORDER BY min(id)");
        query.bind(1, run.value);
        std::vector<std::string> names;
        while (query.executeStep())
            names.push_back(query.getColumn(0).getString());
        return names;
    });
}

Result<std::vector<ResponseRow>> Project::responses(RunId run, const std::string& stage) const
{
    return reading(*m_db, [&]() -> Result<std::vector<ResponseRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT id, run, stage, item, turn, prompt, text, tokenIds, finish, logprob, "
            "pixelsSha256, decoding, seconds FROM response WHERE run = ?1 "
            "AND (?2 = '' OR stage = ?2) ORDER BY id");
        query.bind(1, run.value);
        query.bind(2, stage);
        std::vector<ResponseRow> rows;
        while (query.executeStep())
            rows.push_back(responseAt(query));
        return rows;
    });
}

Result<ResponseRow> Project::response(ResponseId id) const
{
    return reading(*m_db, [&]() -> Result<ResponseRow> {
        SQLite::Statement query(m_db->db,
            "SELECT id, run, stage, item, turn, prompt, text, tokenIds, finish, logprob, "
            "pixelsSha256, decoding, seconds FROM response WHERE id = ?");
        query.bind(1, id.value);
        if (!query.executeStep())
            return fail(ErrorKind::NotFound,
                "has no answer " + std::to_string(id.value) + "; reload the list",
                m_db->place.file.string());
        return responseAt(query);
    });
}

Result<std::vector<ExtractionRow>> Project::extractions(ResponseId id) const
{
    return reading(*m_db, [&]() -> Result<std::vector<ExtractionRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT extractor, rule, \"begin\", \"end\", answer, correct FROM extraction "
            "WHERE response = ? ORDER BY extractor");
        query.bind(1, id.value);
        std::vector<ExtractionRow> rows;
        while (query.executeStep()) {
            ExtractionRow row { id, query.getColumn(0).getString(), query.getColumn(1).getString(),
                query.getColumn(2).getInt(), query.getColumn(3).getInt(),
                query.getColumn(4).getString(), std::nullopt };
            if (!query.isColumnNull(5))
                row.correct = query.getColumn(5).getInt() != 0;
            rows.push_back(std::move(row));
        }
        return rows;
    });
}

Result<std::vector<ExtractionRow>> Project::extractionsOf(
    RunId run, const std::string& extractor) const
{
    return reading(*m_db, [&]() -> Result<std::vector<ExtractionRow>> {
        SQLite::Statement query(m_db->db,
            "WITH " + handTable
                + "SELECT extraction.response, extractor, "
                  "iif(hand.correct IS NULL, rule, 'by hand: ' || hand.reason), "
                  "iif(hand.correct IS NULL, \"begin\", -1), iif(hand.correct IS NULL, \"end\", "
                  "-1), "
                  "iif(hand.correct IS NULL, extraction.answer, hand.answer), "
                  "coalesce(hand.correct, extraction.correct) "
                  "FROM extraction JOIN response ON response.id = extraction.response "
                  "LEFT JOIN hand ON hand.response = extraction.response WHERE run = ?1 "
                  "AND extractor = ?2 ORDER BY extraction.response");
        query.bind(1, run.value);
        query.bind(2, extractor);
        std::vector<ExtractionRow> rows;
        while (query.executeStep()) {
            ExtractionRow row { { query.getColumn(0).getInt64() }, query.getColumn(1).getString(),
                query.getColumn(2).getString(), query.getColumn(3).getInt(),
                query.getColumn(4).getInt(), query.getColumn(5).getString(), std::nullopt };
            if (!query.isColumnNull(6))
                row.correct = query.getColumn(6).getInt() != 0;
            rows.push_back(std::move(row));
        }
        return rows;
    });
}

Result<std::vector<CorruptionRow>> Project::corruptions(RunId run) const
{
    return reading(*m_db, [&]() -> Result<std::vector<CorruptionRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT corruption.response, position, op, parameters, corruption.seed, sha256Before, "
            "sha256After FROM corruption JOIN response ON response.id = corruption.response "
            "WHERE run = ? ORDER BY corruption.response, position");
        query.bind(1, run.value);
        std::vector<CorruptionRow> rows;
        while (query.executeStep())
            rows.push_back({ { query.getColumn(0).getInt64() }, query.getColumn(1).getInt(),
                query.getColumn(2).getString(), query.getColumn(3).getString(),
                static_cast<std::uint64_t>(query.getColumn(4).getInt64()),
                query.getColumn(5).getString(), query.getColumn(6).getString() });
        return rows;
    });
}

Result<std::vector<TransitionRow>> Project::transitions(
    RunId run, const std::string& stage, const std::string& extractor) const
{
    return reading(*m_db, [&]() -> Result<std::vector<TransitionRow>> {
        SQLite::Statement query(m_db->db,
            verdictTables + "SELECT " + answerColumns + questionColumns + fromAnswers
                + fromQuestions + ofStage);
        query.bind(1, run.value);
        query.bind(2, stage);
        query.bind(3, extractor);
        std::vector<TransitionRow> rows;
        while (query.executeStep()) {
            rows.push_back(transitionAt(query));
            addQuestion(query, rows.back());
        }
        return rows;
    });
}

Result<void> Project::forEachTransition(RunId run, const std::string& stage,
    const std::string& extractor, const std::function<void(const TransitionRow&)>& visit) const
{
    return reading(*m_db, [&]() -> Result<void> {
        SQLite::Statement query(
            m_db->db, verdictTables + "SELECT " + answerColumns + fromAnswers + ofStage);
        query.bind(1, run.value);
        query.bind(2, stage);
        query.bind(3, extractor);
        while (query.executeStep())
            visit(transitionAt(query));
        return {};
    });
}

Result<std::vector<PairRow>> Project::pairs(RunId run, const std::string& preference) const
{
    std::vector<PairRow> rows;
    auto read = forEachPair(run, preference, [&](const PairRow& pair) { rows.push_back(pair); });
    return read ? Result<std::vector<PairRow>>(std::move(rows)) : fail(read.error());
}

Result<void> Project::forEachPair(RunId run, const std::string& preference,
    const std::function<void(const PairRow&)>& visit) const
{
    return reading(*m_db, [&]() -> Result<void> {
        SQLite::Statement query(m_db->db,
            "SELECT id, run, preference, item, type, prompt, chosen, rejected, chosenTurn, "
            "rejectedTurn, chosenStage, rejectedStage FROM pair WHERE run = ?1 "
            "AND (?2 = '' OR preference = ?2) "
            "AND id NOT IN (SELECT pair_origin.pair FROM pair_origin "
            "JOIN pair_set ON pair_set.id = pair_origin.\"set\" "
            "JOIN audit_change ON audit_change.id = pair_set.change WHERE removed = 1) "
            "ORDER BY id");
        query.bind(1, run.value);
        query.bind(2, preference);
        while (query.executeStep())
            visit(pairAt(query));
        return {};
    });
}

Result<std::vector<TripletRow>> Project::triplets(RunId run) const
{
    return reading(*m_db, [&]() -> Result<std::vector<TripletRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT id, run, round, item, sample, kind, question, answer, questionAgain, "
            "answerAgain, questionSimilarity, answerSimilarity, score, questionMeasure, "
            "answerMeasure, kept FROM triplet WHERE run = ? ORDER BY round, id");
        query.bind(1, run.value);
        std::vector<TripletRow> rows;
        while (query.executeStep())
            rows.push_back(tripletAt(query));
        return rows;
    });
}

Result<std::vector<RewardRow>> Project::rewards(RunId run, const std::string& training) const
{
    return reading(*m_db, [&]() -> Result<std::vector<RewardRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT training, step, epoch, item, chosen, rejected FROM pair_reward WHERE run = ?1 "
            "AND (?2 = '' OR training = ?2) ORDER BY training, item, step");
        query.bind(1, run.value);
        query.bind(2, training);
        std::vector<RewardRow> rows;
        while (query.executeStep())
            rows.push_back(
                { query.getColumn(0).getString(), query.getColumn(1).getInt(), realAt(query, 2),
                    ItemId { query.getColumn(3).getInt64() }, realAt(query, 4), realAt(query, 5) });
        return rows;
    });
}

Result<std::vector<MetricRow>> Project::metrics(
    RunId run, const std::string& training, int afterStep) const
{
    return reading(*m_db, [&]() -> Result<std::vector<MetricRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT training, step, name, value FROM metric WHERE run = ?1 "
            "AND (?2 = '' OR training = ?2) AND step > ?3 ORDER BY training, step, name");
        query.bind(1, run.value);
        query.bind(2, training);
        query.bind(3, afterStep);
        std::vector<MetricRow> rows;
        while (query.executeStep()) {
            auto name = query.getColumn(0).getString();
            const int step = query.getColumn(1).getInt();
            if (rows.empty() || rows.back().training != name || rows.back().step != step)
                rows.push_back({ run, std::move(name), step, {} });
            rows.back().values[query.getColumn(2).getString()] = realAt(query, 3);
        }
        return rows;
    });
}

} // namespace slook::store
