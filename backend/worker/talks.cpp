#include "worker/talks.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

namespace slook::worker {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

/// Without blanks at both ends: templates write their own.
std::string trimmed(const std::string& text)
{
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

methods::Answer answerOf(const engine::Turn& said, std::string text)
{
    methods::Answer answer;
    answer.text = std::move(text);
    answer.tokenIds = said.ids;
    answer.finish = engine::finishName(said.finish);
    answer.logprob = std::accumulate(said.logprobs.begin(), said.logprobs.end(), 0.0);
    answer.seconds = said.seconds;
    answer.tokenLogprobs = said.logprobs;
    return answer;
}

} // namespace

Talks::Talks(engine::Session& session, PictureBook& book,
    std::span<const methods::Conversation> conversations, OnAnswer onAnswer, OnRefused onRefused,
    methods::StepContext& context)
    : m_session(session)
    , m_book(book)
    , m_conversations(conversations)
    , m_onAnswer(std::move(onAnswer))
    , m_onRefused(std::move(onRefused))
    , m_context(context)
    , m_courses(conversations.size())
{
}

Result<void> Talks::hold(const engine::GenerationOptions& options)
{
    const bool repeat = std::ranges::any_of(
        m_conversations, [](const methods::Conversation& one) { return one.repeatImages; });
    for (m_repeated = false;; m_repeated = true) {
        m_next = m_told = 0;
        m_byNumber.clear();
        for (auto& course : m_courses)
            course.paused = false;
        const auto held = engine::converse(m_session.model(), options, *this);
        for (auto& course : m_courses)
            tellAll(course); // after a stop, some have not ended
        if (m_problem)
            return fail(*m_problem);
        if (!held || m_repeated || !repeat)
            return held;
    }
}

Result<engine::SeenPicture> Talks::pictureOf(std::size_t which, std::size_t position)
{
    const auto& talk = m_conversations[which];
    const auto& file = talk.images[position];
    const auto& sha256 = talk.imageSha256[position];
    if (!talk.corruption)
        return m_book.picture(m_session, file, sha256);
    auto spoiled = m_book.corrupted(m_session, file, sha256, *talk.corruption);
    if (!spoiled)
        return fail(spoiled.error());
    auto& rows = m_courses[which].corruptions;
    if (rows.size() == position) { // the second pass shows the same
        auto numbers = Json::object();
        for (const auto& [name, value] : talk.corruption->parameters)
            numbers[name] = value;
        rows.push_back({ {}, static_cast<int>(position), talk.corruption->op, dumpLine(numbers),
            talk.corruption->seed, spoiled->sha256Before, spoiled->sha256After });
    }
    return std::move(spoiled->seen);
}

Result<std::vector<engine::SeenPicture>> Talks::picturesOf(std::size_t which)
{
    const auto& talk = m_conversations[which];
    std::vector<engine::SeenPicture> pictures;
    for (int times = 0; times < (m_repeated ? 2 : 1); ++times)
        for (std::size_t i = 0; i < talk.images.size(); ++i) {
            auto one = pictureOf(which, i);
            if (!one)
                return fail(one.error());
            pictures.push_back(std::move(*one));
        }
    return pictures;
}

/// The first turn; in the second pass all that was said before, read again behind more pictures.
Result<engine::Opening> Talks::open(std::size_t which)
{
    const auto& talk = m_conversations[which];
    auto& course = m_courses[which];
    const auto pictures = picturesOf(which);
    if (!pictures)
        return fail(pictures.error());
    const auto first = text::userMessage(talk.userTexts.at(0), static_cast<int>(pictures->size()));
    if (m_repeated)
        course.messages.front() = first;
    else
        course.messages = { first };
    auto prompt = m_session.prompt(course.messages, *pictures, talk.seed);
    if (!prompt)
        return fail(prompt.error());
    course.text = std::move(prompt->text);
    course.pixelsSha256 = std::move(prompt->pixelsSha256);
    return std::move(prompt->opening);
}

std::optional<engine::Opening> Talks::next()
{
    while (m_next < m_conversations.size() && !m_problem) {
        const auto which = m_next++;
        if (m_repeated && (m_courses[which].over || !m_conversations[which].repeatImages))
            continue;
        auto opening = open(which);
        if (!opening) {
            refuse(which, message(opening.error()));
            continue;
        }
        m_byNumber.push_back(which);
        return std::move(*opening);
    }
    return std::nullopt;
}

std::optional<engine::NextTurn> Talks::said(std::size_t conversation, int, const engine::Turn& said)
{
    const auto which = m_byNumber.at(conversation);
    const auto& talk = m_conversations[which];
    auto& course = m_courses[which];
    const auto text = trimmed(m_session.decode(said.ids));
    auto answer = answerOf(said, text);
    answer.prompt = course.text;
    answer.pixelsSha256 = course.pixelsSha256;
    answer.corruptions = course.corruptions;
    const int number = ++course.answered;
    course.untold.emplace_back([this, which, number, answer = std::move(answer)] {
        return m_onAnswer(which, number, answer);
    });
    const auto turn = static_cast<std::size_t>(number);
    course.over = turn >= talk.userTexts.size();
    course.paused = !course.over && talk.repeatImages && !m_repeated;
    tell();
    if (course.over || m_problem)
        return std::nullopt;
    const auto question = text::userMessage(talk.userTexts[turn]);
    const auto before = course.messages;
    course.messages.push_back(text::assistantMessage(text));
    course.messages.push_back(question);
    if (course.paused)
        return std::nullopt;
    auto continuation = m_session.continuation(before, said, question);
    if (!continuation) {
        refuse(which, message(continuation.error()));
        return std::nullopt;
    }
    course.text += m_session.decode(said.ids) + continuation->text;
    return std::move(continuation->turn);
}

void Talks::refuse(std::size_t which, const std::string& reason)
{
    auto& course = m_courses[which];
    course.over = true;
    course.untold.emplace_back([this, which, reason] { return m_onRefused(which, reason); });
    tell();
}

void Talks::refused(std::size_t conversation, const Error& reason)
{
    refuse(m_byNumber.at(conversation), message(reason));
}

/// Tells about the next conversations in order, up to the first that has not ended.
void Talks::tell()
{
    for (; m_told < m_courses.size(); ++m_told) {
        Course& course = m_courses[m_told];
        tellAll(course);
        if (!course.over && !course.paused)
            return;
    }
}

void Talks::tellAll(Course& course)
{
    for (const auto& about : std::exchange(course.untold, {}))
        if (auto told = m_problem ? Result<void>() : about(); !told)
            m_problem = std::move(told).error();
}

bool Talks::stopRequested()
{
    return m_problem || m_context.stopRequested();
}

std::string Talks::text(std::span<const std::int64_t> ids)
{
    return m_session.decode(ids);
}

} // namespace slook::worker
