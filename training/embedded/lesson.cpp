#include "lesson.h"
#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

namespace slook::teach {
namespace {

constexpr std::string_view kBegin = "<s>USER: <image>\n";
constexpr std::string_view kTextBegin = "<s>USER:";
constexpr std::string_view kUser = "USER: ";
constexpr std::string_view kAssistant = " ASSISTANT:";

/// A stretch of a reply, with the blank before it.
struct Piece {
    std::string text;
    bool learned = true;
};

/// Cut before and behind what is learned, so that no token crosses a border.
std::vector<Piece> piecesOf(const scenes::Reply& reply)
{
    const std::string text = " " + reply.text;
    if (reply.learned.empty())
        return { { text, true } };
    std::vector<Piece> pieces;
    std::size_t at = 0;
    for (const scenes::Span& span : reply.learned) {
        if (span.begin > at) // a place in the reply is that of its blank in `text`
            pieces.push_back({ text.substr(at, span.begin - at), false });
        pieces.push_back({ text.substr(span.begin, span.end + 1 - span.begin), true });
        at = span.end + 1;
    }
    if (at < text.size())
        pieces.push_back({ text.substr(at), false });
    return pieces;
}

} // namespace

Lesson::Lesson(const engine::Session& session)
    : m_session(&session)
{
    const auto& defaults = session.defaults();
    m_end = defaults.eosTokenIds.empty() ? -1 : defaults.eosTokenIds.front();
    for (const char* word :
        { " A", " B", " C", " D", " E", " F", " G", " H", " Yes", " No", " yes", " no" })
        m_decisive.insert(encode(word).back());
}

Result<Lesson> Lesson::create(const engine::Session& session, const engine::SeenPicture& picture)
{
    Lesson lesson(session);
    const auto pictures = std::span(&picture, 1);
    const auto prompt = session.encodePrompt(std::string(kBegin), pictures);
    if (!prompt)
        return fail(prompt.error());
    lesson.m_prompt = *prompt;
    lesson.m_textPrompt = lesson.encode(std::string(kTextBegin));
    const scenes::Conversation talk { { "Where is it?", { "The answer is A.", {}, {} } },
        { "Check again.", { "It is red.", {}, {} } } };
    auto ours = lesson.example({ talk }, 0, 1.0);
    ours.prompt.insert(ours.prompt.end(), ours.segments[0].ids.begin(), ours.segments[0].ids.end());
    const std::vector messages { text::userMessage("Where is it?", 1),
        text::assistantMessage("The answer is A."), text::userMessage("Check again.") };
    const auto text = session.render(messages);
    if (!text)
        return fail(text.error());
    const auto theirs = session.encodePrompt(*text, pictures);
    if (!theirs)
        return fail(theirs.error());
    if (theirs->size() >= ours.prompt.size()
        || !std::equal(theirs->begin(), theirs->end(), ours.prompt.begin()))
        return fail(ErrorKind::Invalid,
            "has another chat template than \"USER: <image> ... ASSISTANT:\"; teach writes no "
            "other",
            session.folder().string());
    return lesson;
}

std::int64_t Lesson::patches() const
{
    return std::count(m_prompt.begin(), m_prompt.end(), m_session->model().shape().imageTokenId);
}

Lesson::Ids Lesson::encode(const std::string& text) const
{
    const auto ids = m_session->tokenizer().encode(text, /*addSpecial=*/false);
    if (!ids)
        throw std::invalid_argument("[Lesson] " + message(ids.error()));
    return { ids->begin(), ids->end() };
}

void Lesson::add(const std::string& text, double weight, engine::Segment& segment) const
{
    for (const std::int64_t id : encode(text)) {
        segment.ids.push_back(id);
        segment.weights.push_back(static_cast<float>(weight));
    }
}

/// The facts of a drill count one by one. Whole replies weigh by the root of their length: else
/// descriptions would drown answers of one word.
void Lesson::addReply(const scenes::Turn& turn, double letterWeight, engine::Segment& segment) const
{
    const bool whole = turn.reply.learned.empty();
    const std::size_t begin = segment.ids.size();
    for (const Piece& piece : piecesOf(turn.reply))
        add(piece.text, piece.learned ? turn.weight : 0.0, segment);
    segment.ids.push_back(m_end);
    segment.weights.push_back(whole ? static_cast<float>(turn.weight) : 0.0F);
    const double scale =
        whole ? 1.0 / std::sqrt(static_cast<double>(segment.ids.size() - begin)) : 1.0;
    for (std::size_t i = begin; i < segment.ids.size(); ++i)
        segment.weights[i] *=
            static_cast<float>(scale * (m_decisive.contains(segment.ids[i]) ? letterWeight : 1.0));
}

engine::Segment Lesson::segment(
    const scenes::Conversation& talk, bool seen, double letterWeight) const
{
    engine::Segment segment;
    for (std::size_t k = 0; k < talk.size(); ++k) {
        const std::string user = k > 0 ? std::string(kUser) : seen ? "" : " ";
        add(user + talk[k].user + std::string(kAssistant), 0.0, segment);
        addReply(talk[k], letterWeight, segment);
    }
    return segment;
}

engine::TrainExample Lesson::example(const std::vector<scenes::Conversation>& talk,
    std::optional<std::size_t> picture, double letterWeight) const
{
    engine::TrainExample example;
    example.prompt = picture ? m_prompt : m_textPrompt;
    if (picture) {
        example.id = static_cast<std::int64_t>(*picture);
        example.images = { *picture };
    }
    for (const auto& one : talk)
        example.segments.push_back(segment(one, picture.has_value(), letterWeight));
    return example;
}

} // namespace slook::teach
